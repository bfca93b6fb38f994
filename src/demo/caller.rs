//! Owns the view a tool has of the client that calls it: era, capabilities, log, progress, and whether it still waits.

#![expect(
    deprecated,
    reason = "logging is deprecated in the specification and still live; clients must be able to try it"
)]

use rmcp::RoleServer;
use rmcp::model::{
    ClientCapabilities, LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam, ProtocolVersion,
};
use rmcp::service::RequestContext;
use serde_json::Value;

use super::session::Session;
use super::shared::Shared;

/// See the module's text.
pub(super) struct Caller<'a> {
    pub(super) shared: &'a Shared,
    session: &'a Session,
    pub(super) context: RequestContext<RoleServer>,
    capabilities: ClientCapabilities,
}

impl<'a> Caller<'a> {
    pub(super) fn new(shared: &'a Shared, session: &'a Session, context: RequestContext<RoleServer>) -> Self {
        let capabilities = context.client_capabilities().unwrap_or_default();
        Self { shared, session, context, capabilities }
    }

    /// Whether the request is of revision 2026-07-28 or later, in which a server asks by `input_required`.
    pub(super) fn modern(&self) -> bool {
        self.speaks(&ProtocolVersion::V_2026_07_28)
    }

    /// Whether the request is of `version` or a later one.
    pub(super) fn speaks(&self, version: &ProtocolVersion) -> bool {
        // Versions are ISO dates, their text sorts as time does.
        self.context.protocol_version().is_some_and(|spoken| spoken.as_str() >= version.as_str())
    }

    /// Whether the client can show a form. An empty capability means forms; only a client that names `url` alone cannot.
    pub(super) fn can_elicit(&self) -> bool {
        self.capabilities.elicitation.as_ref().is_some_and(|modes| modes.form.is_some() || modes.url.is_none())
    }

    /// Whether the client has a model to lend.
    pub(super) fn can_sample(&self) -> bool {
        self.capabilities.sampling.is_some()
    }

    /// Sends a log message, if this client wants messages of that level.
    pub(super) async fn log(&self, level: LoggingLevel, data: Value) {
        let wanted = match self.context.meta.log_level() {
            None if self.modern() => return,
            None => self.session.level(),
            Some(level) => level,
        };
        if severity(level) >= severity(wanted) {
            let message = LoggingMessageNotificationParam::new(level, data).with_logger("bookmarks");
            self.tell(self.context.peer.notify_logging_message(message)).await;
        }
    }

    /// Reports progress, if the client asked for it.
    pub(super) async fn progress(&self, done: usize, total: usize, message: String) {
        if let Some(token) = self.context.meta.get_progress_token() {
            let progress =
                ProgressNotificationParam::new(token, done as f64).with_total(total as f64).with_message(message);
            self.tell(self.context.peer.notify_progress(progress)).await;
        }
    }

    /// Waits for a notification to be sent, but not beyond the end of the connection.
    ///
    /// After the end of input `rmcp` still sends answers, yet takes no notification any more: waiting for one would
    /// hold up the answer, and with it the end of the server.
    pub(super) async fn tell<E>(&self, sending: impl Future<Output = Result<(), E>>) {
        tokio::select! {
            biased;
            () = self.shared.closed() => {}
            // A client that cannot be told is a client that is gone; the call's own answer will find out.
            _ = sending => {}
        }
    }

    /// Resolves when the call was cancelled or the server shuts down.
    pub(super) async fn stopped(&self) {
        tokio::select! {
            () = self.context.ct.cancelled() => {}
            () = self.shared.closed() => {}
        }
    }
}

fn severity(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
