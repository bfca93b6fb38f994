//! Two answers side by side as blocks to read: what is different in the arguments, then in each part of the answers.
//!
//! Parts meet by what they are and their place among their like: the structured result, the second text, a resource by
//! its URI. JSON is compared value by value, any other text line by line, what is in base64 only as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::blocks::{note, range_of, same_json, text_view, tree};
use crate::model::call::{Failure, Operation};
use crate::model::json::tree::Tree;
use crate::model::json::{RawJson, scan};
use crate::tui::figures;
use crate::tui::reader::block::{Attachment, Block, View};
use crate::tui::reader::diff::{LineDiff, ValueDiff};
use crate::tui::reader::text::Role;

/// Parts of an answer that are compared.
const PARTS: usize = 1_000;
/// Names of parts that are listed as the same.
const NAMED: usize = 6;

/// What was asked and what came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Side {
    /// What was asked.
    pub operation: Operation,
    /// What came of it.
    pub outcome: Result<RawJson, Failure>,
}

impl Side {
    /// Bytes of the answer.
    pub(super) fn weight(&self) -> usize {
        match &self.outcome {
            Ok(result) => result.as_str().len(),
            Err(Failure::Rpc { data: Some(data), .. }) => data.as_str().len(),
            Err(_) => 0,
        }
    }
}

/// One part of an answer.
enum Part<'a> {
    Json(RawJson),
    Text(Cow<'a, str>),
    /// Something in base64, with its type.
    Packed(&'a str, Cow<'a, str>),
}

/// What is different between an earlier answer and a later one.
pub(super) fn blocks(old: &Side, new: &Side) -> Vec<Block> {
    let mut out = Vec::new();
    let mut same = Vec::new();
    if let (Some(from), Some(to)) = (arguments(&old.operation), arguments(&new.operation)) {
        match ValueDiff::new(Tree::new(from.clone()), Tree::new(to.clone())) {
            Some(diff) => out.push(Block::new(format!("arguments: {}", diff.summary()), vec![View::Values(diff)])),
            None => same.push("the arguments".to_owned()),
        }
    }
    let before = parts(old);
    let mut there: BTreeMap<&str, &Part<'_>> = before.iter().map(|(name, part)| (name.as_str(), part)).collect();
    for (name, part) in &parts(new) {
        match there.remove(name.as_str()) {
            Some(earlier) => match compared(name, earlier, part) {
                Some(block) => out.push(block),
                None => same.push(name.clone()),
            },
            None => out.push(alone(&format!("{name}: new"), part, new)),
        }
    }
    for (name, part) in before.iter().filter(|(name, _)| there.contains_key(name.as_str())) {
        out.push(alone(&format!("{name}: gone, this is what it was"), part, old));
    }
    if out.is_empty() {
        return vec![note("There is no difference, neither in the arguments nor in the answers.", Role::Dim)];
    }
    if !same.is_empty() {
        let more = same.len().saturating_sub(NAMED);
        same.truncate(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let said = format!("{}{rest}", same.join(", "));
        out.push(Block::new("the same", vec![text_view(&said, Role::Dim)]));
    }
    out
}

fn arguments(operation: &Operation) -> Option<&RawJson> {
    match operation {
        Operation::CallTool { arguments, .. }
        | Operation::CallAsTask { arguments, .. }
        | Operation::GetPrompt { arguments, .. } => Some(arguments),
        _ => None,
    }
}

/// What became of a part, if anything.
fn compared(name: &str, old: &Part<'_>, new: &Part<'_>) -> Option<Block> {
    let diff = match (old, new) {
        (Part::Json(from), Part::Json(to)) => {
            let diff = ValueDiff::new(Tree::new(from.clone()), Tree::new(to.clone()))?;
            (diff.summary(), View::Values(diff))
        }
        (Part::Packed(from, was), Part::Packed(to, is)) => {
            if from == to && was == is {
                return None;
            }
            let size = |data: &str| figures::size(data.len().saturating_sub(2) as u64 / 4 * 3);
            let said = format!("It was {was}, about {}; now it is {is}, about {}.", size(from), size(to));
            return Some(Block::new(format!("{name}: other bytes"), vec![text_view(&said, Role::Plain)]));
        }
        (old, new) => {
            let diff = LineDiff::new(old.text(), new.text())?;
            (diff.summary(), View::Lines(diff))
        }
    };
    Some(Block::new(format!("{name}: {}", diff.0), vec![diff.1]))
}

impl Part<'_> {
    fn text(&self) -> &str {
        match self {
            Part::Json(raw) => raw.as_str(),
            Part::Text(text) => text,
            Part::Packed(data, _) => data,
        }
    }
}

/// A part that the other answer does not have.
fn alone(heading: &str, part: &Part<'_>, side: &Side) -> Block {
    match part {
        Part::Json(raw) => Block::new(heading, vec![tree(raw.clone())]),
        Part::Text(text) => Block::new(heading, vec![text_view(text, Role::Plain)]),
        Part::Packed(data, mime) => {
            let size = figures::size(data.len().saturating_sub(2) as u64 / 4 * 3);
            let view = text_view(&format!("{mime}, about {size}. Save writes it to a file."), Role::Dim);
            let block = Block::new(heading, vec![view]);
            match &side.outcome {
                Ok(whole) => {
                    let range = range_of(whole.as_str(), data);
                    block.with_attachment(Attachment { text: whole.clone(), range, mime: mime.to_string() })
                }
                Err(_) => block,
            }
        }
    }
}

