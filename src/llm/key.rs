//! Where a provider's key comes from: the environment, or a program that prints it.

use std::process::Stdio;
use std::time::Duration;

use crate::model::chat::{FailureKind, ProviderFailure};
use crate::model::provider::{Key, ProviderSpec, Secret};

/// How long the program may take: it may have to ask a person for a passphrase.
const PATIENCE: Duration = Duration::from_mins(1);

/// The key, if the provider needs one.
pub(super) async fn find(spec: &ProviderSpec) -> Result<Option<Secret>, ProviderFailure> {
    let words = match &spec.key {
        Key::None => return Ok(None),
        Key::Value(key) => return Ok(Some(key.clone())),
        Key::Command(words) => words,
    };
    let failed = |why: String| {
        // The arguments are the person's own, but what they print is the key: it is in no message.
        let program = words.first().map_or("", String::as_str);
        ProviderFailure::new(FailureKind::Unauthorized, format!("{}: api_key_command `{program}` {why}", spec.name))
    };
    let Some((program, arguments)) = words.split_first() else { return Err(failed("names no program".into())) };
    let mut command = tokio::process::Command::new(program);
    // What it complains about belongs into the message: written to the terminal, it would tear the screen.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().map_err(|fault| failed(format!("cannot be started: {fault}")))?;
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .map_err(|_| failed(format!("printed nothing for {} s", PATIENCE.as_secs())))?
        .map_err(|fault| failed(format!("failed: {fault}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
        return Err(failed(format!("failed ({}): {}", output.status, super::failure::clip(said))));
    }
    let key = String::from_utf8_lossy(&output.stdout);
    match key.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(key) => Ok(Some(Secret::new(key))),
        None => Err(failed("printed nothing".into())),
    }
}
