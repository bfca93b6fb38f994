//! Owns how a tool asks the client something in the middle of a call, in the way of the era.
//!
//! Legacy: a request to the client, while the call waits. Modern: the call ends with `input_required`, and the client
//! calls again with the answer and our `requestState`. The state is sealed and names the call it belongs to and what
//! the question was about, so that nothing has to be remembered and an answer to another question is not taken.

use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, InputRequest, InputRequests, InputRequiredResult, ServerRequest};
use rmcp::service::{PeerRequestOptions, ServiceError};
use serde_json::Value;

use super::super::caller::Caller;

/// Something to ask the client.
pub(super) struct Question {
    /// Names the question within the call.
    pub(super) key: &'static str,
    /// What the call is, in words that the same call always has.
    pub(super) call: String,
    /// What the question is about: when this has changed since, the answer counts no longer and is asked for again.
    pub(super) about: String,
    /// The question itself.
    pub(super) request: InputRequest,
}

/// What became of a [`Question`].
pub(super) enum Reply {
    /// The client's result, as it came.
    Answer(Value),
    /// The call is to end with this, and will come again.
    Pending(InputRequiredResult),
    /// The client refused, and how.
    Refused(String),
    /// The call was cancelled meanwhile.
    Stopped,
}

/// Asks `question`.
pub(super) async fn ask(
    caller: &Caller<'_>,
    request: &CallToolRequestParams,
    question: Question,
) -> Result<Reply, ErrorData> {
    if caller.modern() { by_result(caller, request, question) } else { by_request(caller, question).await }
}

fn by_result(caller: &Caller<'_>, request: &CallToolRequestParams, question: Question) -> Result<Reply, ErrorData> {
    let Question { key, call, about, request: input } = question;
    let call_seal = caller.shared.seal(&[&call]);
    let state = format!("{call_seal}.{}", caller.shared.seal(&[&call, &about]));
    if let Some(given) = &request.request_state {
        if given.split_once('.').is_none_or(|(seal, _)| seal != call_seal) {
            return Err(ErrorData::invalid_params("the requestState was not given out for this call", None));
        }
        let answer = request.input_responses.as_ref().and_then(|answers| answers.get(key));
        if let Some(answer) = answer.filter(|_| *given == state) {
            return Ok(Reply::Answer(answer.clone()));
        }
    }
    let requests = InputRequests::from([(key.to_owned(), input)]);
    Ok(Reply::Pending(InputRequiredResult::new(Some(requests), Some(state))))
}

async fn by_request(caller: &Caller<'_>, question: Question) -> Result<Reply, ErrorData> {
    let request = match question.request {
        InputRequest::Elicitation(request) => ServerRequest::ElicitRequest(request),
        InputRequest::CreateMessage(request) => ServerRequest::CreateMessageRequest(request),
        other => return Err(ErrorData::internal_error(format!("no tool asks this: {other:?}"), None)),
    };
    let sent = caller.context.peer.send_request_with_option(request, PeerRequestOptions::no_options()).await;
    let mut handle = match sent {
        Ok(handle) => handle,
        Err(error) => return Ok(Reply::Refused(error.to_string())),
    };
    tokio::select! {
        response = &mut handle.rx => match response {
            Ok(Ok(result)) => serde_json::to_value(result)
                .map(Reply::Answer)
                .map_err(|error| ErrorData::internal_error(error.to_string(), None)),
            Ok(Err(ServiceError::McpError(error))) => Ok(Reply::Refused(error.message.into_owned())),
            Ok(Err(error)) => Ok(Reply::Refused(error.to_string())),
            Err(_) => Ok(Reply::Stopped),
        },
        () = caller.stopped() => {
            // The person should not be left with a question that nobody waits for any more.
            caller.tell(handle.cancel(Some("the tool call was cancelled".to_owned()))).await;
            Ok(Reply::Stopped)
        }
    }
}
