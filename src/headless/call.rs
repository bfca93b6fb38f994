//! One request, one result: `tools call` with its checks before and after, and the others.

use std::io::Read;

use serde_json::Value;

use super::{Failed, Host, Kind, Output, content};
use crate::cli::command::CallTool;
use crate::config::suggest::nearest;
use crate::model::call::{ListKind, Operation, says_error};
use crate::model::id::ServerId;
use crate::model::json::{RawJson, scan};
use crate::model::schema::{Schema, arguments_from_pairs};
use crate::model::session::{Item, Session};

/// The schemas of a tool, as far as the server gives them.
struct Schemas {
    input: Option<RawJson>,
    output: Option<RawJson>,
}

/// A tool call as it was typed.
#[derive(Debug)]
pub(super) struct ToolCall {
    name: String,
    arguments: Typed,
    validate: bool,
    as_task: bool,
}

#[derive(Debug)]
enum Typed {
    Pairs(Vec<(String, String)>),
    Json(RawJson),
}

impl ToolCall {
    /// Reads what was typed.
    pub(super) fn read(asked: &CallTool) -> Result<Self, Failed> {
        let arguments = match &asked.args_json {
            Some(text) => Typed::Json(json_from("--args-json", text)?),
            None => Typed::Pairs(pairs(&asked.args)?),
        };
        Ok(Self { name: asked.name.clone(), arguments, validate: !asked.no_validate, as_task: asked.task })
    }
}

/// Calls a tool.
pub(super) async fn tool(host: &mut Host, server: ServerId, asked: &ToolCall, out: &mut Output) -> Result<(), Failed> {
    let name = asked.name.as_str();
    host.list(server, ListKind::Tools, out).await?;
    let schemas = match usable(host.session(server), name) {
        Ok(schemas) => Some(schemas),
        Err(failed) if !asked.validate => {
            out.warning(&format!("{failed}; it is called all the same"));
            None
        }
        Err(failed) => return Err(failed),
    };
    let input = schemas.as_ref().and_then(|schemas| schemas.input.as_ref());
    let arguments = match &asked.arguments {
        Typed::Json(arguments) => arguments.clone(),
        Typed::Pairs(pairs) => {
            let schema = input.and_then(|schema| schema.to_value().ok());
            arguments_from_pairs(schema.as_ref(), pairs).map_err(Failed::usage)?
        }
    };
    if let (Some(schema), true) = (input, asked.validate) {
        validate(name, schema, &arguments, out)?;
    }
    let operation = if asked.as_task {
        Operation::CallAsTask { name: name.to_owned(), arguments }
    } else {
        Operation::CallTool { name: name.to_owned(), arguments }
    };
    let result = match host.run(server, operation, out).await {
        Err(mut failed) if schemas.is_none() && failed.kind == Kind::Rpc => {
            failed.kind = Kind::NoSuchTool;
            return Err(failed);
        }
        outcome => outcome?,
    };
    if let Some(schema) = schemas.as_ref().and_then(|schemas| schemas.output.as_ref()) {
        check_result(name, schema, &result, out);
    }
    print(&result, content::tool_result, out);
    tool_said(name, &result)
}

/// Whether the tool itself says that it failed.
pub(super) fn tool_said(name: &str, result: &RawJson) -> Result<(), Failed> {
    if !says_error(result) {
        return Ok(());
    }
    let why = content::first_line(result).map(|line| format!(": {line}")).unwrap_or_default();
    Err(Failed::new(Kind::Tool, format!("the tool `{name}` failed{why}")))
}

/// The schemas of a listed tool, or why it cannot be called.
fn usable(session: &Session, name: &str) -> Result<Schemas, Failed> {
    let part = |raw: &RawJson, key| raw.get(key).and_then(|text| RawJson::parse(text).ok());
    if let Some(item) = session.item(ListKind::Tools, name) {
        return Ok(Schemas { input: part(item.raw(), "inputSchema"), output: part(item.raw(), "outputSchema") });
    }
    let items = &session.listing(ListKind::Tools).items;
    let malformed = items.iter().find_map(|item| match item {
        Item::Bad { problem, raw } => {
            let said = raw.get("name").and_then(scan::decoded)?;
            (said == name).then_some(problem)
        }
        Item::Good { .. } => None,
    });
    let server = &session.spec.name;
    if let Some(problem) = malformed {
        let message = format!("{server} describes the tool `{name}` in a way that cannot be used: {problem}");
        return Err(Failed::new(Kind::NoSuchTool, message));
    }
    let known: Vec<&str> = items.iter().filter_map(Item::key).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => match known.as_slice() {
            [] => "it has none".to_owned(),
            few if few.len() <= 12 => format!("it has: {}", few.join(", ")),
            many => format!("it has {}; see `mcp-tui tools list`", many.len()),
        },
    };
    Err(Failed::new(Kind::NoSuchTool, format!("{server} has no tool `{name}`; {hint}")))
}

