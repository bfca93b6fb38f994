//! One exchange with a provider over HTTP: the request with its key, the head of the answer, its body piece by piece, and
//! what is said of it when it fails. What is asked, and how often, is [`super`]'s.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

use super::{Provider, REFUSAL, Refused};
use crate::journal::Redactor;
use crate::llm::images::{self, Sight};
use crate::llm::leeway::Leeway;
use crate::llm::watch::Exchange;
use crate::llm::{anthropic, failure, key, openai_chat, openai_responses};
use crate::model::chat::{ChatRequest, Dialect, FailureKind, ProviderFailure};
use crate::model::provider::Secret;

/// The version of the Messages API that is spoken.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// An answer on its way, and where what comes of it is kept.
pub(super) struct Incoming {
    pub(super) head: Response,
    exchange: Option<Exchange>,
}

impl Incoming {
    /// The next piece of its body. Cancel-safe.
    pub(super) async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        let chunk = self.head.chunk().await;
        if let Some(exchange) = &mut self.exchange {
            match &chunk {
                Ok(Some(chunk)) => exchange.came(chunk).await,
                Ok(None) => exchange.ended("to its end"),
                Err(_) => exchange.ended("then it broke off"),
            }
        }
        chunk
    }

    /// The answer in it is complete; whatever else may follow is nobody's concern.
    pub(super) fn complete(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.ended("complete");
        }
    }
}

impl Provider {
    /// Sends the request and waits for the head of an event stream.
    pub(super) async fn ask(&self, request: &ChatRequest, leeway: Leeway) -> Result<Incoming, Refused> {
        let request = if leeway.sight == Sight::Blind { images::in_words(request) } else { Cow::Borrowed(request) };
        let request = request.as_ref();
        let (path, body) = match self.spec.dialect {
            Dialect::Anthropic => ("/v1/messages", anthropic::body(request, leeway)),
            Dialect::Responses => ("/responses", openai_responses::body(request, leeway)),
            Dialect::ChatCompletions | Dialect::Demo => ("/chat/completions", openai_chat::body(request, leeway)),
        };
        let request = self.request(Method::POST, path).await?;
        let request =
            request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/event-stream").body(body.to_text());
        let mut response = self.send(request).await?;
        let kind = response.head.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("text/event-stream") || kind.is_empty() {
            return Ok(response);
        }
        let kind = failure::clip(kind);
        let body = self.body(&mut response, REFUSAL).await?;
        let mut refused = match serde_json::from_slice::<Value>(&body) {
            Ok(value) if value.get("error").is_some_and(|error| !error.is_null()) => failure::of_error(&value, 200),
            _ => {
                let message = format!("the answer is `{kind}` in place of an event stream; check base_url and kind");
                ProviderFailure::new(FailureKind::Refused, message)
            }
        };
        refused.message = self.named(&refused.message);
        Err(refused.into())
    }

