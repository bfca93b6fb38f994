//! Signals as values: [`Signals`]. Elsewhere than on Unix there are none.

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(unix), expect(dead_code, reason = "there are no signals"))]
pub(super) enum Signal {
    /// Leave with this exit code.
    Leave(u8),
    /// Stop like any other job.
    Suspend,
    /// The program goes on after it was stopped by others.
    Continue,
    /// The terminal has another size.
    Resize,
}

#[cfg(unix)]
mod kinds {
    use super::Signal;
    use rustix::process::Signal as Raw;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// All signals that matter.
    pub(in crate::tui) struct Signals {
        terminate: Stream,
        hangup: Stream,
        interrupt: Stream,
        stop: Stream,
        cont: Stream,
        size: Stream,
    }

    impl Signals {
        /// From here on these signals come as values and no longer end the program.
        pub(in crate::tui) fn new() -> std::io::Result<Signals> {
            Ok(Signals {
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                stop: signal(SignalKind::from_raw(Raw::TSTP.as_raw()))?,
                cont: signal(SignalKind::from_raw(Raw::CONT.as_raw()))?,
                size: signal(SignalKind::window_change())?,
            })
        }

        /// The next one. Cancel-safe.
        pub(in crate::tui) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.terminate.recv() => Signal::Leave(128 + 15),
                _ = self.hangup.recv() => Signal::Leave(128 + 1),
                _ = self.interrupt.recv() => Signal::Leave(128 + 2),
                _ = self.stop.recv() => Signal::Suspend,
                _ = self.cont.recv() => Signal::Continue,
                _ = self.size.recv() => Signal::Resize,
            }
        }
    }
}

#[cfg(not(unix))]
mod kinds {
    use super::Signal;

    /// None.
    pub(in crate::tui) struct Signals;

    impl Signals {
        /// Nothing to set up.
        pub(in crate::tui) fn new() -> std::io::Result<Signals> {
            Ok(Signals)
        }

        /// Never.
        pub(in crate::tui) async fn next(&mut self) -> Signal {
            std::future::pending().await
        }
    }
}

pub(super) use kinds::Signals;
