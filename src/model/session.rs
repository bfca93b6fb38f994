//! One server as the host sees it: [`Session`]: its status, what it negotiated, what it offers.
//!
//! Items keep the server's JSON verbatim beside the few fields that are read; a malformed item is a
//! [`Item::Bad`] row, never a lost list.

mod items;

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};

use super::cache::Freshness;
use super::call::ListKind;
use super::change::ListChange;
use super::id::{Moment, ServerId};
use super::json::{RawJson, scan};
use super::server::ServerSpec;
use super::serverlog::ServerLog;
use super::skill::Skill;
pub use items::Items;

/// Lines of standard error kept at hand; the journal has them all.
pub const STDERR_KEPT: usize = 50;

/// One server of the run.
#[derive(Clone, PartialEq, Debug)]
pub struct Session {
    /// Its name in this run.
    pub id: ServerId,
    /// How it is reached.
    pub spec: ServerSpec,
    /// Where it stands.
    pub status: Status,
    /// What was agreed at the last successful connect. Kept when the server dies.
    pub negotiated: Option<Negotiated>,
    /// How often it was connected (1 = first).
    pub generation: u32,
    /// Its tools.
    pub tools: Listing,
    /// Its resources.
    pub resources: Listing,
    /// Its resource templates.
    pub templates: Listing,
    /// Its prompts.
    pub prompts: Listing,
    /// Its skills.
    pub skills: Listing,
    /// Resources whose changes the server tells us.
    pub subscribed: BTreeSet<String>,
    /// Resources that changed since they were last read.
    pub updated: BTreeSet<String>,
    /// A person has muted it: how many of its questions were declined unseen since then.
    pub muted: Option<u32>,
    /// The last round trip, in microseconds.
    pub latency: Option<u64>,
    /// Its log messages.
    pub messages: ServerLog,
    /// The last lines of standard error.
    pub stderr: VecDeque<String>,
    /// The last lines of standard output that were not JSON-RPC.
    pub noise: VecDeque<String>,
}

/// Where a session stands.
#[derive(Clone, PartialEq, Debug)]
pub enum Status {
    /// Not started.
    Idle,
    /// Starting, probing, shaking hands; the text says which.
    Connecting {
        /// Since when.
        since: Moment,
        /// What it is doing, in plain words.
        step: String,
    },
    /// Usable.
    Ready,
    /// Gone.
    Down {
        /// Since when.
        since: Moment,
        /// Why.
        reason: DownReason,
        /// When it will be tried again by itself.
        retry_at: Option<Moment>,
    },
}

/// Why a session is down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DownReason {
    /// A person stopped it.
    Stopped,
    /// It could not be started or reached.
    Unreachable(String),
    /// The process ended by itself.
    Exited {
        /// `exited with status 1`, `killed by signal 9 (SIGKILL)`.
        status: String,
        /// Whether the status is a success.
        clean: bool,
    },
    /// The connection was lost or given up.
    Lost(String),
    /// No common protocol revision, or a handshake that makes no sense.
    Protocol(String),
    /// The handshake took too long.
    TimedOut(String),
    /// The server wants authorization.
    Unauthorized(String),
}

impl std::fmt::Display for DownReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DownReason::Stopped => f.write_str("stopped"),
            DownReason::Exited { status, .. } => f.write_str(status),
            DownReason::Unreachable(why)
            | DownReason::Lost(why)
            | DownReason::Protocol(why)
            | DownReason::TimedOut(why)
            | DownReason::Unauthorized(why) => f.write_str(why),
        }
    }
}

/// What client and server agreed on.
#[derive(Clone, PartialEq, Debug)]
pub struct Negotiated {
    /// The revision spoken, e.g. `2025-11-25`.
    pub revision: String,
    /// Whether it is of the modern era.
    pub modern: bool,
    /// `stdio`, `http` or `sse`.
    pub transport: &'static str,
    /// Name and version as sent; `None` when the server did not say.
    pub server_info: Option<RawJson>,
    /// The capabilities as sent, verbatim.
    pub capabilities: RawJson,
    /// The server's instructions.
    pub instructions: Option<String>,
    /// The process id, or the endpoint's URL.
    pub peer: String,
    /// How long the handshake took, in microseconds.
    pub took: u64,
}

/// MCP Apps: tools with pages of HTML, which a terminal does not draw.
pub const APPS: &str = "io.modelcontextprotocol/ui";