/// The parts of an answer by names that tell them apart.
fn parts(side: &Side) -> Vec<(String, Part<'_>)> {
    let mut out = Parts::default();
    let result = match &side.outcome {
        Ok(result) => result,
        Err(failure) => {
            out.add("the failure".into(), Part::Text(format!("{}\n{}", failure.headline(), failure.why()).into()));
            if let Failure::Rpc { data: Some(data), .. } = failure {
                out.add("its data".into(), Part::Json(data.clone()));
            }
            return out.list;
        }
    };
    let lists = ["content", "contents", "messages"];
    let found = lists.into_iter().find_map(|name| Some((name, result.items_of(name, PARTS).ok()?)));
    let Some((list, items)) = found else {
        out.add("the result".into(), Part::Json(result.clone()));
        return out.list;
    };
    let structured = result.get("structuredContent");
    if let Some(raw) = structured.and_then(|text| RawJson::parse(text).ok()) {
        out.add("structured result".into(), Part::Json(raw));
    }
    for item in items {
        match list {
            "contents" => out.resource(item),
            "messages" => {
                let role = scan::member(item, "role").and_then(scan::decoded).unwrap_or_default();
                match scan::member(item, "content").filter(|content| content.starts_with('{')) {
                    Some(content) => out.content(content, None, &role),
                    None => out.json(role.into_owned(), item),
                }
            }
            _ => out.content(item, structured, ""),
        }
    }
    let rest: Vec<String> = scan::members(result.as_str())
        .filter(|(name, _)| ![format!("\"{list}\"").as_str(), "\"structuredContent\""].contains(name))
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    if !rest.is_empty() {
        out.json("beside the content".into(), &format!("{{{}}}", rest.join(",")));
    }
    out.list
}

#[derive(Default)]
struct Parts<'a> {
    list: Vec<(String, Part<'a>)>,
    seen: BTreeMap<String, usize>,
}

impl<'a> Parts<'a> {
    /// The second part of a name is called so.
    fn add(&mut self, name: String, part: Part<'a>) {
        let count = self.seen.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count > 1 { format!("{name} {count}") } else { name };
        self.list.push((name, part));
    }

    fn json(&mut self, name: String, text: &str) {
        if let Ok(raw) = RawJson::parse(text) {
            self.add(name, Part::Json(raw));
        }
    }

    fn text(&mut self, name: String, said: Cow<'a, str>) {
        let json = said.trim_start().starts_with(['{', '[']).then(|| RawJson::parse(&*said).ok()).flatten();
        self.add(name, json.map_or(Part::Text(said), Part::Json));
    }

    fn content(&mut self, item: &'a str, structured: Option<&str>, role: &str) {
        let member = |name| scan::member(item, name).and_then(scan::decoded);
        let kind = member("type").unwrap_or_default();
        let name = if role.is_empty() { kind.to_string() } else { format!("{role}: {kind}") };
        match &*kind {
            "text" => match member("text") {
                // It says the same again.
                Some(said) if structured.is_some_and(|structured| same_json(structured, &said)) => {}
                Some(said) => self.text(name, said),
                None => self.json(name, item),
            },
            "image" | "audio" => match scan::member(item, "data") {
                Some(data) => self.add(name, Part::Packed(data, member("mimeType").unwrap_or_default())),
                None => self.json(name, item),
            },
            "resource" => match scan::member(item, "resource") {
                Some(inside) => self.resource(inside),
                None => self.json(name, item),
            },
            "" => self.json("a block without a type".into(), item),
            _ => self.json(name, item),
        }
    }

    fn resource(&mut self, inside: &'a str) {
        let member = |name| scan::member(inside, name).and_then(scan::decoded);
        let uri = member("uri").unwrap_or_default().into_owned();
        match (member("text"), scan::member(inside, "blob")) {
            (Some(said), _) => self.text(uri, said),
            (None, Some(data)) => self.add(uri, Part::Packed(data, member("mimeType").unwrap_or_default())),
            (None, None) => self.json(uri, inside),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::tui::reader::Reader;
    use crate::tui::theme::Theme;

    fn side(arguments: &str, answer: &str) -> Side {
        let raw = |text: &str| RawJson::parse(text).unwrap();
        Side {
            operation: Operation::CallTool { name: "t".into(), arguments: raw(arguments) },
            outcome: Ok(raw(answer)),
        }
    }

    fn shown(old: &Side, new: &Side) -> String {
        let mut reader = Reader::new(blocks(old, new));
        reader.resize(60, 30);
        let rows = reader.rows(&Theme::default(), false);
        rows.iter().map(|row| row.to_string().trim().to_owned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn parts_meet_by_what_they_are() {
        let old = side(
            "{}",
            r#"{"content":[{"type":"text","text":"a\nb"},{"type":"image","data":"QUJD","mimeType":"image/png"},{"type":"text","text":"x"}]}"#,
        );
        let new = side(
            r#"{"n":1}"#,
            r#"{"content":[{"type":"text","text":"x"},{"type":"image","data":"QUJE","mimeType":"image/png"}],"isError":true}"#,
        );
        let text = shown(&old, &new);
        for expected in [
            "arguments: 1 new",
            "+ $.n  1",
            "text: 2 lines gone, 1 new",
            "image: other bytes",
            "beside the content: new",
            "text 2: gone, this is what it was",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(shown(&old, &old).contains("There is no difference"));
    }

    #[test]
    fn a_failure_is_compared_too() {
        let old = side("{}", r#"{"content":[]}"#);
        let new = Side { outcome: Err(Failure::TimedOut("no answer within 5 s".into())), ..old.clone() };
        let text = shown(&old, &new);
        assert!(
            text.contains("the failure: new") && text.contains("no answer in time") && text.contains("the arguments"),
            "{text}"
        );
    }
}
