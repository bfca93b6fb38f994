//! An answer as blocks to read: what a tool, a resource or a prompt gave, or why there is nothing.
//!
//! Nothing that was sent is left out: what is not known here is shown as the JSON it is.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::call::{Failure, Operation, says_error};
use crate::model::json::tree::Tree;
use crate::model::json::{RawJson, scan};
use crate::model::media::Media;
use crate::model::schema::Schema;
use crate::tui::figures;
use crate::tui::picture::Picture;
use crate::tui::reader::block::{Attachment, Block, View};
use crate::tui::reader::link::Link;
use crate::tui::reader::picture::PictureView;
use crate::tui::reader::text::{Role, TextView};
use crate::tui::reader::tree::{TreeView, text_views};

/// Blocks that are laid out; the others are in the answer as sent.
const BLOCKS: usize = 1_000;
/// Bytes of a structured result that are checked against its schema.
const CHECKED: usize = 8 * 1024 * 1024;
/// Pictures that are decoded; the others are described.
const PICTURES: usize = 12;
/// Bytes of a picture in base64.
const PACKED: usize = 24 * 1024 * 1024;
/// Bytes of base64 that tell what it is.
const HEAD: usize = 8 * 1024;
/// Members of a result that say nothing about what was asked.
const ENVELOPE: [&str; 6] =
    ["\"content\"", "\"contents\"", "\"messages\"", "\"structuredContent\"", "\"isError\"", "\"resultType\""];

/// The blocks of an answer; of each picture, so many columns and rows are kept at most.
pub(super) fn of_result(operation: &Operation, result: &RawJson, schema: Option<&RawJson>, sharp: u32) -> Vec<Block> {
    let lists = ["content", "contents", "messages"];
    let Some((list, items)) = lists.into_iter().find_map(|name| Some((name, result.items_of(name, BLOCKS + 1).ok()?)))
    else {
        return odd(operation, result);
    };
    let mut out = Vec::new();
    let structured = result.get("structuredContent");
    match structured {
        Some(text) => out.push(structured_block(text, schema)),
        None if schema.is_some() && !says_error(result) => {
            out.push(note("The tool has an output schema, but its result has no structured part.", Role::Warn));
        }
        None => {}
    }
    if items.is_empty() && structured.is_none() {
        out.push(note(&format!("The {list} list is empty."), Role::Dim));
    }
    let pictures = Cell::new(0);
    let alone = items.len() == 1 && out.is_empty();
    for (at, item) in items.iter().take(BLOCKS).enumerate() {
        let part = Part {
            whole: result,
            item,
            pictures: &pictures,
            sharp,
            name: if alone { String::new() } else { format!(" {}", at + 1) },
        };
        out.push(match list {
            "contents" => part.resource(item, String::new()),
            "messages" => part.message(),
            _ => part.content(structured),
        });
    }
    if items.len() > BLOCKS {
        out.push(note("There is more; the answer as sent has all of it.", Role::Warn));
    }
    for (name, value) in scan::members(result.as_str()).filter(|(name, _)| !ENVELOPE.contains(name)) {
        if let Ok(raw) = RawJson::parse(value) {
            out.push(Block::new(format!("also sent: {}", name.trim_matches('"')), vec![tree(raw)]));
        }
    }
    // A single text needs no name.
    if let [only] = &mut out[..]
        && only.is_text_only()
    {
        only.drop_heading();
    }
    out
}

/// An answer without the list that belongs into it.
fn odd(operation: &Operation, result: &RawJson) -> Vec<Block> {
    let missing = match operation {
        Operation::CallTool { .. } => "content",
        Operation::ReadResource { .. } | Operation::LoadSkill { .. } => "contents",
        Operation::GetPrompt { .. } => "messages",
        _ => return vec![Block::bare(vec![tree(result.clone())])],
    };
    let said = format!("The result has no `{missing}` list; this is all of it.");
    vec![note(&said, Role::Warn), Block::new("the result", vec![tree(result.clone())])]
}

/// Why there is no result.
pub(super) fn of_failure(failure: &Failure) -> Vec<Block> {
    let why = Block::bare(vec![View::Text(TextView::new(failure.why()))]);
    match failure {
        Failure::Rpc { data: Some(data), .. } => vec![why, Block::new("data", vec![tree(data.clone())])],
        _ => vec![why],
    }
}

pub(super) fn tree(raw: RawJson) -> View {
    View::Tree(TreeView::new(Tree::new(raw)))
}

pub(super) fn text_view(text: &str, role: Role) -> View {
    View::Text(TextView::new(text).with_role(role))
}

pub(super) fn note(text: &str, role: Role) -> Block {
    Block::bare(vec![text_view(text, role)])
}

