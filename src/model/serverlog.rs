//! What a server tells of its own work (`notifications/message`): [`LogLevel`], and where the messages are in the log
//! of frames, [`ServerLog`]. Four bytes a message: their texts stay in the journal.

/// How bad it is, by RFC 5424; the least comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum LogLevel {
    /// For who looks for a fault.
    #[default]
    Debug,
    /// What goes on.
    Info,
    /// What goes on and is worth knowing.
    Notice,
    /// It may become a fault.
    Warning,
    /// Something failed.
    Error,
    /// A part failed.
    Critical,
    /// Somebody has to do something at once.
    Alert,
    /// Nothing works.
    Emergency,
}

impl LogLevel {
    /// All of them, the least first.
    pub const ALL: [LogLevel; 8] = [
        LogLevel::Debug,
        LogLevel::Info,
        LogLevel::Notice,
        LogLevel::Warning,
        LogLevel::Error,
        LogLevel::Critical,
        LogLevel::Alert,
        LogLevel::Emergency,
    ];

    /// Its word in the protocol.
    pub fn word(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Notice => "notice",
            LogLevel::Warning => "warning",
            LogLevel::Error => "error",
            LogLevel::Critical => "critical",
            LogLevel::Alert => "alert",
            LogLevel::Emergency => "emergency",
        }
    }

    /// The level of this word.
    pub fn of(word: &str) -> Option<LogLevel> {
        LogLevel::ALL.into_iter().find(|level| level.word() == word)
    }

    /// The next one that is worse, or less bad; the ends stay.
    #[must_use]
    pub fn next(self, worse: bool) -> LogLevel {
        let at = LogLevel::ALL.iter().position(|level| *level == self).unwrap_or(0);
        let to = if worse { at + 1 } else { at.saturating_sub(1) };
        LogLevel::ALL.get(to).copied().unwrap_or(self)
    }
}

/// The messages of one server, oldest first: the frame, and below it three bits of its level.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServerLog(Vec<u32>);

impl ServerLog {
    /// Takes in the message in this frame. One that the index has no room for (past 536 million frames) is in the log only.
    pub fn push(&mut self, frame: usize, level: LogLevel) {
        if let Some(packed) = u32::try_from(frame).ok().filter(|frame| *frame < 1 << 29) {
            self.0.push(packed << 3 | level as u32);
        }
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Frames and levels of the messages that are at least as bad as `least`, oldest first. Looks at each from
    /// whichever end is asked.
    pub fn at_least(&self, least: LogLevel) -> impl DoubleEndedIterator<Item = (usize, LogLevel)> + '_ {
        self.0.iter().map(|packed| unpack(*packed)).filter(move |(_, level)| *level >= least)
    }

    /// The same, from the first at or after `frame` on.
    pub fn from(&self, frame: usize, least: LogLevel) -> impl Iterator<Item = (usize, LogLevel)> + '_ {
        let at = self.0.partition_point(|packed| unpack(*packed).0 < frame);
        self.0[at..].iter().map(|packed| unpack(*packed)).filter(move |(_, level)| *level >= least)
    }

    /// The same, from the last before `frame` backwards.
    pub fn before(&self, frame: usize, least: LogLevel) -> impl Iterator<Item = (usize, LogLevel)> + '_ {
        let at = self.0.partition_point(|packed| unpack(*packed).0 < frame);
        self.0[..at].iter().rev().map(|packed| unpack(*packed)).filter(move |(_, level)| *level >= least)
    }
}

fn unpack(packed: u32) -> (usize, LogLevel) {
    ((packed >> 3) as usize, LogLevel::ALL[(packed & 7) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_by_level_from_either_side() {
        let mut log = ServerLog::default();
        for (frame, level) in LogLevel::ALL.into_iter().enumerate() {
            log.push(frame * 10, level);
        }
        assert_eq!(log.len(), 8);
        let bad: Vec<usize> = log.at_least(LogLevel::Alert).map(|(frame, _)| frame).collect();
        assert_eq!(bad, [60, 70]);
        assert_eq!(log.from(40, LogLevel::Debug).next(), Some((40, LogLevel::Error)));
        assert_eq!(log.from(41, LogLevel::Debug).next(), Some((50, LogLevel::Critical)));
        assert_eq!(log.before(40, LogLevel::Debug).next(), Some((30, LogLevel::Warning)));
        assert_eq!(log.before(40, LogLevel::Error).next(), None);
        assert_eq!(log.from(0, LogLevel::Emergency).count(), 1);
    }

    #[test]
    fn levels_have_words_and_neighbours() {
        for level in LogLevel::ALL {
            assert_eq!(LogLevel::of(level.word()), Some(level));
            assert_eq!(level.next(true).next(false), level.min(LogLevel::Alert));
        }
        assert_eq!(LogLevel::of("fatal"), None);
    }
}
