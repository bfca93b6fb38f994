//! Floor 2: talking to servers. Our own JSON-RPC engine over three transports; nothing is shared between servers.
//!
//! * [`transport`]: what a transport hands up and takes down; every frame is journaled before it gets here.
//! * [`stdio`]: a child process; [`http`]: Streamable HTTP and the old HTTP+SSE.
//! * [`session`]: the core of one connection: pending requests, deadlines, cancelling, dispatch in wire order.
//! * [`era`]: which revision the server speaks; [`features`]: what can be asked of it.
//! * `rounds`: requests that are answered with questions; `subscriptions`: the stream of changes of the modern era;
//!   `tasks`: calls that are answered with a promise; `skills`: files that must be what their entry says.
//! * [`actor`]: one task for each server: connect, serve, notice the end, connect again.

pub mod actor;
pub mod era;
pub mod features;
mod frame;
pub mod http;
mod mirror;
mod rounds;
pub mod session;
mod skills;
pub mod stdio;
mod subscriptions;
mod tasks;
pub mod transport;
