//! Loading a skill: its entry, then the file, and whether the two belong together (`model::skill` has the rules).
//!
//! Nothing of a skill is read before somebody asks for it. What does not fit its entry is not handed on.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::features::{self, Context, complete};
use super::rounds;
use super::session::{Peer, RequestOptions};
use crate::model::call::{Failure, ListKind};
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::skill::{Files, Skill};

/// Reads a file of a skill and checks it: `{"skill": entry, "uri": …, "contents": […], "verified": {…} | null}`.
pub(super) async fn load(
    peer: &Peer,
    context: &Context,
    call: CallId,
    uri: &str,
    file: Option<&str>,
    known: Option<RawJson>,
) -> Result<RawJson, Failure> {
    let was_known = known.is_some();
    let entry = match known {
        Some(entry) => entry,
        None => get(peer, context, uri).await?,
    };
    let skill = usable(context, uri, &entry)?;
    let file = skill.file(file).map_err(Failure::Refused)?.to_owned();
    let params = RawJson::from_value(&json!({ "uri": file }));
    let result = rounds::request(peer, context, call, "resources/read", params).await?;
    let contents = result.get("contents").and_then(|text| RawJson::parse(text.to_owned()).ok());
    let contents = contents.unwrap_or_else(|| RawJson::from_value(&Value::Null));
    let bytes = bytes(&contents, &file)
        .map_err(|why| Failure::BadAnswer(format!("{}'s answer for {file} cannot be used: {why}", context.name)))?;
    let Err(why) = skill.check(&file, &bytes) else { return Ok(loaded(&entry, &skill, &file, &contents)) };
    // The entry may only be old: then a new one says something else.
    if was_known && let Ok(newer) = get(peer, context, uri).await {
        let skill = usable(context, uri, &newer)?;
        if skill.check(&file, &bytes).is_ok() {
            context.tap.note(format!("the skill {uri} changed since it was listed; its new entry fits {file}")).await;
            return Ok(loaded(&newer, &skill, &file, &contents));
        }
    }
    Err(Failure::BadAnswer(format!(
        "{file} is not what {} says it is, and is not used: {why}; the frame is in the log",
        context.name
    )))
}

fn loaded(entry: &RawJson, skill: &Skill, file: &str, contents: &RawJson) -> RawJson {
    let listed = match &skill.files {
        Files::Dynamic => None,
        Files::Listed(files) => files.iter().find(|one| one.uri == file),
    };
    let verified = listed.map(|one| json!({"digest": one.digest, "size": one.size}));
    let text = format!(
        "{{\"skill\":{entry},\"uri\":{},\"contents\":{contents},\"verified\":{}}}",
        Value::from(file),
        verified.unwrap_or_default()
    );
    // All parts are valid JSON, so the whole is.
    RawJson::parse(text).unwrap_or_else(|_| RawJson::empty_object())
}

fn usable(context: &Context, uri: &str, entry: &RawJson) -> Result<Skill, Failure> {
    let wrong =
        |why: String| Failure::BadAnswer(format!("{} describes {uri} so that it cannot be used: {why}", context.name));
    let skill = Skill::read(entry).map_err(wrong)?;
    if skill.uri == uri { Ok(skill) } else { Err(wrong(format!("its entry is that of {}", skill.uri))) }
}

/// The entry of a skill, whether it is listed or not. A server of before there was `skills/get` has only those that it lists.
async fn get(peer: &Peer, context: &Context, uri: &str) -> Result<RawJson, Failure> {
    let params = RawJson::from_value(&json!({ "uri": uri }));
    let answer = complete(context, peer.request("skills/get", Some(params), RequestOptions::default()).await);
    let result = match answer {
        Ok(result) => result,
        Err(Failure::Rpc { code: -32601, .. }) => return listed(peer, context, uri).await,
        Err(Failure::Rpc { code: -32602, message, data }) => {
            return Err(Failure::Rpc { code: -32602, message: format!("no such skill: {message}"), data });
        }
        Err(other) => return Err(other),
    };
    let entry = result.get("skill").and_then(|text| RawJson::parse(text.to_owned()).ok());
    entry.ok_or_else(|| Failure::BadAnswer(format!("{}'s answer to skills/get has no `skill`", context.name)))
}

/// The entry of a skill, from the list.
async fn listed(peer: &Peer, context: &Context, uri: &str) -> Result<RawJson, Failure> {
    context.tap.note("no skills/get here: the skill's entry is looked for in the list").await;
    let gathered = features::gather(peer, context, ListKind::Skills).await?;
    // Of an entry that is malformed `usable` says what is wrong with it.
    let entry = gathered.items.iter().find(|item| item.called().as_deref() == Some(uri));
    entry.map(|item| item.raw().clone()).ok_or_else(|| {
        Failure::Refused(format!("no such skill: {} does not list {uri}, and cannot be asked for one", context.name))
    })
}

/// The bytes of the only part of the contents.
fn bytes(contents: &RawJson, uri: &str) -> Result<Vec<u8>, String> {
    let contents = contents.to_value().map_err(|why| why.to_string())?;
    let parts = contents.as_array().map(Vec::as_slice).unwrap_or_default();
    let [part] = parts else { return Err(format!("it has {} parts instead of one", parts.len())) };
    if part["uri"].as_str().is_some_and(|other| other != uri) {
        return Err(format!("it is the contents of {}", part["uri"]));
    }
    match (part["text"].as_str(), part["blob"].as_str()) {
        (Some(text), None) => Ok(text.as_bytes().to_vec()),
        (None, Some(blob)) => BASE64_STANDARD.decode(blob).map_err(|why| format!("its `blob` is not base64: {why}")),
        _ => Err("it has neither `text` nor `blob`, or both".into()),
    }
}
