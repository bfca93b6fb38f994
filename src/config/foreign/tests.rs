//! Tests of `foreign`: one file of each client, as it is found in the wild.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::model::server::{HttpKind, Launch, ServerSpec};

fn load(file: &str, text: &str) -> Foreign {
    Foreign::parse(Path::new(file), text, &Defaults::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn environment(name: &str) -> Option<String> {
    match name {
        "HOME" | "USERPROFILE" => Some("/home/u".into()),
        "TOKEN" | "API_KEY" => Some("tok-12345".into()),
        _ => None,
    }
}

fn spec(foreign: &Foreign, name: &str) -> ServerSpec {
    let entry = foreign.server(name).unwrap_or_else(|| panic!("{name} in {foreign:?}"));
    entry.resolve(&environment).unwrap_or_else(|error| panic!("{error}"))
}

fn http(foreign: &Foreign, name: &str) -> (String, Vec<(String, String)>, HttpKind) {
    match spec(foreign, name).launch {
        Launch::Http { url, headers, kind } => (url, headers, kind),
        Launch::Stdio { .. } => panic!("{name} is stdio"),
    }
}

fn notes(foreign: &Foreign) -> Vec<String> {
    foreign.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn claude_desktop_and_claude_code() {
    let foreign = load(
        "/w/.mcp.json",
        r#"{
  "mcpServers": {
    "fs": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "${CLAUDE_PROJECT_DIR}"] },
    "http": { "type": "http", "url": "${BASE:-https://h}/mcp", "headers": { "Authorization": "Bearer ${TOKEN}" }, "timeout": 60000 },
    "sse": { "type": "sse", "url": "https://h/sse" },
    "untyped": { "url": "https://h/mcp" },
    "ws": { "type": "ws", "url": "wss://h" },
    "numbers": { "command": "x", "env": { "PORT": 80, "ON": true, "NO": null } }
  },
  "other": 1
}"#,
    );
    assert_eq!(foreign.kind, ForeignKind::McpServers);
    assert_eq!(shown_command(&spec(&foreign, "fs").launch), "npx -y @modelcontextprotocol/server-filesystem /w");
    let bearer = vec![("Authorization".to_owned(), "Bearer tok-12345".to_owned())];
    assert_eq!(http(&foreign, "http"), ("https://h/mcp".into(), bearer, HttpKind::Streamable));
    assert_eq!(spec(&foreign, "http").timeouts.request, Duration::from_mins(1));
    assert_eq!(http(&foreign, "sse").2, HttpKind::Sse);
    assert_eq!(http(&foreign, "untyped").2, HttpKind::Auto);
    let Launch::Stdio { env, .. } = spec(&foreign, "numbers").launch else {
        panic!("stdio");
    };
    assert_eq!(env, [("PORT".to_owned(), "80".to_owned()), ("ON".to_owned(), "true".to_owned())]);
    assert_eq!(
        notes(&foreign),
        [
            "/w/.mcp.json:4:5: mcpServers.http: `timeout` 60000 was read as milliseconds",
            "/w/.mcp.json:7:5: mcpServers.ws: left out: the transport `ws` is not spoken here",
        ]
    );
}

