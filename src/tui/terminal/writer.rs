//! The one thread that writes to the terminal: [`Writer`].

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::Notify;

use crate::tui::graphics::Brush;

/// A terminal in non-blocking mode (shared with another program) is asked again after this time.
const AGAIN: Duration = Duration::from_millis(5);

/// The handle to the thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Piece>,
    shared: Arc<Shared>,
}

/// What is to be written.
enum Piece {
    /// This.
    Bytes(Vec<u8>),
    /// What comes of this, which may take a while.
    Drawn(Drawing),
}

/// Makes what is written beside a frame.
pub(super) type Drawing = Box<dyn FnOnce(&mut Brush) -> String + Send>;

#[derive(Default)]
struct Shared {
    /// Pieces handed over and not written yet.
    waiting: AtomicUsize,
    idle: Notify,
    /// For those who wait without a loop: leaving and suspending.
    lock: Mutex<()>,
    written: Condvar,
}

impl Writer {
    /// Starts it, with what it draws pictures with.
    pub(super) fn start(mut brush: Brush) -> io::Result<Writer> {
        let (queue, pieces) = mpsc::channel::<Piece>();
        let shared = Arc::new(Shared::default());
        let thread = shared.clone();
        std::thread::Builder::new().name("terminal".into()).spawn(move || {
            for piece in pieces {
                let bytes = match piece {
                    Piece::Bytes(bytes) => bytes,
                    // Whatever is wrong with a picture costs that picture, not the screen.
                    Piece::Drawn(drawing) => {
                        catch_unwind(AssertUnwindSafe(|| drawing(&mut brush))).unwrap_or_default().into_bytes()
                    }
                };
                // A terminal that cannot be written to is gone; the keyboard notices it too and ends the run.
                write(&bytes).ok();
                let _guard = thread.lock.lock().unwrap_or_else(PoisonError::into_inner);
                if thread.waiting.fetch_sub(1, Ordering::AcqRel) == 1 {
                    thread.idle.notify_one();
                    thread.written.notify_all();
                }
            }
        })?;
        Ok(Writer { queue, shared })
    }

    /// Hands bytes over; never waits.
    pub(super) fn write(&self, bytes: Vec<u8>) {
        self.send(Piece::Bytes(bytes));
    }

    /// Hands over what is yet to be drawn; never waits.
    pub(super) fn draw(&self, drawing: Drawing) {
        self.send(Piece::Drawn(drawing));
    }

    fn send(&self, piece: Piece) {
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        if self.queue.send(piece).is_err() {
            self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.shared.waiting.load(Ordering::Acquire) > 0
    }

    /// Waits until all is written. Cancel-safe.
    pub(super) async fn idle(&self) {
        while self.is_busy() {
            self.shared.idle.notified().await;
        }
    }

    /// Waits until all is written, at most this long, without a loop.
    pub(super) fn wait(&self, most: Duration) {
        let guard = self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = |(): &mut ()| self.shared.waiting.load(Ordering::Acquire) > 0;
        drop(self.shared.written.wait_timeout_while(guard, most, busy));
    }
}

fn write(mut bytes: &[u8]) -> io::Result<()> {
    // The raw handle: std's buffer would only cut frames into pieces.
    let mut out = io::stdout().lock();
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(AGAIN),
            Err(fault) => return Err(fault),
        }
    }
    loop {
        match out.flush() {
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(AGAIN),
            done => return done,
        }
    }
}
