//! `resources watch`: subscribes, and prints the resource again each time it changed.

use serde_json::Value;

use super::{Failed, Host, Kind, Output, audience, content};
use crate::model::call::Operation;
use crate::model::id::ServerId;
use crate::model::session::Status;

/// Prints the resource after each change until interrupted, until nobody reads any more, or until the server tells
/// nothing any more.
pub(super) async fn watch(host: &mut Host, server: ServerId, uri: &str, out: &mut Output) -> Result<(), Failed> {
    host.run(server, Operation::Subscribe { uri: uri.to_owned() }, out).await?;
    out.note(&format!("watching {uri}"));
    let gone = audience::gone();
    tokio::pin!(gone);
    while !out.is_closed() {
        tokio::select! {
            () = &mut gone => return Ok(()),
            changed = host.changed(server, out) => changed?,
        }
        let session = host.session(server);
        if let Status::Down { reason, .. } = &session.status {
            return Err(Failed::of_down(reason, session));
        }
        // A server may tell of a part of what is subscribed to.
        let Some(updated) = session.updated.iter().next().cloned() else {
            let name = &session.spec.name;
            return Err(Failed::new(Kind::Died, format!("{name} does not tell changes of {uri} any more")));
        };
        let result = host.run(server, Operation::ReadResource { uri: updated.clone() }, out).await?;
        if out.is_json() {
            out.json(&format!("{{\"uri\":{},\"result\":{}}}", Value::from(updated), result.as_str()));
        } else {
            let heading = out.dim(&format!("— {updated}"));
            out.text(&format!("{heading}\n{}", content::resource(&result)));
        }
    }
    Ok(())
}