/// Checks arguments before they are sent. A schema that cannot be used checks nothing, and that is said.
fn validate(name: &str, schema: &RawJson, arguments: &RawJson, out: &mut Output) -> Result<(), Failed> {
    if !arguments.as_str().starts_with('{') {
        let got = scan::kind(arguments.as_str());
        return Err(Failed::usage(format!("the arguments of `{name}` are an object, got {got}")));
    }
    let schema = match Schema::compile(schema) {
        Ok(schema) => schema,
        Err(why) => {
            out.warning(&format!("the arguments of `{name}` are not checked: {why}"));
            return Ok(());
        }
    };
    let value = arguments.to_value().map_err(|why| {
        Failed::usage(format!("the arguments cannot be checked: {why}; --no-validate sends them as they are"))
    })?;
    let violations: Vec<String> = schema.validate(&value).iter().map(ToString::to_string).collect();
    if violations.is_empty() {
        return Ok(());
    }
    let message = format!(
        "these arguments do not fit the schema of `{name}`, so that nothing was sent (--no-validate sends them as they are)"
    );
    Err(Failed::usage(message).with_details(violations))
}

/// Checks a result; it is printed whatever comes of it.
fn check_result(name: &str, schema: &RawJson, result: &RawJson, out: &mut Output) {
    if says_error(result) {
        return;
    }
    let Some(structured) = result.get("structuredContent") else {
        out.warning(&format!("`{name}` has an output schema, but its result has no structuredContent"));
        return;
    };
    let schema = match Schema::compile(schema) {
        Ok(schema) => schema,
        Err(why) => {
            out.warning(&format!("the result of `{name}` is not checked: {why}"));
            return;
        }
    };
    match RawJson::parse(structured).and_then(|structured| structured.to_value()) {
        Err(why) => out.warning(&format!("the result of `{name}` cannot be checked: {why}")),
        Ok(value) => {
            for violation in schema.validate(&value) {
                out.warning(&format!("the result of `{name}` does not fit its output schema: {violation}"));
            }
        }
    }
}

/// Sends one request and prints its result.
pub(super) async fn one(
    host: &mut Host,
    server: ServerId,
    operation: Operation,
    for_people: fn(&RawJson) -> String,
    out: &mut Output,
) -> Result<(), Failed> {
    let result = host.run(server, operation, out).await?;
    print(&result, for_people, out);
    Ok(())
}

/// Completes an argument.
pub(super) async fn complete(
    host: &mut Host,
    server: ServerId,
    operation: Operation,
    out: &mut Output,
) -> Result<(), Failed> {
    let result = host.run(server, operation, out).await?;
    if out.is_json() {
        out.json(result.as_str());
        return Ok(());
    }
    let (page, more) = content::completion(&result);
    out.text(&page);
    if let Some(more) = more {
        out.note(&more);
    }
    Ok(())
}

fn print(result: &RawJson, for_people: fn(&RawJson) -> String, out: &mut Output) {
    if out.is_json() { out.json(result.as_str()) } else { out.text(&for_people(result)) }
}

/// `key=value` words.
pub(super) fn pairs(args: &[String]) -> Result<Vec<(String, String)>, Failed> {
    let split = |arg: &String| match arg.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Failed::usage(format!("--arg {arg}: expected KEY=VALUE"))),
    };
    args.iter().map(split).collect()
}

/// JSON as typed, from a file (`@FILE`) or from standard input (`-`); verbatim in each case.
pub(super) fn json_from(option: &str, given: &str) -> Result<RawJson, Failed> {
    let (source, text) = if given == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|fault| Failed::usage(format!("{option}: cannot read standard input: {fault}")))?;
        ("standard input".to_owned(), text)
    } else if let Some(file) = given.strip_prefix('@') {
        let read = std::fs::read_to_string(file);
        (file.to_owned(), read.map_err(|fault| Failed::usage(format!("{option}: cannot read {file}: {fault}")))?)
    } else {
        (String::new(), given.to_owned())
    };
    RawJson::parse(text).map_err(|why| {
        let place = if source.is_empty() { String::new() } else { format!("{source}: ") };
        Failed::usage(format!("{option}: {place}not JSON: {why}"))
    })
}

/// The arguments that `tools.call-all` sends.
pub(super) fn sampled(item: &Item) -> RawJson {
    let schema = item.raw().get("inputSchema").and_then(|text| RawJson::parse(text).ok()?.to_value().ok());
    let sample = schema.map_or(Value::Null, |schema| crate::model::schema::sample(&schema));
    if sample.is_object() { RawJson::from_value(&sample) } else { RawJson::empty_object() }
}
