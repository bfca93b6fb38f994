//! One provider: what is asked, what comes of it, retries: [`Provider`]. A single exchange over HTTP is `provider/http.rs`.
//!
//! **Retries** follow the vendors' own rules and stop with the first delta: what a person has begun to read is never
//! begun again. **Cancelling** is dropping the future: the connection closes, and the vendor stops. **Keys** go into
//! headers marked as sensitive and nowhere else; what a vendor writes in an error passes the redactor first.

mod http;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::sync::{OnceCell, mpsc};
use tokio::time::timeout;

use super::answer::{Answer, EVENT};
use super::images::{self, Sight};
use super::leeway::Leeway;
use super::watch::Watch;
use super::{anthropic, demo, failure, key, models};
use crate::model::chat::{ChatRequest, Delta, Dialect, FailureKind, ModelInfo, ProviderFailure, ToolSpec};
use crate::model::provider::{Key, ProviderSpec, Secret, usual_url};
use http::{cause, request_id};

/// What is read of an answer that is a refusal.
const REFUSAL: usize = 64 * 1024;
/// The longest list of models.
const LIST: usize = 16 * 1024 * 1024;
/// Pages of models that are asked for.
const PAGES: usize = 20;
/// A vendor that wants more patience than this is not waited for: a person can decide better.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How long the tokens of a complete answer are waited for where no end is announced.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The pace of the demo model: fast to read, slow enough to see it stream.
const PACE: Duration = Duration::from_millis(12);

/// How long things may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// To connect.
    pub connect: Duration,
    /// From one sign of life to the next. Models that think hard are silent for minutes.
    pub idle: Duration,
    /// How often a request is sent again.
    pub retries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(15), idle: Duration::from_mins(5), retries: 2 }
    }
}

/// A provider of models.
#[derive(Debug)]
pub struct Provider {
    spec: ProviderSpec,
    patience: Patience,
    client: Client,
    headers: HeaderMap,
    key: OnceCell<Option<Secret>>,
    /// Where what goes over the wire is kept.
    watch: Option<Watch>,
    /// What each model was found to take.
    leeway: Mutex<HashMap<String, Leeway>>,
}

/// How one try ended without an answer.
struct Refused {
    failure: ProviderFailure,
    should_retry: Option<bool>,
}

impl From<ProviderFailure> for Refused {
    fn from(failure: ProviderFailure) -> Self {
        Self { failure, should_retry: None }
    }
}

/// How one try ended.
enum Ended {
    /// With everything told, its failure included, or with nobody listening any more.
    Told,
    /// Before anything was told.
    Refused(Refused),
}

impl Provider {
    /// A provider as it is configured.
    pub fn new(spec: ProviderSpec) -> Result<Provider, ProviderFailure> {
        let usual = Patience::default();
        let patience = Patience { idle: spec.timeout.unwrap_or(usual.idle), ..usual };
        Provider::patient(spec, patience)
    }

    /// A provider with deadlines of its own.
    pub fn patient(spec: ProviderSpec, patience: Patience) -> Result<Provider, ProviderFailure> {
        let wrong = |why: String| ProviderFailure::new(FailureKind::Refused, format!("{}: {why}", spec.name));
        let mut headers = HeaderMap::new();
        for (name, value) in &spec.headers {
            let header =
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(format!("`{name}` is no header")))?;
            let mut value = HeaderValue::from_str(value.reveal())
                .map_err(|_| wrong(format!("the value of the header `{name}` cannot be sent")))?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        let client = Client::builder()
            // A key must not follow to wherever somebody points.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(patience.connect)
            .tcp_keepalive(Duration::from_secs(15))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .build()
            .map_err(|fault| wrong(format!("the HTTP client does not start: {fault}")))?;
        let (key, leeway) = (OnceCell::new(), Mutex::new(HashMap::new()));
        Ok(Provider { spec, patience, client, headers, key, watch: None, leeway })
    }

    /// The same, with what goes over the wire kept.
    #[must_use]
    pub fn watched(self, watch: Option<Watch>) -> Provider {
        Provider { watch, ..self }
    }

    /// How it is configured.
    pub fn spec(&self) -> &ProviderSpec {
        &self.spec
    }

