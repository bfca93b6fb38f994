//! Names for things that live for one run: small counters, not UUIDs, so that tests and logs stay exact.

/// One configured server and its session. The index into `State::sessions`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ServerId(pub u16);

impl ServerId {
    /// The index into `State::sessions`.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One operation that somebody asked of a server (a tool call, a list, a read…).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallId(pub u64);

/// A moment: microseconds since the Unix epoch. Times come inside events, never from a clock in the pure floors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Moment(pub u64);

impl Moment {
    /// Microseconds from `earlier` to this moment; 0 when the clock went backwards.
    pub fn micros_since(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
