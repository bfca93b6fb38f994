//! Names for things that live for one run: small counters, not UUIDs, so that tests and logs stay exact.

/// One configured server and its session: the index into `State::sessions`. In the log also a provider of models.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct ServerId(pub u16);

impl ServerId {
    /// The index into `State::sessions`.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The name of a provider of models, where the log names one in the place of a server.
    pub fn of_provider(index: usize) -> ServerId {
        ServerId(PROVIDERS | u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// The index into `Chat::providers`, if it is one.
    pub fn provider(self) -> Option<usize> {
        (self.0 & PROVIDERS != 0).then_some(usize::from(self.0 & !PROVIDERS))
    }
}

/// Set in the names of providers; there are never so many servers.
const PROVIDERS: u16 = 0x8000;

/// One operation that somebody asked of a server (a tool call, a list, a read…).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct CallId(pub u64);

/// One request to a model, from the first word sent to the last word that came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct TurnId(pub u64);

/// One entry of the conversation: the index into `Conversation::entries`, which only ever grows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct EntryId(pub u32);

impl EntryId {
    /// The index into `Conversation::entries`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A moment: microseconds since the Unix epoch. Times come inside events, never from a clock in the pure floors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Moment(pub u64);

impl Moment {
    /// Microseconds from `earlier` to this moment; 0 when the clock went backwards.
    pub fn micros_since(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