/// What the tool gave as data, with what its own schema says against it.
fn structured_block(text: &str, schema: Option<&RawJson>) -> Block {
    let Ok(raw) = RawJson::parse(text) else {
        return Block::new("structured result", vec![View::Text(TextView::new(text))]);
    };
    let indexed = Tree::new(raw);
    let (verdict, marks) = match schema {
        None => ("no output schema".to_owned(), BTreeMap::new()),
        Some(schema) => verdict(&indexed, schema),
    };
    let heading = format!("structured result: {verdict}");
    let bad = !marks.is_empty();
    let block = Block::new(heading, crate::tui::reader::tree::tree_views(TreeView::new(indexed).with_marks(marks)));
    if bad { block.with_alarm() } else { block }
}

fn verdict(tree: &Tree, schema: &RawJson) -> (String, BTreeMap<u32, String>) {
    let none = BTreeMap::new;
    if tree.text().as_str().len() > CHECKED {
        return ("too large to be checked".into(), none());
    }
    let schema = match Schema::compile(schema) {
        Ok(schema) => schema,
        Err(why) => return (format!("not checked: {why}"), none()),
    };
    let value = match tree.text().to_value() {
        Ok(value) => value,
        Err(why) => return (format!("not checked: {why}"), none()),
    };
    let mut marks: BTreeMap<u32, String> = BTreeMap::new();
    let violations = schema.validate(&value);
    for violation in &violations {
        let said = marks.entry(tree.locate(&violation.way)).or_default();
        if !said.is_empty() {
            said.push_str("; ");
        }
        said.push_str(&violation.message);
    }
    match violations.len() {
        0 => ("fits the output schema".into(), marks),
        n => (format!("breaks the output schema in {}", figures::counted(n, "place")), marks),
    }
}

/// One block of an answer.
struct Part<'a> {
    whole: &'a RawJson,
    item: &'a str,
    /// How many pictures there were.
    pictures: &'a Cell<usize>,
    /// Columns and rows that are kept of one.
    sharp: u32,
    /// What tells it from its neighbours.
    name: String,
}

impl<'a> Part<'a> {
    fn text_of(&self, name: &str) -> Option<Cow<'a, str>> {
        scan::member(self.item, name).and_then(scan::decoded)
    }

    /// A block of a tool's result.
    fn content(&self, structured: Option<&str>) -> Block {
        let kind = self.text_of("type").unwrap_or_default();
        let heading = |what: &str| format!("{what}{}{}", self.name, claims(self.item));
        match (&*kind, self.text_of("text")) {
            ("text", Some(said)) => {
                if structured.is_some_and(|structured| same_json(structured, &said)) {
                    let views = vec![
                        View::Text(TextView::new("The same as the structured result.").with_role(Role::Dim)),
                        View::Text(TextView::new(&*said)),
                    ];
                    return Block::new(heading("text"), views);
                }
                Block::new(heading("text"), text_views(&said, ""))
            }
            ("image" | "audio", _) if scan::member(self.item, "data").is_some() => {
                let mime = self.text_of("mimeType").unwrap_or_default();
                self.binary(self.item, "data", &mime, heading(&kind))
            }
            ("resource_link", _) if self.text_of("uri").is_some() => {
                Block::new(heading("link"), vec![View::Link(Link::read(self.item)), self.as_sent()])
            }
            ("resource", _) => match scan::member(self.item, "resource") {
                Some(inside) => self.resource(inside, claims(self.item)),
                None => Block::new(heading("resource"), vec![self.as_sent()]),
            },
            ("", _) => Block::new(heading("a block without a type"), vec![self.as_sent()]),
            (other, _) => Block::new(heading(&format!("{other} (not known here)")), vec![self.as_sent()]),
        }
    }

    /// One of the contents of a resource.
    fn resource(&self, inside: &'a str, claims: String) -> Block {
        let text_of = |name: &str| scan::member(inside, name).and_then(scan::decoded);
        let uri = text_of("uri").unwrap_or_default();
        let mime = text_of("mimeType").unwrap_or_default();
        let kind = if mime.is_empty() { String::new() } else { format!("  {mime}") };
        let heading = format!("{uri}{kind}{claims}");
        if let Some(said) = text_of("text") {
            return Block::new(heading, text_views(&said, &mime)).with_name(&uri);
        }
        if scan::member(inside, "blob").is_some() {
            return self.binary(inside, "blob", &mime, heading).with_name(&uri);
        }
        Block::new(heading, vec![self.as_sent()])
    }

    /// One message of a prompt.
    fn message(&self) -> Block {
        let role = self.text_of("role").unwrap_or_default();
        match scan::member(self.item, "content") {
            Some(content) if content.starts_with('{') => {
                let inner = Part { item: content, name: String::new(), ..*self };
                let block = inner.content(None);
                let kind = scan::member(content, "type").and_then(scan::decoded).unwrap_or_default();
                let rest = if kind == "text" { String::new() } else { format!(": {kind}") };
                block.renamed(format!("{role}{rest}"))
            }
            _ => Block::new(role, vec![self.as_sent()]),
        }
    }

    /// Something in base64: a picture where it can be shown, else what and how large it is.
    fn binary(&self, holder: &'a str, member: &str, mime: &str, heading: String) -> Block {
        let data = scan::member(holder, member).unwrap_or_default();
        let attachment =
            Attachment { text: self.whole.clone(), range: range_of(self.whole.as_str(), data), mime: mime.to_owned() };
        let described = described(data, mime);
        let mut views = match self.picture(&attachment) {
            Some(Ok(picture)) => {
                let (wide, high) = picture.size;
                vec![View::Picture(PictureView::new(picture, format!("{wide} x {high} pixels; {described}")))]
            }
            Some(Err(why)) => vec![text_view(&format!("{described} It is not shown: {why}."), Role::Dim)],
            None => vec![text_view(&described, Role::Dim)],
        };
        views.push(self.as_sent());
        Block::new(heading, views).with_attachment(attachment)
    }

    /// The picture, if it is one and there were not too many before it.
    fn picture(&self, attachment: &Attachment) -> Option<Result<Picture, String>> {
        let beginning = beginning_of(attachment.text.as_str().get(attachment.range.clone()).unwrap_or_default());
        let by_bytes = Media::read(&beginning).is_some_and(|media| media.mime.starts_with("image/"));
        if !by_bytes && !attachment.mime.starts_with("image/") || attachment.mime.starts_with("image/svg") {
            return None;
        }
        if attachment.range.len() > PACKED {
            return Some(Err("it is too large".into()));
        }
        if self.pictures.replace(self.pictures.get() + 1) >= PICTURES {
            return Some(Err(format!("only the first {PICTURES} are")));
        }
        Some(attachment.decode().and_then(|bytes| Picture::read(&bytes, self.sharp)))
    }

    fn as_sent(&self) -> View {
        match RawJson::parse(self.item) {
            Ok(raw) => tree(raw),
            Err(_) => View::Text(TextView::new(self.item)),
        }
    }
}

