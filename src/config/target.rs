//! A server named on the command line: a URL, a script, or a command after `--`.

use std::path::{Path, PathBuf};

use super::{Defaults, naming, secret};
use crate::model::server::{HttpKind, Launch, ServerSpec};

#[cfg(test)]
mod tests;

/// Why a target on the command line cannot be used; each is one line that says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TargetError {
    /// There is no target at all.
    #[error("no server given: name a URL, a script, or a command after `--`")]
    Nothing,
    /// Two targets at once.
    #[error("two servers given, `{0}` and the command after `--`; give one")]
    Both(String),
    /// The script is not there.
    #[error("{}: no such file", .0.display())]
    NoFile(PathBuf),
    /// Something is there, but not a file.
    #[error("{}: not a file", .0.display())]
    NotAFile(PathBuf),
    /// The program that runs such scripts is not installed.
    #[error("{} needs `{interpreter}`, which is not on PATH; {install}", script.display())]
    NoInterpreter {
        /// The script.
        script: PathBuf,
        /// The missing program.
        interpreter: &'static str,
        /// What to do about it.
        install: &'static str,
    },
    /// Neither a URL nor a script of a known kind.
    #[error("{0}")]
    Unknown(String),
    /// A URL that no server can be reached at.
    #[error("{url}: {message}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// An option that does not fit or cannot be read.
    #[error("{option}: {message}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

/// The server that `mcp-tui TARGET` or `mcp-tui -- CMD ARG…` names, with the deadlines and limits of `defaults`.
///
/// `on_path` says whether a program can be found; [`on_path`] asks the real `PATH`.
pub fn target_from_args(
    positional: Option<&str>,
    trailing: &[String],
    defaults: &Defaults,
    on_path: &dyn Fn(&str) -> bool,
) -> Result<ServerSpec, TargetError> {
    let launch = match (positional, trailing) {
        (None, []) => return Err(TargetError::Nothing),
        (Some(target), [_, ..]) => return Err(TargetError::Both(target.to_owned())),
        (None, [command, args @ ..]) => {
            if command.is_empty() {
                return Err(TargetError::Unknown("the command after `--` is empty".into()));
            }
            Launch::Stdio { command: command.clone(), args: args.to_vec(), env: Vec::new(), cwd: None }
        }
        (Some(target), []) => named(target, on_path)?,
    };
    let name = match &launch {
        Launch::Http { url, .. } => naming::name_of_url(url),
        Launch::Stdio { command, args, .. } => naming::name_of_command(command, args),
    };
    let mut spec = ServerSpec::new(name, launch);
    spec.timeouts = defaults.timeouts;
    spec.limits = defaults.limits;
    spec.sampling = defaults.sampling;
    secret::collect(&spec.launch, &mut spec.secrets);
    super::origins::of_target(&mut spec);
    Ok(spec)
}

fn named(target: &str, on_path: &dyn Fn(&str) -> bool) -> Result<Launch, TargetError> {
    if target.contains("://") {
        return match check_url(target) {
            Ok(()) => Ok(Launch::Http { url: target.to_owned(), headers: Vec::new(), kind: HttpKind::Auto }),
            Err(message) => Err(TargetError::Url { url: target.to_owned(), message }),
        };
    }
    let path = Path::new(target);
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("py") => python(existing(path)?, on_path),
        Some("js" | "mjs" | "cjs") => {
            let install = "install Node.js";
            interpreted(existing(path)?, "node", &[], install, on_path)
        }
        Some("ts" | "mts" | "cts") => {
            let install = "install Node.js, which brings it";
            interpreted(existing(path)?, "npx", &["tsx"], install, on_path)
        }
        extension => Err(TargetError::Unknown(unknown(target, path, extension))),
    }
}

fn unknown(target: &str, path: &Path, extension: Option<&str>) -> String {
    if path.is_file() {
        return match extension {
            Some("json" | "jsonc" | "toml") => {
                format!("{target}: a config is no server; read it by `--mcp-config {target}`")
            }
            _ => format!("{target}: no script of a known kind (.py, .js, .mjs, .cjs, .ts); to run it: `-- {target}`"),
        };
    }
    // `localhost:3000/mcp`, `example.com/mcp`.
    let host = target.split('/').next().unwrap_or_default();
    let port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if port || (target.contains('/') && host.contains('.') && !host.starts_with('.')) {
        let scheme = if port { "http" } else { "https" };
        return format!("{target}: no such file; for a server on the net write `{scheme}://{target}`");
    }
    format!(
        "{target}: neither a URL nor a script; `-s {target}` takes it from the config, `-- {target}` runs it as a command"
    )
}

/// The script's full path, so that neither the child's directory nor `cd` matters.
fn existing(path: &Path) -> Result<PathBuf, TargetError> {
    if path.is_file() {
        Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
    } else if path.exists() {
        Err(TargetError::NotAFile(path.to_owned()))
    } else {
        Err(TargetError::NoFile(path.to_owned()))
    }
}

/// By `uv` with the project the script belongs to, else by the plain interpreter.
fn python(script: PathBuf, on_path: &dyn Fn(&str) -> bool) -> Result<Launch, TargetError> {
    let project = script.ancestors().skip(1).find(|dir| dir.join("pyproject.toml").is_file());
    if let Some(project) = project
        && on_path("uv")
    {
        // `uv` would look for a project around our own directory.
        let project = project.to_string_lossy().into_owned();
        let args = ["run", "--project", &project];
        return interpreted(script, "uv", &args, "", on_path);
    }
    let interpreter = if cfg!(windows) && !on_path("python3") { "python" } else { "python3" };
    interpreted(script, interpreter, &[], "install Python 3 or uv", on_path)
}

fn interpreted(
    script: PathBuf,
    interpreter: &'static str,
    args: &[&str],
    install: &'static str,
    on_path: &dyn Fn(&str) -> bool,
) -> Result<Launch, TargetError> {
    if !on_path(interpreter) {
        return Err(TargetError::NoInterpreter { script, interpreter, install });
    }
    let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    args.push(script.to_string_lossy().into_owned());
    Ok(Launch::Stdio { command: interpreter.to_owned(), args, env: Vec::new(), cwd: None })
}

/// Whether a server can be reached at `url`; the error is the end of a sentence about it.
pub(crate) fn check_url(url: &str) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| {
        let hint = if url.contains("://") { "" } else { "; a URL begins with http:// or https://" };
        format!("not a URL ({error}){hint}")
    })?;
    match parsed.scheme() {
        "http" | "https" => Ok(()),
        other => Err(format!("`{other}:` is not spoken here; a server's URL begins with http:// or https://")),
    }
}

/// Whether a program of this name is in one of the directories of `PATH`.
pub fn on_path(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
    std::env::split_paths(&path)
        .any(|dir| endings.iter().any(|ending| is_executable(&dir.join(format!("{program}{ending}")))))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
