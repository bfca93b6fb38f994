//! A link to a resource of the same server: [`Link`].

use ratatui::text::{Line, Span};

use crate::model::json::scan;
use crate::tui::figures;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

/// Characters of one text of a link.
const SHOWN: usize = 1_000;

/// A link, as the server describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Where it leads.
    pub uri: String,
    /// Name or title, type, size and description, as far as they are told.
    about: Vec<String>,
}

impl Link {
    /// Reads a `resource_link`.
    pub fn read(item: &str) -> Link {
        let text = |name| {
            let value = scan::member(item, name).and_then(scan::decoded)?;
            Some(value[..value.floor_char_boundary(SHOWN)].to_owned())
        };
        let size = scan::member(item, "size").and_then(|size| size.trim().parse().ok()).map(figures::size);
        let about = [text("title").or_else(|| text("name")), text("mimeType"), size, text("description")];
        // A URI is used whole or not at all.
        let uri = scan::member(item, "uri").and_then(scan::decoded).unwrap_or_default().into_owned();
        Link { uri, about: about.into_iter().flatten().collect() }
    }

    pub(super) fn lines(&self, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        let mut out = vec![Line::from(Span::styled(clip(&self.uri, cols), theme.accent))];
        if !self.about.is_empty() {
            let dot = format!(" {} ", theme.symbols.dot);
            out.push(Line::styled(clip(&self.about.join(&dot), cols), theme.dim));
        }
        out
    }

    pub(super) fn height(&self) -> u32 {
        1 + u32::from(!self.about.is_empty())
    }
}
