//! One block of what is read: [`Block`]: a heading, and the ways to show what is below it.

use std::ops::Range;

use ratatui::text::{Line, Span};

use super::Reply;
pub use super::view::View;
use crate::model::json::{RawJson, scan};
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::page::{clip, heading};
use crate::tui::theme::Theme;

/// The first unit below the heading, which is unit 0.
const BODY: u32 = 1;

/// Something in base64 inside an answer; decoded only when it is saved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// The answer.
    pub text: RawJson,
    /// Where in it the string is, quotes included.
    pub range: Range<usize>,
    /// Its type, as the server calls it.
    pub mime: String,
}

impl Attachment {
    /// The bytes.
    pub fn decode(&self) -> Result<Vec<u8>, String> {
        use base64::Engine as _;
        let text = self.text.as_str().get(self.range.clone()).and_then(scan::decoded).ok_or("it is not there")?;
        let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let engine = base64::engine::GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            base64::engine::GeneralPurposeConfig::new()
                .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
        );
        engine.decode(packed).map_err(|why| format!("it is not base64: {why}"))
    }

    /// The ending of a file of its type.
    pub fn extension(&self) -> &'static str {
        let kind = self.mime.split(';').next().unwrap_or_default().trim();
        match kind {
            "image/png" => "png",
            "image/jpeg" | "image/jpg" => "jpg",
            "image/gif" => "gif",
            "image/webp" => "webp",
            "image/svg+xml" => "svg",
            "audio/wav" | "audio/x-wav" => "wav",
            "audio/mpeg" | "audio/mp3" => "mp3",
            "audio/ogg" => "ogg",
            "application/pdf" => "pdf",
            "application/json" => "json",
            "application/zip" => "zip",
            _ if kind.starts_with("text/") => "txt",
            _ => "bin",
        }
    }
}

/// A heading and what is below it.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// What it is; foreign text in it is escaped when it is drawn. Empty for none.
    heading: String,
    /// What a file of it would be called; the heading when it is empty.
    name: String,
    /// Whether the heading says that something is wrong.
    alarm: bool,
    views: Vec<View>,
    shown: usize,
    attachment: Option<Attachment>,
}

impl Block {
    /// A block with a heading and the ways to show it, the best first. There must be one.
    pub fn new(heading: impl Into<String>, views: Vec<View>) -> Block {
        debug_assert!(!views.is_empty(), "a block shows something");
        Block { heading: heading.into(), name: String::new(), alarm: false, views, shown: 0, attachment: None }
    }

    /// A block without a heading.
    pub fn bare(views: Vec<View>) -> Block {
        Block::new("", views)
    }

    /// With the name of a file that it could be saved to.
    #[must_use]
    pub fn with_name(self, name: &str) -> Block {
        Block { name: name.to_owned(), ..self }
    }

    /// With a heading that says that something is wrong.
    #[must_use]
    pub fn with_alarm(self) -> Block {
        Block { alarm: true, ..self }
    }

    /// With something to be saved.
    #[must_use]
    pub fn with_attachment(self, attachment: Attachment) -> Block {
        Block { attachment: Some(attachment), ..self }
    }

    /// Whether there is another way to show it.
    pub fn has_other_views(&self) -> bool {
        self.views.len() > 1
    }

    /// With another heading.
    #[must_use]
    pub fn renamed(self, heading: String) -> Block {
        Block { heading, ..self }
    }

    /// Takes the heading away.
    pub fn drop_heading(&mut self) {
        self.heading.clear();
    }

    /// Whether there is but one way to show it, and that is text.
    pub fn is_text_only(&self) -> bool {
        matches!(&self.views[..], [View::Text(_)])
    }

    /// How it is shown now.
    pub fn view(&self) -> &View {
        &self.views[self.shown]
    }

    /// What is saved of it: a name, the ending of a file, the bytes.
    pub fn saved(&self) -> Result<(String, &'static str, Vec<u8>), String> {
        let name = if self.name.is_empty() { &self.heading } else { &self.name };
        if let Some(attachment) = &self.attachment {
            return Ok((name.clone(), attachment.extension(), attachment.decode()?));
        }
        let (bytes, json) = self.view().searched();
        Ok((name.clone(), if json { "json" } else { "txt" }, bytes.to_vec()))
    }