    pub(super) async fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, ProviderFailure> {
        let base = self.spec.base_url.trim_end_matches('/');
        // People copy either form of this one.
        let base = if self.spec.dialect == Dialect::Anthropic { base.trim_end_matches("/v1") } else { base };
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("mcp-tui/", env!("CARGO_PKG_VERSION"))));
        if self.spec.dialect == Dialect::Anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC_VERSION));
        }
        let key = self.key.get_or_try_init(|| key::find(&self.spec)).await?;
        if let Some(key) = key {
            let (name, value) = match self.spec.dialect {
                Dialect::Anthropic => (HeaderName::from_static("x-api-key"), key.reveal().to_owned()),
                _ => (AUTHORIZATION, format!("Bearer {}", key.reveal())),
            };
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| self.failed(FailureKind::Unauthorized, "the key holds characters that no key has"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(self.client.request(method, format!("{base}{path}")).headers(headers))
    }

    /// Sends a request; a response that is no success is a failure.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Incoming, Refused> {
        let request = request.build().map_err(|fault| {
            let message = format!("the request cannot be made: {}; check base_url", cause(&fault));
            self.failed(FailureKind::Refused, message)
        })?;
        let mut exchange = match &self.watch {
            Some(watch) => Some(watch.sent(&request).await),
            None => None,
        };
        let sent = timeout(self.patience.idle, self.client.execute(request)).await;
        let mut response = match sent {
            Ok(Ok(head)) => {
                if let Some(exchange) = &mut exchange {
                    exchange.answered(&head).await;
                }
                Incoming { head, exchange }
            }
            Ok(Err(fault)) => {
                let what = if fault.is_connect() { "cannot connect to" } else { "no answer from" };
                let url = self.redactor().url(&self.spec.base_url);
                let message = format!("{what} {url}: {}; check base_url and the network", cause(&fault));
                return Err(self.failed(FailureKind::Unreachable, message).into());
            }
            Err(_) => {
                let message = format!("no answer for {} s", self.patience.idle.as_secs());
                return Err(self.failed(FailureKind::TimedOut, message).into());
            }
        };
        let status = response.head.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = |name: &str| Some(response.head.headers().get(name)?.to_str().ok()?.to_owned());
        if status.is_redirection() {
            let to = response.head.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            let to = self.redactor().url(to);
            let message = format!("it redirects to {}, where no key is sent; correct base_url", failure::clip(&to));
            return Err(self.failed(FailureKind::Refused, message).into());
        }
        let should_retry = text("x-should-retry").and_then(|text| text.parse().ok());
        let retry_after = failure::retry_after(text);
        let id = request_id(response.head.headers());
        // A refusal whose body breaks off is still a refusal.
        let body = self.body(&mut response, REFUSAL).await.unwrap_or_default();
        let mut failure = match serde_json::from_slice::<Value>(&body) {
            Ok(value @ Value::Object(_)) => failure::of_error(&value, status.as_u16()),
            _ => failure::of_body(status.as_u16(), &String::from_utf8_lossy(&body)),
        };
        failure.message = self.named(&failure.message);
        failure.retry_after = retry_after;
        failure.request_id = failure.request_id.or(id);
        Err(Refused { failure, should_retry })
    }

    /// A body that is no stream, at most `limit` bytes of it.
    pub(super) async fn body(&self, response: &mut Incoming, limit: usize) -> Result<Vec<u8>, ProviderFailure> {
        let mut body = Vec::new();
        while body.len() < limit {
            match timeout(self.patience.idle, response.chunk()).await {
                Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
                Ok(Ok(None)) => break,
                Ok(Err(fault)) => {
                    let message = format!("the answer broke off: {}", cause(&fault));
                    return Err(self.failed(FailureKind::Truncated, message));
                }
                Err(_) => return Err(self.failed(FailureKind::TimedOut, "the answer stopped in the middle")),
            }
        }
        body.truncate(limit);
        Ok(body)
    }

    pub(super) fn failed(&self, kind: FailureKind, message: impl AsRef<str>) -> ProviderFailure {
        ProviderFailure::new(kind, self.named(message.as_ref()))
    }

    /// A message that says whose it is and holds no secret.
    pub(super) fn named(&self, message: &str) -> String {
        let prefix = format!("{}: ", self.spec.name);
        let message = self.redactor().text(message);
        if message.starts_with(&prefix) { message } else { prefix + &message }
    }

    fn redactor(&self) -> Redactor {
        let key = self.key.get().and_then(Option::as_ref);
        let headers = self.spec.headers.iter().map(|(_, value)| value.reveal());
        Redactor::new(headers.chain(key.map(Secret::reveal)))
    }
}

/// The vendor's id of a request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = ["request-id", "x-request-id"].into_iter().find_map(|name| headers.get(name))?;
    Some(failure::clip(id.to_str().ok()?))
}

/// The innermost cause; those around it only repeat that something failed, and the URL.
pub(super) fn cause(fault: &reqwest::Error) -> String {
    let mut innermost: Option<&dyn std::error::Error> = std::error::Error::source(fault);
    while let Some(next) = innermost.and_then(std::error::Error::source) {
        innermost = Some(next);
    }
    innermost.map_or_else(|| "it gives no reason".to_owned(), |cause| failure::clip(&cause.to_string()))
}
