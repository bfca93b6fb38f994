//! What the terminal sends, from a thread of its own.
//!
//! crossterm reads a terminal that has gone away again and again without ever returning. So the thread first asks
//! the system whether there is something to read or nobody left to write it, and the loop never reads at all.
//!
//! crossterm's usual source is told once that there is something to read and forgets what a burst has beyond its buffer
//! of 1 KiB: keys followed by a paste hung there. Its other one (`use-dev-tty`) asks again.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::event::{self, Event};
use tokio::sync::mpsc;

/// Events waiting for the loop; a terminal that sends faster is read more slowly.
const WAITING: usize = 256;
/// How long a pause waits for the thread to notice.
const PATIENCE: Duration = Duration::from_millis(250);

/// The thread that reads, seen from the loop.
pub(super) struct Keyboard {
    events: mpsc::Receiver<Event>,
    gate: Arc<Gate>,
    /// A byte in it makes the thread look at the gate.
    #[cfg(unix)]
    wake: std::io::PipeWriter,
}

/// Whether the thread may read. While another program has the terminal, its keys are not ours.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    /// The thread waits for the gate to open.
    resting: bool,
}

impl Keyboard {
    /// Starts reading.
    pub(super) fn start() -> std::io::Result<Keyboard> {
        let (sender, events) = mpsc::channel(WAITING);
        let gate = Arc::new(Gate::default());
        let thread = gate.clone();
        #[cfg(unix)]
        {
            let (woken, wake) = std::io::pipe()?;
            let run = move || read(&sender, &thread, &woken);
            std::thread::Builder::new().name("keyboard".into()).spawn(run)?;
            Ok(Keyboard { events, gate, wake })
        }
        #[cfg(not(unix))]
        {
            std::thread::Builder::new().name("keyboard".into()).spawn(move || read(&sender, &thread))?;
            Ok(Keyboard { events, gate })
        }
    }

    /// The next event; `None` when the terminal is gone. Cancel-safe.
    pub(super) async fn recv(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// An event that is there already.
    pub(super) fn try_recv(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Leaves the terminal's keys to another program; returns once nothing is read any more.
    pub(super) fn pause(&mut self) {
        let mut state = self.gate.lock();
        state.closed = true;
        #[cfg(unix)]
        {
            use std::io::Write as _;
            // The thread lives as long as the terminal; without it nobody reads.
            self.wake.write_all(&[0]).ok();
        }
        drop(self.gate.changed.wait_timeout_while(state, PATIENCE, |state| !state.resting));
    }

    /// Reads again.
    pub(super) fn resume(&mut self) {
        self.gate.lock().closed = false;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(unix)]
    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits while the gate is closed.
    fn pass(&self) {
        let mut state = self.lock();
        while state.closed {
            state.resting = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.resting = false;
    }
}

#[cfg(unix)]
fn read(sender: &mpsc::Sender<Event>, gate: &Gate, woken: &std::io::PipeReader) {
    use rustix::event::{PollFd, PollFlags, poll};
    use std::io::{IsTerminal as _, Read as _};

    let stdin = std::io::stdin();
    // crossterm does the same: keys come from the terminal even when standard input is a pipe.
    let tty = if stdin.is_terminal() { None } else { std::fs::File::open("/dev/tty").ok() };
    loop {
        gate.pass();
        let mut fds = [
            match &tty {
                Some(tty) => PollFd::new(tty, PollFlags::IN),
                None => PollFd::new(&stdin, PollFlags::IN),
            },
            PollFd::new(woken, PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
            Ok(_) => {}
        }
        let (seen, wake) = (fds[0].revents(), fds[1].revents());
        if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) || wake.contains(PollFlags::HUP) {
            return;
        }
        if wake.contains(PollFlags::IN) {
            let mut reader = woken;
            if reader.read(&mut [0; 64]).is_err() {
                return;
            }
        }
        // Only what is there: a sequence that is not complete yet comes with the next round. Without any time the
        // source would not even look.
        while !gate.is_closed()
            && seen.contains(PollFlags::IN)
            && matches!(event::poll(Duration::from_millis(1)), Ok(true))
        {
            let Ok(event) = event::read() else { return };
            if sender.blocking_send(event).is_err() {
                return;
            }
        }
    }
}

#[cfg(not(unix))]
fn read(sender: &mpsc::Sender<Event>, gate: &Gate) {
    loop {
        gate.pass();
        match event::poll(Duration::from_millis(50)) {
            Ok(false) => {}
            Ok(true) => {
                let Ok(event) = event::read() else { return };
                if sender.blocking_send(event).is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}
