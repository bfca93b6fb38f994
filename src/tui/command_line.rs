//! A frame as the command line that sends the same: [`of`]. Every word is quoted for a POSIX shell.

use crate::model::json::scan;
use crate::model::record::{Body, Record};
use crate::model::wire::{Direction, FrameKind};

/// The command that sends what this frame asked for; the reason if there is none.
pub(super) fn of(record: &Record) -> Result<String, &'static str> {
    let Body::Msg(text) = &record.body else { return Err("only a request can be a command") };
    if record.kind != FrameKind::Request || record.direction != Direction::Send {
        return Err("only a request that we sent can be a command; p goes to the request of a response");
    }
    let method = scan::member(text, "method").and_then(scan::decoded).ok_or("its method cannot be read")?;
    let params = scan::member(text, "params").map(asked).filter(|params| params != "{}");
    let mut words = vec!["mcp-tui".to_owned()];
    let name = params.as_deref().and_then(|params| scan::member(params, "name")).and_then(scan::decoded);
    match (method.as_ref(), name, &params) {
        ("tools/call", Some(name), Some(params)) => {
            words.extend(["tools", "call"].map(str::to_owned));
            words.push(argument(&name)?);
            let arguments = scan::member(params, "arguments").unwrap_or("{}");
            words.extend(["--args-json".to_owned(), quoted(arguments)]);
        }
        (method, _, params) => {
            words.extend(["raw".to_owned(), argument(method)?]);
            words.extend(params.as_deref().map(quoted));
        }
    }
    words.extend(["-s".to_owned(), quoted(&record.server)]);
    Ok(words.join(" "))
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
        let line =
            format!(r#"{{"seq":0,"at":"t","server":"my server","dir":"{dir}","kind":"{kind}","size":1,"msg":{msg}}}"#);
        Record::read(line.as_bytes()).as_ref().map_or(Err("no record"), of)
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
}
