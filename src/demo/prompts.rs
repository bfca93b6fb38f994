//! Owns the prompts: their definitions and the messages they expand to.

use rmcp::ErrorData;
use rmcp::model::{ContentBlock, GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};

use super::resources;
use super::store::{Bookmark, Store};

/// Longest argument in characters; prompts are read by models, which are paid by the word.
const MAX_ARGUMENT: usize = 500;

/// Everything `prompts/list` shows.
pub(super) fn list() -> [Prompt; 3] {
    [
        Prompt::new(
            "summarize_tag",
            Some("Summarise what the bookmarks with a tag have in common and where to start reading."),
            Some(vec![
                PromptArgument::new("tag")
                    .with_title("Tag")
                    .with_description("A tag in use, such as rust; completion knows them all.")
                    .with_required(true),
            ]),
        )
        .with_title("Summarise a tag"),
        Prompt::new(
            "organize_bookmarks",
            Some("Propose better tags for all bookmarks, and name doubles and strays."),
            None,
        )
        .with_title("Tidy up the bookmarks"),
        Prompt::new(
            "find_bookmark",
            Some("Find the bookmark that fits a description best."),
            Some(vec![
                PromptArgument::new("query")
                    .with_title("Query")
                    .with_description("What the page is about, in your own words.")
                    .with_required(true),
                PromptArgument::new("tag")
                    .with_title("Tag")
                    .with_description("Look only at bookmarks with this tag.")
                    .with_required(false),
            ]),
        )
        .with_title("Find a bookmark"),
    ]
}

/// Answers `prompts/get`.
pub(super) fn get(store: &Store, request: &GetPromptRequestParams) -> Result<GetPromptResult, ErrorData> {
    match request.name.as_str() {
        "summarize_tag" => summarize_tag(store, &required(request, "tag")?),
        "organize_bookmarks" => Ok(organize_bookmarks(store)),
        "find_bookmark" => Ok(find_bookmark(store, &required(request, "query")?, optional(request, "tag")?.as_deref())),
        other => Err(unknown(other)),
    }
}

/// The answer to a prompt name that is none of ours.
pub(super) fn unknown(name: &str) -> ErrorData {
    let names = list().map(|prompt| prompt.name).join(", ");
    ErrorData::invalid_params(format!("there is no prompt {name:?}; there are {names}"), None)
}

fn summarize_tag(store: &Store, tag: &str) -> Result<GetPromptResult, ErrorData> {
    let tagged: Vec<_> = store.all().iter().filter(|bookmark| bookmark.has_tag(tag)).collect();
    if tagged.is_empty() {
        return Err(ErrorData::invalid_params(format!("no bookmark has the tag {tag:?}"), None));
    }
    let task = format!(
        "These are my {} bookmarks tagged \"{tag}\". Summarise in a short paragraph what they cover, then say which \
         one to read first and why.",
        tagged.len()
    );
    Ok(result(format!("Summarise the bookmarks tagged {tag}"), task, &resources::tag_uri(tag), &tagged))
}

fn organize_bookmarks(store: &Store) -> GetPromptResult {
    let tags: Vec<_> = store.tags().into_iter().map(|(tag, count)| format!("{tag} ({count})")).collect();
    let task = format!(
        "Tidy up my bookmarks. The tags in use are: {}. Propose a small, consistent set of tags; list every bookmark \
         whose tags should change, with its id and the new tags; name doubles and strays. Change nothing before I agree.",
        tags.join(", ")
    );
    result("Propose better tags".to_owned(), task, resources::ALL, &store.all().iter().collect::<Vec<_>>())
}

fn find_bookmark(store: &Store, query: &str, tag: Option<&str>) -> GetPromptResult {
    let candidates = store.search("", tag);
    let scope = tag.map(|tag| format!(" among those tagged \"{tag}\"")).unwrap_or_default();
    let task = format!(
        "Which of my bookmarks{scope} fits this best: \"{query}\"? Answer with its id, title and url and one sentence \
         on why; say so if none fits."
    );
    let uri = tag.map_or_else(|| resources::ALL.to_owned(), resources::tag_uri);
    result(format!("Find: {query}"), task, &uri, &candidates)
}

fn result(description: String, task: String, uri: &str, bookmarks: &[&Bookmark]) -> GetPromptResult {
    GetPromptResult::new(vec![
        PromptMessage::new_text(Role::User, task),
        PromptMessage::new(Role::User, ContentBlock::resource(resources::as_json(uri, bookmarks))),
    ])
    .with_description(description)
}

fn required(request: &GetPromptRequestParams, name: &str) -> Result<String, ErrorData> {
    optional(request, name)?.ok_or_else(|| {
        ErrorData::invalid_params(format!("the prompt {} needs the argument {name:?}", request.name), None)
    })
}

/// An argument that is absent or empty is the same to a person filling in a form.
fn optional(request: &GetPromptRequestParams, name: &str) -> Result<Option<String>, ErrorData> {
    let Some(value) = request.arguments.as_ref().and_then(|arguments| arguments.get(name)) else {
        return Ok(None);
    };
    let text = value.as_str().map(str::trim).filter(|text| text.chars().count() <= MAX_ARGUMENT).ok_or_else(|| {
        ErrorData::invalid_params(format!("the argument {name:?} must be a text of at most {MAX_ARGUMENT}"), None)
    })?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