impl Negotiated {
    /// The extensions that the server announces, at most 50 of them.
    pub fn extensions(&self) -> Vec<String> {
        let extensions = self.capabilities.get("extensions").unwrap_or_default();
        let names = scan::members(extensions).filter_map(|(name, _)| Some(scan::decoded(name)?.into_owned()));
        names.take(50).collect()
    }

    /// Whether the server announced this list.
    pub fn offers(&self, kind: ListKind) -> bool {
        if kind == ListKind::Skills {
            return self.extensions().iter().any(|name| name == kind.capability());
        }
        self.capabilities.get(kind.capability()).is_some_and(|text| text.trim() != "null")
    }
}

/// One list of a server.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Listing {
    /// Whether it can be trusted to be current.
    pub state: ListState,
    /// The items, in the server's order.
    pub items: Items,
    /// Another number whenever the items are others.
    pub revision: u64,
    /// Why the list ends before the server's end (caps, a repeated cursor), if it does.
    pub cut: Option<String>,
    /// Whether it was ever fetched.
    pub fetched: bool,
    /// How long it may be used without asking again, where the server says so.
    pub fresh: Option<Freshness>,
    /// What was different when it was last fetched again and not the same.
    pub change: Option<ListChange>,
}

/// Whether a listing is current.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum ListState {
    /// Never asked for.
    #[default]
    Unknown,
    /// The server does not offer it.
    Unsupported,
    /// Being fetched.
    Loading,
    /// As the server last sent it.
    Fresh,
    /// The server says that it changed, or it is gone.
    Stale,
    /// It could not be fetched.
    Failed(String),
}

/// One item of a list.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// An item with the required fields.
    Good {
        /// Its programmatic name (a tool's or prompt's `name`, a resource's or skill's `uri`, a template's `uriTemplate`).
        key: String,
        /// Its name for people: `title`, or a resource's or skill's `name`.
        title: Option<String>,
        /// Its description.
        description: Option<String>,
        /// The whole item, verbatim.
        raw: RawJson,
    },
    /// An item that cannot be used.
    Bad {
        /// What is wrong with it.
        problem: String,
        /// The whole item, verbatim.
        raw: RawJson,
    },
}

impl Item {
    /// Reads one item of a list, leniently: only what is needed to use it is required.
    pub fn read(kind: ListKind, raw: RawJson) -> Item {
        let required = match kind {
            ListKind::Skills => {
                return match Skill::read(&raw) {
                    Ok(skill) => Item::Good {
                        key: skill.uri,
                        title: Some(skill.name),
                        description: Some(skill.description),
                        raw,
                    },
                    Err(problem) => Item::Bad { problem, raw },
                };
            }
            ListKind::Tools | ListKind::Prompts => "name",
            ListKind::Resources => "uri",
            ListKind::Templates => "uriTemplate",
        };
        if !raw.as_str().trim_start().starts_with('{') {
            return Item::Bad { problem: "it is not an object".into(), raw };
        }
        let key = match string_member(&raw, required) {
            Ok(Some(key)) if !key.is_empty() => key,
            Ok(Some(_)) => return Item::Bad { problem: format!("its `{required}` is empty"), raw },
            Ok(None) => return Item::Bad { problem: format!("it has no `{required}`"), raw },
            Err(problem) => return Item::Bad { problem, raw },
        };
        if kind == ListKind::Tools {
            match raw.get("inputSchema").map(str::trim_start) {
                Some(schema) if schema.starts_with('{') => {}
                Some(_) => return Item::Bad { problem: "its `inputSchema` is not an object".into(), raw },
                None => return Item::Bad { problem: "it has no `inputSchema`".into(), raw },
            }
        }
        // Optional fields of the wrong type lose only themselves: the raw item still shows them.
        let title = string_member(&raw, "title").ok().flatten().or_else(|| match kind {
            ListKind::Resources | ListKind::Templates => string_member(&raw, "name").ok().flatten(),
            ListKind::Tools | ListKind::Prompts | ListKind::Skills => None,
        });
        let description = string_member(&raw, "description").ok().flatten();
        Item::Good { key, title, description, raw }
    }

    /// The item's name, if it has a usable one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Item::Good { key, .. } => Some(key),
            Item::Bad { .. } => None,
        }
    }

    /// What its server calls it, also where it cannot be used; `None` where that says nothing either. Foreign text.
    pub fn called(&self) -> Option<Cow<'_, str>> {
        match self {
            Item::Good { key, .. } => Some(Cow::Borrowed(key)),
            Item::Bad { raw, .. } => ["name", "uri", "uriTemplate"]
                .into_iter()
                .filter_map(|member| raw.get(member).map(str::trim).and_then(scan::decoded))
                .find(|name| !name.trim().is_empty()),
        }
    }

    /// The item as sent.
    pub fn raw(&self) -> &RawJson {
        match self {
            Item::Good { raw, .. } | Item::Bad { raw, .. } => raw,
        }
    }
}