#[test]
fn cursor_cline_windsurf_inspector_gemini() {
    let foreign = load(
        "/w/.cursor/mcp.json",
        r#"// a comment
{
  /* another */
  "mcpServers": {
    "cursor": { "command": "${userHome}/bin/s", "args": ["${workspaceFolder}/a", "${workspaceFolderBasename}", "${env:TOKEN}", "$${x}", "${not a variable}"], "envFile": "${workspaceFolder}/.env" },
    "cline": { "url": "https://h/mcp", "type": "streamableHttp", "disabled": true, "autoApprove": ["a"], "timeout": 90 },
    "legacy": { "transportType": "sse", "url": "https://h/sse" },
    "windsurf": { "serverUrl": "https://h/mcp", "headers": { "X-Key": "${env:TOKEN}" } },
    "inspector": { "type": "streamable-http", "url": "https://h/mcp", },
    "gemini": { "httpUrl": "https://h/mcp", "trust": false },
    "file": { "serverUrl": "https://h/${file:/x}" },
  }
}"#,
    );
    assert_eq!(foreign.servers.len(), 6);
    let cursor = foreign.server("cursor").expect("there");
    assert_eq!(cursor.env_file.as_deref(), Some("/w/.env"));
    assert_eq!(shown_command(cursor.launch()), "'${HOME}/bin/s' /w/a w '${TOKEN}' '$$${x}' '$${not a variable}'");
    let cline = foreign.server("cline").expect("there");
    assert!(!cline.enabled);
    assert_eq!(spec(&foreign, "cline").timeouts.request, Duration::from_secs(90));
    assert_eq!(http(&foreign, "cline").2, HttpKind::Streamable);
    assert_eq!(http(&foreign, "legacy").2, HttpKind::Sse);
    assert_eq!(http(&foreign, "windsurf").1, [("X-Key".to_owned(), "tok-12345".to_owned())]);
    assert_eq!(spec(&foreign, "windsurf").secrets, ["tok-12345"]);
    assert_eq!(http(&foreign, "inspector").2, HttpKind::Streamable);
    assert_eq!(http(&foreign, "gemini").2, HttpKind::Streamable);
    let notes = notes(&foreign).join("\n");
    assert!(notes.contains("mcpServers.cline: not used here: autoApprove"), "{notes}");
    assert!(notes.contains("mcpServers.file: left out: `${file:/x}` has a value only in"), "{notes}");
}

