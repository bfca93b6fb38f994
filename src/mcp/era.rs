//! Which revision a server speaks.

use std::path::PathBuf;

/// What is remembered of servers' eras.
#[derive(Clone, Debug)]
pub struct EraMemory;

impl EraMemory {
    /// Opens it.
    pub fn open(_path: Option<PathBuf>) -> EraMemory {
        EraMemory
    }
}
