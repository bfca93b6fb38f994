//! Opening a connection: which transport, what is offered, and what a person wants in the meantime.

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Actor, Next, SessionCommand};
use crate::app::SessionEvent;
use crate::mcp::era::Remembered;
use crate::mcp::frame::Dialect;
use crate::mcp::http::{HttpTransport, SseTransport};
use crate::mcp::session::{Ask, Core, Peer, Reporter, Roots, Transport};
use crate::mcp::stdio::StdioTransport;
use crate::mcp::transport::{INBOUND, Inbound};
use crate::model::call::Failure;
use crate::model::sampling::Policy;
use crate::model::server::{HttpKind, Launch, Offers, ServerSpec};
use crate::model::session::DownReason;
use crate::model::{skill, task};

impl Actor {
    /// One connection from its start to its end, all transports.
    pub(super) async fn connection(&mut self) -> Next {
        let old = matches!(&self.spec.launch, Launch::Http { kind: HttpKind::Sse, .. })
            || self.memory.recall(&self.spec) == Some(Remembered::OldHttp);
        let auto = matches!(&self.spec.launch, Launch::Http { kind: HttpKind::Auto, .. });
        match self.attempt(old).await {
            Attempt::Next(Next::Down(DownReason::Unreachable(_))) if old && auto => {
                // What was remembered may not be true any more.
                self.memory.learn(&self.spec, None);
                match self.attempt(false).await {
                    Attempt::Next(next) => next,
                    Attempt::TryOldHttp(why) => Next::Down(DownReason::Unreachable(why)),
                }
            }
            Attempt::Next(next) => next,
            Attempt::TryOldHttp(why) => {
                self.tap.note(format!("{why}; trying the old HTTP+SSE transport")).await;
                match self.attempt(true).await {
                    Attempt::Next(Next::Down(DownReason::Unreachable(old))) => {
                        Next::Down(DownReason::Unreachable(format!("{why}; and as an old HTTP+SSE endpoint: {old}")))
                    }
                    Attempt::Next(next) => next,
                    Attempt::TryOldHttp(why) => Next::Down(DownReason::Unreachable(why)),
                }
            }
        }
    }

    async fn attempt(&mut self, old_http: bool) -> Attempt {
        let (sender, inbound) = mpsc::channel(INBOUND);
        let step = match &self.spec.launch {
            Launch::Stdio { command, .. } => format!("starting {command}"),
            Launch::Http { .. } => "connecting".into(),
        };
        self.reporter.report(SessionEvent::Connecting { step }).await;
        self.tap.note(format!("connect: {}", self.shown_target())).await;
        let opened = self.open(old_http, sender).await;
        let (transport, kind, connected_to) = match opened {
            Ok(opened) => opened,
            Err(next) => return Attempt::Next(next),
        };
        let capabilities = capabilities(&self.spec);
        let dialect = Dialect {
            revision: None,
            capabilities: capabilities.modern.clone(),
            log_level: self.spec.log_level.clone(),
        };
        let roots = Roots::new(&self.spec.roots);
        let (mut core, peer, asked) = Core::new(
            transport,
            dialect,
            self.spec.name.clone(),
            roots.clone(),
            self.spec.timeouts,
            self.tap.clone(),
            self.reporter.clone(),
        );
        core.offers = offers(&self.spec);
        core.may_renegotiate = !self.renegotiated;
        core.tells_logs = self.spec.tell_logs;
        let capabilities = capabilities.legacy;
        self.serve(Link { core, peer, asked, inbound, kind, connected_to, capabilities, roots }).await
    }

    fn shown_target(&self) -> String {
        match &self.spec.launch {
            Launch::Stdio { command, args, .. } => {
                let line: Vec<String> = std::iter::once(command).chain(args).map(|word| format!("{word:?}")).collect();
                format!("stdio, {}", line.join(" "))
            }
            Launch::Http { url, .. } => format!("HTTP, {}", self.tap.redactor().url(url)),
        }
    }

