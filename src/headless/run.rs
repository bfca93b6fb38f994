//! `run`: several steps over one connection.
//!
//! The whole script is read and checked before a server is started: a typo in its last line must not cost a
//! half-done run. [`step`] has what a line may say, [`mod@reference`] how results get into later lines.

mod expect;
mod reference;
mod step;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::call::{sampled, tool_said};
use super::content::{self, indented};
use super::{Failed, Host, Kind, Output, list};
use crate::model::call::{ListKind, Operation};
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::text::escape_line;
use step::{Act, Step};

/// A script, checked as far as that is possible without running it.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    steps: Vec<Step>,
}

/// Reads a script from a file, or from standard input (`-`).
pub(super) fn read(file: &Path) -> Result<Script, Failed> {
    let shown = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let cannot = |fault: std::io::Error| Failed::usage(format!("cannot read {shown}: {fault}"));
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(cannot)?;
        text
    } else {
        std::fs::read_to_string(file).map_err(cannot)?
    };
    parse(&text).map_err(|(line, why)| Failed::usage(format!("{shown}:{line}: {why}")))
}

fn parse(text: &str) -> Result<Script, (usize, String)> {
    let mut steps: Vec<Step> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |why| (index + 1, why);
        let step = Step::parse(index + 1, line).map_err(at)?;
        for name in step.names().map_err(at)? {
            if !steps.iter().any(|earlier| earlier.keep_as.as_deref() == Some(&*name)) {
                return Err(at(format!("`${{{name}…}}`: no step above has \"as\": \"{name}\"")));
            }
        }
        steps.push(step);
    }
    Ok(Script { steps })
}

/// What came of a step.
struct Outcome {
    /// The result, even of a step that failed.
    result: Option<RawJson>,
    failed: Option<Failed>,
}