    /// The next way to show it, by name; `None` when there is only one.
    pub(super) fn next_view(&mut self) -> Option<&'static str> {
        if self.views.len() < 2 {
            return None;
        }
        self.shown = (self.shown + 1) % self.views.len();
        Some(self.view().name())
    }

    fn has_heading(&self) -> bool {
        !self.heading.is_empty()
    }

    pub(super) fn first(&self) -> u32 {
        if self.has_heading() { 0 } else { BODY }
    }

    pub(super) fn last(&self) -> u32 {
        BODY + self.view().last()
    }

    pub(super) fn next(&self, unit: u32) -> Option<u32> {
        let Some(unit) = unit.checked_sub(BODY) else { return Some(BODY) };
        self.view().next(unit).map(|unit| unit + BODY)
    }

    pub(super) fn before(&self, unit: u32) -> Option<u32> {
        let before = self.view().before(unit.checked_sub(BODY)?);
        before.map(|unit| unit + BODY).or_else(|| self.has_heading().then_some(0))
    }

    /// The unit that is there, at or around one that may be hidden or gone.
    pub(super) fn nearest(&self, unit: u32) -> u32 {
        unit.checked_sub(BODY).map_or_else(|| self.first(), |unit| self.view().nearest(unit) + BODY)
    }

    /// How many rows a unit has; at least 1.
    pub(super) fn height(&self, unit: u32, cols: usize, first: bool) -> u32 {
        unit.checked_sub(BODY).map_or_else(|| 2 - u32::from(first), |unit| self.view().height(unit, cols).max(1))
    }

    /// The rows of a unit.
    pub(super) fn lines(&self, unit: u32, cols: usize, first: bool, theme: &Theme) -> Vec<Line<'static>> {
        match unit.checked_sub(BODY) {
            Some(unit) => self.view().lines(unit, cols, theme),
            None if first => vec![self.headline(cols, theme)],
            None => vec![Line::raw(""), self.headline(cols, theme)],
        }
    }

    /// A row that stays in view at the top while the unit below it scrolls.
    pub(super) fn pinned(&self, unit: u32, cols: usize, theme: &Theme) -> Option<Line<'static>> {
        self.view().pinned(unit.checked_sub(BODY)?, cols, theme)
    }

    fn headline(&self, cols: usize, theme: &Theme) -> Line<'static> {
        let others: Vec<&str> =
            (1..self.views.len()).map(|by| self.views[(self.shown + by) % self.views.len()].name()).collect();
        let more = if others.is_empty() { String::new() } else { format!(" v {}", others.join(", ")) };
        let title = clip(&self.heading, cols.saturating_sub(columns(&more) + 4));
        let mut line = heading(&title, theme, cols.saturating_sub(columns(&more)));
        if self.alarm
            && let Some(title) = line.spans.first_mut()
        {
            title.style = theme.bad;
        }
        line.spans.push(Span::styled(more, theme.dim));
        line
    }

    /// How much there is of it, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.view().searched().0.len()
    }

    /// Where a unit starts in the text of the block.
    pub(super) fn byte(&self, unit: u32) -> usize {
        unit.checked_sub(BODY).map_or(0, |unit| self.view().byte(unit))
    }

    /// What can be searched, and whether it is JSON.
    pub(super) fn searched(&self) -> (&[u8], bool) {
        self.view().searched()
    }

    /// The unit and its row that show a byte of the searched text; what hides it is unfolded.
    pub(super) fn reveal(&mut self, byte: usize, cols: usize) -> (u32, u32) {
        let (unit, row) = self.views[self.shown].reveal(byte, cols);
        (unit + BODY, row)
    }

    /// What a key does at a unit, and where the cursor is then. On the heading it is meant for all that is below.
    pub(super) fn act(&mut self, unit: u32, action: Action) -> (u32, Reply) {
        let inside = unit.checked_sub(BODY);
        let (now, reply) = self.views[self.shown].act(inside.unwrap_or(0), action);
        (if inside.is_some() { now + BODY } else { unit }, reply)
    }
}
