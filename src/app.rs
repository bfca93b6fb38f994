//! Floor 1: the pure machine. Events go in, the state changes, effects come out; nothing here can act.

pub mod chat;
mod effect;
mod event;
mod search;
mod state;
mod update;

pub use chat::{Chat, ChatCommand, ChatEvent};
pub use effect::Effect;
pub use event::{Command, Event, JournalEvent, SessionEvent};
pub use search::Search;
pub use state::{Draft, Level, Notice, Recording, Row, State};
pub use update::{counted_tools, offer, policy_on, update, writer};
