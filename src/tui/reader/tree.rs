//! A JSON tree in a reader: [`TreeView`]: what is folded, and what a value looks like in a row.
//!
//! A value has one row, as it is spelled; a long text can be unfolded into more, as it reads. Containers and texts fold
//! alike.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use ratatui::text::{Line, Span};

use super::Reply;
use super::block::{Block, View};
use super::markdown::{self, MarkdownView};
use super::table::TableView;
use super::text::TextView;
use crate::model::json::tree::{Kind, NodeId, Tree};
use crate::model::json::{RawJson, compact, scan};
use crate::model::text::{escape_block, escape_line, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::page::{clip, wrap};
use crate::tui::theme::Theme;

/// Columns of one level.
const INDENT: usize = 2;
/// Values that are unfolded from the start, as far as whole levels go.
const UNFOLDED: usize = 150;
/// Values that are counted to find out how far that is.
const COUNTED: u32 = 20_000;
/// Rows of a text that is unfolded in its place; in full it is a page of its own.
const TEXT_ROWS: usize = 60;
/// Bytes of a text that can matter to that many rows.
const TEXT_BYTES: usize = 16 * 1024;
/// From these many bytes on, or with escapes in it, a text can be unfolded.
const LONG: usize = 40;
/// Bytes of a value whose end is looked for.
pub(super) const LAID_OUT: usize = 64 * 1024;
/// Bytes of a larger one that are shown in a row.
const HEAD: usize = 4_096;
/// Bytes up to which the size of a text is counted exactly.
const EXACT: usize = 64 * 1024;

/// A tree with its folds.
#[derive(Clone, PartialEq, Debug)]
pub struct TreeView {
    tree: Arc<Tree>,
    /// Containers above this level are unfolded, texts are folded …
    levels: usize,
    /// … except for these, which are the other way round.
    flipped: HashSet<NodeId>,
    /// What is wrong with values.
    marks: Arc<BTreeMap<NodeId, String>>,
}

impl TreeView {
    /// Shows a tree; so many levels of it are unfolded that it is quickly looked over.
    pub fn new(tree: Tree) -> TreeView {
        let levels = first_levels(&tree);
        TreeView { tree: Arc::new(tree), levels, flipped: HashSet::new(), marks: Arc::default() }
    }

    /// Says what is wrong with values of it; they are unfolded to.
    #[must_use]
    pub fn with_marks(mut self, marks: BTreeMap<NodeId, String>) -> TreeView {
        for id in marks.keys() {
            self.unfold_to(*id);
        }
        self.marks = Arc::new(marks);
        self
    }

    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether a value that can be folded is unfolded.
    fn is_open(&self, id: NodeId, depth: usize) -> bool {
        let by_level = match self.tree.kind(id) {
            Kind::Object | Kind::Array => depth < self.levels,
            Kind::String | Kind::Number | Kind::Literal => false,
        };
        by_level != self.flipped.contains(&id)
    }

    fn set_open(&mut self, id: NodeId, open: bool) {
        if self.is_open(id, self.tree.depth(id)) != open && !self.flipped.remove(&id) {
            self.flipped.insert(id);
        }
    }

    fn folds(&self, id: NodeId) -> bool {
        match self.tree.kind(id) {
            Kind::Object | Kind::Array => self.tree.first_child(id).is_some(),
            Kind::String => {
                let head = self.tree.from(id).as_bytes();
                let head = &head[..head.len().min(LONG + 2)];
                let end = scan::string_end(head, 0);
                // Cut by our own look at it, or a backslash in it.
                end > LONG || head[..end].contains(&b'\\')
            }
            Kind::Number | Kind::Literal => false,
        }
    }

    /// The value itself, or the folded one that hides it.
    pub(super) fn visible(&self, id: NodeId) -> NodeId {
        let id = id.min(self.tree.len().saturating_sub(1) as NodeId);
        let around: Vec<NodeId> = self.tree.ancestors(id).collect();
        let hiding = around.iter().rev().enumerate().find(|(depth, id)| !self.is_open(**id, *depth));
        hiding.map_or(id, |(_, hiding)| *hiding)
    }

    pub(super) fn last(&self) -> NodeId {
        self.visible(NodeId::MAX)
    }

    pub(super) fn next(&self, id: NodeId) -> Option<NodeId> {
        if self.is_open(id, self.tree.depth(id))
            && let Some(child) = self.tree.first_child(id)
        {
            return Some(child);
        }
        self.tree.after(id)
    }

    pub(super) fn before(&self, id: NodeId) -> Option<NodeId> {
        Some(self.visible(id.checked_sub(1)?))
    }

    fn unfold_to(&mut self, id: NodeId) {
        let around: Vec<NodeId> = self.tree.ancestors(id).collect();
        for id in around {
            self.set_open(id, true);
        }
    }

    /// Unfolds what hides the value at a byte of the text, and names it.
    pub(super) fn reveal(&mut self, byte: usize) -> NodeId {
        let id = self.tree.at(byte);
        self.unfold_to(id);
        id
    }

    /// Rows of an unfolded text, without the value's own.
    fn text_rows(&self, id: NodeId, cols: usize) -> Option<Vec<String>> {
        if self.tree.kind(id) != Kind::String || !self.flipped.contains(&id) {
            return None;
        }
        let indent = indent(self.tree.depth(id), cols) + 4;
        let (text, cut) = beginning(self.tree.from(id));
        let mut rows = Vec::new();
        for line in escape_block(&text).lines() {
            rows.extend(wrap(line, cols.saturating_sub(indent).max(1)));
            if rows.len() > TEXT_ROWS {
                break;
            }
        }
        let more = cut || rows.len() > TEXT_ROWS;
        rows.truncate(TEXT_ROWS);
        if more {
            rows.push("… Enter shows it in full".to_owned());
        }
        Some(rows)
    }

    pub(super) fn height(&self, id: NodeId, cols: usize) -> u32 {
        1 + self.text_rows(id, cols).map_or(0, |rows| rows.len() as u32)
    }

    pub(super) fn lines(&self, id: NodeId, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        let depth = self.tree.depth(id);
        let indent = indent(depth, cols);
        let folds = self.folds(id);
        let open = folds && self.is_open(id, depth);
        let symbol = match (folds, open) {
            (false, _) => " ",
            (true, true) => theme.symbols.unfolded,
            (true, false) => theme.symbols.folded,
        };
        // Where levels are too deep to be indented, the row says which one it is.
        let lead = if indent < depth * INDENT { format!("{depth:<indent$}") } else { " ".repeat(indent) };
        let mut spans = vec![Span::styled(lead, theme.dim), Span::styled(format!("{symbol} "), theme.dim)];
        self.label(id, cols, theme, &mut spans);
        let wrong = self.wrong(id, open);
        let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
        let room = cols.saturating_sub(used);
        let mark = wrong.map(|wrong| format!("  {} {wrong}", theme.symbols.broken));
        let kept = mark.as_deref().map_or(0, |mark| columns(mark).min(room * 2 / 3));
        self.summary(id, open, room.saturating_sub(kept), theme, &mut spans);
        // A short value leaves it more than that.
        let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
        spans.extend(mark.map(|mark| Span::styled(clip(&mark, cols.saturating_sub(used)), theme.bad)));
        let mut out = vec![Line::from(spans)];
        for row in self.text_rows(id, cols).unwrap_or_default() {
            let lead = Span::raw(" ".repeat(indent + 4));
            out.push(Line::from(vec![lead, Span::styled(row, theme.json_string)]));
        }
        out
    }

    /// The name of a member as spelled, or the place of an element.
    fn label(&self, id: NodeId, cols: usize, theme: &Theme, spans: &mut Vec<Span<'static>>) {
        let (label, style) = match self.tree.key(id) {
            Some(key) => {
                let inside = key.get(1..key.len().saturating_sub(1)).unwrap_or_default();
                let name = if inside.is_empty() { key } else { inside };
                (clip(name, (cols / 2).max(8)), theme.json_key)
            }
            None if id == 0 => return,
            None => (self.tree.ordinal(id).to_string(), theme.dim),
        };
        spans.push(Span::styled(label, style));
        spans.push(Span::styled(": ", theme.json_punct));
    }

    /// What is wrong with a value, or in it while it is folded.
    fn wrong(&self, id: NodeId, open: bool) -> Option<Cow<'_, str>> {
        if let Some(mark) = self.marks.get(&id) {
            return Some(Cow::Borrowed(mark));
        }
        if open || self.marks.is_empty() {
            return None;
        }
        let end = self.tree.after(id).unwrap_or(NodeId::MAX);
        let inside = self.marks.range(id + 1..end.max(id + 1)).count();
        (inside > 0).then(|| Cow::Owned(format!("{} inside", figures::counted(inside, "problem"))))
    }

    /// What a value is, in the rest of its row.
    fn summary(&self, id: NodeId, open: bool, room: usize, theme: &Theme, spans: &mut Vec<Span<'static>>) {
        let text = self.tree.from(id);
        let kind = self.tree.kind(id);
        match kind {
            Kind::Object | Kind::Array => {
                let count = self.tree.children(id) as usize;
                let brackets = if kind == Kind::Object { ('{', '}') } else { ('[', ']') };
                let short = match count {
                    0 if self.tree.is_sealed(id) => "… Enter goes deeper".to_owned(),
                    0 => String::new(),
                    _ => figures::count(count),
                };
                let short = clip(&format!("{}{short}{}", brackets.0, brackets.1), room);
                let rest = room.saturating_sub(columns(&short) + 1);
                spans.push(Span::styled(short, theme.json_punct));
                if !open && count > 0 && rest > 8 {
                    // Up to its end, where that is near; no further is looked than the row has room.
                    let head = &text[..text.floor_char_boundary(rest * 16)];
                    let own = scan::end_of(head);
                    spans.push(Span::styled(
                        format!(" {}", clip(&scan::legible(&compact(&head[..own], rest)), rest)),
                        theme.dim,
                    ));
                }
            }
            Kind::String => self.string(id, open, room, theme, spans),
            Kind::Number | Kind::Literal => {
                let head = &text[..text.floor_char_boundary(4_096)];
                let end = head.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(head.len());
                spans.push(Span::styled(clip(&head[..end], room), theme.json_value));
            }
        }
    }

    fn string(&self, id: NodeId, open: bool, room: usize, theme: &Theme, spans: &mut Vec<Span<'static>>) {
        let text = self.tree.from(id);
        let bytes = text.as_bytes();
        let near = scan::string_end(&bytes[..bytes.len().min(room * 4 + 8)], 0);
        let whole = text.get(..near).filter(|head| near > 1 && head.ends_with('"') && is_closed(head));
        let shown = whole.map(|text| escape_line(&scan::legible(text)).into_owned());
        let shown = shown.filter(|text| columns(text) <= room);
        if let (Some(shown), false) = (&shown, open) {
            spans.push(Span::styled(shown.clone(), theme.json_string));
            return;
        }
        let size = figures::size(self.string_size(id) as u64);
        let more = format!(" {size}");
        if open {
            spans.push(Span::styled(clip(more.trim_start(), room), theme.dim));
            return;
        }
        let head = scan::legible(&text[..text.floor_char_boundary(room * 4 + 8)]);
        let head = clip(&head, room.saturating_sub(columns(&more) + 1));
        spans.push(Span::styled(format!("{}…", head.trim_end_matches('…')), theme.json_string));
        spans.push(Span::styled(more, theme.dim));
    }

    /// The bytes of a string: exact where they are few, else up to where the next value starts. Its end is not looked
    /// for: a string may be all of 16 MB.
    fn string_size(&self, id: NodeId) -> usize {
        let text = self.tree.from(id);
        let head = &text.as_bytes()[..text.len().min(EXACT)];
        let end = match scan::string_end(head, 0) {
            end if end < head.len() || head.len() == text.len() => end,
            _ if id as usize + 1 < self.tree.len() => self.tree.start(id + 1) - self.tree.start(id),
            _ => text.len(),
        };
        end.saturating_sub(2)
    }

    /// What a key does at a value, and where the cursor is then.
    pub(super) fn act(&mut self, id: NodeId, action: Action) -> (NodeId, Reply) {
        let depth = self.tree.depth(id);
        let folds = self.folds(id);
        let open = folds && self.is_open(id, depth);
        match action {
            Action::Open if self.tree.kind(id) == Kind::String || self.tree.is_sealed(id) => {
                (id, TreeView::inside(&self.tree, id))
            }
            Action::Open | Action::Toggle if folds => {
                self.set_open(id, !open);
                (id, Reply::Done)
            }
            Action::Right if folds && !open => {
                self.set_open(id, true);
                (id, Reply::Done)
            }
            Action::Right if open => (self.tree.first_child(id).unwrap_or(id), Reply::Done),
            Action::Left if open => {
                self.set_open(id, false);
                (id, Reply::Done)
            }
            Action::Left => match self.tree.parent(id) {
                Some(parent) => (parent, Reply::Done),
                None => (id, Reply::Unused),
            },
            Action::ExpandAll | Action::CollapseAll => {
                self.levels = if action == Action::ExpandAll { usize::MAX } else { 1 };
                self.flipped.clear();
                (self.visible(id), Reply::Done)
            }
            Action::Copy => (id, Reply::Copy { text: self.copied(id), what: "the value" }),
            Action::CopyPath => (id, Reply::Copy { text: self.tree.path(id), what: "the path" }),
            Action::Open | Action::Toggle | Action::Right => (id, Reply::Done),
            _ => (id, Reply::Unused),
        }
    }

    /// A text without its quotes, anything else as spelled.
    fn copied(&self, id: NodeId) -> String {
        let value = self.tree.value(id);
        scan::decoded(value).map_or_else(|| value.to_owned(), Cow::into_owned)
    }

    /// A value as a page of its own: a text as it reads, a tree where it is JSON or lies too deep.
    pub(super) fn inside(tree: &Tree, id: NodeId) -> Reply {
        let value = tree.value(id);
        let title = tree.path(id);
        let views = match scan::decoded(value) {
            Some(text) => text_views(&text, ""),
            None => match RawJson::parse(value) {
                Ok(raw) => tree_views(TreeView::new(Tree::new(raw))),
                Err(_) => vec![View::Text(TextView::new(value))],
            },
        };
        let mut reader = super::Reader::new(vec![Block::bare(views)]);
        reader.title = title;
        Reply::Inside(Box::new(reader))
    }
}