    /// Asks, and tells the answer as it comes; it ends with one `Stop` or `Failed`. Dropping this cancels the request,
    /// as does dropping the receiver.
    pub async fn answer(&self, request: &ChatRequest, deltas: &mpsc::Sender<Delta>) {
        if self.spec.dialect == Dialect::Demo {
            for delta in demo::answer(request) {
                if deltas.send(delta).await.is_err() {
                    return;
                }
                tokio::time::sleep(PACE).await;
            }
            return;
        }
        let mut leeway = self.leeway(&request.model.model);
        if let Some(sees) = self.spec.images {
            leeway.sight = if sees { Sight::Sees } else { Sight::Blind };
        }
        let mut tries = 0;
        if leeway.sight == Sight::Blind && images::newest_has_images(request) {
            let note = "this model takes no images; they are described in words".to_owned();
            if deltas.send(Delta::Note(note)).await.is_err() {
                return;
            }
        }
        loop {
            let refused = match self.attempt(request, leeway, deltas).await {
                Ended::Told => return,
                Ended::Refused(refused) => refused,
            };
            let note = if leeway.sight != Sight::Blind
                && images::has_images(request)
                && let Some(these) = images::refused(&refused.failure)
            {
                leeway.sight = Sight::Blind;
                if !these {
                    self.learned().insert(request.model.model.clone(), leeway);
                }
                let said = &refused.failure.message;
                format!("{said}; asking again with the images described in words")
            } else if let Some(note) = leeway.relax(&refused.failure, self.spec.dialect) {
                self.learned().insert(request.model.model.clone(), leeway);
                note.to_owned()
            } else if let Some(wait) = self.wait_before_retry(&refused, tries) {
                tries += 1;
                // What a person could do is for later: now it is done for them.
                let (said, advice) = (&refused.failure.message, failure::advice(refused.failure.kind));
                let said = said.strip_suffix(advice).unwrap_or(said);
                let note = format!("{said}; asking again in {:.1} s", wait.as_secs_f64());
                if let Some(watch) = &self.watch {
                    watch.note(note.clone()).await;
                }
                if deltas.send(Delta::Note(note)).await.is_err() {
                    return;
                }
                tokio::time::sleep(wait).await;
                continue;
            } else {
                deltas.send(Delta::Failed(Box::new(refused.failure))).await.ok();
                return;
            };
            if deltas.send(Delta::Note(note)).await.is_err() {
                return;
            }
        }
    }

    /// The key, if a program prints it; it is run at most once, when it works.
    pub async fn printed_key(&self) -> Option<String> {
        if !matches!(self.spec.key, Key::Command(_)) {
            return None;
        }
        let key = self.key.get_or_try_init(|| key::find(&self.spec)).await.ok()?;
        key.as_ref().map(|key| key.reveal().to_owned())
    }

    /// How many tokens a request is, by the provider's count; none where it does not count, or fails.
    pub async fn count(&self, request: &ChatRequest) -> Option<u64> {
        if self.spec.dialect != Dialect::Anthropic {
            return None;
        }
        let body = anthropic::count_body(request).to_text();
        let request = self.request(Method::POST, "/v1/messages/count_tokens").await.ok()?;
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        let mut response = self.send(request).await.ok()?;
        let body = self.body(&mut response, REFUSAL).await.ok()?;
        serde_json::from_slice::<Value>(&body).ok()?.get("input_tokens")?.as_u64()
    }

    /// How many tokens each tool of a request is, by the provider's count. That tools are there at all has a price of its
    /// own, which is in none of them.
    pub async fn count_tools(&self, request: &ChatRequest) -> Option<Vec<u64>> {
        let only = |tools: &[ToolSpec]| ChatRequest { tools: tools.into(), ..request.clone() };
        let none = self.count(&only(&[])).await?;
        let all = self.count(request).await?.saturating_sub(none);
        let mut counts = Vec::with_capacity(request.tools.len());
        // One after the other: counting is limited to so many requests a minute.
        for tool in &*request.tools {
            counts.push(self.count(&only(std::slice::from_ref(tool))).await?.saturating_sub(none));
        }
        // Each count has the price of tools in it, all of them together have it once.
        let others = (counts.len() as u64).saturating_sub(1);
        let price = counts.iter().sum::<u64>().saturating_sub(all).checked_div(others).unwrap_or(0);
        Some(counts.into_iter().map(|count| count.saturating_sub(price)).collect())
    }

    /// The models that the provider lists.
    pub async fn models(&self) -> Result<Vec<ModelInfo>, ProviderFailure> {
        if self.spec.dialect == Dialect::Demo {
            return Ok(vec![ModelInfo {
                id: "demo".into(),
                title: Some("Demo".into()),
                remark: Some("built in, offline: a few fixed rules, no language model".into()),
                ..ModelInfo::default()
            }]);
        }
        let mut list = Vec::new();
        let mut after = None;
        for _ in 0..PAGES {
            let page = self.page(after.as_deref()).await?;
            list.extend(models::read(&page));
            self.look_up_sight(&list);
            after = models::next_page(&page);
            if after.is_none() {
                break;
            }
        }
        Ok(list)
    }