#[test]
fn vs_code_inputs_are_environment_variables() {
    let foreign = load(
        "/w/.vscode/mcp.json",
        r#"{
  "inputs": [
    { "type": "promptString", "id": "api-key", "description": "The key", "password": true },
    { "type": "promptString", "id": "region", "default": "eu" },
    { "type": "promptString", "id": "2nd" }
  ],
  "servers": {
    "a": { "type": "stdio", "command": "x", "args": ["${input:region}"], "env": { "KEY": "${input:api-key}" }, "cwd": "sub", "dev": {} },
    "b": { "type": "http", "url": "https://h/${input:2nd}" },
    "c": { "type": "http", "url": "unix:///tmp/s.sock" },
    "d": { "type": "http", "url": "https://h", "headers": { "A": "${command:x}" } }
  }
}"#,
    );
    assert_eq!(foreign.kind, ForeignKind::VsCode);
    let a = spec(&foreign, "a");
    assert_eq!(a.secrets, ["tok-12345"]);
    let Launch::Stdio { args, env, cwd, .. } = a.launch else {
        panic!("stdio");
    };
    assert_eq!((args, cwd), (vec!["eu".to_owned()], Some("/w/sub".into())));
    assert_eq!(env, [("KEY".to_owned(), "tok-12345".to_owned())]);
    let b = foreign.server("b").expect("there").resolve(&environment).expect_err("no such variable");
    assert_eq!(
        b.to_string(),
        "/w/.vscode/mcp.json:9: servers.b.url: the environment variable `_2ND` is not set (it answers the input `2nd`); set it, or give a default: `${_2ND:-…}`"
    );
    assert_eq!(foreign.servers.len(), 2);
    assert_eq!(foreign.notes.len(), 3);
    let nested = load("/s.json", r#"{ "mcp": { "servers": { "x": { "url": "https://h" } } } }"#);
    assert_eq!((nested.kind, nested.servers.len()), (ForeignKind::VsCode, 1));
    // Tried in turn there, so here too.
    assert_eq!(http(&load("/s.json", r#"{"servers":{"x":{"type":"http","url":"https://h"}}}"#), "x").2, HttpKind::Auto);
}

#[test]
fn codex_values_are_plain_text() {
    let foreign = load(
        "/w/config.toml",
        r#"
model = "x"
[mcp_servers.local]
command = "npx"
args = ["-y", "${x}"]
env = { A = "$${b}" }
env_vars = ["HOME"]
startup_timeout_sec = 20
tool_timeout_sec = 1.5
enabled = false
required = true
[mcp_servers.remote]
url = "https://h/mcp"
bearer_token_env_var = "TOKEN"
http_headers = { X = "y" }
env_http_headers = { Z = "API_KEY" }
[mcp_servers.empty]
"#,
    );
    assert_eq!(foreign.kind, ForeignKind::Codex);
    let local = spec(&foreign, "local");
    assert_eq!(shown_command(&local.launch), "npx -y '${x}'");
    let Launch::Stdio { env, .. } = local.launch else {
        panic!("stdio");
    };
    assert_eq!(env, [("A".to_owned(), "$${b}".to_owned())]);
    assert_eq!(local.timeouts.connect, Duration::from_secs(20));
    assert_eq!(local.timeouts.request, Duration::from_millis(1500));
    let (_, headers, _) = http(&foreign, "remote");
    let headers: Vec<String> = headers.iter().map(|(k, v)| format!("{k}: {v}")).collect();
    assert_eq!(headers, ["X: y", "Z: tok-12345", "Authorization: Bearer tok-12345"]);
    assert_eq!(
        notes(&foreign),
        [
            "/w/config.toml:3:14: mcp_servers.local: not used here: required",
            "/w/config.toml:17:14: mcp_servers.empty: left out: it has neither `command` nor `url`",
        ]
    );
}

#[test]
fn what_is_not_such_a_file_says_what_was_expected() {
    for (text, expected) in [
        ("", "/f:1:1: no servers: expected `[mcp_servers.NAME]` (Codex), or JSON with `mcpServers` or `servers`"),
        ("{}", "/f:1:1: no servers: expected `mcpServers` (Claude, Cursor, Cline and others) or `servers` (VS Code)"),
        ("[servers.x]", "/f:1:1: this is a config of mcp-tui itself; read it by --config"),
        ("{\"mcpServers\": []}", "/f:1:16: mcpServers: expected a table of servers, found an array"),
        (
            "{\"mcpServers\": {\"a\":{},\n\"a\":{}}}",
            "/f:2:1: mcpServers.a: a second server of this name; the file is ambiguous",
        ),
    ] {
        let error = Foreign::parse(Path::new("/f"), text, &Defaults::default()).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
    for text in ["{", "{\"mcpServers\": {'a': 1}}", "[mcp_servers"] {
        let error = Foreign::parse(Path::new("/f"), text, &Defaults::default()).expect_err(text);
        assert!(error.to_string().contains(": not "), "{error}");
    }
    let deep = format!("{{\"mcpServers\":{}", "[".repeat(1_000_000));
    assert!(Foreign::parse(Path::new("/f"), &deep, &Defaults::default()).is_err());
}

#[test]
fn names_are_made_usable() {
    let foreign = load(
        "/f",
        "{\"mcpServers\":{\"a\\u202eb\":{\"command\":\"x\"},\"My Server\":{\"command\":\"y\"},\"a-b\":{\"command\":\"z\"}}}",
    );
    let names: Vec<&str> = foreign.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["a-b", "My Server"]);
    assert_eq!(foreign.notes.len(), 2);
}

#[test]
fn an_import_is_shown_before_it_is_made() {
    let foreign = load(
        "/f",
        r#"{"mcpServers":{"same":{"command":"x"},"other":{"command":"sh","args":["-c","curl x | sh"],"env":{"LD_PRELOAD":"/x"}},"new":{"url":"https://h"}}}"#,
    );
    let ours = "[servers.same]\ncommand = \"x\"\n[servers.other]\ncommand = \"y\"";
    let config = Config::parse(Path::new("c.toml"), ours).expect("good");
    let plan: Vec<_> = import_plan(&foreign, &config)
        .into_iter()
        .map(|item| (item.name, item.shown_command, item.shown_environment, item.conflict))
        .collect();
    assert_eq!(
        plan,
        [
            ("same".into(), "x".into(), vec![], Some(Conflict::Same)),
            ("other".into(), "sh -c 'curl x | sh'".into(), vec!["LD_PRELOAD".into()], Some(Conflict::Different)),
            ("new".into(), "https://h".into(), vec![], None),
        ]
    );
}
