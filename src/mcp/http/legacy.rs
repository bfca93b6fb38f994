//! The HTTP+SSE transport of 2024-11-05: one GET stream for everything the server says, POSTs to the endpoint it names.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Method, Url};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::events::{Answered, Ended, Events};
use super::exchange::{Answer, Ask, Body, Wire};
use super::outbox::Outbox;
use super::post::Post;
use super::{fault, headers, refusal};
use crate::journal::Tap;
use crate::mcp::transport::{HttpFailure, Inbound, Outgoing};
use crate::model::server::{Limits, Timeouts};

/// A connection over HTTP+SSE.
#[derive(Debug)]
pub struct SseTransport {
    outbox: Outbox,
    configured: HeaderMap,
    endpoint: Url,
    /// The reader; it ends with this value.
    _stream: JoinSet<()>,
}

impl SseTransport {
    /// Opens the stream and waits until the server names its endpoint.
    pub async fn connect(
        url: &str,
        headers: &[(String, String)],
        limits: Limits,
        timeouts: Timeouts,
        tap: Tap,
        inbound: mpsc::Sender<Inbound>,
        deadline: Instant,
    ) -> Result<SseTransport, HttpFailure> {
        let configured = headers::configured(headers).map_err(fault::plain)?;
        let wire = Arc::new(Wire::new(url, limits, tap, inbound).map_err(fault::plain)?);
        let who = fault::shown(&wire.url, &wire.tap);
        let late = |what: &str| fault::plain(format!("{who} {what} in time: is it an HTTP+SSE server of 2024-11-05?"));
        let ask = Ask {
            method: Method::GET,
            url: wire.url.clone(),
            headers: headers::of_stream(None, None, &configured, None),
            frame: None,
            note: Some("HTTP+SSE".into()),
        };
        let answer = timeout_at(deadline, wire.ask(ask, || ())).await.map_err(|_| late("did not answer"))??;
        if answer.status() != 200 || answer.media() != "text/event-stream" {
            return Err(refused(&wire, &who, answer, deadline).await);
        }
        let base = answer.url.clone();
        let (named, endpoint) = oneshot::channel();
        let mut stream = JoinSet::new();
        stream.spawn(read(wire.clone(), answer, named));
        let named = timeout_at(deadline, endpoint).await.map_err(|_| late("did not name its endpoint"))?;
        let named = named.map_err(|_| {
            fault::plain(format!("{who} ended the stream before it named its endpoint: look at its log"))
        })?;
        let endpoint = same_origin(&base, &named, &wire.tap).map_err(fault::plain)?;
        let outbox = Outbox::new(wire, timeouts.request);
        Ok(SseTransport { outbox, configured, endpoint, _stream: stream })
    }

    /// Posts a frame. Its response, if it has one, comes over the stream.
    pub fn send(&mut self, out: Outgoing) {
        let request = out.request;
        let post =
            headers::of_post(None, None, &self.configured, &out).map_err(|why| (request, why)).map(|headers| Post {
                out,
                url: self.endpoint.clone(),
                headers,
                resume: None,
                learn: None,
                // Each message is taken (202) before it is worked on: waiting for that keeps their order.
                first: true,
                due: false,
                answered: Answered::default(),
            });
        self.outbox.post(post, "stopped waiting for its POST");
    }

    /// Lets what is queued go out, then closes the stream, which ends the session.
    pub async fn close(mut self, grace: Duration) {
        self.outbox.drain(Instant::now() + grace).await;
    }
}

/// Reads the stream to its end, which is the end of the connection.
async fn read(wire: Arc<Wire>, answer: Answer, named: oneshot::Sender<Bytes>) {
    let mut events = Events::new(&wire, None, None);
    events.endpoint = Some(named);
    let ended = events.read(answer.exchange, answer.response).await;
    let text = match ended {
        Ended::Closed => "the server ended the event stream".to_owned(),
        Ended::Broken(why) => format!("the event stream broke: {why}"),
        Ended::Oversized(len) => format!("the server sent an event without end ({len} bytes)"),
    };
    wire.tap.exit(text.clone()).await;
    // Before the endpoint was named, the failed connect says it.
    if events.endpoint.is_none() {
        wire.hand_up(Inbound::Lost(text)).await;
    }
}

async fn refused(wire: &Wire, who: &str, answer: Answer, deadline: Instant) -> HttpFailure {
    let (status, media) = (answer.status(), answer.media());
    let challenge =
        refusal::joined(answer.response.headers(), &WWW_AUTHENTICATE).filter(|_| matches!(status, 401 | 403));
    let bytes = match timeout_at(deadline, wire.body(answer, media == "application/json")).await {
        Ok(Body::Whole(bytes, _)) => bytes,
        _ => Bytes::new(),
    };
    let message = if (200..300).contains(&status) {
        format!(
            "{who} answered {status} with {}, not with an event stream: it is no HTTP+SSE server",
            fault::clip(&media)
        )
    } else {
        refusal::message(who, status, false, &bytes)
    };
    HttpFailure { status: Some(status), challenge, body: refusal::body_text(&bytes), ..fault::plain(message) }
}

/// Where to post, if the server names a place of its own: everything else would get our credentials.
fn same_origin(base: &Url, named: &[u8], tap: &Tap) -> Result<Url, String> {
    let text = String::from_utf8_lossy(named);
    let shown = fault::clip(&tap.redactor().url(&text));
    let mut url =
        base.join(text.trim()).map_err(|_| format!("the server names `{shown}` as its endpoint, which is no URL"))?;
    if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "the server names `{shown}` as its endpoint, which is another origin than {}: refused, since it would get the credentials",
            fault::shown(base, tap)
        ));
    }
    url.set_fragment(None);
    Ok(url)
}
