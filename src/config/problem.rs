//! What is wrong with a config file, where, and what to do: [`Problem`] and [`ConfigError`].

use std::fmt::{self, Write as _};
use std::path::PathBuf;

/// A line and a column, both counted from one; the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// One thing somebody should know about a config file: an error, a warning or a note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Where in it, if it is about one place.
    pub at: Option<Place>,
    /// The key it is about (`servers.github.command`); empty for the file as a whole.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(at) = self.at {
            write!(f, ":{}:{}", at.line, at.column)?;
        }
        f.write_str(": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Why a config file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was asked for is not there.
    #[error("{}: no such file", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// It cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody writes such a file by hand; reading it would only be slow.
    #[error("{}: larger than {} MiB, which no config is", file.display(), limit / 1024 / 1024)]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// How large it may be, in bytes.
        limit: u64,
    },
    /// It says something wrong; every problem found is listed, one a line.
    #[error("{}", lines(problems))]
    Invalid {
        /// The problems, in the order of the file.
        problems: Vec<Problem>,
    },
}

fn lines(problems: &[Problem]) -> String {
    let mut text = String::new();
    for (index, problem) in problems.iter().enumerate() {
        let end = if index == 0 { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{end}{problem}");
    }
    text
}
