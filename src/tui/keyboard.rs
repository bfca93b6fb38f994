//! What the terminal sends, from a thread of its own.
//!
//! crossterm reads a terminal that has gone away again and again without ever returning. So the thread first asks
//! the system whether there is something to read or nobody left to write it, and the loop never reads at all.
//!
//! crossterm's usual source is told once that there is something to read and forgets what a burst has beyond its buffer
//! of 1 KiB: keys followed by a paste hung there. Its other one (`use-dev-tty`) asks again.

use crossterm::event::{self, Event};
use tokio::sync::mpsc;

/// Events waiting for the loop; a terminal that sends faster is read more slowly.
const WAITING: usize = 256;

/// Starts reading. The channel ends when the terminal is gone.
pub(super) fn start() -> std::io::Result<mpsc::Receiver<Event>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("keyboard".into()).spawn(move || read(&sender))?;
    Ok(receiver)
}

#[cfg(unix)]
fn read(sender: &mpsc::Sender<Event>) {
    use rustix::event::{PollFd, PollFlags, poll};
    use std::io::IsTerminal as _;
    use std::time::Duration;

    let stdin = std::io::stdin();
    // crossterm does the same: keys come from the terminal even when standard input is a pipe.
    let tty = if stdin.is_terminal() { None } else { std::fs::File::open("/dev/tty").ok() };
    loop {
        let mut fds = [match &tty {
            Some(tty) => PollFd::new(tty, PollFlags::IN),
            None => PollFd::new(&stdin, PollFlags::IN),
        }];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
            Ok(_) => {}
        }
        let seen = fds[0].revents();
        if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return;
        }
        // Only what is there: a sequence that is not complete yet comes with the next round. Without any time the
        // source would not even look.
        while matches!(event::poll(Duration::from_millis(1)), Ok(true)) {
            let Ok(event) = event::read() else { return };
            if sender.blocking_send(event).is_err() {
                return;
            }
        }
    }
}

#[cfg(not(unix))]
fn read(sender: &mpsc::Sender<Event>) {
    while let Ok(event) = event::read() {
        if sender.blocking_send(event).is_err() {
            return;
        }
    }
}
