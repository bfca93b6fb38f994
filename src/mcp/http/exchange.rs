//! One HTTP exchange: request out, head of the response in, both journaled; redirects by hand; bodies within a limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, LOCATION};
use reqwest::{Client, Method, Response, Url};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{fault, headers};
use crate::cut::{Oversized, Partial};
use crate::journal::{Extra, Frame, Tap};
use crate::mcp::transport::{HttpFailure, Inbound, Outgoing};
use crate::model::envelope::{Envelope, Problem};
use crate::model::record::HttpHead;
use crate::model::server::Limits;
use crate::model::wire::{Direction, FrameKind};

/// Redirects followed in a row.
const REDIRECTS: u32 = 5;
/// A body or event over the limit that goes on for this long is an attack, not a message.
pub(super) const ENDLESS: Duration = Duration::from_secs(10);
/// Frames are ranges of 32 bits.
const LIMIT_MAX: usize = 1 << 30;

/// What all exchanges with one server share.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client,
    /// The endpoint.
    pub(super) url: Url,
    /// The largest event or body.
    pub(super) limit: usize,
    pub(super) tap: Tap,
    pub(super) inbound: mpsc::Sender<Inbound>,
    exchanges: AtomicU64,
}

/// A request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// What is posted.
    pub(super) frame: Option<&'a Outgoing>,
    /// A remark on the frame, or on the head if there is no frame.
    pub(super) note: Option<String>,
}

/// A response whose head is journaled and whose body is not read yet.
pub(super) struct Answer {
    /// Which exchange it belongs to.
    pub(super) exchange: u64,
    /// Where it came from, after redirects.
    pub(super) url: Url,
    pub(super) response: Response,
}

/// A body, read and journaled.
pub(super) enum Body {
    /// All of it, and the frame it is in the journal.
    Whole(Bytes, Frame),
    /// It was over the limit.
    Oversized(Oversized),
    /// The connection broke inside it.
    Broken(String),
}

