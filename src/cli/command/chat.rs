//! `chat`: what can be said about a conversation.

use clap::Args;

use super::At;
use crate::cli::options::Approve;
use crate::model::approval::Asking;
use crate::model::chat::Effort;

pub(super) const EXAMPLES: &str = "\
Without -p each line of standard input is a turn. Text goes to standard output, calls and notes to standard error; with
--json each event is one line. A call is made if the policy or --approve allows it, or a person at the terminal does.

Examples:
  mcp-tui chat -p 'Find my Python bookmarks' --approve read-only
  mcp-tui chat -p 'and add https://docs.rs' --resume last --model anthropic/claude-sonnet-5-5
  mcp-tui chat --show last > conversation.md";

/// `chat`
#[derive(Args, Clone, Debug)]
pub struct Chat {
    /// Say this, print the answer, and end
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// The model that answers; a provider alone stands for its usual model
    #[arg(long, value_name = "PROVIDER/MODEL")]
    pub model: Option<String>,
    /// Go on with a kept conversation: its name, the beginning of it, or `last`
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// Standing instructions for the model
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub system: Option<String>,
    /// How hard the model thinks
    #[arg(long, value_enum, value_name = "EFFORT")]
    pub effort: Option<EffortName>,
    /// Requests to the model in one turn before it is stopped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_rounds: Option<u32>,
    /// Who allows calls that the policy does not decide about [default: ask on a terminal, else none]
    #[arg(long, value_enum, value_name = "WHO")]
    pub approve: Option<Approve>,
    /// List the kept conversations
    #[arg(long, group = "kept", conflicts_with_all = ["prompt", "resume"])]
    pub list: bool,
    /// List the kept conversations in which this text is
    #[arg(long, group = "kept", value_name = "TEXT", conflicts_with_all = ["prompt", "resume"])]
    pub search: Option<String>,
    /// Print a kept conversation as Markdown, or with --json as JSON: its name, the beginning of it, or `last`
    #[arg(long, group = "kept", value_name = "ID", conflicts_with_all = ["prompt", "resume"])]
    pub show: Option<String>,
    /// The server.
    #[command(flatten)]
    pub at: At,
}

/// `--effort`
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum EffortName {
    /// Not at all, where the model allows it
    None,
    /// Hardly
    Minimal,
    /// A little
    Low,
    /// As usual
    Medium,
    /// Hard
    High,
    /// Harder
    Xhigh,
    /// As hard as it can
    Max,
}

impl From<EffortName> for Effort {
    fn from(name: EffortName) -> Effort {
        match name {
            EffortName::None => Effort::None,
            EffortName::Minimal => Effort::Minimal,
            EffortName::Low => Effort::Low,
            EffortName::Medium => Effort::Medium,
            EffortName::High => Effort::High,
            EffortName::Xhigh => Effort::XHigh,
            EffortName::Max => Effort::Max,
        }
    }
}

/// What can be done with kept conversations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeptVerb {
    /// List them.
    List,
    /// List those with this text in them.
    Search(String),
    /// Print one.
    Show(String),
}

impl Chat {
    /// Who is asked when the policy asks. Nothing waits for a person who is not there.
    pub fn asking(&self, person: bool) -> Asking {
        match self.approve {
            Some(Approve::Ask) | None if person => Asking::Person,
            Some(Approve::Ask | Approve::None) | None => Asking::DenyAll,
            Some(Approve::ReadOnly) => Asking::ReadOnly,
            Some(Approve::All) => Asking::AllowAll,
        }
    }

    /// What is asked about kept conversations; `None` when something is to be said.
    pub fn kept(&self) -> Option<KeptVerb> {
        match (self.list, &self.search, &self.show) {
            (true, ..) => Some(KeptVerb::List),
            (_, Some(text), _) => Some(KeptVerb::Search(text.clone())),
            (_, _, Some(id)) => Some(KeptVerb::Show(id.clone())),
            (false, None, None) => None,
        }
    }
}