    async fn open(
        &mut self,
        old_http: bool,
        inbound: mpsc::Sender<Inbound>,
    ) -> Result<(Transport, &'static str, String), Next> {
        let unreachable = |why| Next::Down(DownReason::Unreachable(why));
        let spec = self.spec.clone();
        match &spec.launch {
            Launch::Stdio { command, args, env, cwd } => {
                let child = StdioTransport::spawn(
                    (command, args),
                    env,
                    cwd.as_deref(),
                    spec.limits,
                    spec.timeouts,
                    &self.tap,
                    inbound,
                )
                .map_err(unreachable)?;
                let pid = format!("pid {}", child.pid());
                Ok((Transport::Stdio(child), "stdio", pid))
            }
            Launch::Http { url, headers, .. } if old_http => {
                let shown = self.tap.redactor().url(url);
                let tap = self.tap.clone();
                let connecting = SseTransport::connect(
                    url,
                    headers,
                    spec.limits,
                    spec.timeouts,
                    tap,
                    inbound,
                    Instant::now() + spec.timeouts.connect,
                );
                tokio::select! {
                    opened = connecting => match opened {
                        Ok(transport) => {
                            self.memory.learn(&self.spec, Some(Remembered::OldHttp));
                            Ok((Transport::Sse(transport), "sse", shown))
                        }
                        Err(failure) if matches!(failure.status, Some(401 | 403)) => {
                            Err(Next::Down(DownReason::Unauthorized(failure.message)))
                        }
                        Err(failure) => Err(unreachable(failure.message)),
                    },
                    next = interrupted(&mut self.commands, &self.reporter, &mut self.spec) => Err(next),
                }
            }
            Launch::Http { url, headers, .. } => {
                let transport = HttpTransport::new(url, headers, spec.limits, spec.timeouts, self.tap.clone(), inbound)
                    .map_err(unreachable)?;
                Ok((Transport::Http(transport), "http", self.tap.redactor().url(url)))
            }
        }
    }
}

/// What is offered to a server, by its era.
struct Capabilities {
    /// With the handshake.
    legacy: Value,
    /// With each request.
    modern: Value,
}

/// What is offered to this server: sampling only where its rules do not deny it.
pub(super) fn offers(spec: &ServerSpec) -> Offers {
    Offers { sampling: spec.offers.sampling && spec.sampling.policy != Policy::Deny, ..spec.offers }
}

/// What a person or a flag can answer; each answer can still be no.
fn capabilities(spec: &ServerSpec) -> Capabilities {
    let mut legacy = json!({});
    let offers = offers(spec);
    if offers.elicitation {
        legacy["elicitation"] = json!({"form": {}, "url": {}});
    }
    if offers.sampling {
        legacy["sampling"] = json!({"tools": {}});
    }
    let mut modern = legacy.clone();
    if offers.roots {
        legacy["roots"] = json!({"listChanged": true});
        modern["roots"] = json!({});
    }
    // Extensions are of the modern era.
    modern["extensions"] = json!({ task::EXTENSION: {}, skill::EXTENSION: {} });
    Capabilities { legacy, modern }
}

/// What one attempt to connect came to.
pub(super) enum Attempt {
    Next(Next),
    TryOldHttp(String),
}

/// An open transport and the core above it.
pub(super) struct Link {
    pub(super) core: Core,
    pub(super) peer: Peer,
    pub(super) asked: mpsc::UnboundedReceiver<Ask>,
    pub(super) inbound: mpsc::Receiver<Inbound>,
    pub(super) kind: &'static str,
    pub(super) connected_to: String,
    /// What is offered in a legacy handshake.
    pub(super) capabilities: Value,
    pub(super) roots: Roots,
}

/// Waits for a command that ends an attempt; answers the others.
async fn interrupted(
    commands: &mut mpsc::UnboundedReceiver<SessionCommand>,
    reporter: &Reporter,
    spec: &mut ServerSpec,
) -> Next {
    loop {
        match commands.recv().await {
            None => return Next::Shutdown(None),
            Some(SessionCommand::Shutdown(done)) => return Next::Shutdown(Some(done)),
            Some(SessionCommand::Disconnect) => return Next::Down(DownReason::Stopped),
            Some(SessionCommand::Restart) => return Next::Again,
            Some(SessionCommand::Run { call, .. }) => {
                let outcome = Err(Failure::Refused("still connecting".into()));
                reporter.report(SessionEvent::Finished { call, outcome }).await;
            }
            Some(SessionCommand::Change(change)) => change.apply(spec),
            Some(SessionCommand::Cancel(_) | SessionCommand::Answer { .. } | SessionCommand::Listen) => {}
        }
    }
}
