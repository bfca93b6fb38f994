//! Where large answers are laid out: [`Desk`], one thread beside the screen. No key waits for it, and it waits for
//! nothing but work.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc as std_mpsc;

use tokio::sync::mpsc;

use super::input::Input;
use super::reader::Reader;
use super::result::{Job, Laid};
use crate::model::json::RawJson;

/// The thread's end of the work.
pub(super) struct Desk {
    jobs: std_mpsc::Sender<Work>,
}

enum Work {
    /// The answer of a call.
    Answer(Job),
    /// A frame of the log as a tree.
    Tree(usize, RawJson),
}

impl Desk {
    /// Starts the thread. What is laid out comes out of `answers`.
    pub(super) fn start(answers: mpsc::UnboundedSender<Input>) -> io::Result<Desk> {
        let (jobs, waiting) = std_mpsc::channel::<Work>();
        std::thread::Builder::new().name("desk".into()).spawn(move || {
            for work in waiting {
                let done = match work {
                    Work::Answer(job) => {
                        let page = job.page;
                        // A decoder that trips over a hostile picture costs that picture, not the screen.
                        let laid = catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or_else(|_| Laid {
                            page,
                            reader: Err("it could not be laid out; V shows it as it was sent".into()),
                        });
                        Input::Laid(laid)
                    }
                    Work::Tree(frame, text) => Input::Grown { frame, reader: Box::new(Reader::of_json(text)) },
                };
                answers.send(done).ok();
            }
        })?;
        Ok(Desk { jobs })
    }

    /// Lays an answer out; `Input::Laid` is the reply.
    pub(super) fn lay_out(&self, job: Job) {
        // The thread ends only after this.
        self.jobs.send(Work::Answer(job)).ok();
    }

    /// Makes a tree of a frame; `Input::Grown` is the reply.
    pub(super) fn grow(&self, frame: usize, text: RawJson) {
        self.jobs.send(Work::Tree(frame, text)).ok();
    }
}
