//! A frame as the command line that sends the same: [`of`]. Every word is quoted for a POSIX shell.

use crate::model::json::scan;
use crate::model::record::{Body, Record};
use crate::model::server::ServerSpec;
use crate::model::wire::{Direction, FrameKind};

/// Bytes in one word: Linux starts no program that is given a longer one.
const LONGEST: usize = 128 * 1024 - 1;

/// A command line.
#[derive(Debug, PartialEq)]
pub(super) struct Command {
    /// What a shell reads.
    pub(super) line: String,
    /// Variables that stand in it for secrets; the shell stops at one that is not set.
    pub(super) variables: Vec<String>,
}

/// The command that sends what this frame asked for to the same server; the reason if there is none.
pub(super) fn of(record: &Record, server: Option<&ServerSpec>) -> Result<Command, &'static str> {
    let Body::Msg(text) = &record.body else { return Err("only a request can be a command") };
    if record.kind != FrameKind::Request || record.direction != Direction::Send {
        return Err("only a request that we sent can be a command; p goes to the request of a response");
    }
    let method = scan::member(text, "method").and_then(scan::decoded).ok_or("its method cannot be read")?;
    let params = scan::member(text, "params").map(asked).filter(|params| params != "{}");
    let mut words = vec!["mcp-tui".to_owned()];
    let params = params.as_deref();
    let call = params.filter(|params| method == "tools/call" && is_plain_call(params));
    if let Some(name) = call.and_then(|params| scan::member(params, "name")).and_then(scan::decoded) {
        words.extend(["tools", "call"].map(str::to_owned));
        words.push(argument(&name)?);
        let arguments = params.and_then(|params| scan::member(params, "arguments")).unwrap_or("{}");
        words.extend(["--args-json".to_owned(), quoted(arguments)]);
    } else {
        words.extend(["raw".to_owned(), argument(&method)?]);
        words.extend(params.map(quoted));
    }
    let mut variables = Vec::new();
    match server.filter(|spec| !spec.named.is_empty()) {
        Some(spec) => words.extend(spec.named.iter().map(|word| without_secrets(word, &spec.secrets, &mut variables))),
        None => words.extend(["-s".to_owned(), quoted(&record.server)]),
    }
    if words.iter().any(|word| word.len() > LONGEST) {
        return Err("it is too long for a command line (128 KiB)");
    }
    Ok(Command { line: words.join(" "), variables })
}

/// Whether `tools call` can say all of it: tasks, answers of a person and what goes with them are more.
fn is_plain_call(params: &str) -> bool {
    scan::members(params).all(|(name, _)| matches!(name, "\"name\"" | "\"arguments\""))
}

/// A word with a variable in the place of each secret.
fn without_secrets(word: &str, secrets: &[String], variables: &mut Vec<String>) -> String {
    let first = |secret: &String| word.find(secret.as_str()).map(|at| (at, std::cmp::Reverse(secret.len())));
    let found = secrets.iter().enumerate().filter(|(_, secret)| !secret.is_empty());
    let found = found.filter_map(|(index, secret)| Some((first(secret)?, index, secret))).min();
    let Some(((at, _), index, secret)) = found else { return quoted(word) };
    let (before, after) = (&word[..at], &word[at + secret.len()..]);
    // `KEY=…` and `Name: …` say what it is.
    let label = before.split(['=', ':']).next().unwrap_or_default().trim_start_matches('-');
    let label = label.replace('-', "_").to_ascii_uppercase();
    let is_name = label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && before.len() > label.len()
        && !before.contains("://");
    let variable = if is_name { label } else { format!("SECRET_{}", index + 1) };
    if !variables.contains(&variable) {
        variables.push(variable.clone());
    }
    let empty_or = |text: &str| if text.is_empty() { String::new() } else { quoted(text) };
    let rest = if after.is_empty() { String::new() } else { without_secrets(after, secrets, variables) };
    format!("{}\"${{{variable}:?}}\"{rest}", empty_or(before))
}

/// The parameters without what this client adds to each request by itself: `_meta` would be there twice.
fn asked(params: &str) -> String {
    if !params.trim_start().starts_with('{') {
        return params.to_owned();
    }
    let own: Vec<String> = scan::members(params)
        .filter(|(name, _)| *name != "\"_meta\"")
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    format!("{{{}}}", own.join(","))
}