    /// Learns from the list who takes images.
    fn look_up_sight(&self, list: &[ModelInfo]) {
        for model in list {
            let Some(sees) = model.images else { continue };
            let mut leeway = self.leeway(&model.id);
            leeway.sight = if sees { Sight::Sees } else { Sight::Blind };
            self.learned().insert(model.id.clone(), leeway);
        }
    }

    async fn page(&self, after: Option<&str>) -> Result<Value, ProviderFailure> {
        let mut tries = 0;
        loop {
            let refused = match self.list(after).await {
                Ok(page) => return Ok(page),
                Err(refused) => refused,
            };
            let Some(wait) = self.wait_before_retry(&refused, tries) else { return Err(refused.failure) };
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn list(&self, after: Option<&str>) -> Result<Value, Refused> {
        let path = match (self.spec.dialect, after) {
            (Dialect::Anthropic, None) => "/v1/models?limit=1000".to_owned(),
            (Dialect::Anthropic, Some(after)) => format!("/v1/models?limit=1000&after_id={}", escaped(after)),
            _ => "/models".to_owned(),
        };
        let request = self.request(Method::GET, &path).await?;
        let mut response = self.send(request).await?;
        let body = self.body(&mut response, LIST).await?;
        serde_json::from_slice(&body).map_err(|error| {
            self.failed(FailureKind::BadAnswer, format!("the list of models cannot be read: {error}")).into()
        })
    }

    /// One try.
    async fn attempt(&self, request: &ChatRequest, leeway: Leeway, deltas: &mpsc::Sender<Delta>) -> Ended {
        let mut response = match self.ask(request, leeway).await {
            Ok(response) => response,
            Err(refused) => return Ended::Refused(refused),
        };
        let id = request_id(response.head.headers());
        let mut answer = Answer::new(self.spec.dialect, EVENT);
        let mut told = false;
        loop {
            let patience = if answer.is_complete() { LAST_WORDS } else { self.patience.idle };
            let news = match timeout(patience, response.chunk()).await {
                Ok(Ok(Some(chunk))) => answer.push(&chunk),
                Ok(Ok(None)) => answer.end(),
                // Complete is complete, however the connection ends.
                _ if answer.is_complete() => answer.end(),
                Ok(Err(fault)) => {
                    let message = format!("the answer broke off: {}", cause(&fault));
                    answer.fail(self.failed(FailureKind::Truncated, message))
                }
                Err(_) => {
                    let message = format!("nothing came for {} s; the answer was given up", patience.as_secs());
                    answer.fail(self.failed(FailureKind::TimedOut, message))
                }
            };
            if news.iter().any(|delta| matches!(delta, Delta::Stop(_))) {
                response.complete();
            }
            for mut delta in news {
                if let Delta::Failed(failure) = &mut delta {
                    failure.message = self.named(&failure.message);
                    failure.request_id = failure.request_id.take().or_else(|| id.clone());
                    if !told {
                        return Ended::Refused((**failure).clone().into());
                    }
                }
                told = true;
                if deltas.send(delta).await.is_err() {
                    return Ended::Told;
                }
            }
            if answer.is_over() {
                return Ended::Told;
            }
        }
    }

    /// How long to wait before asking again, if that may help.
    fn wait_before_retry(&self, refused: &Refused, tries: u32) -> Option<Duration> {
        if tries >= self.patience.retries || !failure::may_retry(&refused.failure, refused.should_retry) {
            return None;
        }
        let wait = failure::backoff(tries, refused.failure.retry_after, chance());
        (wait <= LONGEST_WAIT).then_some(wait)
    }

    fn leeway(&self, model: &str) -> Leeway {
        let vendor = self.spec.base_url.trim_end_matches('/') == usual_url(self.spec.dialect);
        self.learned().get(model).copied().unwrap_or_else(|| Leeway::new(vendor))
    }

    fn learned(&self) -> std::sync::MutexGuard<'_, HashMap<String, Leeway>> {
        self.leeway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something between 0 and 1 that differs from try to try: many clients must not come back at the same moment.
fn chance() -> f64 {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

/// A value for a query.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            write!(out, "%{byte:02X}").ok();
        }
        out
    })
}
