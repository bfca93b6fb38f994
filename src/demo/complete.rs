//! Owns `completion/complete`: values for prompt arguments and for the variables of resource templates.

use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

use super::store::Store;
use super::{prompts, resources};

/// Answers `completion/complete`.
pub(super) fn complete(store: &Store, request: &CompleteRequestParams) -> Result<CompleteResult, ErrorData> {
    let argument = request.argument.name.as_str();
    let candidates = match &request.r#ref {
        Reference::Prompt(prompt) => {
            let name = prompt.name.as_str();
            match (name, argument) {
                ("summarize_tag" | "find_bookmark", "tag") => tags(store),
                ("find_bookmark", "query") => {
                    // What was filled in before narrows what is offered now.
                    let tag = request.context.as_ref().and_then(|context| context.get_argument("tag"));
                    let tag = tag.map(String::as_str).filter(|tag| !tag.is_empty());
                    store.search("", tag).into_iter().map(|bookmark| bookmark.title.clone()).collect()
                }
                _ if prompts::list().iter().any(|prompt| prompt.name == name) => Vec::new(),
                _ => return Err(prompts::unknown(name)),
            }
        }
        Reference::Resource(resource) => match (resource.uri.as_str(), argument) {
            (resources::BY_ID, "id") => store.all().iter().map(|bookmark| bookmark.id.to_string()).collect(),
            (resources::BY_TAG, "tag") => tags(store),
            (resources::BY_ID | resources::BY_TAG | resources::ALL, _) => Vec::new(),
            (uri, _) => return Err(ErrorData::invalid_params(format!("there is no resource template {uri:?}"), None)),
        },
        _ => return Err(ErrorData::invalid_params("completion is for prompts and resource templates", None)),
    };
    let matching = matching(candidates, &request.argument.value);
    let total = matching.len();
    let values: Vec<_> = matching.into_iter().take(CompletionInfo::MAX_VALUES).collect();
    let more = values.len() < total;
    let info = CompletionInfo::with_pagination(values, u32::try_from(total).ok(), more)
        .map_err(|problem| ErrorData::internal_error(problem, None))?;
    Ok(CompleteResult::new(info))
}

fn tags(store: &Store) -> Vec<String> {
    store.tags().into_keys().map(str::to_owned).collect()
}

/// Candidates that begin with what was typed, then those that hold it somewhere.
fn matching(candidates: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let (begin, other): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.to_lowercase().starts_with(&typed));
    let inside = other.into_iter().filter(|candidate| candidate.to_lowercase().contains(&typed));
    begin.into_iter().chain(inside).collect()
}
