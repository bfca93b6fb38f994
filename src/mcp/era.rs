//! Which revision a server speaks: the probe for the modern era, the legacy handshake, and what is remembered.
//!
//! 2026-07-28, basic/transports, "Backward Compatibility": probe with `server/discover`; a discover result or a
//! recognised modern error means modern; any other error, or silence, means legacy.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::frame::client_info;
use super::session::{Answer, Ask, Peer, RequestFailure, RequestOptions};
use crate::journal::Tap;
use crate::model::call::Failure;
use crate::model::json::RawJson;
use crate::model::server::{HttpKind, Launch, ProtocolChoice, REVISIONS, ServerSpec, is_modern};
use crate::model::session::{DownReason, Negotiated};

/// The server does not speak the revision of a request.
pub(super) const UNSUPPORTED_VERSION: i64 = -32022;
/// Modern errors that are final: headers and body disagree, a required capability is missing.
const FINAL_ERRORS: [i64; 2] = [-32020, -32021];
/// What the legacy handshake offers.
const LEGACY: &str = "2025-11-25";

/// What is worth remembering of a server: what would cost time to find out again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Remembered {
    /// It does not answer the probe at all; ask it in the legacy way at once.
    Silent,
    /// It speaks the old HTTP+SSE transport.
    OldHttp,
}

/// What is remembered of servers' eras, over runs where there is a file. Servers that answer the probe at once
/// are not in it: probing them costs nothing, and they may learn the modern era any day.
#[derive(Clone, Debug)]
pub struct EraMemory {
    path: Option<PathBuf>,
    known: Arc<Mutex<BTreeMap<String, String>>>,
}

impl EraMemory {
    /// Opens the memory. A file that cannot be read is an empty one.
    pub fn open(path: Option<PathBuf>) -> EraMemory {
        let text = path.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        let known = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        EraMemory { path, known: Arc::new(Mutex::new(known)) }
    }

    pub(super) fn recall(&self, spec: &ServerSpec) -> Option<Remembered> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&key(spec))?.as_str() {
            "silent" => Some(Remembered::Silent),
            "http+sse" => Some(Remembered::OldHttp),
            _ => None,
        }
    }

    pub(super) fn learn(&self, spec: &ServerSpec, what: Option<Remembered>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(spec);
        let word = what.map(|what| match what {
            Remembered::Silent => "silent",
            Remembered::OldHttp => "http+sse",
        });
        if known.get(&key).map(String::as_str) == word {
            return;
        }
        match word {
            Some(word) => known.insert(key, word.to_owned()),
            None => known.remove(&key),
        };
        let Some(path) = &self.path else { return };
        // Losing this costs a probe next time, nothing else.
        let Ok(text) = serde_json::to_string_pretty(&*known) else { return };
        let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).ok();
        }
        if std::fs::write(&fresh, text).is_ok() {
            std::fs::rename(&fresh, path).ok();
        }
    }
}

/// A server by how it is reached, hashed: arguments and URLs may hold secrets.
fn key(spec: &ServerSpec) -> String {
    use sha2::Digest;
    let text = match &spec.launch {
        Launch::Stdio { command, args, .. } => format!("stdio\0{command}\0{}", args.join("\0")),
        Launch::Http { url, .. } => format!("http\0{url}"),
    };
    let hash = sha2::Sha256::digest(text.as_bytes());
    hash[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)).to_string()
}

/// Why there is no connection.
pub(super) enum HandshakeFailure {
    /// It ends here.
    Down(DownReason),
    /// The endpoint is no Streamable HTTP endpoint; it may be the old HTTP+SSE.
    TryOldHttp(String),
}

/// What the handshake needs to know.
pub(super) struct Handshake<'a> {
    pub(super) peer: Peer,
    pub(super) spec: &'a ServerSpec,
    pub(super) tap: &'a Tap,
    pub(super) memory: &'a EraMemory,
    /// `stdio`, `http` or `sse`.
    pub(super) transport: &'static str,
    /// The process id or the URL.
    pub(super) connected_to: String,
    pub(super) capabilities: Value,
}

enum Probe<'a> {
    Modern(Box<Negotiated>),
    Legacy,
    /// No answer yet: it may be a legacy server that never answers, or a modern one that is slow to start.
    Silent(Pin<Box<dyn Future<Output = Answer> + Send + 'a>>),
}

