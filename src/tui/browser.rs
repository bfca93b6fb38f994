//! Web pages that a person wants to see: [`Browser`] says whether a browser is at hand, `open` hands it an address.
//!
//! We fetch nothing, and nothing is opened but on a key of a person. Over SSH a browser would open at the wrong end of
//! the line, so there an address is only shown and copied. A browser that draws in a terminal gets none: ours is in use,
//! and the question must stay in sight. It counts as no browser.

use std::ffi::OsString;
use std::path::Path;
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
    /// Where it is, by the variables of the environment; an empty one is none.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Browser {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let own = variable("BROWSER").is_some_and(|own| !own.is_empty() && !needs_terminal(&own));
        if ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].into_iter().any(is_set) {
            Browser::Elsewhere
        } else if cfg!(target_os = "macos") || own || ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(is_set) {
            Browser::Here
        } else {
            Browser::None
        }
    }
}

/// Browsers that draw in the terminal they are started in.
const IN_TERMINAL: [&str; 9] =
    ["browsh", "carbonyl", "elinks", "links", "links2", "lynx", "netrik", "w3m", "www-browser"];

fn needs_terminal(browser: &str) -> bool {
    let program = browser.split([':', ' ']).next().unwrap_or_default();
    Path::new(program).file_name().is_some_and(|name| IN_TERMINAL.iter().any(|one| name == *one))
}

/// What opens an address: `$BROWSER` where it names one program that has a window of its own, else what the system has for it.
fn opener() -> OsString {
    let own = std::env::var("BROWSER").ok();
    let own = own.filter(|own| !own.is_empty() && !own.contains([':', ' ', '%']) && !needs_terminal(own));
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
            assert_eq!(Browser::of(|name| set.contains(&name).then(|| "x".into())), browser, "{set:?}");
        }
        if cfg!(not(target_os = "macos")) {
            assert_eq!(Browser::of(|_| None), Browser::None);
            for (own, browser) in [
                ("firefox", Browser::Here),
                ("/opt/links-viewer", Browser::Here),
                ("w3m", Browser::None),
                ("/usr/bin/lynx", Browser::None),
                ("elinks:firefox", Browser::None),
                ("", Browser::None),
            ] {
                let of = Browser::of(|name| (name == "BROWSER").then(|| own.into()));
                assert_eq!(of, browser, "{own}");
            }
        }
    }
}
