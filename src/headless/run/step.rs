//! One line of a script: [`Step`], and what it amounts to once its references are filled in: [`Act`].

use super::expect::Test;
use super::reference::{names, substitute};
use crate::config::suggest::nearest;
use crate::model::call::ListKind;
use crate::model::json::{RawJson, scan};

/// The longest sleep, in milliseconds: a day.
const LONGEST_SLEEP: u64 = 86_400_000;

/// Operations and the members that each may have beside `op`, `as` and `allow_error`; those that it must have end in `!`.
const OPS: [(&str, &[&str]); 12] = [
    ("tools.list", &[]),
    ("tools.call", &["name!", "arguments"]),
    ("tools.call-all", &[]),
    ("resources.list", &[]),
    ("resources.read", &["uri!"]),
    ("prompts.list", &[]),
    ("prompts.get", &["name!", "arguments"]),
    ("skills.list", &[]),
    ("skills.load", &["uri!", "file"]),
    ("raw", &["method!", "params"]),
    ("sleep", &["ms!"]),
    ("expect", &["value!", "equals", "contains"]),
];

/// One line of a script, with its references still in it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Where it stands in the script.
    pub(super) line: usize,
    /// What it does.
    pub(super) op: &'static str,
    /// The name its result is kept under.
    pub(super) keep_as: Option<String>,
    /// Whether the run goes on when it fails.
    pub(super) allow_error: bool,
    members: Vec<(String, String)>,
}

/// What to do.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Act {
    List(ListKind),
    CallTool { name: String, arguments: RawJson },
    CallAll,
    Read { uri: String },
    LoadSkill { uri: String, file: Option<String> },
    GetPrompt { name: String, arguments: RawJson },
    Raw { method: String, params: Option<RawJson> },
    Sleep(u64),
    Expect { value: RawJson, test: Test },
}