/// The first bytes of something in base64.
fn beginning_of(data: &str) -> Vec<u8> {
    let packed: Vec<u8> =
        data.bytes().skip(1).filter(|byte| !byte.is_ascii_whitespace() && *byte != b'\\').take(HEAD).collect();
    let packed = packed.split(|byte| matches!(byte, b'"' | b'=')).next().unwrap_or_default();
    let whole = &packed[..packed.len() / 4 * 4];
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, whole).unwrap_or_default()
}

/// What and how large something in base64 is, how long it plays, and whether it is what it is called.
fn described(data: &str, mime: &str) -> String {
    let inner = data.get(1..data.len().saturating_sub(1)).unwrap_or_default();
    let bytes = inner.trim_end_matches('=').len() * 3 / 4;
    let size = figures::size(bytes as u64);
    let found = Media::read(&beginning_of(data));
    let named = if mime.is_empty() { "of no stated type" } else { mime };
    let kind = mime.split(';').next().unwrap_or_default().trim();
    let family =
        |mime: &str| mime.rsplit(['/', '-']).next().unwrap_or_default().replace("jpg", "jpeg").replace("mp3", "mpeg");
    let odd = match found {
        Some(media) if !mime.is_empty() && family(media.mime) != family(kind) => {
            format!(", but its bytes are {}", media.mime)
        }
        Some(media) if mime.is_empty() => format!(" (its bytes are {})", media.mime),
        _ => String::new(),
    };
    let plays = found.and_then(|media| media.seconds).map_or(String::new(), |seconds| format!(", {seconds:.1} s"));
    format!("{named}{odd}, {size}{plays}. Save writes it to a file.")
}

/// What the server claims about a block.
fn claims(item: &str) -> String {
    let Some(annotations) = scan::member(item, "annotations") else { return String::new() };
    let mut out = Vec::new();
    if let Some(audience) = scan::member(annotations, "audience") {
        let names: Vec<Cow<'_, str>> = scan::elements(audience).take(4).filter_map(scan::decoded).collect();
        out.push(format!("for {}", names.join(", ")));
    }
    for (member, word) in [("priority", "priority"), ("lastModified", "changed")] {
        if let Some(text) = scan::member(annotations, member) {
            let text = scan::decoded(text).unwrap_or(Cow::Borrowed(text));
            out.push(format!("{word} {}", &text[..text.floor_char_boundary(40)]));
        }
    }
    if out.is_empty() { String::new() } else { format!(" ({})", out.join(", ")) }
}

/// Whether two JSON texts differ in nothing but white space.
pub(super) fn same_json(one: &str, other: &str) -> bool {
    tokens(one).eq(tokens(other))
}

/// The bytes of a JSON text without the white space between its tokens.
fn tokens(text: &str) -> impl Iterator<Item = u8> + '_ {
    let (mut inside, mut escaped) = (false, false);
    text.bytes().filter(move |byte| {
        if inside {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => inside = false,
                _ => {}
            }
            return true;
        }
        inside = *byte == b'"';
        !byte.is_ascii_whitespace()
    })
}

/// Where a part of a text is in it.
pub(super) fn range_of(whole: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    if whole.get(start..start + part.len()) == Some(part) { start..start + part.len() } else { 0..0 }
}