/// Runs a script to its end or to its first failure.
pub(super) async fn run(host: &mut Host, server: ServerId, script: Script, out: &mut Output) -> Result<(), Failed> {
    let mut kept: BTreeMap<String, RawJson> = BTreeMap::new();
    for (index, step) in script.steps.iter().enumerate() {
        if out.is_closed() {
            return Ok(());
        }
        let begun = crate::journal::now();
        let outcome = perform(host, server, step, &kept, out).await;
        let ms = crate::journal::now().micros_since(begun) as f64 / 1_000.0;
        tell(index + 1, step, &outcome, ms, out);
        let error = outcome.failed.as_ref().map(|failed| json!({ "error": failed.to_json() }));
        if let Some(name) = &step.keep_as {
            let result = outcome.result.or_else(|| error.as_ref().map(RawJson::from_value));
            kept.insert(name.clone(), result.unwrap_or_else(null));
        }
        match outcome.failed {
            Some(mut failed) if !step.allow_error || failed.kind == Kind::Interrupted => {
                failed.message = format!("step {} (line {}, {}): {}", index + 1, step.line, step.op, failed.message);
                return Err(failed);
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

async fn perform(
    host: &mut Host,
    server: ServerId,
    step: &Step,
    kept: &BTreeMap<String, RawJson>,
    out: &mut Output,
) -> Outcome {
    let failed = |failed| Outcome { result: None, failed: Some(failed) };
    let act = match step.act(&|name| kept.get(name).map(RawJson::as_str)) {
        Ok(act) => act,
        Err(why) => return failed(Failed::new(Kind::Expectation, why)),
    };
    let outcome = match act {
        Act::List(kind) => host.list(server, kind, out).await.map(|items| list::document(kind, items)).and_then(parsed),
        Act::CallTool { name, arguments } => {
            return called(host.run(server, Operation::CallTool { name: name.clone(), arguments }, out).await, &name);
        }
        Act::CallAll => return call_all(host, server, out).await,
        Act::Read { uri } => host.run(server, Operation::ReadResource { uri }, out).await,
        Act::LoadSkill { uri, file } => host.run(server, Operation::LoadSkill { uri, file, entry: None }, out).await,
        Act::GetPrompt { name, arguments } => host.run(server, Operation::GetPrompt { name, arguments }, out).await,
        Act::Raw { method, params } => host.run(server, Operation::Raw { method, params }, out).await,
        Act::Sleep(ms) => host.sleep(Duration::from_millis(ms), out).await.map(|()| null()),
        Act::Expect { value, test } => match expect::check(&value, &test) {
            Ok(()) => Ok(value),
            Err(why) => Err(Failed::new(Kind::Expectation, why)),
        },
    };
    match outcome {
        Ok(result) => Outcome { result: Some(result), failed: None },
        Err(why) => failed(why),
    }
}

fn parsed(document: String) -> Result<RawJson, Failed> {
    RawJson::parse(document).map_err(|why| Failed::unexpected(why.to_string()))
}

fn called(outcome: Result<RawJson, Failed>, name: &str) -> Outcome {
    match outcome {
        Ok(result) => {
            let failed = tool_said(name, &result).err();
            Outcome { result: Some(result), failed }
        }
        Err(failed) => Outcome { result: None, failed: Some(failed) },
    }
}

/// Calls every tool that can be called. One that fails does not keep the others from being called, but a server that
/// is gone does.
async fn call_all(host: &mut Host, server: ServerId, out: &mut Output) -> Outcome {
    let items = match host.list(server, ListKind::Tools, out).await {
        Ok(items) => items.to_vec(),
        Err(failed) => return Outcome { result: None, failed: Some(failed) },
    };
    let mut calls = Vec::new();
    let mut first: Option<Failed> = None;
    for item in &items {
        let Some(name) = item.key() else { continue };
        let arguments = sampled(item);
        let operation = Operation::CallTool { name: name.to_owned(), arguments: arguments.clone() };
        let Outcome { result, failed } = called(host.run(server, operation, out).await, name);
        let mut call = format!(
            "{{\"name\":{},\"ok\":{},\"ms\":{},\"arguments\":{arguments}",
            Value::from(name),
            failed.is_none(),
            host.last_took()
        );
        if let Some(result) = result {
            let _ = write!(call, ",\"result\":{result}");
        }
        if let Some(failed) = &failed {
            let _ = write!(call, ",\"error\":{}", failed.to_json());
        }
        call.push('}');
        calls.push(call);
        let lost = failed.as_ref().is_some_and(|failed| {
            matches!(failed.kind, Kind::Interrupted | Kind::Died | Kind::Unreachable | Kind::Unauthorized)
        });
        if let Some(mut failed) = failed {
            if failed.kind != Kind::Tool {
                failed.message = format!("the tool `{name}`: {}", failed.message);
            }
            // What ends the run says more than what merely failed.
            if lost || first.is_none() {
                first = Some(failed);
            }
        }
        if lost {
            break;
        }
    }
    let result = parsed(format!("{{\"calls\":[{}]}}", calls.join(","))).ok();
    Outcome { result, failed: first }
}

fn null() -> RawJson {
    RawJson::from_value(&Value::Null)
}

/// Prints what came of a step.
fn tell(number: usize, step: &Step, outcome: &Outcome, ms: f64, out: &mut Output) {
    let ok = outcome.failed.is_none();
    if out.is_json() {
        let mut line = format!("{{\"step\":{number},\"op\":\"{}\",\"ok\":{ok},\"ms\":{ms}", step.op);
        if let Some(result) = &outcome.result {
            let _ = write!(line, ",\"result\":{result}");
        }
        if let Some(failed) = &outcome.failed {
            let _ = write!(line, ",\"error\":{}", failed.to_json());
        }
        line.push('}');
        out.json(&line);
        return;
    }
    let state = match &outcome.failed {
        None => "ok".to_owned(),
        Some(failed) => out.bad(&format!("failed: {}", failed.message)),
    };
    let subject = step.subject().map(|subject| format!(" {}", escape_line(&subject))).unwrap_or_default();
    let mut page = format!("{number} {}{subject}: {state} {}\n", out.name(step.op), out.dim(&format!("({ms:.1} ms)")));
    if let Some(result) = &outcome.result {
        let body = match step.op {
            "tools.call" => content::tool_result(result),
            "resources.read" => content::resource(result),
            "prompts.get" => content::prompt(result),
            "raw" => content::laid_out(result.as_str()),
            "tools.call-all" => calls_for_people(result),
            "tools.list" | "resources.list" | "prompts.list" => names_for_people(result),
            _ => String::new(),
        };
        page.push_str(&indented(&body, 4));
    }
    out.text(&page);
}

fn calls_for_people(result: &RawJson) -> String {
    let Ok(value) = result.to_value() else { return String::new() };
    let lines = value["calls"].as_array().into_iter().flatten().map(|call| {
        let name = escape_line(call["name"].as_str().unwrap_or_default()).into_owned();
        match call["error"]["message"].as_str() {
            None => format!("{name}: ok\n"),
            Some(why) => format!("{name}: failed: {}\n", escape_line(why)),
        }
    });
    lines.collect()
}

fn names_for_people(result: &RawJson) -> String {
    let Ok(value) = result.to_value() else { return String::new() };
    let items = value.as_object().into_iter().flatten().filter_map(|(_, items)| items.as_array()).flatten();
    let name = |item: &Value| {
        let name = item["uri"].as_str().or_else(|| item["name"].as_str()).unwrap_or("?");
        format!("{}\n", escape_line(name))
    };
    items.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_checked_before_it_runs() {
        for (script, line, part) in [
            ("{\"op\":\"tools.list\"}\n\n# comment\n{\"op\":\"tools.lits\"}", 4, "did you mean \"tools.list\"?"),
            ("{\"op\":\"tools.call\"}", 1, "needs \"name\""),
            ("{\"op\":\"tools.call\",\"name\":\"x\",\"args\":{}}", 1, "\"arguments\""),
            ("{\"op\":\"tools.call\",\"name\":5}", 1, "a string"),
            ("{\"op\":\"expect\",\"value\":\"${a.b}\",\"equals\":1}", 1, "no step above"),
            (
                "{\"op\":\"tools.list\",\"as\":\"a\"}\n{\"op\":\"expect\",\"value\":\"${b}\",\"equals\":1}",
                2,
                "no step above",
            ),
            ("{\"op\":\"expect\",\"value\":1}", 1, "\"equals\""),
            ("{\"op\":\"sleep\",\"ms\":-5}", 1, "a whole number"),
            ("nonsense", 1, "not JSON"),
            ("[1]", 1, "an object"),
            ("{}", 1, "needs \"op\""),
            ("{\"op\":\"raw\",\"method\":\"x\",\"allow_error\":1}", 1, "true or false"),
        ] {
            let (at, why) = parse(script).expect_err(script);
            assert_eq!(at, line, "{script}");
            assert!(why.contains(part), "{script}: {why}");
        }
        let good = "{\"op\":\"tools.list\",\"as\":\"t\"}\n{\"op\":\"expect\",\"value\":\"${t.tools[0].name}\",\"equals\":\"x\"}";
        assert_eq!(parse(good).map(|script| script.steps.len()), Ok(2));
    }
}
