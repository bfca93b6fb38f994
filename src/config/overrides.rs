//! The connection options of the command line, put over a server from wherever it came.

use std::path::PathBuf;

use super::origins::COMMAND_LINE;
use super::quantity::duration;
use super::server::LOG_LEVELS;
use super::suggest::nearest;
use super::{TargetError, secret};
use crate::model::server::{HttpKind, Launch, ProtocolChoice, REVISIONS, ServerSpec};

/// How a server is reached, as `transport` and `--transport` say it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Transport {
    /// By what is given: a command speaks stdio, a URL HTTP of whichever kind answers.
    #[default]
    Auto,
    /// Standard streams of a child process.
    Stdio,
    /// Streamable HTTP alone.
    Http,
    /// The old HTTP+SSE alone.
    Sse,
}

/// `--header`, `-e`, `--cwd` and the others, as they were typed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Overrides {
    /// `Name: Value`, each.
    pub headers: Vec<String>,
    /// `KEY=VALUE`, each.
    pub env: Vec<String>,
    /// The child's working directory.
    pub cwd: Option<PathBuf>,
    /// The transport.
    pub transport: Transport,
    /// `auto` or a revision.
    pub protocol_version: Option<String>,
    /// Seconds until the handshake must be over.
    pub connect_timeout: Option<f64>,
    /// Seconds a request may be without news.
    pub timeout: Option<f64>,
    /// Directories told to the server.
    pub roots: Vec<PathBuf>,
    /// The level asked of server logging.
    pub log_level: Option<String>,
}

impl Overrides {
    /// Puts the options over `spec`. An option that means nothing for such a server is an error: it would be
    /// ignored in silence otherwise.
    pub fn apply(&self, spec: &mut ServerSpec) -> Result<(), TargetError> {
        match &mut spec.launch {
            Launch::Stdio { env, cwd, .. } => {
                if !self.headers.is_empty() {
                    return Err(refuse("--header", "only a server with a URL has headers"));
                }
                if matches!(self.transport, Transport::Http | Transport::Sse) {
                    return Err(refuse("--transport", "a command speaks stdio; HTTP needs a URL"));
                }
                for given in &self.env {
                    let (key, value) = variable(given)?;
                    env.retain(|(known, _)| known != key);
                    env.push((key.to_owned(), value.to_owned()));
                }
                if let Some(dir) = &self.cwd {
                    if !dir.is_dir() {
                        return Err(refuse("--cwd", &format!("{}: no such directory", dir.display())));
                    }
                    *cwd = Some(absolute(dir));
                }
            }
            Launch::Http { headers, kind, .. } => {
                if !self.env.is_empty() {
                    return Err(refuse("-e", "only a server started by a command has an environment"));
                }
                if self.cwd.is_some() {
                    return Err(refuse("--cwd", "only a server started by a command has a directory"));
                }
                match self.transport {
                    Transport::Auto => {}
                    Transport::Http => *kind = HttpKind::Streamable,
                    Transport::Sse => *kind = HttpKind::Sse,
                    Transport::Stdio => {
                        return Err(refuse("--transport", "a URL is HTTP; stdio needs a command"));
                    }
                }
                for given in &self.headers {
                    let (name, value) = header(given)?;
                    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        if let Some(version) = &self.protocol_version {
            spec.protocol = protocol(version)?;
        }
        if let Some(seconds) = self.connect_timeout {
            spec.timeouts.connect = time("--connect-timeout", seconds)?;
        }
        if let Some(seconds) = self.timeout {
            spec.timeouts.request = time("--timeout", seconds)?;
            spec.timeouts.request_max = spec.timeouts.request_max.max(spec.timeouts.request);
        }
        if !self.roots.is_empty() {
            spec.roots = self.roots.iter().map(absolute).collect();
        }
        if let Some(level) = &self.log_level {
            if !LOG_LEVELS.contains(&level.as_str()) {
                return Err(refuse("--log-level", &unknown(level, &LOG_LEVELS)));
            }
            spec.log_level = Some(level.clone());
        }
        secret::collect(&spec.launch, &mut spec.secrets);
        for key in self.keys() {
            spec.origins.insert(key, COMMAND_LINE.to_owned());
        }
        Ok(())
    }

    /// The keys of the config that are put over what a file says.
    fn keys(&self) -> Vec<String> {
        let named = |table: &str, given: &[String], end: char| {
            let name = |text: &String| text.split(end).next().unwrap_or_default().trim().to_owned();
            given.iter().map(|text| format!("{table}.{}", name(text))).collect::<Vec<_>>()
        };
        let mut keys = named("headers", &self.headers, ':');
        keys.extend(named("env", &self.env, '='));
        let said = [
            ("cwd", self.cwd.is_some()),
            ("transport", self.transport != Transport::Auto),
            ("protocol_version", self.protocol_version.is_some()),
            ("connect_timeout", self.connect_timeout.is_some()),
            ("timeout", self.timeout.is_some()),
            ("roots", !self.roots.is_empty()),
            ("log_level", self.log_level.is_some()),
        ];
        keys.extend(said.into_iter().filter(|(_, said)| *said).map(|(key, _)| key.to_owned()));
        keys
    }
}

fn refuse(option: &'static str, message: &str) -> TargetError {
    TargetError::Option { option, message: message.to_owned() }
}

fn absolute(path: &PathBuf) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.clone())
}

fn variable(given: &str) -> Result<(&str, &str), TargetError> {
    given.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| refuse("-e", "expected KEY=VALUE"))
}