/// The endpoint as people write it. The error is for them.
pub(super) fn endpoint(text: &str) -> Result<Url, String> {
    let wrong = |why: &str| format!("`{}` is not the URL of a server: {why}", fault::clip(text));
    let mut url = Url::parse(text.trim()).map_err(|fault| wrong(&format!("{fault}; write http://host:port/path")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL holds a user name or password, which would be kept in logs: \
                    remove them and use --header 'Authorization: Basic …'"
            .into());
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must begin with http:// or https://"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn client() -> Result<Client, String> {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // Whether a frame may be sent twice is not decided below the journal.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
        // Shorter than what servers keep idle connections for (5 s is common): a request on a connection that is
        // just being closed would end with an unknown outcome.
        .pool_idle_timeout(Duration::from_secs(3))
        // A peer that vanished without closing is noticed after half a minute.
        .tcp_keepalive(Duration::from_secs(15))
        .tcp_keepalive_interval(Duration::from_secs(5))
        .tcp_keepalive_retries(3)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        .build()
        .map_err(|fault| {
            format!(
                "the HTTP client does not start: {fault}; look at the proxy variables and the system's certificates"
            )
        })
}

/// The headers as they are journaled.
fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

impl Wire {
    pub(super) fn new(url: &str, limits: Limits, tap: Tap, inbound: mpsc::Sender<Inbound>) -> Result<Wire, String> {
        let limit = limits.frame_bytes.clamp(1, LIMIT_MAX);
        let (url, client) = (endpoint(url)?, client()?);
        Ok(Wire { client, url, limit, tap, inbound, exchanges: AtomicU64::new(0) })
    }

    /// Sends and waits for the head of the response. `gone` is called when the first request is journaled.
    pub(super) async fn ask(&self, ask: Ask<'_>, gone: impl FnOnce()) -> Result<Answer, HttpFailure> {
        let Ask { method, mut url, headers, frame, mut note } = ask;
        let mut gone = Some(gone);
        for _ in 0..=REDIRECTS {
            let exchange = self.exchanges.fetch_add(1, Ordering::Relaxed) + 1;
            let head = HttpHead {
                method: Some(method.to_string()),
                url: Some(url.to_string()),
                status: None,
                headers: listed(&headers),
            };
            let (head_note, frame_note) = if frame.is_some() { (None, note.take()) } else { (note.take(), None) };
            self.tap.http(Direction::Send, exchange, head, head_note).await;
            let mut request = self.client.request(method.clone(), url.clone()).headers(headers.clone());
            if let Some(out) = frame {
                let extra = Extra { note: frame_note, exchange: Some(exchange), ..Extra::default() };
                self.tap.frame(Direction::Send, out.bytes.clone(), out.envelope.clone(), extra).await;
                request = request.body(out.bytes.clone());
            }
            if let Some(gone) = gone.take() {
                gone();
            }
            let response = request.send().await.map_err(|fault| fault::of_send(&url, &self.tap, &fault))?;
            let head = HttpHead {
                status: Some(response.status().as_u16()),
                headers: listed(response.headers()),
                ..HttpHead::default()
            };
            self.tap.http(Direction::Recv, exchange, head, None).await;
            let answer = Answer { exchange, url: url.clone(), response };
            if !answer.response.status().is_redirection() {
                return self.unpacked(answer);
            }
            let next = self.redirect(&answer)?;
            self.body(answer, false).await;
            note = Some(format!("sent again where the server redirects to, from {}", fault::shown(&url, &self.tap)));
            url = next;
        }
        Err(fault::plain(format!(
            "{} redirects more than {REDIRECTS} times: correct the URL, or the server",
            fault::shown(&self.url, &self.tap)
        )))
    }

    /// Where a redirect leads, if it may be followed: the same origin, and a status that keeps method and body.
    fn redirect(&self, answer: &Answer) -> Result<Url, HttpFailure> {
        let status = answer.response.status().as_u16();
        let from = fault::shown(&answer.url, &self.tap);
        let target = answer.response.headers().get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let refuse = |message: String| HttpFailure { status: Some(status), ..fault::plain(message) };
        let Some(target) = target else {
            return Err(refuse(format!("{from} answered {status} and names no place to go: correct the URL")));
        };
        let next = answer.url.join(target.trim()).map_err(|_| {
            let target = fault::clip(&self.tap.redactor().url(&target));
            refuse(format!("{from} redirects ({status}) to `{target}`, which is no URL: correct the URL"))
        })?;
        let to = fault::shown(&next, &self.tap);
        if next.origin() != answer.url.origin() || !next.username().is_empty() || next.password().is_some() {
            return Err(refuse(format!(
                "{from} redirects ({status}) to {to}, another origin, where no credentials are carried: \
                 if you trust it, make it the server's URL"
            )));
        }
        if !matches!(status, 307 | 308) {
            return Err(refuse(format!(
                "{from} redirects ({status}) to {to}; only 307 and 308 keep a POST as it is: \
                 if you trust it, make it the server's URL"
            )));
        }
        Ok(next)
    }

    /// Nothing is unpacked: what is journaled is what was on the wire, and no body can grow in memory.
    fn unpacked(&self, answer: Answer) -> Result<Answer, HttpFailure> {
        let coding =
            answer.response.headers().get(CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
        match coding.filter(|coding| !coding.trim().is_empty() && !coding.trim().eq_ignore_ascii_case("identity")) {
            None => Ok(answer),
            Some(coding) => Err(HttpFailure {
                status: Some(answer.response.status().as_u16()),
                ..fault::plain(format!(
                    "{} answered with the content coding `{}`, which was not asked for: turn compression off there, or in the proxy before it",
                    fault::shown(&answer.url, &self.tap),
                    fault::clip(&coding)
                ))
            }),
        }
    }

    /// Reads the body to its end and journals it: as a frame if it is (or should be) JSON, else as a body.
    pub(super) async fn body(&self, answer: Answer, json: bool) -> Body {
        let Answer { exchange, mut response, .. } = answer;
        let mut whole = BytesMut::new();
        let mut partial: Option<(Partial, Instant)> = None;
        let broken = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => match &mut partial {
                    Some((partial, since)) => {
                        partial.add(&chunk);
                        if since.elapsed() > ENDLESS {
                            break None;
                        }
                    }
                    None if whole.len() + chunk.len() > self.limit => {
                        let mut over = Partial::default();
                        over.add(&whole.split());
                        over.add(&chunk);
                        partial = Some((over, Instant::now()));
                    }
                    None => whole.extend_from_slice(&chunk),
                },
                Ok(None) => break None,
                Err(fault) => break Some(fault::reason(&fault)),
            }
        };
        if let Some((partial, _)) = partial {
            let oversized = partial.finish();
            self.tap
                .frames(Direction::Recv, oversized.head.clone(), vec![oversized.frame(Some(exchange), None, None)])
                .await;
            return Body::Oversized(oversized);
        }
        let bytes = whole.freeze();
        let json = json || bytes.trim_ascii_start().first() == Some(&b'{');
        let mut envelope = if json { Envelope::read(&bytes) } else { Envelope::bare(FrameKind::Http) };
        if broken.is_some() {
            envelope = Envelope { problem: Some(Problem::Torn), ..Envelope::bare(FrameKind::NotJson) };
        }
        let extra = Extra { exchange: Some(exchange), ..Extra::default() };
        if !bytes.is_empty() {
            self.tap.frame(Direction::Recv, bytes.clone(), envelope.clone(), extra).await;
        }
        match broken {
            Some(why) => Body::Broken(why),
            None => Body::Whole(bytes.clone(), Frame::whole(&bytes, envelope)),
        }
    }

    /// Hands something up. The session is gone only when nobody waits any more.
    pub(super) async fn hand_up(&self, what: Inbound) {
        self.inbound.send(what).await.ok();
    }

    /// Reports that a message got no usable answer, and keeps that in the journal.
    pub(super) async fn fail(&self, request: Option<u64>, mut failure: HttpFailure) {
        let redactor = self.tap.redactor();
        failure.message = redactor.text(&failure.message);
        failure.body = failure.body.map(|body| redactor.text(&body));
        self.tap.note(format!("failed: {}", failure.message)).await;
        self.hand_up(Inbound::Failed { request, failure }).await;
    }
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The media type, in lower case; empty if there is none.
    pub(super) fn media(&self) -> String {
        headers::media_type(self.response.headers())
    }
}
