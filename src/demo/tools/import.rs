//! Owns `import_bookmarks`: slow on purpose, so that progress and cancellation have something to show.

#![expect(
    deprecated,
    reason = "logging is deprecated in the specification and still live; clients must be able to try it"
)]

use rmcp::model::{CallToolRequestParams, LoggingLevel};
use serde::Deserialize;
use serde_json::json;

use super::super::caller::Caller;
use super::super::seed;
use super::super::store::{Draft, MAX_TITLE};
use super::{Answer, arguments, done};

/// Most bookmarks one call imports.
pub(super) const MAX_ITEMS: usize = 50;
/// How many it imports unless told otherwise.
pub(super) const ITEMS: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    count: Option<usize>,
    urls: Option<Vec<String>>,
}

/// Answers a call.
pub(super) async fn call(caller: &Caller<'_>, request: &CallToolRequestParams) -> Answer {
    let drafts = drafts(arguments(request)?)?;
    let total = drafts.len();
    let mut imported = Vec::new();
    let mut skipped = Vec::new();
    caller.progress(0, total, format!("Importing {total} bookmarks")).await;
    for (index, draft) in drafts.into_iter().enumerate() {
        let stopped = tokio::select! {
            () = tokio::time::sleep(caller.shared.import_pause) => false,
            () = caller.stopped() => true,
        };
        if stopped {
            let text = format!("import cancelled: {} of {total} bookmarks were imported and stay", imported.len());
            caller.log(LoggingLevel::Warning, json!({ "message": text, "imported": imported.len() })).await;
            return Err(text.into());
        }
        let url = draft.url.clone();
        let message = match caller.shared.add(draft) {
            Ok(bookmark) => {
                let message = format!("Imported {}", bookmark.title);
                imported.push(bookmark);
                message
            }
            // One bad item is no reason to stop the others.
            Err(error) => {
                let message = format!("Skipped {url}");
                skipped.push(json!({ "url": url, "reason": error.to_string() }));
                message
            }
        };
        caller.progress(index + 1, total, message).await;
    }
    let text = format!("Imported {} of {total} bookmarks, skipped {}.", imported.len(), skipped.len());
    let message = json!({ "message": text, "imported": imported.len(), "skipped": skipped.len() });
    caller.log(LoggingLevel::Info, message).await;
    let details: Vec<_> = imported.iter().map(|bookmark| format!("{}. {}", bookmark.id, bookmark.title)).collect();
    let reasons = skipped.iter().filter_map(|skipped| skipped["reason"].as_str()).map(|why| format!("skipped: {why}"));
    let text = std::iter::once(text).chain(details).chain(reasons).collect::<Vec<_>>().join("\n");
    Ok(done(text, json!({ "imported": imported, "skipped": skipped })))
}

fn drafts(arguments: Arguments) -> Result<Vec<Draft>, String> {
    let bounded = |number: usize, what: &str| match number {
        1..=MAX_ITEMS => Ok(number),
        other => Err(format!("{what} must be 1 to {MAX_ITEMS}, not {other}")),
    };
    match arguments {
        Arguments { count: Some(_), urls: Some(_) } => Err("give count or urls, not both".to_owned()),
        Arguments { urls: Some(urls), .. } => {
            bounded(urls.len(), "the number of urls")?;
            Ok(urls.into_iter().map(from_url).collect())
        }
        Arguments { count, urls: None } => {
            let count = bounded(count.unwrap_or(ITEMS), "count")?;
            let draft = |(url, title, tags)| Draft { url, title, tags };
            Ok((0..count).map(seed::import).map(draft).collect())
        }
    }
}

/// The address without its scheme is the only title there is without fetching the page.
fn from_url(url: String) -> Draft {
    let title = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest).trim_end_matches('/');
    let title = title.chars().take(MAX_TITLE).collect();
    Draft { url, title, tags: vec!["imported".to_owned()] }
}
