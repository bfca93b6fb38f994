//! One window of Markdown in rows: which blocks it has, and what each of them says (`inline` is its text, `sheet` its rows).

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::inline::Inline;
use super::sheet::Sheet;
use super::table::{Table, wide};
use super::wrap::{hard, wrap};
use super::{Ink, Mark, Piece, Role, Row};
use crate::model::text::{escape_block, escape_line};

/// Bytes that are looked at for a blank line.
const LOOK_BACK: usize = 256;
/// A source line of at least this length was most likely broken only because it was full.
const FULL: usize = 60;

/// A top-level block of a window.
#[derive(Debug)]
pub(super) struct Block {
    /// Where it starts, in bytes of the whole text.
    pub(super) start: usize,
    /// The rows above it.
    pub(super) above: usize,
    /// How many of its lines have to be there for it to be surely this and not more of the block before: a table is one
    /// by its second line.
    pub(super) telling: usize,
    /// Where its last item starts, if it is a list.
    pub(super) last_item: Option<usize>,
    /// What stands before the rest of it where it has to be cut.
    pub(super) carry: Option<String>,
}

/// Lays `source` out below `rows`; it starts at byte `at` of the whole text, and goes on as `carry` says. `blank`: a
/// blank row comes first.
pub(super) fn lay_out(
    source: &str,
    at: usize,
    carry: &str,
    blank: bool,
    width: usize,
    rows: &mut Vec<Row>,
) -> Vec<Block> {
    let text = format!("{carry}{source}");
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer::new(&text, carry.len(), at, Sheet::new(rows, width, blank));
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        writer.event(event, range);
    }
    writer.gap(text.len());
    writer.blocks
}

/// Whether the line before the one that begins at the end of `above` is blank, the marks of quotes aside where `above`
/// is the quote so far.
pub(super) fn blank_before(above: &str, quoted: bool) -> bool {
    let mut ends = 0;
    for byte in above.as_bytes().iter().rev().take(LOOK_BACK) {
        match byte {
            b'\n' => ends += 1,
            b' ' | b'\t' | b'\r' => {}
            b'>' if quoted => {}
            _ => return false,
        }
        if ends == 2 {
            return true;
        }
    }
    // Only its marks are above: an empty line is the first one of the quote.
    quoted && ends == 1 && above.len() <= LOOK_BACK
}

struct Writer<'a> {
    source: &'a str,
    /// Bytes of `source` that were laid out before.
    carried: usize,
    /// Where the rest of `source` starts in the whole text.
    base: usize,
    sheet: Sheet<'a>,
    blocks: Vec<Block>,
    /// How many blocks are open.
    depth: usize,
    /// Where the open quotes start.
    quotes: Vec<usize>,
    /// The next number of each open list; none without numbers.
    lists: Vec<Option<u64>>,
    inline: Inline,
    strong: usize,
    emphasis: usize,
    struck: usize,
    heading: bool,
    /// The open links: where each goes to, and where its text starts.
    links: Vec<(String, usize)>,
    code: Option<String>,
    table: Option<Table>,
    /// Bytes of `source` that are accounted for.
    told: usize,
}

impl<'a> Writer<'a> {
    fn new(source: &'a str, carried: usize, base: usize, sheet: Sheet<'a>) -> Writer<'a> {
        Writer {
            source,
            carried,
            base,
            sheet,
            blocks: Vec::new(),
            depth: 0,
            quotes: Vec::new(),
            lists: Vec::new(),
            inline: Inline::default(),
            strong: 0,
            emphasis: 0,
            struck: 0,
            heading: false,
            links: Vec::new(),
            code: None,
            table: None,
            told: carried,
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.text(&text),
            },
            Event::Code(text) => {
                self.inline.mark("`", Ink::FAINT);
                let ink = Ink { role: Role::Code, ..self.ink() };
                self.inline.push(&text, ink);
                self.inline.mark("`", Ink::FAINT);
            }
            Event::InlineHtml(html) if matches!(&*html, "<br>" | "<br/>" | "<br />") => self.line_break(),
            Event::InlineHtml(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            Event::Html(text) => {
                self.text(text.trim_end_matches(['\n', '\r']));
                self.line_break();
            }
            Event::FootnoteReference(name) => self.text(&format!("[^{name}]")),
            Event::SoftBreak => self.soft_break(range.start),
            Event::HardBreak => self.line_break(),
            Event::TaskListMarker(done) => self.inline.mark(if done { "[x] " } else { "[ ] " }, Ink::default()),
            Event::Rule => {
                self.open(&range);
                let room = self.sheet.room();
                self.sheet.row(vec![Piece::Mark(Mark::Rule, room)]);
                self.close(&range, None);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Emphasis => self.emphasis += 1,
            Tag::Strong => self.strong += 1,
            Tag::Strikethrough => self.struck += 1,
            Tag::Link { dest_url, .. } => {
                self.inline.flush();
                self.links.push((dest_url.into_string(), self.inline.runs.len()));
            }
            Tag::Image { dest_url, .. } => {
                self.inline.mark("[image: ", Ink::FAINT);
                self.links.push((dest_url.into_string(), self.inline.runs.len()));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
                self.heading = matches!(tag, Tag::TableHead);
            }
            Tag::TableCell => {}
            tag => self.start_block(tag, range),
        }
    }

