//! Searching in a reader: typed letter by letter, a slice of the text at a time, so that 16 MB hold up no key.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Place, Reader, Reply};
use crate::model::json::tree::find::{Needle, Sought};
use crate::tui::keymap::Key;
use crate::tui::line::LineEdit;
use crate::tui::theme::Theme;

/// Bytes that are searched before a frame is drawn.
const SLICE: usize = 1024 * 1024;

/// A search.
#[derive(Clone, PartialEq, Debug)]
pub struct Find {
    /// What is typed.
    pub line: LineEdit,
    /// Whether keys still type.
    pub typing: bool,
    /// Where it is looked for now; `None` when it is found, or nowhere.
    seek: Option<Seek>,
    /// What came of it, for a person.
    pub said: String,
    /// Where the cursor was before it started.
    origin: Place,
    /// The byte of the last hit and its block.
    hit: Option<(usize, usize)>,
}

/// A search on its way.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Seek {
    forward: bool,
    block: usize,
    /// The next byte to look at; backward, the first that is not looked at.
    byte: usize,
    /// Blocks that are left, the first one twice.
    left: usize,
    /// Whether it went over the end.
    around: bool,
}

impl Find {
    /// Whether it is still looked for.
    pub fn is_busy(&self) -> bool {
        self.seek.is_some()
    }

