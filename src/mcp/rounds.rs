//! Multi-round requests of the modern era: a server answers with questions, we answer them and ask again.
//!
//! 2026-07-28, basic/patterns/mrtr: all input requests are answered, the retry has a new id and the same parameters,
//! `requestState` goes back byte-exact or not at all, and nothing of it reaches another request.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::era::in_http_body;
use super::features::{self, Context};
use super::session::{Answer as Reply, Ask, Peer, RequestOptions};
use crate::app::SessionEvent;
use crate::model::call::{Failure, ListKind};
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::json::scan;
use crate::model::question::{Answer, OPEN_MAX, QuestionBody};

/// Headers and body disagree, as the server sees it.
const HEADER_MISMATCH: i64 = -32020;
/// 2025-11-25, client/elicitation, "URL Elicitation Required Error".
const PAGES_REQUIRED: i64 = -32042;
/// A state larger than this is not carried around.
const STATE_BYTES: usize = 1024 * 1024;

/// Sends the request, answers what the server asks on the way, and returns the complete result; for a tool call it may
/// be the promise of one, a task.
pub(super) async fn request(
    peer: &Peer,
    context: &Context,
    call: CallId,
    method: &str,
    params: RawJson,
) -> Result<RawJson, Failure> {
    let headers = context.mirror.headers(method, &params);
    let mut options = RequestOptions { call: Some(call), headers, ..RequestOptions::default() };
    let mut extra = String::new();
    let mut corrected = false;
    let mut rounds = 0;
    let mut allowed = context.limits.rounds;
    loop {
        if rounds == allowed {
            more_rounds(peer, context, call, method, rounds).await?;
            allowed += context.limits.rounds;
        }
        rounds += 1;
        if rounds > 1 {
            context.reporter.report(SessionEvent::Round { call, round: rounds as u32 }).await;
        }
        let round = with_members(&params, &extra);
        let answer: Reply = peer.request(method, Some(round.clone()), options.clone()).await;
        let answer = match answer.map_err(|fault| in_http_body(fault).failure) {
            Err(Failure::Rpc { code: HEADER_MISMATCH, message, data }) if context.mirror.is_on() && !corrected => {
                corrected = true;
                // The server refused before it did anything, so that asking again is safe.
                features::list(peer, context, ListKind::Tools).await?;
                let headers = context.mirror.headers(method, &params);
                if headers == options.headers {
                    return Err(Failure::Rpc { code: HEADER_MISMATCH, message, data });
                }
                let note = "sent again: its headers did not fit (-32020), and the tools, listed again, want others";
                options.headers = headers;
                let again = RequestOptions { note: Some(note.into()), ..options.clone() };
                peer.request(method, Some(round), again).await.map_err(|fault| in_http_body(fault).failure)
            }
            other => other,
        };
        if !context.modern {
            return match answer {
                Err(Failure::Rpc { code: PAGES_REQUIRED, message, data }) => {
                    Err(pages(peer, context, call, message, data).await)
                }
                answer => answer,
            };
        }
        let result = answer?;
        match result.get("resultType").map(str::trim) {
            None | Some("\"complete\"") => return Ok(result),
            Some("\"task\"") if method == "tools/call" => return Ok(result),
            Some("\"input_required\"") => extra = answered(peer, context, call, &result).await?,
            Some(other) => {
                let name = &context.name;
                return Err(Failure::BadAnswer(format!(
                    "{name} answered with a result of unknown type {other}; the frame is in the log"
                )));
            }
        }
    }
}

/// Asks whether a call that is answered with questions again and again goes on.
async fn more_rounds(peer: &Peer, context: &Context, call: CallId, method: &str, rounds: usize) -> Result<(), Failure> {
    let body = QuestionBody::Rounds { method: method.to_owned(), rounds };
    match peer.question(Some(call), body).await {
        Ok(Answer::Accept(_)) => Ok(()),
        _ => Err(Failure::BadAnswer(format!(
            "{} asked for input {rounds} times without finishing {method}; given up; allow more with `max_rounds`",
            context.name
        ))),
    }
}

/// The members that the next round carries: the answers, and the state exactly as it came.
async fn answered(peer: &Peer, context: &Context, call: CallId, result: &RawJson) -> Result<String, Failure> {
    let bad = |what: String| {
        Failure::BadAnswer(format!("{} asks for input, but {what}; the frame is in the log", context.name))
    };
    let state = result.get("requestState");
    if state.is_some_and(|state| state.len() > STATE_BYTES) {
        return Err(bad("its `requestState` is over 1 MiB".into()));
    }
    let requests = match result.get("inputRequests") {
        None => Vec::new(),
        Some(text) if !text.trim_start().starts_with('{') => return Err(bad("`inputRequests` is no object".into())),
        Some(text) => scan::members(text).take(OPEN_MAX + 1).collect(),
    };
    if requests.is_empty() && state.is_none() {
        return Err(bad("says neither what it asks nor a state".into()));
    }
    if requests.len() > OPEN_MAX {
        return Err(bad(format!("more than {OPEN_MAX} questions at once")));
    }
    // All are read before one is asked: nobody should think about questions of a call that is refused anyway.
    let read = requests.iter().map(|(key, request)| Ok((*key, read(context, request)?)));
    let read = read.collect::<Result<Vec<_>, Failure>>()?;
    let asked = read.into_iter().map(|(key, request)| async move {
        let response = put(peer, context, call, request).await?;
        // The key goes back as the server wrote it.
        Ok::<_, Failure>(format!("{key}:{}", response.as_str()))
    });
    let responses = try_join_all(asked).await?;
    let mut members = Vec::new();
    if !responses.is_empty() {
        members.push(format!("\"inputResponses\":{{{}}}", responses.join(",")));
    }
    if let Some(state) = state {
        members.push(format!("\"requestState\":{state}"));
    }
    Ok(members.join(","))
}

