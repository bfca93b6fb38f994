//! Everything that can end a command badly, and the one table of exit codes: [`Failed`].

use std::fmt;

use serde_json::{Map, Value, json};

use crate::cli::startup::StartError;
use crate::config::TargetError;
use crate::model::call::Failure;
use crate::model::json::RawJson;
use crate::model::session::{DownReason, Session};

/// Lines of a dead server's standard error that are shown.
const STDERR_SHOWN: usize = 10;

/// What kind of failure it is; the word is a part of the contract, as is the exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Something that was typed makes no sense.
    Usage,
    /// A config file is wrong.
    Config,
    /// The server answered with a JSON-RPC error.
    Rpc,
    /// The server breaks the protocol.
    Protocol,
    /// The request makes no sense for this server, so that it was not sent.
    Refused,
    /// A script expected something else.
    Expectation,
    /// The server wants authorization.
    Unauthorized,
    /// The server could not be reached or started.
    Unreachable,
    /// The server went away.
    Died,
    /// The tool says that it failed.
    Tool,
    /// There is no such tool.
    NoSuchTool,
    /// A provider of models refused or failed.
    Provider,
    /// A model went as far as it may go by itself.
    Limit,
    /// A person said no.
    Declined,
    /// It took too long.
    TimedOut,
    /// Somebody interrupted it.
    Interrupted,
    /// Anything else: files, disks, ourselves.
    Unexpected,
}

impl Kind {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Config => "config",
            Kind::Rpc => "rpc-error",
            Kind::Protocol => "protocol",
            Kind::Refused => "refused",
            Kind::Expectation => "expectation",
            Kind::Unauthorized => "unauthorized",
            Kind::Unreachable => "unreachable",
            Kind::Died => "died",
            Kind::Tool => "tool-error",
            Kind::NoSuchTool => "no-such-tool",
            Kind::Provider => "provider",
            Kind::Limit => "limit",
            Kind::Declined => "declined",
            Kind::TimedOut => "timeout",
            Kind::Interrupted => "interrupted",
            Kind::Unexpected => "unexpected",
        }
    }

    /// The exit code.
    pub fn exit(self) -> u8 {
        match self {
            Kind::Rpc
            | Kind::Protocol
            | Kind::Refused
            | Kind::Expectation
            | Kind::Provider
            | Kind::Limit
            | Kind::Unexpected => 1,
            Kind::Usage | Kind::Config => 2,
            Kind::Unauthorized => 3,
            Kind::Unreachable | Kind::Died => 4,
            Kind::Tool | Kind::NoSuchTool => 5,
            Kind::Declined => 6,
            Kind::TimedOut => 124,
            Kind::Interrupted => 130,
        }
    }
}

/// Why a command failed. Its texts may be foreign: they are escaped where they are printed.
#[derive(Clone, PartialEq, Debug)]
pub struct Failed {
    /// What kind.
    pub kind: Kind,
    /// What went wrong and what to do.
    pub message: String,
    /// More of it, a line each: violations, the problems of a file.
    pub details: Vec<String>,
    /// The server it is about.
    pub server: Option<String>,
    /// The last lines of that server's standard error, if it died.
    pub stderr: Vec<String>,
    /// The code and the data of a JSON-RPC error.
    pub rpc: Option<Box<(i64, Option<RawJson>)>>,
}

