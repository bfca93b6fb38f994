//! The clipboard of the terminal, which may be another machine's: [`copy`].
//!
//! OSC 52 says it to the terminal. What stands in between has its own ways: tmux takes the sequence from a program only
//! with `set-clipboard on`, but a buffer from its own command always, and hands that on; screen passes on what is
//! wrapped, in pieces.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

/// Bytes of a copy that terminals still take.
const MOST: usize = 74_000;
/// Bytes of a wrapped piece: screen takes no longer ones.
const PIECE: usize = 240;
/// How long tmux may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What stands between us and the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Between {
    Nothing,
    Tmux,
    Screen,
}

impl Between {
    fn of(variable: impl Fn(&str) -> bool) -> Between {
        match (variable("TMUX"), variable("STY")) {
            (true, _) => Between::Tmux,
            (false, true) => Between::Screen,
            (false, false) => Between::Nothing,
        }
    }
}

/// Puts a text on the clipboard; terminals may ignore it. Returns what has to be written to the terminal.
pub(super) fn copy(text: &str) -> Vec<u8> {
    if text.len() > MOST {
        return vec![];
    }
    let between = Between::of(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if between == Between::Tmux {
        let text = text.to_owned();
        tokio::spawn(async move {
            // An old tmux knows no `-w`; then the sequence may do, as it does where tmux is told to take it.
            timeout(PATIENCE, load_buffer(text)).await.ok();
        });
    }
    sequence(text, between)
}

async fn load_buffer(text: String) -> std::io::Result<()> {
    let mut command = Command::new("tmux");
    command.args(["load-buffer", "-w", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.kill_on_drop(true).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).await?;
    }
    child.wait().await.map(drop)
}

fn sequence(text: &str, between: Between) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text));
    match between {
        Between::Nothing | Between::Tmux => plain.into_bytes(),
        Between::Screen => {
            plain.as_bytes().chunks(PIECE).flat_map(|piece| [b"\x1bP".as_slice(), piece, b"\x1b\\"].concat()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_between_is_seen_in_the_environment() {
        for (set, between) in [
            (&[][..], Between::Nothing),
            (&["STY"], Between::Screen),
            (&["TMUX"], Between::Tmux),
            (&["TMUX", "STY"], Between::Tmux),
        ] {
            assert_eq!(Between::of(|name| set.contains(&name)), between, "{set:?}");
        }
    }

    #[test]
    fn screen_gets_it_in_pieces_that_make_the_same() {
        assert_eq!(sequence("hi", Between::Nothing), b"\x1b]52;c;aGk=\x07");
        let text = "x".repeat(1_000);
        let wrapped = String::from_utf8(sequence(&text, Between::Screen)).unwrap_or_default();
        let pieces: Vec<&str> = wrapped.split("\x1b\\").filter(|piece| !piece.is_empty()).collect();
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() <= PIECE + 2), "{}", pieces.len());
        let passed: String = pieces.iter().filter_map(|piece| piece.strip_prefix("\x1bP")).collect();
        assert_eq!(passed.into_bytes(), sequence(&text, Between::Nothing));
        assert_eq!(copy(&"x".repeat(MOST + 1)), b"");
    }
}
