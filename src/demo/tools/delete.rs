//! Owns `delete_bookmark`: nothing is deleted that a person, or failing that the caller, has not agreed to.

#![expect(
    deprecated,
    reason = "logging is deprecated in the specification and still live; clients must be able to try it"
)]

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ElicitRequest, ElicitRequestParams, ElicitResult,
    ElicitationAction, ElicitationSchema, InputRequest, LoggingLevel, object,
};
use serde::Deserialize;
use serde_json::json;

use super::super::caller::Caller;
use super::super::store::Bookmark;
use super::ask::{Question, Reply, ask};
use super::{Failure, arguments, done, failed, lines};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    id: u64,
    #[serde(default)]
    confirm: bool,
}

/// The filled-in form.
#[derive(Debug, Deserialize)]
struct Confirmation {
    confirm: bool,
    reason: Option<String>,
}

/// Answers a call.
pub(super) async fn call(caller: &Caller<'_>, request: &CallToolRequestParams) -> Result<CallToolResponse, ErrorData> {
    let (confirmed, bookmark) = match find(caller, request) {
        Ok(found) => found,
        Err(failure) => return Ok(CallToolResult::from(failure).into()),
    };
    if !caller.can_elicit() {
        let result = if confirmed { delete(caller, &bookmark, None).await } else { unconfirmed(&bookmark) };
        return Ok(result.into());
    }
    let question = Question {
        key: "confirm",
        call: format!("delete_bookmark {}", bookmark.id),
        about: lines(&bookmark),
        request: InputRequest::Elicitation(ElicitRequest::new(form(&bookmark)?)),
    };
    let result = match ask(caller, request, question).await? {
        Reply::Pending(pending) => return Ok(pending.into()),
        Reply::Answer(answer) => match serde_json::from_value::<ElicitResult>(answer) {
            Ok(answer) => decide(caller, &bookmark, answer).await,
            Err(problem) => failed(format!("bookmark {} was kept: the answer is no answer: {problem}", bookmark.id)),
        },
        Reply::Refused(why) => failed(format!("bookmark {} was kept: the client could not ask: {why}", bookmark.id)),
        Reply::Stopped => failed(format!("bookmark {} was kept: the call was cancelled", bookmark.id)),
    };
    Ok(result.into())
}

fn find(caller: &Caller<'_>, request: &CallToolRequestParams) -> Result<(bool, Bookmark), Failure> {
    let Arguments { id, confirm } = arguments(request)?;
    Ok((confirm, caller.shared.store().get(id)?.clone()))
}

async fn decide(caller: &Caller<'_>, bookmark: &Bookmark, answer: ElicitResult) -> CallToolResult {
    match answer.action {
        ElicitationAction::Accept => match serde_json::from_value(answer.content.unwrap_or_default()) {
            Ok(Confirmation { confirm: true, reason }) => delete(caller, bookmark, reason).await,
            Ok(Confirmation { confirm: false, .. }) => kept(bookmark, "the box was not ticked"),
            Err(problem) => failed(format!("bookmark {} was kept: the form does not fit: {problem}", bookmark.id)),
        },
        ElicitationAction::Decline => kept(bookmark, "the person declined"),
        ElicitationAction::Cancel => kept(bookmark, "the person closed the question without an answer"),
        _ => kept(bookmark, "the answer was neither accept, decline nor cancel"),
    }
}

async fn delete(caller: &Caller<'_>, bookmark: &Bookmark, reason: Option<String>) -> CallToolResult {
    // Somebody else may have deleted it while the question was open.
    let gone = match caller.shared.remove(bookmark.id) {
        Ok(gone) => gone,
        Err(error) => return failed(error.to_string()),
    };
    let message = json!({ "message": format!("deleted bookmark {}", gone.id), "id": gone.id, "reason": reason });
    caller.log(LoggingLevel::Notice, message).await;
    let text = format!("Deleted bookmark {}.\n\n{}", gone.id, lines(&gone));
    let mut content = json!({ "deleted": true, "bookmark": gone });
    if let Some(reason) = reason {
        content["reason"] = reason.into();
    }
    done(text, content)
}

fn kept(bookmark: &Bookmark, why: &str) -> CallToolResult {
    let text = format!("Bookmark {} was kept: {why}. Do not try again unless asked to.", bookmark.id);
    done(text, json!({ "deleted": false, "bookmark": bookmark, "reason": why }))
}

fn unconfirmed(bookmark: &Bookmark) -> CallToolResult {
    failed(format!(
        "Bookmark {id} ({title}) was not deleted. This client cannot ask the person (it declared no elicitation), so \
         ask them yourself, then call delete_bookmark again with {{\"id\": {id}, \"confirm\": true}}.",
        id = bookmark.id,
        title = bookmark.title
    ))
}

fn form(bookmark: &Bookmark) -> Result<ElicitRequestParams, ErrorData> {
    let schema = json!({
        "type": "object",
        "properties": {
            "confirm": {
                "type": "boolean",
                "title": "Delete it",
                "description": "The bookmark cannot be brought back.",
                "default": false
            },
            "reason": {
                "type": "string",
                "title": "Reason",
                "description": "For the log; may be left out.",
                "enum": ["no longer needed", "duplicate", "broken link"]
            }
        },
        "required": ["confirm"]
    });
    Ok(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: format!("Delete bookmark {} \u{201c}{}\u{201d} ({})?", bookmark.id, bookmark.title, bookmark.url),
        requested_schema: ElicitationSchema::from_json_schema(object(schema))
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?,
    })
}
