//! The file of known tasks: their ids outlive a run, so that a result can be fetched after a restart.

use std::io::Write;
use std::path::PathBuf;

use crate::model::task::KnownTask;

/// Tasks kept in the file; the ones heard of last stay.
const KEPT: usize = 200;

/// Where known tasks are kept; without a path they are forgotten with the run.
#[derive(Clone, Debug)]
pub(super) struct TaskFile(pub(super) Option<PathBuf>);

impl TaskFile {
    /// The tasks in it. A file that cannot be read is an empty one.
    pub(super) fn read(&self) -> Vec<KnownTask> {
        let text = self.0.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Keeps a task beside those that other runs may have put there in the meantime. The error is for a person.
    pub(super) fn keep(&self, task: KnownTask) -> Result<(), String> {
        let Some(path) = &self.0 else { return Ok(()) };
        let mut tasks = self.read();
        tasks.retain(|known| known.server != task.server || known.id != task.id);
        tasks.push(task);
        let over = tasks.len().saturating_sub(KEPT);
        tasks.drain(..over);
        let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = || {
            if let Some(dir) = path.parent() {
                crate::paths::create_private(dir)?;
            }
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt;
                // Whoever knows a task's id may fetch its result.
                options.mode(0o600);
            }
            options.open(&fresh)?.write_all(serde_json::to_string_pretty(&tasks)?.as_bytes())?;
            std::fs::rename(&fresh, path)
        };
        written().map_err(|fault: std::io::Error| format!("cannot keep tasks in {}: {fault}", path.display()))
    }
}