impl Step {
    /// Reads a line.
    pub(super) fn parse(line: usize, text: &str) -> Result<Step, String> {
        let raw = RawJson::parse(text).map_err(|why| format!("not JSON: {why}"))?;
        if !raw.as_str().starts_with('{') {
            return Err(format!("a step is an object, got {}", scan::kind(raw.as_str())));
        }
        let op = string(raw.get("op").ok_or("a step needs \"op\"")?, "op")?;
        let Some((op, known)) = OPS.iter().find(|(name, _)| *name == op) else {
            let hint = match nearest(&op, OPS.iter().map(|(name, _)| *name)) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("known: {}", OPS.map(|(name, _)| name).join(", ")),
            };
            return Err(format!("unknown op \"{}\"; {hint}", op.escape_debug()));
        };
        let mut step = Step { line, op, keep_as: None, allow_error: false, members: Vec::new() };
        for (key, value) in scan::members(raw.as_str()) {
            let key = scan::decoded(key).unwrap_or_default().into_owned();
            match key.as_str() {
                "op" => {}
                "as" => step.keep_as = Some(named(&string(value, "as")?)?),
                "allow_error" => {
                    step.allow_error = match value {
                        "true" => true,
                        "false" => false,
                        _ => return Err("\"allow_error\": true or false is expected".into()),
                    }
                }
                _ if known.iter().any(|member| member.trim_end_matches('!') == key) => {
                    step.members.push((key, value.to_owned()));
                }
                _ => return Err(unknown_member(op, &key, known)),
            }
        }
        for member in known.iter().filter_map(|member| member.strip_suffix('!')) {
            if step.raw(member).is_none() {
                return Err(format!("\"{op}\" needs \"{member}\""));
            }
        }
        // Without references the line can be judged to its end.
        if step.names()?.is_empty() {
            step.act(&|_| None)?;
        } else if step.op == "expect" && step.raw("equals").is_some() == step.raw("contains").is_some() {
            return Err(ONE_TEST.into());
        }
        Ok(step)
    }

    /// The names that its references begin with.
    pub(super) fn names(&self) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for (_, value) in &self.members {
            found.extend(names(value)?);
        }
        Ok(found)
    }

    /// What it is about, for a person; not filled in.
    pub(super) fn subject(&self) -> Option<String> {
        ["name", "uri", "method"].iter().find_map(|key| string(self.raw(key)?, key).ok())
    }

    /// What to do, with references filled in from the results that `lookup` knows.
    pub(super) fn act<'a>(&self, lookup: &dyn Fn(&str) -> Option<&'a str>) -> Result<Act, String> {
        let filled = |key: &str| self.raw(key).map(|raw| substitute(raw, lookup)).transpose();
        let text = |key: &str| string(&filled(key)?.unwrap_or_default(), key);
        let json = |key: &str| {
            filled(key)?.map(|text| RawJson::parse(text).map_err(|why| format!("\"{key}\": {why}"))).transpose()
        };
        let arguments = || match json("arguments")? {
            None => Ok(RawJson::empty_object()),
            Some(arguments) if arguments.as_str().starts_with('{') => Ok(arguments),
            Some(other) => Err(format!("\"arguments\": an object is expected, got {}", scan::kind(other.as_str()))),
        };
        Ok(match self.op {
            "tools.list" => Act::List(ListKind::Tools),
            "resources.list" => Act::List(ListKind::Resources),
            "prompts.list" => Act::List(ListKind::Prompts),
            "skills.list" => Act::List(ListKind::Skills),
            "tools.call-all" => Act::CallAll,
            "tools.call" => Act::CallTool { name: text("name")?, arguments: arguments()? },
            "prompts.get" => Act::GetPrompt { name: text("name")?, arguments: arguments()? },
            "resources.read" => Act::Read { uri: text("uri")? },
            "skills.load" => {
                let file = filled("file")?.map(|raw| string(&raw, "file")).transpose()?;
                Act::LoadSkill { uri: text("uri")?, file }
            }
            "raw" => Act::Raw { method: text("method")?, params: json("params")? },
            "sleep" => Act::Sleep(milliseconds(&filled("ms")?.unwrap_or_default())?),
            _ => {
                let value = json("value")?.ok_or("\"expect\" needs \"value\"")?;
                let test = match (json("equals")?, json("contains")?) {
                    (Some(wanted), None) => Test::Equals(wanted),
                    (None, Some(part)) => Test::Contains(part),
                    _ => return Err(ONE_TEST.into()),
                };
                Act::Expect { value, test }
            }
        })
    }

    fn raw(&self, key: &str) -> Option<&str> {
        self.members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

const ONE_TEST: &str = "\"expect\" needs \"equals\" or \"contains\", one of them";

fn string(raw: &str, key: &str) -> Result<String, String> {
    match serde_json::from_str(raw) {
        Ok(text) => Ok(text),
        Err(_) => Err(format!("\"{key}\": a string is expected, got {}", scan::kind(raw))),
    }
}

fn milliseconds(raw: &str) -> Result<u64, String> {
    raw.parse()
        .ok()
        .filter(|ms| *ms <= LONGEST_SLEEP)
        .ok_or_else(|| "\"ms\": a whole number of milliseconds is expected, at most a day".to_owned())
}

/// A name that references can spell.
fn named(name: &str) -> Result<String, String> {
    let fine = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if fine { Ok(name.to_owned()) } else { Err("\"as\": letters, digits, `_` and `-` are expected".to_owned()) }
}

fn unknown_member(op: &str, key: &str, known: &[&str]) -> String {
    let mut all: Vec<&str> = known.iter().map(|member| member.trim_end_matches('!')).collect();
    all.extend(["as", "allow_error"]);
    let synonym = match key {
        "args" | "params" | "input" => Some("arguments").filter(|word| all.contains(word)),
        "tool" | "prompt" => Some("name").filter(|word| all.contains(word)),
        _ => None,
    };
    let key_shown = key.escape_debug();
    match synonym.or_else(|| nearest(key, all.iter().copied())) {
        Some(meant) => format!("\"{op}\" has no \"{key_shown}\"; did you mean \"{meant}\"?"),
        None => format!("\"{op}\" has no \"{key_shown}\"; known: {}", all.join(", ")),
    }
}