fn string_member(raw: &RawJson, name: &str) -> Result<Option<String>, String> {
    match raw.get(name) {
        None => Ok(None),
        Some(text) => match serde_json::from_str::<Option<String>>(text) {
            Ok(value) => Ok(value),
            Err(_) => Err(format!("its `{name}` is not a string")),
        },
    }
}

impl Session {
    /// A session that was not started yet.
    pub fn new(id: ServerId, spec: ServerSpec) -> Self {
        Self {
            id,
            spec,
            status: Status::Idle,
            negotiated: None,
            generation: 0,
            tools: Listing::default(),
            resources: Listing::default(),
            templates: Listing::default(),
            prompts: Listing::default(),
            skills: Listing::default(),
            subscribed: BTreeSet::new(),
            updated: BTreeSet::new(),
            muted: None,
            latency: None,
            messages: ServerLog::default(),
            stderr: VecDeque::new(),
            noise: VecDeque::new(),
        }
    }

    /// The listing of one kind.
    pub fn listing(&self, kind: ListKind) -> &Listing {
        match kind {
            ListKind::Tools => &self.tools,
            ListKind::Resources => &self.resources,
            ListKind::Templates => &self.templates,
            ListKind::Prompts => &self.prompts,
            ListKind::Skills => &self.skills,
        }
    }

    /// The listing of one kind, to change it.
    pub fn listing_mut(&mut self, kind: ListKind) -> &mut Listing {
        match kind {
            ListKind::Tools => &mut self.tools,
            ListKind::Resources => &mut self.resources,
            ListKind::Templates => &mut self.templates,
            ListKind::Prompts => &mut self.prompts,
            ListKind::Skills => &mut self.skills,
        }
    }

    /// The item of this kind with this name. The first one wins when a server repeats a name.
    pub fn item(&self, kind: ListKind, key: &str) -> Option<&Item> {
        let items = &self.listing(kind).items;
        items.place(key).and_then(|at| items.get(at))
    }

    /// Whether calls of this tool can be tasks, where the server announces the experimental tasks of 2025-11-25:
    /// `required`, `optional`, `forbidden`. The modern era has no such member; there the server decides.
    pub fn task_support(&self, tool: &str) -> Option<&'static str> {
        let agreed = self.negotiated.as_ref().filter(|agreed| !agreed.modern)?;
        let path = ["tasks", "requests", "tools", "call"];
        path.iter().try_fold(agreed.capabilities.as_str(), |part, name| scan::member(part, name))?;
        let execution = self.item(ListKind::Tools, tool)?.raw().get("execution")?;
        match scan::member(execution, "taskSupport")?.trim() {
            "\"required\"" => Some("required"),
            "\"optional\"" => Some("optional"),
            _ => Some("forbidden"),
        }
    }

    /// Whether the server says that it suggests values for arguments.
    pub fn completes(&self) -> bool {
        self.negotiated.as_ref().is_some_and(|agreed| agreed.capabilities.get("completions").is_some())
    }

    /// Whether the server lists its tasks by itself (2025-11-25); the modern era has no such request.
    pub fn lists_tasks(&self) -> bool {
        self.negotiated.as_ref().is_some_and(|agreed| {
            let tasks = agreed.capabilities.get("tasks").unwrap_or_default();
            !agreed.modern && scan::member(tasks, "list").is_some()
        })
    }

    /// Whether it says that calls may become tasks, in the way of its era.
    pub fn has_tasks(&self) -> bool {
        self.negotiated.as_ref().is_some_and(|agreed| {
            if agreed.modern {
                agreed.extensions().iter().any(|name| name == super::task::EXTENSION)
            } else {
                agreed.capabilities.get("tasks").is_some()
            }
        })
    }

    /// Whether it says that it can tell of changes of a single resource.
    pub fn tells_of_resources(&self) -> bool {
        let agreed = self.negotiated.as_ref().and_then(|agreed| agreed.capabilities.get("resources"));
        agreed.and_then(|resources| scan::member(resources, "subscribe")).is_some_and(|flag| flag.trim() == "true")
    }

    /// Whether requests can be sent.
    pub fn is_ready(&self) -> bool {
        matches!(self.status, Status::Ready)
    }
}