    /// A row with what was found in it marked.
    pub(super) fn marked(&self, line: Line<'static>, theme: &Theme) -> Line<'static> {
        match Needle::new(self.line.text(), false) {
            Some(needle) => marked(line, &needle, None, theme.selected),
            None => line,
        }
    }
}

/// A row with what is looked for in this style: wherever it is, or, with a number, only one of them.
pub(in crate::tui) fn marked(line: Line<'static>, needle: &Needle, nth: Option<usize>, mark: Style) -> Line<'static> {
    let text: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    let mut places = needle.places(&text);
    if let Some(nth) = nth {
        places = places.into_iter().skip(nth).take(1).collect();
    }
    if places.is_empty() {
        return line;
    }
    let style = line.style;
    let mut out = Vec::new();
    let mut at = 0;
    for span in line.spans {
        let end = at + span.content.len();
        let mut from = at;
        for place in places.iter().filter(|place| place.start < end && place.end > at) {
            let (start, stop) = (place.start.max(at), place.end.min(end));
            out.push(Span::styled(text[from..start.max(from)].to_owned(), span.style));
            out.push(Span::styled(text[start..stop].to_owned(), span.style.patch(mark)));
            from = stop;
        }
        out.push(Span::styled(text[from..end].to_owned(), span.style));
        at = end;
    }
    Line::from(out).style(style)
}

impl Reader {
    /// Opens the search line; what was looked for before is there again, selected to be typed over.
    pub(super) fn start_find(&mut self) {
        self.find = Some(Find {
            line: LineEdit::default(),
            typing: true,
            seek: None,
            said: String::new(),
            origin: self.cursor,
            hit: None,
        });
    }

    /// Whether a search is being typed.
    pub fn is_typing(&self) -> bool {
        self.find.as_ref().is_some_and(|find| find.typing)
    }

    /// A key of the search line.
    pub fn find_key(&mut self, key: Key) {
        if let Some(find) = &mut self.find
            && find.line.key(key)
        {
            self.restart_find();
        }
    }

    /// A pasted text in the search line.
    pub fn find_paste(&mut self, text: &str) {
        if let Some(find) = &mut self.find
            && find.line.insert(&text.replace(['\r', '\n'], " "))
        {
            self.restart_find();
        }
    }

    /// Keeps the search and gives the keys back to the text. An empty one is closed.
    pub fn keep_find(&mut self) {
        match &mut self.find {
            Some(find) if find.line.text().is_empty() => self.find = None,
            Some(find) => find.typing = false,
            None => {}
        }
    }

    /// Closes the search; while it is typed the cursor goes back to where it was.
    pub fn drop_find(&mut self) {
        if let Some(find) = self.find.take()
            && find.typing
        {
            self.go_to(find.origin);
        }
    }

    /// What is typed changed: from where the search began, the first place.
    fn restart_find(&mut self) {
        let Some(find) = &mut self.find else { return };
        let origin = find.origin;
        find.hit = None;
        self.go_to(origin);
        self.seek_from(origin.block, self.byte_of(origin), true);
    }

    /// The next place, or the one before.
    pub(super) fn again(&mut self, forward: bool) -> Reply {
        let Some(find) = &self.find else {
            return Reply::Say("nothing is looked for yet; / starts a search".into());
        };
        let (block, byte) = match find.hit {
            // On from the hit itself while the cursor is still there: a row may hold several.
            Some((block, byte)) if self.place_of(block, byte) == Some(self.cursor) => {
                (block, if forward { byte + 1 } else { byte })
            }
            _ => (self.cursor.block, self.byte_of(self.cursor)),
        };
        self.seek_from(block, byte, forward);
        Reply::Done
    }

    fn seek_from(&mut self, block: usize, byte: usize, forward: bool) {
        let left = self.blocks.len() + 1;
        if let Some(find) = &mut self.find {
            find.said.clear();
            find.seek = Some(Seek { forward, block, byte, left, around: false });
        }
        self.advance();
    }

    /// Looks at the next slice. Called before each frame while [`Find::is_busy`].
    pub fn advance(&mut self) {
        let mut budget = SLICE;
        loop {
            let Some(find) = &mut self.find else { return };
            let Some(mut seek) = find.seek else { return };
            let Some(block) = self.blocks.get(seek.block) else {
                find.seek = None;
                return;
            };
            let (text, json) = block.searched();
            let Some(needle) = Needle::new(find.line.text(), json) else {
                find.seek = None;
                return;
            };
            let sought = if seek.forward {
                needle.forward(text, seek.byte, budget)
            } else {
                needle.backward(text, seek.byte, budget)
            };
            match sought {
                Sought::At(byte) => {
                    find.seek = None;
                    find.hit = Some((seek.block, byte));
                    find.said = match (seek.around, seek.forward) {
                        (false, _) => String::new(),
                        (true, true) => "from the beginning again".into(),
                        (true, false) => "from the end again".into(),
                    };
                    self.show_hit(seek.block, byte);
                    return;
                }
                Sought::Until(byte) => {
                    seek.byte = byte;
                    find.seek = Some(seek);
                    return;
                }
                Sought::Nowhere => {
                    let looked = if seek.forward { text.len().saturating_sub(seek.byte) } else { seek.byte };
                    budget = budget.saturating_sub(looked);
                    seek.left -= 1;
                    if seek.left == 0 {
                        find.seek = None;
                        find.said = "not found".into();
                        return;
                    }
                    let blocks = self.blocks.len();
                    let next = if seek.forward { seek.block + 1 } else { seek.block + blocks - 1 };
                    seek.around |= next == blocks || (!seek.forward && seek.block == 0);
                    seek.block = next % blocks;
                    seek.byte = if seek.forward { 0 } else { self.blocks[seek.block].searched().0.len() };
                    find.seek = Some(seek);
                    if budget == 0 {
                        return;
                    }
                }
            }
        }
    }

    fn show_hit(&mut self, block: usize, byte: usize) {
        let cols = self.text_cols();
        let Some(shown) = self.blocks.get_mut(block) else { return };
        let (unit, row) = shown.reveal(byte, cols);
        self.go_to(Place { block, unit, row });
    }

    fn place_of(&self, block: usize, byte: usize) -> Option<Place> {
        let mut shown = self.blocks.get(block)?.clone();
        let (unit, row) = shown.reveal(byte, self.text_cols());
        Some(Place { block, unit, row })
    }

    fn byte_of(&self, place: Place) -> usize {
        self.blocks.get(place.block).map_or(0, |block| block.byte(place.unit))
    }
}
