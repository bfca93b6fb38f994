//! Filling in the values of one server: what went wrong, and which secrets were used, is gathered on the way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Fault, FaultKind};
use crate::config::interpolate::{self, Unfilled};
use crate::config::{secret, target};

/// Fills in values and remembers what went wrong and which secrets were used.
pub(in crate::config) struct Filler<'a> {
    pub(in crate::config) env: &'a dyn Fn(&str) -> Option<String>,
    pub(in crate::config) explained: &'a BTreeMap<String, String>,
    pub(in crate::config) secrets: Vec<String>,
    pub(in crate::config) faults: Vec<Fault>,
}

impl Filler<'_> {
    pub(in crate::config) fn fault(&mut self, key: &str, kind: FaultKind) {
        self.faults.push(Fault { key: key.to_owned(), kind });
    }

    /// The value with its variables filled in; empty, with a fault noted, when that fails.
    pub(in crate::config) fn fill(&mut self, key: &str, template: &str) -> String {
        let secrets = &mut self.secrets;
        let filled = interpolate::expand(template, self.env, |name, value| {
            if secret::is_secret_name(name) {
                secret::push(secrets, value);
            }
        });
        match filled {
            Ok(value) => return value,
            Err(Unfilled::Missing(variables)) => {
                for variable in variables {
                    let explanation = self.explained.get(&variable).cloned();
                    let kind = FaultKind::MissingVariable { variable, explanation };
                    self.fault(key, kind);
                }
            }
            Err(Unfilled::Malformed(malformed)) => {
                self.fault(key, FaultKind::Value(malformed.to_string()));
            }
        }
        String::new()
    }

    pub(in crate::config) fn list(&mut self, key: &str, templates: &[String]) -> Vec<String> {
        let numbered = templates.iter().enumerate();
        numbered.map(|(index, template)| self.fill(&format!("{key}[{index}]"), template)).collect()
    }

    /// A filled in value whose leading `~/` is the home directory.
    pub(in crate::config) fn path(&mut self, key: &str, template: &str) -> String {
        let in_home = match template {
            "~" => Some(""),
            _ => template.strip_prefix("~/"),
        };
        let Some(rest) = in_home else {
            return self.fill(key, template);
        };
        let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let Some(home) = (self.env)(variable).filter(|home| !home.is_empty()) else {
            let message = format!("`~` needs `{variable}`, which is not set");
            self.fault(key, FaultKind::Value(message));
            return String::new();
        };
        let rest = self.fill(key, rest);
        Path::new(&home).join(rest).to_string_lossy().into_owned()
    }

    /// A path made absolute against the current directory.
    pub(in crate::config) fn absolute(&mut self, key: &str, template: &str) -> PathBuf {
        let faults = self.faults.len();
        let path = self.path(key, template);
        if self.faults.len() > faults {
            return PathBuf::new();
        }
        std::path::absolute(&path).unwrap_or_else(|error| {
            self.fault(key, FaultKind::Value(format!("not a path: {error}")));
            PathBuf::new()
        })
    }

    pub(in crate::config) fn url(&mut self, key: &str, template: &str) -> String {
        let faults = self.faults.len();
        let url = self.fill(key, template);
        if self.faults.len() == faults
            && let Err(message) = target::check_url(&url)
        {
            self.fault(key, FaultKind::Value(message));
        }
        url
    }

    pub(in crate::config) fn headers(&mut self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let mut filled = Vec::new();
        for (name, template) in headers {
            let key = format!("headers.{name}");
            let value = self.fill(&key, template);
            if http::HeaderValue::from_str(&value).is_err() {
                // The value is not repeated: it is likely a secret.
                let message = "the value holds a line break or another character that no header may hold";
                self.fault(&key, FaultKind::Value(message.to_owned()));
            }
            filled.push((name.clone(), value));
        }
        filled
    }
}
