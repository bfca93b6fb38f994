//! How one server is reached and what it is allowed to cost: [`ServerSpec`].
//!
//! The config file, foreign `mcp.json` files and the command line all end in this type; the
//! session actor starts from it. Where it was read from is kept for people only.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::sampling::Rules;

/// Everything a session needs to know about its server before it connects.
#[derive(Clone, PartialEq, Debug)]
pub struct ServerSpec {
    /// The name people use for it; unique in one run.
    pub name: String,
    /// What it is listed with; `None`: with all that are in no group.
    pub group: Option<String>,
    /// How to reach it.
    pub launch: Launch,
    /// Which revision to speak.
    pub protocol: ProtocolChoice,
    /// How long anything may take.
    pub timeouts: Timeouts,
    /// How much anything may weigh.
    pub limits: Limits,
    /// What happens when it dies by itself.
    pub restart: Restart,
    /// Directories told to the server as roots (absolute paths).
    pub roots: Vec<PathBuf>,
    /// The level asked of server logging (`debug` … `emergency`); `None` asks nothing.
    pub log_level: Option<String>,
    /// Whether its log messages are told one by one, for a front end that has no log to read them in.
    pub tell_logs: bool,
    /// What the server may ask of us.
    pub offers: Offers,
    /// What it may ask of a model.
    pub sampling: Rules,
    /// Whether its tools' claims about themselves are believed.
    pub trusted: bool,
    /// Who says so, for each key of the config that somebody set; what is missing is as it is by default.
    pub origins: BTreeMap<String, String>,
    /// The words of a command line that name it again; none: it is in the config under its name.
    pub named: Vec<String>,
    /// Values that must never be kept or shown: they are replaced in headers, the command line and frames.
    pub secrets: Vec<String>,
}

/// The way to the server.
#[derive(Clone, PartialEq, Debug)]
pub enum Launch {
    /// A child process that speaks over its standard streams.
    Stdio {
        /// The program, looked up in `PATH`. Never a shell line.
        command: String,
        /// Its arguments, one each.
        args: Vec<String>,
        /// Variables added to its environment.
        env: Vec<(String, String)>,
        /// Its working directory; ours when `None`.
        cwd: Option<PathBuf>,
    },
    /// An HTTP endpoint.
    Http {
        /// The endpoint, `http` or `https`.
        url: String,
        /// Headers added to every request.
        headers: Vec<(String, String)>,
        /// Which of the two HTTP transports.
        kind: HttpKind,
    },
}

/// Which HTTP transport to use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HttpKind {
    /// Streamable HTTP, falling back to HTTP+SSE where the endpoint says so.
    #[default]
    Auto,
    /// Streamable HTTP alone.
    Streamable,
    /// The HTTP+SSE transport of 2024-11-05 alone.
    Sse,
}

/// Which protocol revision to speak.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ProtocolChoice {
    /// Probe for the modern era, fall back to the legacy handshake.
    #[default]
    Auto,
    /// Exactly this revision, e.g. `2025-06-18`.
    Pinned(String),
}

/// The revisions this client speaks, newest first.
pub const REVISIONS: [&str; 5] = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Whether `revision` belongs to the modern era (stateless, 2026-07-28 and later).
pub fn is_modern(revision: &str) -> bool {
    revision >= "2026-07-28"
}

/// How long anything may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// From start to a finished handshake.
    pub connect: Duration,
    /// How long an unknown server may leave the era probe unanswered before the legacy handshake is tried.
    pub probe: Duration,
    /// A request without news (its answer or progress).
    pub request: Duration,
    /// A request at all, however much progress it reports.
    pub request_max: Duration,
    /// A frame the server does not read.
    pub write: Duration,
    /// Between two pings of a legacy server; `None` sends none. The modern era has no ping.
    pub ping: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            probe: Duration::from_secs(3),
            request: Duration::from_mins(1),
            request_max: Duration::from_mins(10),
            write: Duration::from_secs(10),
            ping: None,
        }
    }
}

/// How much anything may weigh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// One frame, in bytes; a longer one is cut in the journal and fails its call.
    pub frame_bytes: usize,
    /// Pages of one list.
    pub pages: usize,
    /// Items of one list, over all its pages.
    pub items: usize,
    /// Rounds of questions of one request before a person is asked whether it goes on.
    pub rounds: usize,
    /// Memory of a child process and of each of its children, in bytes (address space); `None` sets no limit.
    pub memory: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: 16 * 1024 * 1024, pages: 1_000, items: 50_000, rounds: 10, memory: None }
    }
}

/// What the client offers to answer. What is not offered is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offers {
    /// Forms and web pages for a person.
    pub elicitation: bool,
    /// Messages of a model, or of a person in its place.
    pub sampling: bool,
    /// Directories, also while there are none: they can be named later in the run.
    pub roots: bool,
}

impl Default for Offers {
    fn default() -> Self {
        Self { elicitation: true, sampling: true, roots: true }
    }
}

/// What happens when a server dies by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Restart {
    /// It stays down until somebody restarts it.
    #[default]
    Never,
    /// It is started again, with growing pauses; calls in flight are not sent again.
    OnFailure,
}

impl ServerSpec {
    /// A spec with default deadlines and limits.
    pub fn new(name: impl Into<String>, launch: Launch) -> Self {
        Self {
            name: name.into(),
            group: None,
            launch,
            protocol: ProtocolChoice::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            restart: Restart::default(),
            roots: Vec::new(),
            log_level: None,
            tell_logs: false,
            offers: Offers::default(),
            sampling: Rules::default(),
            trusted: false,
            origins: BTreeMap::new(),
            named: Vec::new(),
            secrets: Vec::new(),
        }
    }
}