    fn start_block(&mut self, tag: Tag<'_>, range: Range<usize>) {
        // A tight item has its text without a paragraph around it.
        self.paragraph();
        self.open(&range);
        match tag {
            Tag::Heading { .. } => self.heading = true,
            Tag::BlockQuote(_) => {
                self.quotes.push(range.start);
                let bar = || vec![Piece::Mark(Mark::Bar, 1), space(1)];
                self.sheet.indent(bar(), bar());
            }
            Tag::CodeBlock(kind) => {
                self.code = Some(String::new());
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                if range.start >= self.carried && !info.trim().is_empty() {
                    let name = escape_line(info.trim()).into_owned();
                    let room = self.sheet.room().saturating_sub(2);
                    let name = crate::model::text::truncate_width(&name, room).into_owned();
                    // Without the bar, which is the code's.
                    self.sheet.row(vec![space(2), Piece::Text(name, Ink::FAINT)]);
                }
            }
            Tag::List(first) => self.lists.push(first),
            Tag::Item => {
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let text = format!("{number}. ");
                        *number += 1;
                        Piece::Text(text, Ink::default())
                    }
                    _ => Piece::Mark(Mark::Bullet, 1),
                };
                let mut first = vec![mark];
                if matches!(first[0], Piece::Mark(..)) {
                    first.push(space(1));
                }
                let rest = vec![space(wide(&first))];
                self.sheet.indent(first, rest);
            }
            Tag::Table(alignments) => {
                let continued = range.start < self.carried;
                if let (1, Some(block)) = (self.depth, self.blocks.last_mut()) {
                    block.telling = 2;
                }
                self.table = Some(Table { alignments, rows: Vec::new(), continued });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Emphasis => self.emphasis -= 1,
            TagEnd::Strong => self.strong -= 1,
            TagEnd::Strikethrough => self.struck -= 1,
            TagEnd::Link => self.end_link(),
            TagEnd::Image => {
                if let Some((url, _)) = self.links.pop() {
                    self.inline.mark("] ", Ink::FAINT);
                    self.inline.push(&url, Ink::FAINT);
                    self.inline.flush();
                }
            }
            TagEnd::TableCell => {
                let runs = self.inline.take();
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(runs);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => self.heading = false,
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let carry = self.lines_of(&range, 2);
                    for row in table.lay_out(self.sheet.room()) {
                        self.sheet.row(row.0);
                    }
                    self.close(&range, carry);
                }
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.code_rows(&code);
                let fence = self.lines_of(&range, 1).filter(|line| {
                    let line = line.trim_start();
                    line.starts_with("```") || line.starts_with("~~~")
                });
                self.close(&range, fence);
            }
            TagEnd::Item => {
                self.paragraph();
                self.sheet.unindent();
                self.close(&range, None);
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.close(&range, None);
            }
            TagEnd::BlockQuote(_) => {
                self.quotes.pop();
                self.paragraph();
                self.sheet.unindent();
                self.close(&range, None);
            }
            TagEnd::Heading(_) => {
                if self.inline.is_empty() {
                    self.sheet.row(Vec::new());
                }
                self.paragraph();
                self.heading = false;
                self.close(&range, None);
            }
            _ => {
                self.paragraph();
                self.close(&range, None);
            }
        }
    }

    /// A block begins.
    fn open(&mut self, range: &Range<usize>) {
        if self.depth == 0 {
            self.gap(range.start);
        }
        let above = self.sheet.rows.len();
        self.sheet.blank |= range.start > self.carried
            && !self.sheet.rows.is_empty()
            && match self.quotes.first() {
                Some(quote) => blank_before(&self.source[*quote..range.start], true),
                None => blank_before(&self.source[..range.start], false),
            };
        self.sheet.blank_row();
        if self.depth <= 1 {
            // Whoever goes on from here needs the indent too.
            let line = self.source[..range.start].rfind('\n').map_or(0, |at| at + 1);
            let start = self.base + line.saturating_sub(self.carried);
            match self.blocks.last_mut() {
                _ if self.depth == 0 => {
                    self.blocks.push(Block { start, above, telling: 1, last_item: None, carry: None });
                }
                Some(block) if self.lists.len() == 1 => block.last_item = Some(start),
                _ => {}
            }
        }
        self.depth += 1;
    }

    fn close(&mut self, range: &Range<usize>, carry: Option<String>) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth > 0 {
            return;
        }
        self.told = self.told.max(range.end);
        if let Some(block) = self.blocks.last_mut() {
            block.carry = carry;
        }
    }

    /// What Markdown swallowed between two blocks is shown as it is.
    fn gap(&mut self, end: usize) {
        let lost = self.source.get(self.told..end).unwrap_or_default();
        self.told = self.told.max(end);
        if lost.trim().is_empty() {
            return;
        }
        let start = end - lost.trim_start().len();
        self.sheet.blank |=
            start > self.carried && !self.sheet.rows.is_empty() && blank_before(&self.source[..start], false);
        self.sheet.blank_row();
        for line in lost.trim().lines() {
            self.inline.push(line.trim(), Ink::FAINT);
            self.inline.mark("\n", Ink::FAINT);
        }
        self.paragraph();
    }

    /// The first lines of a block.
    fn lines_of(&self, range: &Range<usize>, count: usize) -> Option<String> {
        let text = &self.source[range.clone()];
        let end = text.match_indices('\n').nth(count - 1)?.0;
        Some(text[..=end].to_owned())
    }

    fn ink(&self) -> Ink {
        Ink {
            role: match (self.links.is_empty(), self.heading) {
                (false, _) => Role::Link,
                (true, true) => Role::Heading,
                (true, false) => Role::Text,
            },
            strong: self.strong > 0,
            emphasis: self.emphasis > 0,
            struck: self.struck > 0,
        }
    }

    fn text(&mut self, text: &str) {
        self.inline.push(text, self.ink());
    }

    fn line_break(&mut self) {
        // A row of a table is one line of source; a break in a cell stays in the cell.
        self.inline.mark(if self.table.is_some() { " " } else { "\n" }, Ink::default());
    }

    /// A line of the source ends. A full line was broken by whoever filled it; a short one ends on purpose.
    fn soft_break(&mut self, at: usize) {
        let start = self.source[..at].rfind('\n').map_or(0, |at| at + 1);
        let full = self.source[start..at].chars().count() >= FULL;
        self.inline.mark(if full { " " } else { "\n" }, Ink::default());
    }

    fn end_link(&mut self) {
        let Some((url, from)) = self.links.pop() else { return };
        self.inline.flush();
        let shown: String = self.inline.runs.get(from..).unwrap_or_default().iter().map(|run| &*run.text).collect();
        let plain = escape_line(&url);
        if *plain == shown || url.strip_prefix("mailto:") == Some(&*shown) {
            return;
        }
        self.inline.mark(" (", Ink::FAINT);
        self.inline.push(&url, Ink::FAINT);
        self.inline.mark(")", Ink::FAINT);
    }

    /// The text so far, in rows.
    fn paragraph(&mut self) {
        if self.inline.is_empty() || self.table.is_some() {
            return;
        }
        let mut runs = self.inline.take();
        while runs.last().is_some_and(|run| run.text == "\n") {
            runs.pop();
        }
        for pieces in wrap(&runs, self.sheet.room()) {
            self.sheet.row(pieces);
        }
    }

    fn code_rows(&mut self, code: &str) {
        let room = self.sheet.room().saturating_sub(2).max(1);
        let escaped = escape_block(code);
        let text = escaped.strip_suffix('\n').unwrap_or(&escaped);
        let ink = Ink { role: Role::Code, ..Ink::default() };
        for line in text.split('\n') {
            for part in hard(line, room) {
                self.sheet.row(vec![Piece::Mark(Mark::Bar, 1), space(1), Piece::Text(part.to_owned(), ink)]);
            }
        }
    }
}

fn space(cols: usize) -> Piece {
    Piece::Text(" ".repeat(cols), Ink::default())
}