fn indent(depth: usize, cols: usize) -> usize {
    (depth * INDENT).min(cols / 2)
}

/// The ways to show a JSON value: as a table too, if it is one; first of all, unless something is wrong with values.
pub fn tree_views(view: TreeView) -> Vec<View> {
    match TableView::new(&view.tree) {
        Some(table) if view.marks.is_empty() => vec![View::Table(table), View::Tree(view)],
        Some(table) => vec![View::Tree(view), View::Table(table)],
        None => vec![View::Tree(view)],
    }
}

/// The ways to show a text: as a tree first if it is JSON with something in it, as Markdown first if it is meant so:
/// by its type, else by its looks.
pub fn text_views(text: &str, mime: &str) -> Vec<View> {
    let text: Arc<str> = Arc::from(text);
    if text.trim_start().starts_with(['{', '['])
        && let Ok(raw) = RawJson::parse(Arc::clone(&text))
    {
        let mut views = tree_views(TreeView::new(Tree::new(raw)));
        views.push(View::Text(TextView::new(text)));
        return views;
    }
    let kind = mime.split(';').next().unwrap_or_default().trim();
    let meant = match kind {
        "text/markdown" | "text/x-markdown" => true,
        "" | "text/plain" => markdown::looks_so(&text),
        _ => false,
    };
    let plain = View::Text(TextView::new(Arc::clone(&text)));
    if meant {
        vec![View::Markdown(MarkdownView::new(text)), plain]
    } else if kind.is_empty() && markdown::has_any(&text) {
        vec![plain, View::Markdown(MarkdownView::new(text))]
    } else {
        vec![plain]
    }
}