/// An input request that can be answered.
enum Input {
    /// By ourselves: the roots.
    Roots,
    /// By a person, or a model in their place.
    Question(QuestionBody),
}

/// Answers one input request.
pub(super) async fn one(peer: &Peer, context: &Context, call: CallId, request: &str) -> Result<RawJson, Failure> {
    put(peer, context, call, read(context, request)?).await
}

fn cannot_be_given(context: &Context, what: String) -> Failure {
    Failure::BadAnswer(format!("{} asks for input that cannot be given: {what}", context.name))
}

/// Reads one input request, of a kind that was offered.
fn read(context: &Context, request: &str) -> Result<Input, Failure> {
    let bad = |what: String| cannot_be_given(context, what);
    let request = RawJson::parse(request.to_owned()).map_err(|fault| bad(fault.to_string()))?;
    let method = request.get("method").and_then(|text| serde_json::from_str::<String>(text).ok());
    let method = method.ok_or_else(|| bad("it has no `method`".into()))?;
    let offered = match method.as_str() {
        "elicitation/create" => context.offers.elicitation,
        "sampling/createMessage" => context.offers.sampling,
        "roots/list" => context.offers.roots,
        _ => false,
    };
    if !offered {
        return Err(bad(format!("`{method}` was not offered")));
    }
    if method == "roots/list" {
        return Ok(Input::Roots);
    }
    let params = request.get("params").and_then(|params| RawJson::parse(params.to_owned()).ok());
    let body = QuestionBody::read(&method, &params.unwrap_or_else(RawJson::empty_object)).map_err(bad)?;
    Ok(Input::Question(body))
}

/// Has an input request answered.
async fn put(peer: &Peer, context: &Context, call: CallId, input: Input) -> Result<RawJson, Failure> {
    let bad = |what: String| cannot_be_given(context, what);
    let body = match input {
        Input::Roots => return RawJson::parse(context.roots.result()).map_err(|fault| bad(fault.to_string())),
        Input::Question(body) => body,
    };
    let answer = peer.question(Some(call), body.clone()).await.map_err(bad)?;
    body.result(&answer).ok_or_else(|| {
        let how = if answer == Answer::Cancel { "cancelled" } else { "declined" };
        Failure::Declined(format!("sampling for {} was {how}, so the call was not continued", context.name))
    })
}

/// A legacy server refuses a request until a person has been to some web pages: asks the person about each. The request
/// is not sent again by itself: only the person knows when what the pages want is done.
async fn pages(peer: &Peer, context: &Context, call: CallId, message: String, data: Option<RawJson>) -> Failure {
    let asked = data.as_ref().and_then(|data| data.items_of("elicitations", OPEN_MAX + 1).ok()).unwrap_or_default();
    let mut bodies = Vec::new();
    for request in asked.iter().filter_map(|request| RawJson::parse(*request).ok()) {
        let id = request.get("elicitationId").and_then(scan::decoded).map(std::borrow::Cow::into_owned);
        if let Ok(body @ QuestionBody::Url { .. }) = QuestionBody::read("elicitation/create", &request) {
            bodies.push((body, id));
        }
    }
    if bodies.is_empty() || bodies.len() != asked.len() || bodies.len() > OPEN_MAX {
        let message = format!("{message} (it should say which web pages have to be visited first, and does not)");
        return Failure::Rpc { code: PAGES_REQUIRED, message, data };
    }
    let questions = bodies.into_iter().map(|(body, id)| async move {
        if let Some(id) = id {
            peer.tell(Ask::ExpectPage(id));
        }
        peer.question(Some(call), body).await
    });
    let answers = match try_join_all(questions).await {
        Ok(answers) => answers,
        Err(why) => return Failure::BadAnswer(format!("{}: {why}", context.name)),
    };
    let name = &context.name;
    if answers.contains(&Answer::Decline) {
        return Failure::Declined(format!("{name} wants a web page visited first, which was declined"));
    }
    if answers.contains(&Answer::Cancel) {
        return Failure::Declined(format!("{name} wants a web page visited first, which was cancelled"));
    }
    let message = message.trim_end_matches('.');
    let message = format!("{message}; finish what the web page asks, then send this again: it is not sent by itself");
    Failure::Rpc { code: PAGES_REQUIRED, message, data }
}

/// The parameters with these members (already JSON) added.
pub(super) fn with_members(params: &RawJson, extra: &str) -> RawJson {
    let text = params.as_str();
    if extra.is_empty() {
        return params.clone();
    }
    let open = text.find('{').map_or(0, |at| at + 1);
    let comma = if text[open..].trim_start().starts_with('}') { "" } else { "," };
    RawJson::parse(format!("{}{extra}{comma}{}", &text[..open], &text[open..]))
        .unwrap_or_else(|_| RawJson::from_value(&Value::Null))
}