impl Failed {
    /// A failure of some kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: vec![], server: None, stderr: vec![], rpc: None }
    }

    /// Something that was typed makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Files, disks, ourselves.
    pub fn unexpected(message: impl Into<String>) -> Self {
        Self::new(Kind::Unexpected, message)
    }

    /// Somebody interrupted it.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    /// More lines about it.
    #[must_use]
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// The exit code.
    pub fn exit(&self) -> u8 {
        self.kind.exit()
    }

    /// A request that has no result.
    pub fn of_call(failure: &Failure, session: &Session) -> Self {
        let kind = match failure {
            Failure::Rpc { .. } => Kind::Rpc,
            Failure::BadAnswer(_) => Kind::Protocol,
            Failure::Declined(_) => Kind::Declined,
            Failure::Refused(_) => Kind::Refused,
            Failure::TimedOut(_) => Kind::TimedOut,
            Failure::Cancelled(_) => Kind::Interrupted,
            Failure::Unreachable(_) => Kind::Unreachable,
            Failure::Unauthorized(_) => Kind::Unauthorized,
        };
        let mut failed = Self::new(kind, failure.to_string());
        if let Failure::Rpc { code, data, .. } = failure {
            failed.rpc = Some(Box::new((*code, data.clone())));
        }
        if let (Failure::Unreachable(_), crate::model::session::Status::Down { reason, .. }) =
            (failure, &session.status)
            && matches!(reason, DownReason::Exited { .. } | DownReason::Lost(_))
        {
            failed.kind = Kind::Died;
            let why = reason.to_string();
            if !failed.message.contains(&why) {
                failed.message = format!("{}; the server {why}", failed.message);
            }
        }
        failed.about(session)
    }

    /// A server that cannot be used.
    pub fn of_down(reason: &DownReason, session: &Session) -> Self {
        let kind = match reason {
            DownReason::Unreachable(_) | DownReason::Stopped => Kind::Unreachable,
            DownReason::Exited { .. } | DownReason::Lost(_) => Kind::Died,
            DownReason::Protocol(_) => Kind::Protocol,
            DownReason::TimedOut(_) => Kind::TimedOut,
            DownReason::Unauthorized(_) => Kind::Unauthorized,
        };
        let message = match reason {
            DownReason::Exited { status, .. } => format!("the server {status}"),
            other => other.to_string(),
        };
        Self::new(kind, message).about(session)
    }

    fn about(mut self, session: &Session) -> Self {
        self.server = Some(session.spec.name.clone());
        if matches!(self.kind, Kind::Died | Kind::Unreachable | Kind::TimedOut) {
            let skip = session.stderr.len().saturating_sub(STDERR_SHOWN);
            self.stderr = session.stderr.iter().skip(skip).cloned().collect();
        }
        self
    }

    /// As scripts read it: the value of `error`.
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("kind".into(), self.kind.word().into());
        error.insert("message".into(), self.message.clone().into());
        if let Some(server) = &self.server {
            error.insert("server".into(), server.clone().into());
        }
        if let Some((code, data)) = self.rpc.as_deref() {
            error.insert("code".into(), json!(code));
            if let Some(data) = data {
                // Data too deep for a value is still worth its text.
                let value = data.to_value().unwrap_or_else(|_| data.as_str().into());
                error.insert("data".into(), value);
            }
        }
        if !self.details.is_empty() {
            error.insert("details".into(), json!(self.details));
        }
        if !self.stderr.is_empty() {
            error.insert("stderr".into(), json!(self.stderr));
        }
        Value::Object(error)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Many a message begins with the name already.
        if let Some(server) = self.server.as_ref().filter(|server| !self.message.starts_with(server.as_str())) {
            write!(f, "{server}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        let kind = match &error {
            StartError::Config(_) | StartError::Resolve(_) => Kind::Config,
            // The script or its interpreter is not there: the server cannot be started.
            StartError::Target(TargetError::NoFile(_) | TargetError::NoInterpreter { .. }) => Kind::Unreachable,
            StartError::Target(_) | StartError::Usage(_) => Kind::Usage,
            StartError::Journal(_) => Kind::Unexpected,
        };
        let text = error.to_string();
        let mut lines = text.lines().map(str::to_owned);
        let message = lines.next().unwrap_or_default();
        Self::new(kind, message).with_details(lines.collect())
    }
}

impl From<crate::config::ResolveError> for Failed {
    fn from(error: crate::config::ResolveError) -> Self {
        StartError::from(error).into()
    }
}

impl From<crate::config::ConfigError> for Failed {
    fn from(error: crate::config::ConfigError) -> Self {
        StartError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::Moment;
    use crate::model::id::ServerId;
    use crate::model::server::{Launch, ServerSpec};
    use crate::model::session::Status;

    fn session() -> Session {
        let launch = Launch::Stdio { command: "x".into(), args: vec![], env: vec![], cwd: None };
        Session::new(ServerId(0), ServerSpec::new("s", launch))
    }

    #[test]
    fn every_failure_of_a_call_has_its_exit_code() {
        let text = || "why".to_owned();
        for (failure, exit) in [
            (Failure::Rpc { code: -32601, message: text(), data: None }, 1),
            (Failure::BadAnswer(text()), 1),
            (Failure::Refused(text()), 1),
            (Failure::TimedOut(text()), 124),
            (Failure::Cancelled(text()), 130),
            (Failure::Unreachable(text()), 4),
            (Failure::Unauthorized(text()), 3),
        ] {
            assert_eq!(Failed::of_call(&failure, &session()).exit(), exit, "{failure:?}");
        }
    }

    #[test]
    fn every_end_of_a_session_has_its_exit_code() {
        let text = || "why".to_owned();
        for (reason, exit) in [
            (DownReason::Stopped, 4),
            (DownReason::Unreachable(text()), 4),
            (DownReason::Exited { status: text(), clean: true }, 4),
            (DownReason::Lost(text()), 4),
            (DownReason::Protocol(text()), 1),
            (DownReason::TimedOut(text()), 124),
            (DownReason::Unauthorized(text()), 3),
        ] {
            assert_eq!(Failed::of_down(&reason, &session()).exit(), exit, "{reason:?}");
        }
    }

    #[test]
    fn a_dead_server_is_told_with_its_last_words() {
        let mut session = session();
        session.stderr.extend((0..20).map(|n| format!("line {n}")));
        let reason = DownReason::Exited { status: "exited with status 3".into(), clean: false };
        session.status = Status::Down { since: Moment(0), reason, retry_at: None };
        let failed = Failed::of_call(&Failure::Unreachable("the connection ended".into()), &session);
        assert_eq!(failed.kind, Kind::Died);
        assert_eq!(failed.to_string(), "s: the connection ended; the server exited with status 3");
        assert_eq!(failed.stderr.first().map(String::as_str), Some("line 10"));
        assert_eq!(failed.to_json()["stderr"].as_array().map(Vec::len), Some(10));
    }

    #[test]
    fn data_of_an_error_stays_data() {
        let data = RawJson::parse(r#"{"a":[1]}"#).ok();
        let failure = Failure::Rpc { code: -3, message: "no".into(), data };
        let json = Failed::of_call(&failure, &session()).to_json();
        assert_eq!(json["code"], -3);
        assert_eq!(json["data"]["a"][0], 1);
        assert_eq!(json["kind"], "rpc-error");
    }
}
