//! ratatui's backend over bytes in memory: [`Screen`]. It says nothing twice, so a frame that changes nothing is empty, and
//! rows that only moved are moved by the terminal itself (`screen/scroll.rs`); the rest takes few bytes (`screen/ink.rs`).

mod ink;
mod scroll;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};

use crate::model::text::width as columns;
use crate::tui::graphics::{Piece, part, pieces};
use ink::Ink;
use scroll::Shift;

/// The bytes of the frame being drawn.
#[derive(Clone, Debug, Default)]
pub struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Bytes {
    /// What was drawn since this was asked last.
    pub fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The backend.
#[derive(Debug)]
pub struct Screen {
    inner: CrosstermBackend<Bytes>,
    bytes: Bytes,
    /// What the terminal shows.
    shown: Buffer,
    /// Whether the terminal may move rows.
    scrolls: bool,
    /// Whether cells of pictures are blank for pixels that follow.
    paints: bool,
    /// Cells (column, row) of pictures that were drawn since somebody asked: no pixels are there.
    bare: Vec<(u16, u16)>,
    /// Where the cursor is, if that is known.
    cursor: Option<Position>,
    /// Whether it shows; a fresh screen does not know.
    visible: Option<bool>,
}

impl Screen {
    /// A backend for a terminal of this size that is empty. With `scrolls`, rows that only moved are moved by the
    /// terminal.
    pub fn new(bytes: Bytes, size: Size, scrolls: bool) -> Screen {
        let shown = Buffer::empty(Rect::new(0, 0, size.width, size.height));
        let inner = CrosstermBackend::new(bytes.clone());
        let (bare, cursor, visible) = (vec![], None, None);
        Screen { inner, bytes, shown, scrolls, paints: false, bare, cursor, visible }
    }

    /// The same, with cells of pictures blank: pixels are drawn over them afterwards ([`Screen::pieces`]).
    #[must_use]
    pub fn painted(self, paints: bool) -> Screen {
        Screen { paints, ..self }
    }

    /// The pieces of pictures for which there are no pixels on the screen any more; they have to be drawn now.
    pub fn pieces(&mut self) -> Vec<Piece> {
        pieces(&self.shown, std::mem::take(&mut self.bare))
    }

    /// Brings the cursor back after somebody else has drawn.
    pub fn bring_cursor_back(&mut self) -> io::Result<()> {
        match self.cursor.take() {
            Some(cursor) if self.visible == Some(true) => self.set_cursor_position(cursor),
            _ => Ok(()),
        }
    }

    /// Draws a whole frame that is not far from a moved one; returns whether it was one.
    fn draw_moved(&mut self, changed: &[(u16, u16, &Cell)]) -> io::Result<bool> {
        if !self.scrolls || !scroll::is_worth_a_look(changed) {
            return Ok(false);
        }
        let mut wanted = self.shown.clone();
        put(&mut wanted, changed);
        let Some(shift) = Shift::find(&self.shown, &wanted) else { return Ok(false) };
        // Terminals disagree whether pixels move with their rows.
        if self.paints && shift.cells(&self.shown).iter().any(|cell| part(cell).is_some()) {
            return Ok(false);
        }
        self.bytes.write_all(shift.sequence().as_bytes())?;
        shift.apply(&mut self.shown);
        let blank = Cell::default();
        let text = inked(with_ghosts(&self.shown, self.shown.diff(&wanted), &blank), self.paints, &mut self.bare);
        self.bytes.write_all(text.as_bytes())?;
        self.shown = wanted;
        Ok(true)
    }
}

/// What draws these cells. Where pixels are to follow, those of pictures are blank, and noted as such.
fn inked(changed: Vec<(u16, u16, &Cell)>, paints: bool, bare: &mut Vec<(u16, u16)>) -> String {
    let mut ink = Ink::default();
    for (x, y, cell) in changed {
        if paints && part(cell).is_some() {
            let mut blank = Cell::default();
            blank.bg = cell.bg;
            ink.draw(x, y, &blank);
            bare.push((x, y));
        } else {
            ink.draw(x, y, cell);
        }
    }
    ink.dry()
}

/// These cells, and the columns that a replaced cluster of several characters covered. Some terminals draw a flag or a
/// family as one character a column (tmux does), so that writing over its first column leaves the rest of it.
fn with_ghosts<'a>(shown: &Buffer, changed: Vec<(u16, u16, &'a Cell)>, blank: &'a Cell) -> Vec<(u16, u16, &'a Cell)> {
    let reach = |x: u16, y: u16| match shown.cell((x, y)).map(Cell::symbol) {
        Some(symbol) if symbol.len() > 4 => x.saturating_add(u16::try_from(columns(symbol)).unwrap_or(1)),
        _ => x,
    };
    let mut out = Vec::with_capacity(changed.len());
    let mut rest = changed.into_iter().peekable();
    while let Some((x, y, cell)) = rest.next() {
        out.push((x, y, cell));
        let own = x.saturating_add(u16::try_from(columns(cell.symbol())).unwrap_or(1).max(1));
        let next = rest.peek().filter(|next| next.1 == y).map_or(shown.area.right(), |next| next.0);
        let end = (x..own).map(|x| reach(x, y)).max().unwrap_or(own).min(next);
        out.extend((own..end).map(|x| (x, y, blank)));
    }
    out
}

/// Takes over what is drawn. The columns that a wide character covers beyond its first are blank.
fn put(shown: &mut Buffer, changed: &[(u16, u16, &Cell)]) {
    for (x, y, cell) in changed {
        let Some(place) = shown.cell_mut((*x, *y)) else { continue };
        place.clone_from(cell);
        for covered in 1..u16::try_from(columns(cell.symbol())).unwrap_or(1) {
            if let Some(place) = shown.cell_mut((x.saturating_add(covered), *y)) {
                place.reset();
            }
        }
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let changed: Vec<(u16, u16, &Cell)> = content.collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.cursor = None;
        if !self.draw_moved(&changed)? {
            let blank = Cell::default();
            let text = inked(with_ghosts(&self.shown, changed.clone(), &blank), self.paints, &mut self.bare);
            put(&mut self.shown, &changed);
            self.bytes.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.visible == Some(false) {
            return Ok(());
        }
        self.visible = Some(false);
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.visible == Some(true) {
            return Ok(());
        }
        self.visible = Some(true);
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would wait for it.
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Some(position) {
            return Ok(());
        }
        self.cursor = Some(position);
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.cursor = None;
        self.shown.reset();
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.cursor = None;
        // What is left is not known; nobody but ratatui's inline viewports asks for this.
        self.scrolls = false;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.shown.area.as_size())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.shown.area.as_size(), pixels: Size::new(0, 0) })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
