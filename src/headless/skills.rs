//! `skills load`: a file of a skill, printed once it is what the skill's entry says.

use super::{Failed, Host, Output, content};
use crate::model::call::Operation;
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::skill::{Files, Skill};
use crate::model::text::escape_line;

/// Loads and prints.
pub(super) async fn load(
    host: &mut Host,
    server: ServerId,
    uri: String,
    file: Option<String>,
    out: &mut Output,
) -> Result<(), Failed> {
    let result = host.run(server, Operation::LoadSkill { uri, file, entry: None }, out).await?;
    if out.is_json() {
        out.json(result.as_str());
        return Ok(());
    }
    let text = |key: &str| {
        result.get("verified").and_then(|checked| RawJson::parse(checked).ok()?.get(key).map(str::to_owned))
    };
    match (text("size"), text("digest")) {
        (Some(size), Some(digest)) => {
            out.note(&format!(
                "checked: {size} bytes, {}; that says nothing about whether to trust it",
                digest.trim_matches('"')
            ));
        }
        _ => out.warning("this skill lists no digests: nothing but its frontmatter could be checked"),
    }
    out.text(&content::resource(&result));
    Ok(())
}

/// What a row of the list says below the description: the fields of its frontmatter, its files, what is odd.
pub(super) fn row(raw: &RawJson, out: &Output) -> String {
    let Ok(skill) = Skill::read(raw) else { return String::new() };
    let mut lines: Vec<String> = Vec::new();
    for (field, value) in skill.fields() {
        lines.push(out.dim(&format!("{}: {}", escape_line(field), escape_line(&value))));
    }
    match &skill.files {
        Files::Dynamic => lines.push(out.dim("made up as it is read: nothing can be checked")),
        Files::Listed(files) => lines.extend(files.iter().map(|file| {
            let size = content::size(file.size);
            format!(
                "{}  {}",
                escape_line(&file.uri),
                out.dim(&format!("{size}, {}", &file.digest[..19.min(file.digest.len())]))
            )
        })),
    }
    lines.extend(skill.remarks.iter().map(|remark| out.bad(&escape_line(remark))));
    lines.iter().map(|line| format!("    {line}\n")).collect()
}
