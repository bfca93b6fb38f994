//! One task for each server.

use tokio::sync::{mpsc, oneshot};

use super::era::EraMemory;
use crate::app::Event;
use crate::journal::Tap;
use crate::model::call::Operation;
use crate::model::id::{CallId, ServerId};
use crate::model::server::ServerSpec;

#[derive(Debug)]
pub(super) enum SessionCommand {
    Disconnect,
    Restart,
    Run { call: CallId, operation: Operation },
    Cancel(CallId),
    Shutdown(oneshot::Sender<()>),
}

/// The cheap sender to a session. Sending never waits; a session that is gone ignores it.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    commands: mpsc::UnboundedSender<SessionCommand>,
}

impl SessionHandle {
    fn send(&self, command: SessionCommand) {
        self.commands.send(command).ok();
    }

    /// Ends the connection.
    pub fn disconnect(&self) {
        self.send(SessionCommand::Disconnect);
    }

    /// Ends the connection, if any, and connects again.
    pub fn restart(&self) {
        self.send(SessionCommand::Restart);
    }

    /// Runs an operation.
    pub fn run(&self, call: CallId, operation: Operation) {
        self.send(SessionCommand::Run { call, operation });
    }

    /// Cancels a running operation.
    pub fn cancel(&self, call: CallId) {
        self.send(SessionCommand::Cancel(call));
    }

    /// Ends the connection and the task; the receiver hears when all is gone.
    pub fn shutdown(&mut self) -> oneshot::Receiver<()> {
        let (done, ended) = oneshot::channel();
        self.send(SessionCommand::Shutdown(done));
        ended
    }
}

/// Starts the task of one server; it connects at once.
pub fn spawn(
    _server: ServerId,
    _spec: ServerSpec,
    _tap: Tap,
    _events: mpsc::Sender<Event>,
    _eras: EraMemory,
) -> SessionHandle {
    let (commands, _receiver) = mpsc::unbounded_channel();
    SessionHandle { commands }
}
