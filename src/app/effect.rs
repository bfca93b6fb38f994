//! Everything the pure machine can ask of the world: [`Effect`]. A request, never an act.

use crate::model::call::Operation;
use crate::model::id::{CallId, ServerId};
use crate::model::question::{Answer, QuestionId};
use crate::model::server::ServerSpec;
use crate::model::task::KnownTask;

/// A request to the world; `runtime/effects.rs` is the only place where it becomes an action.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Start the session's actor, or tell it to connect again.
    Connect {
        /// Which.
        server: ServerId,
        /// How.
        spec: Box<ServerSpec>,
    },
    /// End the connection.
    Disconnect(ServerId),
    /// End the connection and connect again.
    Restart(ServerId),
    /// Have changes of its lists told, where the server has to be asked for that.
    Listen(ServerId),
    /// Run an operation.
    Run {
        /// Of which server.
        server: ServerId,
        /// The call's name.
        call: CallId,
        /// What.
        operation: Operation,
    },
    /// Keep a task's name for later runs.
    KeepTask(KnownTask),
    /// Look for texts in the journal, in the place of any search before.
    Scan {
        /// The number of the search.
        number: u64,
        /// The texts; each has the bit of its place.
        texts: Vec<String>,
        /// Where the first line begins.
        from: u64,
        /// Where the last line ends.
        end: u64,
    },
    /// The journal has grown to here: look on.
    ScanOn(u64),
    /// Look no more.
    StopScan,
    /// Give the answer to the session that asked.
    Answer {
        /// Which question.
        question: QuestionId,
        /// With what.
        answer: Answer,
    },
    /// Cancel a running operation, in the way of the era and the transport.
    Cancel {
        /// Of which server.
        server: ServerId,
        /// Which.
        call: CallId,
    },
}
