//! Owns the tools: which there are, and what a call of each does.
//!
//! What a model can put right (a wrong argument, an id that is gone) is an `isError` result it can read; a protocol
//! error is kept for calls that are no calls of ours.

#![expect(
    deprecated,
    reason = "logging is deprecated in the specification and still live; clients must be able to try it"
)]

use std::sync::LazyLock;

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject, LoggingLevel, ProtocolVersion,
    Tool,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::caller::Caller;
use super::resources;
use super::store::{Bookmark, Draft, Edit, StoreError, TagMode};

mod ask;
mod definitions;
mod delete;
mod import;
mod suggest;

/// Most bookmarks in one answer.
const MAX_SHOWN: usize = 100;
/// How many are shown unless the caller says otherwise.
const SHOWN: usize = 20;

/// Every tool, in the order of `tools/list`.
pub(super) fn list() -> &'static [Tool] {
    static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(definitions::all);
    &TOOLS
}

/// Answers `tools/call`.
pub(super) async fn call(caller: &Caller<'_>, request: CallToolRequestParams) -> Result<CallToolResponse, ErrorData> {
    let result = match request.name.as_ref() {
        "list_bookmarks" => list_bookmarks(caller, &request),
        "search_bookmarks" => search_bookmarks(caller, &request).await,
        "add_bookmark" => add_bookmark(caller, &request).await,
        "update_bookmark" => update_bookmark(caller, &request).await,
        "delete_bookmark" => return delete::call(caller, &request).await,
        "import_bookmarks" => import::call(caller, &request).await,
        "suggest_tags" => return suggest::call(caller, &request).await,
        other => {
            let names: Vec<_> = list().iter().map(|tool| tool.name.as_ref()).collect();
            let message = format!("there is no tool {other:?}; there are {}", names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        }
    };
    Ok(result.unwrap_or_else(Into::into).into())
}

/// What a tool answers.
type Answer = Result<CallToolResult, Failure>;

/// What went wrong, for a model to read.
#[derive(Debug)]
struct Failure(String);

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Self(problem)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<Failure> for CallToolResult {
    fn from(Failure(problem): Failure) -> Self {
        failed(problem)
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Newest,
    Oldest,
    Title,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListArguments {
    tag: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    sort: Order,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchArguments {
    query: String,
    tag: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddArguments {
    url: String,
    title: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateArguments {
    id: u64,
    url: Option<String>,
    title: Option<String>,
    tags: Option<Vec<String>>,
    #[serde(default)]
    tag_mode: TagMode,
}

fn list_bookmarks(caller: &Caller<'_>, request: &CallToolRequestParams) -> Answer {
    let ListArguments { tag, limit, sort } = arguments(request)?;
    let limit = checked_limit(limit)?;
    let store = caller.shared.store();
    let mut found = store.search("", tag.as_deref());
    match sort {
        Order::Newest => found.reverse(),
        Order::Oldest => {}
        Order::Title => found.sort_by_key(|bookmark| bookmark.title.to_lowercase()),
    }
    if let Some(tag) = tag.filter(|_| found.is_empty()) {
        let known: Vec<_> = store.tags().into_keys().collect();
        return Ok(done(
            format!("No bookmark has the tag {tag}. Tags in use: {}.", known.join(", ")),
            json!({ "total": 0, "bookmarks": [] }),
        ));
    }
    Ok(listing(&found, limit, ""))
}

async fn search_bookmarks(caller: &Caller<'_>, request: &CallToolRequestParams) -> Answer {
    let SearchArguments { query, tag, limit } = arguments(request)?;
    let limit = checked_limit(limit)?;
    if query.trim().is_empty() || query.chars().count() > 200 {
        let problem = "query must have 1 to 200 characters; use list_bookmarks to see everything";
        return Err(problem.to_owned().into());
    }
    let result = {
        let store = caller.shared.store();
        listing(&store.search(&query, tag.as_deref()), limit, &format!(" matching {query:?}"))
    };
    let total = result.structured_content.as_ref().map(|content| content["total"].clone());
    let message = json!({ "message": format!("searched for {query:?}"), "total": total });
    caller.log(LoggingLevel::Debug, message).await;
    Ok(result)
}

async fn add_bookmark(caller: &Caller<'_>, request: &CallToolRequestParams) -> Answer {
    let AddArguments { url, title, tags } = arguments(request)?;
    let added = caller.shared.add(Draft { url, title, tags })?;
    let message = json!({ "message": format!("added bookmark {}", added.id), "id": added.id });
    caller.log(LoggingLevel::Info, message).await;
    let mut result = done(format!("Added bookmark {}.\n\n{}", added.id, lines(&added)), json!({ "bookmark": added }));
    // Links in results came with this revision; an older client would stumble over the unknown content.
    if caller.speaks(&ProtocolVersion::V_2025_06_18) {
        result.content.push(ContentBlock::resource_link(resources::link(&added)));
    }
    Ok(result)
}

async fn update_bookmark(caller: &Caller<'_>, request: &CallToolRequestParams) -> Answer {
    let UpdateArguments { id, url, title, tags, tag_mode } = arguments(request)?;
    let edit = Edit { url, title, tags: tags.map(|tags| (tag_mode, tags)) };
    let updated = caller.shared.update(id, edit)?;
    caller.log(LoggingLevel::Info, json!({ "message": format!("updated bookmark {id}"), "id": id })).await;
    Ok(done(format!("Updated bookmark {id}.\n\n{}", lines(&updated)), json!({ "bookmark": updated })))
}

/// The arguments in their own type, or what is wrong with them.
fn arguments<T: DeserializeOwned>(request: &CallToolRequestParams) -> Result<T, Failure> {
    let given: JsonObject = request.arguments.clone().unwrap_or_default();
    serde_json::from_value(Value::Object(given))
        .map_err(|problem| Failure(format!("the arguments of {} do not fit: {problem}", request.name)))
}

fn checked_limit(limit: Option<usize>) -> Result<usize, Failure> {
    match limit.unwrap_or(SHOWN) {
        limit @ 1..=MAX_SHOWN => Ok(limit),
        other => Err(format!("limit must be 1 to {MAX_SHOWN}, not {other}").into()),
    }
}

fn listing(found: &[&Bookmark], limit: usize, which: &str) -> CallToolResult {
    let shown = &found[..found.len().min(limit)];
    let noun = if found.len() == 1 { "bookmark" } else { "bookmarks" };
    let mut text = match (found.len(), shown.len()) {
        (0, _) => format!("No {noun}{which}."),
        (all, some) if all == some => format!("{all} {noun}{which}:"),
        (all, some) => format!("{all} {noun}{which}, the first {some} are shown:"),
    };
    for bookmark in shown {
        text.push_str("\n\n");
        text.push_str(&lines(bookmark));
    }
    done(text, json!({ "total": found.len(), "bookmarks": shown }))
}

/// One bookmark for people.
fn lines(bookmark: &Bookmark) -> String {
    let Bookmark { id, url, title, tags } = bookmark;
    let tags = if tags.is_empty() { "no tags".to_owned() } else { tags.join(", ") };
    format!("{id}. {title}\n   {url}\n   {tags}")
}

/// A result for people and for programs.
fn done(text: impl Into<String>, content: Value) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = Some(content);
    result
}

/// A result that says what went wrong.
fn failed(problem: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(problem)])
}
