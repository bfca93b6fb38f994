//! Decisions about a model's calls, made to last: in the journal before the call is made ([`Runtime::rule`]), as rules
//! in their own file ([`RuleFile`]), and which definitions were approved ([`PinFile`]).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::Runtime;
use crate::app::Event;
use crate::journal::{Redactor, now};
use crate::model::approval::{Pin, Ruling};
use crate::model::call::Operation;
use crate::model::fingerprint::Fingerprint;
use crate::model::id::{CallId, ServerId};
use crate::model::policy::{Rule, Source};
use crate::replace;

/// A disk that takes longer than this to keep a decision has failed to.
const KEEPING: Duration = Duration::from_secs(10);
/// Pins kept; the ones approved last stay.
const PINS: usize = 5_000;
/// What a new file of rules begins with.
const HEADER: &str = "# Rules about what a model may call. `config.example.toml` explains them.\n";

impl Runtime {
    /// Writes a decision down and reports when that is done, if a call waits for it. Does not wait itself.
    pub(super) fn rule(&self, ruling: Ruling, server: ServerId, call: Option<(CallId, Operation)>) {
        let (Some(engine), Some(session)) = (&self.engine, self.state.session(server)) else { return };
        let redactor = Redactor::new(session.spec.secrets.iter().map(String::as_str)).beside(&self.keys);
        let tap = self.journal.tap(server, &session.spec.name, redactor);
        let (journal, events) = (self.journal.clone(), self.sender.clone());
        engine.spawn(async move {
            let keep = async {
                tap.ruling(&ruling).await;
                journal.sync().await
            };
            let late = || Err(format!("the disk took longer than {} s", KEEPING.as_secs()));
            let kept = tokio::time::timeout(KEEPING, keep).await.unwrap_or_else(|_| late());
            if let Some((call, operation)) = call {
                // The receiver is gone only when the run is over.
                events.send(Event::Ruled { at: now(), server, call, operation, kept }).await.ok();
            }
        });
    }

    pub(super) fn save_rule(&self, rule: Rule) {
        let Some(engine) = &self.engine else { return };
        let (file, events) = (self.rules.clone(), self.sender.clone());
        engine.spawn(async move {
            let saved = tokio::task::spawn_blocking(move || file.add(rule)).await;
            let saved = saved.unwrap_or_else(|_| Err("it could not be written".into()));
            events.send(Event::RuleSaved { at: now(), saved: saved.map(Box::new) }).await.ok();
        });
    }

    pub(super) fn keep_pin(&self, server: Fingerprint, tool: String, pin: Pin) {
        let (Some(engine), file) = (&self.engine, self.pins.clone()) else { return };
        engine.spawn_blocking(move || {
            if let Err(why) = file.keep(server, tool, pin) {
                tracing::warn!("{why}");
            }
        });
    }
}

/// The file of rules that are made in approvals.
#[derive(Clone, Debug)]
pub(super) struct RuleFile(pub(super) Option<PathBuf>);

impl RuleFile {
    /// Adds a rule at the end, leaving the rest as it is. Returns it with its place. The error is for a person.
    pub(super) fn add(&self, rule: Rule) -> Result<Rule, String> {
        let path = self.0.as_ref().ok_or("no place for rules is known (HOME is not set)")?;
        let failed = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        let before = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => None,
            Err(fault) => return Err(failed(&fault)),
        };
        let mut text = before.clone().unwrap_or_else(|| HEADER.to_owned());
        let number = count(&text).map_err(|why| failed(&why))? + 1;
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(end);
        }
        let day = jiff::Timestamp::now().strftime("%Y-%m-%d");
        let remark = format!("Approved on {day}. Void when the tool's definition or the server changes.");
        text.push_str(end);
        text.push_str(&rule.to_toml(&remark).replace('\n', end));
        // What was there may make what is added something else (an inline `rules = […]`).
        if count(&text).ok() != Some(number) {
            return Err(failed(&"its rules are not `[[rules]]` tables; write them so"));
        }
        let target = replace::target(path).map_err(|fault| failed(&fault))?;
        replace::replace(&target, before.as_deref(), &text).map_err(|fault| failed(&fault))?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Rule { source: Source::File { file, number }, ..rule })
    }
}

fn count(text: &str) -> Result<usize, String> {
    let table: toml::Table = text.parse().map_err(|fault: toml::de::Error| format!("not TOML: {}", fault.message()))?;
    Ok(table.get("rules").and_then(toml::Value::as_array).map_or(0, Vec::len))
}

/// Which definitions were approved.
#[derive(Clone, Debug)]
pub(super) struct PinFile(pub(super) Option<PathBuf>);

#[derive(serde::Serialize, serde::Deserialize)]
struct PinLine {
    server: Fingerprint,
    tool: String,
    #[serde(flatten)]
    pin: Pin,
}

impl PinFile {
    /// The pins in it. A file that cannot be read is an empty one: what it held is asked for again.
    pub(super) fn read(&self) -> BTreeMap<(Fingerprint, String), Pin> {
        let text = self.0.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        let lines: Vec<PinLine> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        lines.into_iter().map(|line| ((line.server, line.tool), line.pin)).collect()
    }

    /// Keeps a pin beside those that other runs may have put there in the meantime. The error is for a person.
    pub(super) fn keep(&self, server: Fingerprint, tool: String, pin: Pin) -> Result<(), String> {
        let Some(path) = &self.0 else { return Ok(()) };
        let mut pins = self.read();
        pins.insert((server, tool), pin);
        let mut lines: Vec<PinLine> =
            pins.into_iter().map(|((server, tool), pin)| PinLine { server, tool, pin }).collect();
        lines.sort_by_key(|line| line.pin.at);
        lines.drain(..lines.len().saturating_sub(PINS));
        let text = serde_json::to_string_pretty(&lines).map_err(|fault| fault.to_string())?;
        replace::replace(path, None, &text)
            .map(drop)
            .map_err(|fault| format!("cannot keep pins in {}: {fault}", path.display()))
    }
}