fn header(given: &str) -> Result<(&str, &str), TargetError> {
    // What was given is not repeated: it may be a secret that lacks its name.
    let (name, value) = given.split_once(':').ok_or_else(|| refuse("--header", "expected 'Name: Value'"))?;
    let (name, value) = (name.trim(), value.trim());
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(refuse("--header", &format!("`{}` is not a name for a header", name.escape_debug())));
    }
    if http::HeaderValue::from_str(value).is_err() {
        let message = format!("{name}: the value holds a character that no header may hold");
        return Err(refuse("--header", &message));
    }
    Ok((name, value))
}

fn protocol(version: &str) -> Result<ProtocolChoice, TargetError> {
    if version == "auto" {
        return Ok(ProtocolChoice::Auto);
    }
    if REVISIONS.contains(&version) {
        return Ok(ProtocolChoice::Pinned(version.to_owned()));
    }
    let mut known = vec!["auto"];
    known.extend(REVISIONS);
    Err(refuse("--protocol-version", &unknown(version, &known)))
}

fn time(option: &'static str, seconds: f64) -> Result<std::time::Duration, TargetError> {
    duration(seconds).ok_or_else(|| refuse(option, "expected seconds, more than 0 and at most a year"))
}

fn unknown(word: &str, known: &[&str]) -> String {
    let meant =
        nearest(word, known.iter().copied()).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    format!("unknown `{}`; {meant}known: {}", word.escape_debug(), known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn stdio() -> ServerSpec {
        let launch =
            Launch::Stdio { command: "x".into(), args: Vec::new(), env: vec![("A".into(), "old".into())], cwd: None };
        ServerSpec::new("s", launch)
    }

    fn http() -> ServerSpec {
        let launch = Launch::Http {
            url: "https://h/".into(),
            headers: vec![("authorization".into(), "Bearer oldtoken".into())],
            kind: HttpKind::Auto,
        };
        ServerSpec::new("s", launch)
    }

    #[test]
    fn options_are_put_over_the_server() {
        let overrides = Overrides {
            env: vec!["A=new".into(), "B_TOKEN=a=bc".into()],
            timeout: Some(900.0),
            log_level: Some("warning".into()),
            protocol_version: Some("2025-06-18".into()),
            ..Overrides::default()
        };
        let mut spec = stdio();
        overrides.apply(&mut spec).expect("fits");
        let Launch::Stdio { env, .. } = &spec.launch else {
            panic!("still stdio");
        };
        assert_eq!(env, &[("A".to_owned(), "new".to_owned()), ("B_TOKEN".to_owned(), "a=bc".to_owned())]);
        assert_eq!(spec.timeouts.request_max, Duration::from_mins(15));
        assert_eq!(spec.protocol, ProtocolChoice::Pinned("2025-06-18".into()));
        assert_eq!(spec.secrets, ["a=bc"]);

        let overrides = Overrides {
            headers: vec!["Authorization: Bearer newtoken".into()],
            transport: Transport::Sse,
            ..Overrides::default()
        };
        let mut spec = http();
        overrides.apply(&mut spec).expect("fits");
        let Launch::Http { headers, kind, .. } = &spec.launch else {
            panic!("still http");
        };
        assert_eq!(headers, &[("Authorization".to_owned(), "Bearer newtoken".to_owned())]);
        assert_eq!(*kind, HttpKind::Sse);
        assert_eq!(spec.secrets, ["newtoken"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let none = Overrides::default;
        for (spec, overrides, expected) in [
            (
                stdio(),
                Overrides { headers: vec!["A: b".into()], ..none() },
                "--header: only a server with a URL has headers",
            ),
            (
                http(),
                Overrides { env: vec!["A=b".into()], ..none() },
                "-e: only a server started by a command has an environment",
            ),
            (http(), Overrides { headers: vec!["Ab".into()], ..none() }, "--header: expected 'Name: Value'"),
            (
                http(),
                Overrides { headers: vec!["A b: c".into()], ..none() },
                "--header: `A b` is not a name for a header",
            ),
            (
                http(),
                Overrides { headers: vec!["A: b\nC: d".into()], ..none() },
                "--header: A: the value holds a character that no header may hold",
            ),
            (stdio(), Overrides { env: vec!["=b".into()], ..none() }, "-e: expected KEY=VALUE"),
            (
                stdio(),
                Overrides { timeout: Some(0.0), ..none() },
                "--timeout: expected seconds, more than 0 and at most a year",
            ),
            (
                stdio(),
                Overrides { transport: Transport::Http, ..none() },
                "--transport: a command speaks stdio; HTTP needs a URL",
            ),
            (
                stdio(),
                Overrides { cwd: Some("/no/such/dir".into()), ..none() },
                "--cwd: /no/such/dir: no such directory",
            ),
            (
                stdio(),
                Overrides { log_level: Some("warn".into()), ..none() },
                "--log-level: unknown `warn`; known: debug, info, notice, warning, error, critical, alert, emergency",
            ),
            (
                stdio(),
                Overrides { protocol_version: Some("2025-06-19".into()), ..none() },
                "--protocol-version: unknown `2025-06-19`; did you mean `2025-06-18`? known: auto, 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05",
            ),
        ] {
            let mut spec = spec;
            let error = overrides.apply(&mut spec).expect_err(expected);
            assert_eq!(error.to_string(), expected);
        }
    }
}
