//! Web pages that a person wants to see: [`Browser`] says whether a browser is at hand, `open` hands it an address.
//!
//! We fetch nothing, and nothing is opened but on a key of a person. Over SSH a browser would open at the wrong end of
//! the line, so there an address is only shown and copied.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use tokio::sync::mpsc;

use super::input::Input;

/// Where a browser is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Browser {
    /// On this machine, in front of the person.
    Here,
    /// At the other end of SSH.
    Elsewhere,
    /// Nowhere that we know of: no desktop runs here.
    #[default]
    None,
}

impl Browser {
    /// Where it is, by which variables of the environment are set and not empty.
    pub fn of(is_set: impl Fn(&str) -> bool) -> Browser {
        if ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].into_iter().any(&is_set) {
            Browser::Elsewhere
        } else if cfg!(target_os = "macos") || ["BROWSER", "WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(&is_set) {
            Browser::Here
        } else {
            Browser::None
        }
    }
}

/// What opens an address: `$BROWSER` where it names one program, else what the system has for it.
fn opener() -> OsString {
    let own = std::env::var("BROWSER").ok().filter(|value| !value.is_empty() && !value.contains([':', ' ', '%']));
    own.map_or_else(|| if cfg!(target_os = "macos") { "open" } else { "xdg-open" }.into(), OsString::from)
}

/// Hands the address to the browser and waits beside the screen; a failure comes as `Input::PageFailed`. The error says
/// why nothing could be started.
pub(super) fn open(url: &str, answers: mpsc::UnboundedSender<Input>) -> Result<(), String> {
    let opener = opener();
    let name = opener.to_string_lossy().into_owned();
    let mut command = Command::new(opener);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C and the end of our terminal are none of its business.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|fault| format!("{name} cannot be started ({fault})"))?;
    let wait = move || match child.wait() {
        Ok(status) if status.success() => {}
        Ok(_) => drop(answers.send(Input::PageFailed(format!("{name} could not open it")))),
        Err(fault) => drop(answers.send(Input::PageFailed(format!("{name} got lost ({fault})")))),
    };
    std::thread::Builder::new().name("browser".into()).spawn(wait).map(drop).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_never_opened_at_the_wrong_end_of_ssh() {
        for (set, browser) in [
            (&["SSH_CONNECTION", "DISPLAY", "BROWSER"][..], Browser::Elsewhere),
            (&["SSH_TTY"], Browser::Elsewhere),
            (&["DISPLAY"], Browser::Here),
            (&["WAYLAND_DISPLAY"], Browser::Here),
            (&["BROWSER"], Browser::Here),
        ] {
            assert_eq!(Browser::of(|name| set.contains(&name)), browser, "{set:?}");
        }
        if cfg!(not(target_os = "macos")) {
            assert_eq!(Browser::of(|_| false), Browser::None);
        }
    }
}
