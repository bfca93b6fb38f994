//! Whether anybody still reads what is printed: [`gone`] ends when nobody does, so that what prints only now and then
//! need not wait for its next line to find that out.

/// Ends when the other end of standard output is closed; never for a file or a terminal that stays. Where that cannot be
/// watched it never ends, and the next line that is printed finds out.
#[cfg(unix)]
pub(super) async fn gone() {
    use rustix::event::{PollFd, PollFlags, poll};

    let (tell, told) = tokio::sync::oneshot::channel();
    // A thread of its own: the wait has no end where the reader stays, and nothing waits for the thread.
    let watch = move || {
        let out = std::io::stdout();
        loop {
            // No event is asked for: an error and a hang-up come unasked.
            let mut fds = [PollFd::new(&out, PollFlags::empty())];
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => {}
                // It is dropped untold.
                Err(_) => return,
                Ok(_) => break,
            }
        }
        // Who waited may be done.
        tell.send(()).ok();
    };
    match std::thread::Builder::new().name("audience".into()).spawn(watch) {
        Ok(_) if told.await.is_ok() => {}
        _ => std::future::pending().await,
    }
}

/// See above.
#[cfg(not(unix))]
pub(super) async fn gone() {
    std::future::pending().await
}