/// A word that must not be taken for an option; behind `--` stands the command of a server.
fn argument(word: &str) -> Result<String, &'static str> {
    if word.starts_with('-') {
        Err("its name begins with a dash: no command line can say that")
    } else {
        Ok(quoted(word))
    }
}

/// A word for a POSIX shell: bare where nothing in it means anything, else in single quotes.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(dir: &str, kind: &str, msg: &str) -> Result<String, &'static str> {
        command_for(dir, kind, msg, None).map(|command| command.line)
    }

    fn command_for(dir: &str, kind: &str, msg: &str, spec: Option<&ServerSpec>) -> Result<Command, &'static str> {
        let line =
            format!(r#"{{"seq":0,"at":"t","server":"my server","dir":"{dir}","kind":"{kind}","size":1,"msg":{msg}}}"#);
        Record::read(line.as_bytes()).as_ref().map_or(Err("no record"), |record| of(record, spec))
    }

    #[test]
    fn a_request_becomes_a_command_that_a_shell_reads_right() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get-sum","arguments":{"a": 1,"b":"it's $HOME"},"_meta":{"x":1}}}"#;
        assert_eq!(
            command("send", "request", call).as_deref(),
            Ok(r#"mcp-tui tools call get-sum --args-json '{"a": 1,"b":"it'\''s $HOME"}' -s 'my server'"#)
        );
        let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"x":1}}}"#;
        assert_eq!(command("send", "request", list).as_deref(), Ok("mcp-tui raw tools/list -s 'my server'"));
        let read = r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a b"}}"#;
        assert_eq!(
            command("send", "request", read).as_deref(),
            Ok(r#"mcp-tui raw resources/read '{"uri":"a b"}' -s 'my server'"#)
        );
        let dash = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"--config"}}"#;
        assert!(command("send", "request", dash).is_err());
        assert!(command("recv", "request", read).is_err());
        assert!(command("recv", "result", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#).is_err());
    }

    #[test]
    fn what_a_call_of_a_tool_cannot_say_goes_as_it_is() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{},"requestState":"s","_meta":{}}}"#;
        assert_eq!(
            command("send", "request", call).as_deref(),
            Ok(r#"mcp-tui raw tools/call '{"name":"x","arguments":{},"requestState":"s"}' -s 'my server'"#)
        );
        let long = "x".repeat(LONGEST);
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"x","arguments":{{"a":"{long}"}}}}}}"#
        );
        assert!(command("send", "request", &call).is_err());
    }

    #[test]
    fn a_server_is_named_as_it_was_and_its_secrets_are_left_out() {
        let launch = crate::model::server::Launch::Stdio {
            command: "unused".into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
        };
        let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        for (named, secrets, expected, variables) in [
            (&["--", "node", "it's here.js"][..], &[][..], r"-- node 'it'\''s here.js'", &[][..]),
            (&["--url", "https://h/mcp?a=1&b=2"], &[], "--url 'https://h/mcp?a=1&b=2'", &[]),
            (
                &["--header", "X-Api-Key: abcd", "--url", "https://h/?k=efgh&l=1"],
                &["abcd", "efgh"],
                r#"--header 'X-Api-Key: '"${X_API_KEY:?}" --url 'https://h/?k='"${SECRET_2:?}"'&l=1'"#,
                &["X_API_KEY", "SECRET_2"],
            ),
            (
                &["-e", "A_TOKEN=abcd", "--", "x", "--api-key=efgh", "abcdefgh"],
                &["abcd", "efgh", "abcdefgh"],
                r#"-e A_TOKEN="${A_TOKEN:?}" -- x --api-key="${API_KEY:?}" "${SECRET_3:?}""#,
                &["A_TOKEN", "API_KEY", "SECRET_3"],
            ),
        ] {
            let mut spec = ServerSpec::new("s", launch.clone());
            spec.named = named.iter().map(|word| (*word).to_owned()).collect();
            spec.secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
            let expected = format!("mcp-tui raw tools/list {expected}");
            let variables = variables.iter().map(|variable| (*variable).to_owned()).collect();
            assert_eq!(command_for("send", "request", list, Some(&spec)), Ok(Command { line: expected, variables }));
        }
    }
}