impl Handshake<'_> {
    /// Finds out what the server speaks and agrees on it.
    pub(super) async fn run(&self) -> Result<Negotiated, HandshakeFailure> {
        let started = Instant::now();
        let outcome = match &self.spec.protocol {
            ProtocolChoice::Pinned(revision) if is_modern(revision) => {
                match self.discover(revision, self.spec.timeouts.connect).await? {
                    Probe::Modern(negotiated) => Ok(*negotiated),
                    Probe::Legacy | Probe::Silent(_) => Err(down(DownReason::Protocol(format!(
                        "{} does not speak {revision}: it does not answer server/discover as that revision wants; try --protocol-version auto",
                        self.spec.name
                    )))),
                }
            }
            ProtocolChoice::Pinned(revision) => self.initialize(revision, true).await,
            // The old transport has no modern era.
            ProtocolChoice::Auto if self.transport == "sse" => self.initialize(LEGACY, false).await,
            ProtocolChoice::Auto => self.negotiate().await,
        };
        outcome.map(|negotiated| Negotiated { took: started.elapsed().as_micros() as u64, ..negotiated })
    }

    async fn negotiate(&self) -> Result<Negotiated, HandshakeFailure> {
        let remembered = self.memory.recall(self.spec) == Some(Remembered::Silent);
        if remembered {
            self.tap.note("era: legacy first, as this server did not answer the probe last time").await;
            match self.initialize(LEGACY, false).await {
                Ok(negotiated) => return Ok(negotiated),
                Err(_) => self.memory.learn(self.spec, None),
            }
        }
        match self.discover(REVISIONS[0], self.spec.timeouts.probe).await? {
            Probe::Modern(negotiated) => {
                self.memory.learn(self.spec, None);
                Ok(*negotiated)
            }
            Probe::Legacy => {
                let negotiated = self.initialize(LEGACY, false).await?;
                self.memory.learn(self.spec, None);
                Ok(negotiated)
            }
            Probe::Silent(probe) => self.initialize_beside(probe).await,
        }
    }

    /// The legacy handshake while the probe may still be answered. A server that starts slowly reads the probe first
    /// and may hold on to the era of its first request: its late discover result counts.
    async fn initialize_beside(
        &self,
        mut probe: Pin<Box<dyn Future<Output = Answer> + Send + '_>>,
    ) -> Result<Negotiated, HandshakeFailure> {
        let mut handshake = Box::pin(self.initialize(LEGACY, false));
        let refused = tokio::select! {
            biased;
            late = &mut probe => {
                if let Ok(result) = &late
                    && result.get("supportedVersions").is_some()
                {
                    drop(handshake);
                    return self.late(result).await;
                }
                return handshake.await;
            }
            outcome = &mut handshake => match outcome {
                Ok(negotiated) => {
                    self.memory.learn(self.spec, Some(Remembered::Silent));
                    return Ok(negotiated);
                }
                Err(refused) => refused,
            },
        };
        match tokio::time::timeout(self.spec.timeouts.probe, probe).await {
            Ok(Ok(result)) if result.get("supportedVersions").is_some() => self.late(&result).await,
            _ => Err(refused),
        }
    }

    async fn late(&self, result: &RawJson) -> Result<Negotiated, HandshakeFailure> {
        self.tap.note("era: the answer to the probe came late, and it counts").await;
        self.peer.tell(Ask::Speak(Some(REVISIONS[0].to_owned())));
        match self.discovered(REVISIONS[0], result).await? {
            Probe::Modern(negotiated) => Ok(*negotiated),
            Probe::Legacy | Probe::Silent(_) => self.initialize(LEGACY, false).await,
        }
    }

    /// Probes for the modern era.
    async fn discover(&self, preferred: &str, limit: Duration) -> Result<Probe<'_>, HandshakeFailure> {
        let mut revision = preferred.to_owned();
        let mut insisted = false;
        for _ in 0..REVISIONS.len() {
            self.peer.tell(Ask::Speak(Some(revision.clone())));
            let options = RequestOptions {
                note: Some("era probe".into()),
                deadline: Some(self.spec.timeouts.connect),
                silent: true,
                ..RequestOptions::default()
            };
            let mut asked = Box::pin(self.peer.request("server/discover", None, options));
            let failure = match tokio::time::timeout(limit, &mut asked).await {
                Ok(Ok(result)) => return self.discovered(&revision, &result).await,
                Ok(Err(failure)) => in_http_body(failure),
                Err(_) => {
                    self.tap
                        .note(format!("era: no answer to the probe within {} s: trying legacy", limit.as_secs_f64()))
                        .await;
                    return Ok(Probe::Silent(asked));
                }
            };
            match &failure.failure {
                Failure::Rpc { code: UNSUPPORTED_VERSION, data, .. } => {
                    let supported = data.as_ref().map(|data| strings(data.get("supported"))).unwrap_or_default();
                    self.tap
                        .note(format!("era: modern, but not {revision}; the server supports {}", supported.join(", ")))
                        .await;
                    match Self::mutual(&supported).filter(|next| is_modern(next)) {
                        // It refuses what it says it supports: it may mean it by now, but is not asked for ever.
                        Some(next) if *next == revision && !insisted => insisted = true,
                        Some(next) if *next != revision => next.clone_into(&mut revision),
                        Some(_) => break,
                        None => return Err(self.no_common(&supported)),
                    }
                }
                Failure::Rpc { code, message, .. } if FINAL_ERRORS.contains(code) => {
                    return Err(down(DownReason::Protocol(format!(
                        "{} refuses the connection: error {code}: {message}",
                        self.spec.name
                    ))));
                }
                Failure::Unauthorized(why) => return Err(down(DownReason::Unauthorized(why.clone()))),
                Failure::Unreachable(why) if failure.http.as_ref().is_none_or(|http| http.status.is_none()) => {
                    return Err(down(DownReason::Unreachable(why.clone())));
                }
                other => {
                    self.tap.note(format!("era: the probe failed ({other}): legacy")).await;
                    self.peer.tell(Ask::Speak(None));
                    return Ok(Probe::Legacy);
                }
            }
        }
        Err(down(DownReason::Protocol(format!("{} keeps refusing the revisions it says it supports", self.spec.name))))
    }

    async fn discovered(&self, asked: &str, result: &RawJson) -> Result<Probe<'static>, HandshakeFailure> {
        let Some(supported) = result.get("supportedVersions").filter(|text| text.trim_start().starts_with('[')) else {
            self.tap.note("era: the answer to the probe has no `supportedVersions`: legacy").await;
            self.peer.tell(Ask::Speak(None));
            return Ok(Probe::Legacy);
        };
        let supported = strings(Some(supported));
        let revision = match &self.spec.protocol {
            ProtocolChoice::Pinned(pinned) => supported.iter().find(|one| *one == pinned).map(String::as_str),
            ProtocolChoice::Auto => Self::mutual(&supported),
        };
        let Some(revision) = revision else { return Err(self.no_common(&supported)) };
        if !is_modern(revision) {
            self.tap
                .note(format!("era: the server can be asked, but speaks only {}: legacy", supported.join(", ")))
                .await;
            self.peer.tell(Ask::Speak(None));
            return Ok(Probe::Legacy);
        }
        if revision != asked {
            self.peer.tell(Ask::Speak(Some(revision.to_owned())));
        }
        self.tap.note(format!("era: modern, {revision}")).await;
        let meta = result.get("_meta").and_then(|meta| RawJson::parse(meta.to_owned()).ok());
        let info = meta
            .as_ref()
            .and_then(|meta| meta.get("io.modelcontextprotocol/serverInfo"))
            .or_else(|| result.get("serverInfo"));
        Ok(Probe::Modern(Box::new(self.negotiated(revision, info, result))))
    }

    /// The legacy handshake.
    async fn initialize(&self, revision: &str, pinned: bool) -> Result<Negotiated, HandshakeFailure> {
        self.peer.tell(Ask::Speak(None));
        self.peer.tell(Ask::ResetSession);
        let params = json!({
            "protocolVersion": revision,
            "capabilities": self.capabilities,
            "clientInfo": client_info(),
        });
        let options =
            RequestOptions { deadline: Some(self.spec.timeouts.connect), silent: true, ..RequestOptions::default() };
        let answer: Answer = self.peer.request("initialize", Some(RawJson::from_value(&params)), options).await;
        let result = answer.map_err(|failure| self.refused(failure))?;
        let offered = result.get("protocolVersion").and_then(|text| serde_json::from_str::<String>(text).ok());
        let Some(offered) = offered else {
            return Err(down(DownReason::Protocol(format!(
                "{}'s answer to initialize has no `protocolVersion`",
                self.spec.name
            ))));
        };
        if !REVISIONS.contains(&offered.as_str()) || is_modern(&offered) {
            let offered = crate::model::text::escape_line(&offered).into_owned();
            return Err(down(DownReason::Protocol(format!(
                "{} wants revision {offered}, which this client does not speak in a legacy handshake",
                self.spec.name
            ))));
        }
        if pinned && offered != revision {
            return Err(down(DownReason::Protocol(format!(
                "{} speaks {offered} instead of the pinned {revision}; try --protocol-version {offered} or auto",
                self.spec.name
            ))));
        }
        self.peer.tell(Ask::Speak(Some(offered.clone())));
        self.peer.tell(Ask::Notify { method: "notifications/initialized", params: None });
        self.peer.tell(Ask::OpenStream);
        self.tap.note(format!("era: legacy, {offered}")).await;
        Ok(self.negotiated(&offered, result.get("serverInfo"), &result))
    }

    fn refused(&self, failure: RequestFailure) -> HandshakeFailure {
        let status = failure.http.as_ref().and_then(|http| http.status);
        let old = matches!(&self.spec.launch, Launch::Http { kind: HttpKind::Auto, .. });
        match failure.failure {
            Failure::Unauthorized(why) => down(DownReason::Unauthorized(why)),
            Failure::Unreachable(why) if matches!(status, Some(400 | 404 | 405)) && old && self.transport == "http" => {
                HandshakeFailure::TryOldHttp(why)
            }
            Failure::Unreachable(why) => down(DownReason::Unreachable(why)),
            Failure::TimedOut(why) => down(DownReason::TimedOut(why)),
            other => down(DownReason::Protocol(format!("{} refuses the handshake: {other}", self.spec.name))),
        }
    }

    fn negotiated(&self, revision: &str, info: Option<&str>, result: &RawJson) -> Negotiated {
        let raw = |text: Option<&str>| text.and_then(|text| RawJson::parse(text.to_owned()).ok());
        Negotiated {
            revision: revision.to_owned(),
            modern: is_modern(revision),
            transport: self.transport,
            server_info: raw(info),
            capabilities: raw(result.get("capabilities")).unwrap_or_else(RawJson::empty_object),
            instructions: result.get("instructions").and_then(|text| serde_json::from_str(text).ok()),
            peer: self.connected_to.clone(),
            took: 0,
        }
    }

    fn mutual(supported: &[String]) -> Option<&'static str> {
        REVISIONS.into_iter().find(|ours| supported.iter().any(|theirs| theirs == ours))
    }

    fn no_common(&self, supported: &[String]) -> HandshakeFailure {
        let theirs = crate::model::text::escape_line(&supported.join(", ")).into_owned();
        down(DownReason::Protocol(format!(
            "no common protocol revision: {} speaks {theirs}; this client speaks {}",
            self.spec.name,
            REVISIONS.join(", ")
        )))
    }
}

fn down(reason: DownReason) -> HandshakeFailure {
    HandshakeFailure::Down(reason)
}

/// A JSON-RPC error that came in the body of an HTTP error without our id (a server that rejects a request before
/// reading it cannot repeat the id) is that error all the same.
pub(super) fn in_http_body(failure: RequestFailure) -> RequestFailure {
    let body = failure.http.as_ref().and_then(|http| http.body.as_deref());
    let Some(Value::Object(body)) = body.and_then(|body| serde_json::from_str(body).ok()) else { return failure };
    let Some(code) = body.get("error").and_then(|error| error["code"].as_i64()) else { return failure };
    if code != UNSUPPORTED_VERSION && !FINAL_ERRORS.contains(&code) {
        return failure;
    }
    let error = &body["error"];
    let message = error["message"].as_str().unwrap_or_default().to_owned();
    let data = error.get("data").map(RawJson::from_value);
    RequestFailure { failure: Failure::Rpc { code, message, data }, http: failure.http }
}

fn strings(array: Option<&str>) -> Vec<String> {
    let values: Vec<Value> = array.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    values.into_iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
