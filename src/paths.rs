//! Where things live on this machine: the config file, the journals, the credentials.
//!
//! It only names places. Whoever writes makes the directory, by [`create_private`], at that moment:
//! a run that records nothing leaves nothing behind.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

#[cfg(test)]
mod tests;

/// Every place this program may read from or write to.
///
/// A place is `None` when the system names no home directory (`HOME` unset in a bare container). A shared
/// directory such as `/tmp` is no substitute: anybody could leave a config file there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paths {
    /// The config file; it need not exist unless [`Paths::config_named`].
    pub config_file: Option<PathBuf>,
    /// Whether a person named the config file, so that its absence is an error.
    pub config_named: bool,
    /// The file of rules about what a model may call, which approvals add to. It need not exist.
    pub rules_file: Option<PathBuf>,
    /// Logs and whatever else may be thrown away.
    pub state_dir: Option<PathBuf>,
    /// Journals, unless the config says otherwise (`[journal] directory`).
    pub journal_dir: Option<PathBuf>,
    /// Credentials, pins and whatever else must be kept.
    pub data_dir: Option<PathBuf>,
}

impl Paths {
    /// The places for these options: `--config FILE` names one file, `--config-dir DIR` moves everything
    /// under one directory; with both, the file wins for the config.
    pub fn find(config: Option<&Path>, config_dir: Option<&Path>) -> Self {
        let system = ProjectDirs::from("", "", "mcp-tui").map(|dirs| System {
            config: dirs.config_dir().to_path_buf(),
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf(),
            data: dirs.data_local_dir().to_path_buf(),
        });
        Self::choose(config, config_dir, system)
    }

    fn choose(config: Option<&Path>, config_dir: Option<&Path>, system: Option<System>) -> Self {
        let base = config_dir.map(|dir| System {
            config: dir.to_path_buf(),
            state: dir.join("state"),
            data: dir.join("data"),
        });
        let base = base.or(system);
        let under = |pick: fn(&System) -> &PathBuf| base.as_ref().map(pick).cloned();
        Self {
            config_file: config
                .map(Path::to_path_buf)
                .or_else(|| under(|base| &base.config).map(|dir| dir.join("config.toml"))),
            config_named: config.is_some(),
            rules_file: under(|base| &base.config).map(|dir| dir.join("policy.toml")),
            journal_dir: under(|base| &base.state).map(|dir| dir.join("journal")),
            state_dir: under(|base| &base.state),
            data_dir: under(|base| &base.data),
        }
    }
}

/// The three directories everything else lies under.
struct System {
    config: PathBuf,
    state: PathBuf,
    data: PathBuf,
}

/// Makes `dir` and its missing parents, each for this user alone (mode 0700 on Unix). Directories that are
/// there already keep their mode: they belong to somebody else's decision.
pub fn create_private(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)
}
