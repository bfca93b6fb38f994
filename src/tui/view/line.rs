//! The part of a line being typed that is in view.

use crate::model::text::{escape_line, width as columns};
use crate::tui::line::LineEdit;

use super::editor::slice;

/// What is shown of a line in `cols` columns, escaped, and the column of the cursor. Where it has no focus it is shown
/// from its beginning.
pub(super) fn visible(line: &LineEdit, focused: bool, cols: usize) -> (String, usize) {
    let column = if focused { columns(&escape_line(line.before_cursor())) } else { 0 };
    let shift = (column + 1).saturating_sub(cols);
    (slice(&escape_line(line.text()), shift, cols), column.saturating_sub(shift))
}