/// How many levels show about [`UNFOLDED`] values; at least the first.
fn first_levels(tree: &Tree) -> usize {
    let mut by_depth: Vec<usize> = Vec::new();
    let mut depth = 0;
    for id in 0..(tree.len() as NodeId).min(COUNTED) {
        // The depth goes on from the value before, which is mostly the parent or a sibling.
        if let Some(parent) = tree.parent(id) {
            depth = if parent + 1 == id { depth + 1 } else { tree.depth(id) };
        }
        if by_depth.len() <= depth {
            by_depth.resize(depth + 1, 0);
        }
        by_depth[depth] += 1;
    }
    let mut sum = 0;
    let mut levels = 0usize;
    for count in by_depth {
        sum += count;
        if sum > UNFOLDED {
            break;
        }
        levels += 1;
    }
    // A value on level n is seen when the n levels of containers above it are unfolded.
    levels.saturating_sub(1).max(1)
}

/// Bytes that a value takes up, as far as the index knows: up to where the next one starts.
pub(super) fn weight(tree: &Tree, id: NodeId) -> usize {
    tree.after(id).map_or(tree.text().as_str().len(), |next| tree.start(next)) - tree.start(id)
}

/// A value, or the beginning of a large one: its end is not looked for.
pub(super) fn head(tree: &Tree, id: NodeId) -> &str {
    if weight(tree, id) <= LAID_OUT {
        return tree.value(id);
    }
    let text = tree.from(id);
    &text[..text.floor_char_boundary(HEAD)]
}

/// Whether the quote at the end is not itself escaped.
fn is_closed(string: &str) -> bool {
    string.bytes().rev().skip(1).take_while(|byte| *byte == b'\\').count() % 2 == 0
}

/// The beginning of a JSON string as it reads, and whether there is more of it.
pub(super) fn beginning(string: &str) -> (String, bool) {
    let head = &string[..string.floor_char_boundary(TEXT_BYTES)];
    let end = scan::string_end(head.as_bytes(), 0);
    let head = head.get(..end).unwrap_or(head);
    if head.len() > 1 && head.ends_with('"') && is_closed(head) {
        return (scan::decoded(head).map_or_else(|| head.to_owned(), Cow::into_owned), false);
    }
    // Cut: shorter until it is not in the middle of an escape.
    for less in 0..12 {
        let Some(part) = head.len().checked_sub(less).and_then(|end| head.get(..end)) else { continue };
        if let Some(text) = scan::decoded(&format!("{part}\"")) {
            return (text.into_owned(), true);
        }
    }
    (head.to_owned(), true)
}
