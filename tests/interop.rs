//! The real binary against servers that other people wrote, in both eras, over every transport.
//!
//! Black box: only the command line contract is used. `tests/interop/README.md` lists the servers and what is known of
//! them; `tests/interop/install` brings them in. One test for each server and transport, so that a failure names both.
#![cfg(unix)]

#[expect(dead_code, reason = "the sessions' tests use the rest")]
#[path = "support/mod.rs"]
mod run;
#[expect(dead_code, reason = "the storyboards use the rest")]
#[path = "support/screen.rs"]
mod screen;
#[path = "support/interop.rs"]
mod support;

use std::{
    fs,
    path::Path,
    process,
    time::{Duration, Instant},
};

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, ListKind, Operation};
use mcp_tui::model::id::ServerId;
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::tui::update::Outcome;
use serde_json::{Value, json};
use support::{Client, Listening, Server, free_port};

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// What `info` has to say of a connection.
#[derive(Clone, Copy, Debug)]
struct Is {
    name: &'static str,
    transport: &'static str,
    version: &'static str,
}

/// Checks `info`.
fn info(client: &Client, is: Is) -> Value {
    let info = client.json(&["info"]);
    let era = if is.version == MODERN { "modern" } else { "legacy" };
    assert_eq!(info["era"], era, "{info:#}");
    assert_eq!(info["protocolVersion"], is.version, "{info:#}");
    assert_eq!(info["transport"], is.transport, "{info:#}");
    assert_eq!(info["serverInfo"]["name"], is.name, "{info:#}");
    assert!(info["capabilities"]["tools"].is_object(), "{info:#}");
    info
}

/// One field of each item of a list.
fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let items = list.as_array().unwrap_or_else(|| panic!("not a list: {list:#}"));
    items.iter().filter_map(|item| item[field].as_str()).collect()
}

/// The names of the tools.
fn tools(client: &Client) -> Vec<String> {
    let list = client.json(&["tools", "list"]);
    each(&list["tools"], "name").into_iter().map(str::to_owned).collect()
}

/// The text of a result's first content.
fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {result:#}"))
}

/// Calls a tool that has to succeed, and returns its first text.
fn call(client: &Client, arguments: &[&str]) -> String {
    let result = client.json(&[&["tools", "call"], arguments].concat());
    assert_ne!(result["isError"], true, "{result:#}");
    text(&result).to_owned()
}

/// Calls a tool that has to fail with `isError`, and returns its first text.
fn call_fails(client: &Client, arguments: &[&str]) -> String {
    let ran = client.run(&[&["tools", "call"], arguments].concat()).exited(&[5]);
    let result = ran.json();
    assert_eq!(result["isError"], true, "{ran}");
    text(&result).to_owned()
}

/// Every feature of one of our own servers, a command each. For servers that are already running: each is a connection.
fn every_command(client: &Client, is: Is, greeting: &str) {
    let info = info(client, is);
    assert!(info["instructions"].as_str().is_some_and(|text| text.contains("Interop")), "{info:#}");
    assert_eq!(info["serverInfo"]["version"], "1.0.0", "{info:#}");
    let ping = client.json(&["ping"]);
    assert!(ping["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{ping:#}");

    let tools = tools(client);
    for name in ["echo", "add", "fail"] {
        assert!(tools.iter().any(|tool| tool == name), "{name} in {tools:?}");
    }
    assert_eq!(call(client, &["echo", "--arg", "message=grüß dich 5"]), "Echo: grüß dich 5");
    // A string where the schema says so, though it looks like a number.
    assert_eq!(call(client, &["echo", "--arg", "message=5"]), "Echo: 5");
    let sum = client.json(&["tools", "call", "add", "--arg", "a=2.5", "--arg", "b=3"]);
    assert_eq!(sum["structuredContent"]["total"].as_f64(), Some(5.5), "{sum:#}");
    let sum = client.json(&["tools", "call", "add", "--args-json", r#"{"a":40,"b":2}"#]);
    assert_eq!(sum["structuredContent"]["total"].as_f64(), Some(42.0), "{sum:#}");
    assert!(call_fails(client, &["fail", "--arg", "reason=why not"]).contains("failed: why not"));
    // Some servers answer this with a result, some with an error.
    client.run(&["tools", "call", "no-such-tool"]).exited(&[5]);

    let list = client.json(&["resources", "list"]);
    assert_eq!(each(&list["resources"], "uri"), ["note://greeting"], "{list:#}");
    let list = client.json(&["resources", "templates"]);
    assert_eq!(each(&list["resourceTemplates"], "uriTemplate"), ["note://by-name/{name}"], "{list:#}");
    let read = client.json(&["resources", "read", "note://greeting"]);
    assert_eq!(read["contents"][0]["text"], greeting, "{read:#}");
    assert_eq!(read["contents"][0]["mimeType"], "text/plain", "{read:#}");
    let read = client.json(&["resources", "read", "note://by-name/Ada"]);
    assert_eq!(read["contents"][0]["text"], "A note about Ada", "{read:#}");
    let ran = client.run(&["resources", "read", "note://nothing"]).exited(&[1]);
    assert!(ran.error().contains("note://nothing"), "{ran}");

    let list = client.json(&["prompts", "list"]);
    assert_eq!(each(&list["prompts"], "name"), ["greet"], "{list:#}");
    let got = client.json(&["prompts", "get", "greet", "--arg", "name=Ada"]);
    assert_eq!(got["messages"][0]["content"]["text"], "Please greet Ada.", "{got:#}");
}

/// The same features as steps over one connection.
const SCRIPT: &str = r#"
# Blank lines and remarks are no steps.
{"op":"tools.list","as":"tools"}
{"op":"expect","value":"${tools.tools[name=add].inputSchema.type}","equals":"object"}
{"op":"tools.call","name":"echo","arguments":{"message":"hi"},"as":"said"}
{"op":"tools.call","name":"echo","arguments":{"message":"${said.content[0].text}"}}
{"op":"tools.call","name":"add","arguments":{"a":5,"b":3},"as":"sum"}
{"op":"expect","value":"${sum.structuredContent.total}","equals":8}
{"op":"tools.call","name":"fail","arguments":{},"allow_error":true}
{"op":"resources.list"}
{"op":"resources.read","uri":"note://greeting"}
{"op":"prompts.list"}
{"op":"prompts.get","name":"greet","arguments":{"name":"Ada"}}
"#;

/// Runs [`SCRIPT`] and looks at what each step printed.
fn script(client: &Client, greeting: &str) {
    let ran = client.run_with(&["run", "-"], SCRIPT, &[]).succeeded();
    let steps = ran.json_lines();
    let ops: Vec<&str> = steps.iter().filter_map(|step| step["op"].as_str()).collect();
    let expected = [
        "tools.list",
        "expect",
        "tools.call",
        "tools.call",
        "tools.call",
        "expect",
        "tools.call",
        "resources.list",
        "resources.read",
        "prompts.list",
        "prompts.get",
    ];
    assert_eq!(ops, expected, "{ran}");
    for (at, step) in steps.iter().enumerate() {
        assert_eq!(step["step"], at + 1, "{ran}");
        assert_eq!(step["ok"], at != 6, "step {}: {ran}", at + 1);
        assert!(step["ms"].is_number(), "{ran}");
    }
    assert_eq!(text(&steps[3]["result"]), "Echo: Echo: hi", "{ran}");
    assert_eq!(steps[8]["result"]["contents"][0]["text"], greeting, "{ran}");
    let prompt = &steps[10]["result"]["messages"][0]["content"]["text"];
    assert_eq!(prompt, "Please greet Ada.", "{ran}");

    // A failed step ends the run with its exit code.
    let failing = concat!(r#"{"op":"tools.call","name":"fail","arguments":{}}"#, "\n", r#"{"op":"tools.list"}"#);
    let ran = client.run_with(&["run", "-"], failing, &[]).exited(&[5]);
    assert_eq!(ran.json_lines().len(), 1, "{ran}");
}

/// The few commands that a server deserves which is started anew for each of them.
fn some_commands(client: &Client, is: Is, greeting: &str) {
    info(client, is);
    let sum = client.json(&["tools", "call", "add", "--arg", "a=2", "--arg", "b=3"]);
    assert_eq!(sum["structuredContent"]["total"].as_f64(), Some(5.0), "{sum:#}");
    assert!(call_fails(client, &["fail"]).contains("failed: on purpose"));
    script(client, greeting);
}

/// The tool that asks the user for something.
fn elicitation(client: &Client) {
    let said = call(client, &["ask", "--elicit-json", r#"{"name":"Ada"}"#]);
    assert_eq!(said, "Hello, Ada!");
    // Whether the tool then fails or the client gives up is between the two of them.
    client.run(&["tools", "call", "ask", "--elicit", "decline"]).exited(&[5, 6]);
    // Nobody is there to be asked, so that is the default.
    client.run(&["tools", "call", "ask"]).exited(&[5, 6]);
}

// ---- server-everything: legacy, all transports ----

/// What `server-everything` is, over one transport.
fn everything(transport: &'static str) -> Is {
    Is { name: "mcp-servers/everything", transport, version: LEGACY }
}

/// Looks at all of `server-everything`.
fn every_feature_of_everything(client: &Client, transport: &'static str) {
    let info = info(client, everything(transport));
    // Not one of today's capabilities, and still what the server said.
    assert!(info["capabilities"]["tasks"].is_object(), "{info:#}");
    assert!(info["instructions"].as_str().is_some_and(|text| text.contains("Everything Server")), "{info:#}");
    client.json(&["ping"]);

    let list = client.json(&["tools", "list"]);
    let names = each(&list["tools"], "name");
    for name in ["echo", "get-sum", "get-structured-content", "get-tiny-image"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    // The server's own words, not what a library made of them.
    let echo = &list["tools"][0];
    assert_eq!(echo["inputSchema"]["$schema"], "http://json-schema.org/draft-07/schema#", "{echo:#}");
    assert_eq!(echo["execution"], json!({"taskSupport": "forbidden"}), "{echo:#}");

    assert_eq!(call(client, &["echo", "--arg", "message=hi"]), "Echo: hi");
    let sum = call(client, &["get-sum", "--arg", "a=2", "--arg", "b=3"]);
    assert_eq!(sum, "The sum of 2 and 3 is 5.");
    let weather = client.json(&["tools", "call", "get-structured-content", "--arg", "location=New York"]);
    assert!(weather["structuredContent"]["temperature"].is_number(), "{weather:#}");
    let image = client.json(&["tools", "call", "get-tiny-image"]);
    let kinds = each(&image["content"], "type");
    assert!(kinds.contains(&"image"), "{kinds:?}");
    client.run(&["tools", "call", "no-such-tool"]).exited(&[5]);
    let slow = call(client, &["trigger-long-running-operation", "--arg", "duration=0.5", "--arg", "steps=5"]);
    assert_eq!(slow, "Long running operation completed. Duration: 0.5 seconds, Steps: 5.");

    let list = client.json(&["resources", "list"]);
    let uris = each(&list["resources"], "uri");
    let architecture = "demo://resource/static/document/architecture.md";
    assert!(uris.contains(&architecture), "{uris:?}");
    let read = client.json(&["resources", "read", architecture]);
    assert_eq!(read["contents"][0]["mimeType"], "text/markdown", "{read:#}");
    let list = client.json(&["resources", "templates"]);
    let templates = each(&list["resourceTemplates"], "uriTemplate");
    assert!(templates.contains(&"demo://resource/dynamic/text/{resourceId}"), "{templates:?}");
    let read = client.json(&["resources", "read", "demo://resource/dynamic/text/1"]);
    let words = read["contents"][0]["text"].as_str();
    assert!(words.is_some_and(|words| words.starts_with("Resource 1:")), "{read:#}");
    let read = client.json(&["resources", "read", "demo://resource/dynamic/blob/1"]);
    assert!(read["contents"][0]["blob"].is_string(), "{read:#}");

    let list = client.json(&["prompts", "list"]);
    let names = each(&list["prompts"], "name");
    assert!(names.contains(&"simple-prompt") && names.contains(&"args-prompt"), "{names:?}");
    let got = client.json(&["prompts", "get", "simple-prompt"]);
    let words = "This is a simple prompt without arguments.";
    assert_eq!(got["messages"][0]["content"]["text"], words, "{got:#}");
    let got = client.json(&["prompts", "get", "args-prompt", "--arg", "city=Berlin"]);
    assert_eq!(got["messages"][0]["content"]["text"], "What's weather in Berlin?", "{got:#}");
    let completed = client.run(&["complete", "--prompt", "completable-prompt", "department", "E"]).succeeded();
    assert!(completed.stdout.contains("Engineering"), "{completed}");
    let raw = client.run(&["raw", "tools/list"]).succeeded();
    assert!(raw.stdout.contains("get-structured-content"), "{raw}");
}

#[test]
fn everything_over_stdio() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let client = Client::stdio(server, ["stdio"]);
    every_feature_of_everything(&client, "stdio");
}

#[test]
fn everything_over_streamable_http() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let listening = Listening::start(&server, &["streamableHttp"]);
    every_feature_of_everything(&Client::url(listening.url("/mcp")), "http");
    // Forced instead of found out.
    let client = Client::url(listening.url("/mcp")).with(["--transport", "http"]);
    info(&client, everything("http"));
}

#[test]
fn everything_over_http_sse() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let listening = Listening::start(&server, &["sse"]);
    let client = Client::url(listening.url("/sse")).with(["--transport", "sse"]);
    every_feature_of_everything(&client, "sse");
    // Found out: the POST is answered with 404 and a page.
    info(&Client::url(listening.url("/sse")), everything("sse"));
}

#[test]
fn everything_in_older_versions() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    for version in ["2025-06-18", "2025-03-26", "2024-11-05"] {
        let client = Client::stdio(server.clone(), ["stdio"]).with(["--protocol-version", version]);
        info(&client, Is { version, ..everything("stdio") });
        assert_eq!(call(&client, &["echo", "--arg", "message=hi"]), "Echo: hi");
    }
    let listening = Listening::start(&server, &["streamableHttp"]);
    for version in ["2025-06-18", "2025-03-26"] {
        let client = Client::url(listening.url("/mcp")).with(["--protocol-version", version]);
        info(&client, Is { version, ..everything("http") });
    }
    // It does not know the modern era, and nothing else was allowed.
    let client = Client::stdio(server, ["stdio"]).with(["--protocol-version", MODERN]);
    client.run(&["info"]).exited(&[1, 4]).error();
}

#[test]
fn everything_asks_the_client() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let root = tempfile::tempdir().expect("a temporary directory");
    let client = Client::stdio(server.clone(), ["stdio"]).with(["--root".as_ref(), root.path().as_os_str()]);
    let roots = call(&client, &["get-roots-list"]);
    let name = root.path().file_name().and_then(|name| name.to_str()).expect("a plain name");
    assert!(roots.contains("file://") && roots.contains(name), "{roots}");

    // The fields of its form are of every kind.
    let client = Client::stdio(server, ["stdio"]);
    let ask = "trigger-elicitation-request";
    let answered = client.json(&["tools", "call", ask, "--elicit-json", r#"{"name":"Ada","integer":7}"#]);
    let answered = answered.to_string();
    assert!(answered.contains("Name: Ada") && answered.contains("Favorite Integer: 7"), "{answered}");
    let accepted = call(&client, &[ask, "--elicit", "accept"]);
    assert!(accepted.contains("User provided"), "{accepted}");
    let declined = client.run(&["tools", "call", ask, "--elicit", "decline"]).exited(&[0, 6]);
    assert!(declined.stdout.contains("User declined"), "{declined}");
    let prompt = ["tools", "call", "trigger-sampling-request", "--arg", "prompt=hi", "--sampling", "deny"];
    client.run(&prompt).exited(&[5, 6]);
}

#[test]
fn everything_works_in_the_background() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    // Its tool can only be called as a task of 2025-11-25; the second call asks for a form on the way.
    let client = Client::stdio(server, ["stdio"]);
    let research = ["simulate-research-query", "--arg", "topic=tides"];
    assert!(call(&client, &research).contains("Research Report: tides"));
    let unclear = [&research[..], &["--arg", "ambiguous=true", "--elicit", "accept"]].concat();
    assert!(call(&client, &unclear).contains("Clarification"));
    let tasks = client.json(&["tasks", "list"]);
    assert_eq!(tasks["tasks"], json!([]), "they went with the process: {tasks:#}");
}

/// Every tool that it lists, with arguments made from its schema: a result, or an error that is the tool's own.
#[test]
fn everything_has_no_tool_that_cannot_be_called() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let root = tempfile::tempdir().expect("a temporary directory");
    let client = Client::stdio(server, ["stdio"]).with(["--root".as_ref(), root.path().as_os_str()]).with([
        "--sampling",
        "deny",
        "--elicit",
        "accept",
    ]);
    let listed = tools(&client);
    let ran = client.run_with(&["run", "-"], "{\"op\":\"tools.call-all\"}\n", &[]).exited(&[0, 5]);
    let step: Value = serde_json::from_str(ran.stdout.lines().next().expect("a line")).expect("JSON");
    let calls = step["result"]["calls"].as_array().unwrap_or_else(|| panic!("{ran}"));
    assert_eq!(each(&step["result"]["calls"], "name"), listed, "every tool, in its order");
    for call in calls {
        // Only what needs the network or a model may fail, and then in the tool's own words.
        let needs = ["gzip-file-as-resource", "trigger-sampling-request"];
        let excused = needs.iter().any(|name| call["name"] == *name) && call["error"]["kind"] == "tool-error";
        let fine = call["ok"] == true || excused;
        assert!(fine, "{call:#}");
        assert!(call["result"]["content"].is_array(), "{call:#}");
    }
}

/// The same on the screen: the form of each tool opens, and what is filled in by its defaults can be sent.
#[test]
fn everything_has_a_form_for_each_tool() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let list = Client::stdio(server, ["stdio"]).json(&["tools", "list"]);
    let tools: Vec<String> = list["tools"].as_array().expect("a list").iter().map(Value::to_string).collect();
    let names = each(&list["tools"], "name");
    for (at, (tool, name)) in list["tools"].as_array().expect("a list").iter().zip(names).enumerate() {
        let mut world = screen::World::new(&["everything"], 120, 40);
        world.command(Command::Connect(ServerId(0))).connect(0, r#"{"tools":{}}"#);
        world.list(0, ListKind::Tools, &tools.iter().map(String::as_str).collect::<Vec<_>>());
        world.keys(&"down ".repeat(at)).keys("enter");
        let opened = world.screen();
        assert!(opened.contains(&format!("Call everything / {name}")), "{name}:\n{opened}");
        // Each property has its row.
        for property in tool["inputSchema"]["properties"].as_object().into_iter().flatten() {
            assert!(opened.contains(property.0), "{name}, {}:\n{opened}", property.0);
        }
        world.keys("ctrl-s");
        let sent = world.outcomes.iter().any(|outcome| {
            matches!(outcome, Outcome::Dispatch(Command::Start { operation: Operation::CallTool { name: called, .. }, .. }) if called == name)
        });
        let needs = tool["inputSchema"]["required"].as_array().is_some_and(|names| !names.is_empty());
        // What is needed is asked for; everything else is called at once.
        assert!(sent || (needs && world.screen().contains("required")), "{name}:\n{}", world.screen());
    }
}

/// Subscribed in the legacy way, and told of changes by a server that somebody else wrote.
#[tokio::test]
async fn everything_tells_of_changed_resources() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let words: Vec<String> = server.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut run = run::Run::new(false);
    let args = words[1..].iter().cloned().chain(["stdio".to_owned()]).collect();
    let launch = Launch::Stdio { command: words[0].clone(), args, env: vec![], cwd: None };
    let server = run.ready(ServerSpec::new("everything", launch)).await;
    let uri = "demo://resource/static/document/architecture.md";
    let outcome = run.call(server, Operation::Subscribe { uri: uri.into() }).await;
    assert!(matches!(outcome, CallState::Done(_)), "{outcome:?}");
    // It tells of changes once this was called; all of what is subscribed to.
    run.call(server, run::tool("toggle-subscriber-updates")).await;
    run.until("a change", |state| state.sessions[0].updated.contains(uri)).await;
    let read = run.call(server, Operation::ReadResource { uri: uri.into() }).await;
    assert!(matches!(read, CallState::Done(_)), "{read:?}");
    run.call(server, Operation::Unsubscribe { uri: uri.into() }).await;
    assert!(run.runtime.state().sessions[0].subscribed.is_empty());
    run.finish().await;
}

#[test]
fn everything_gets_only_the_environment_it_is_given() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let client = Client::stdio(server, ["stdio"]).with(["-e", "GIVEN=on purpose"]);
    let secrets = [("ANTHROPIC_API_KEY", "canary-1"), ("AWS_SECRET_ACCESS_KEY", "canary-2")];
    let ran = client.run_with(&["tools", "call", "get-env"], "", &secrets).succeeded();
    assert!(ran.stdout.contains("GIVEN") && ran.stdout.contains("on purpose"), "{ran}");
    assert!(!ran.stdout.contains("canary"), "{ran}");
}

#[test]
fn everything_is_not_waited_for_longer_than_asked() {
    let Some(server) = Server::Everything.command() else {
        return;
    };
    let client = Client::stdio(server, ["stdio"]).with(["--timeout", "2"]);
    let started = Instant::now();
    let slow = ["tools", "call", "trigger-long-running-operation", "--arg", "duration=60", "--arg", "steps=1"];
    client.run(&slow).exited(&[124]).error();
    assert!(started.elapsed() < Duration::from_secs(45), "{:?}", started.elapsed());
}

// ---- the other reference servers ----

#[test]
fn filesystem_over_stdio() {
    let Some(server) = Server::Filesystem.command() else {
        return;
    };
    let root = tempfile::tempdir().expect("a temporary directory");
    let root = root.path().canonicalize().expect("the directory exists");
    fs::write(root.join("a.txt"), "hello\n").expect("a file");
    let client = Client::stdio(server, [&root]);
    info(&client, Is { name: "secure-filesystem-server", transport: "stdio", version: LEGACY });
    let names = tools(&client);
    assert!(names.len() >= 14 && names.iter().any(|name| name == "read_text_file"), "{names:?}");

    let path = |path: &Path| format!("path={}", path.display());
    assert_eq!(call(&client, &["list_directory", "--arg", &path(&root)]), "[FILE] a.txt");
    assert_eq!(call(&client, &["read_text_file", "--arg", &path(&root.join("a.txt"))]), "hello\n");
    let new = root.join("b.txt");
    call(&client, &["write_file", "--arg", &path(&new), "--arg", "content=one=1, two=2"]);
    assert_eq!(fs::read_to_string(new).ok().as_deref(), Some("one=1, two=2"));
    let denied = call_fails(&client, &["read_text_file", "--arg", "path=/etc/passwd"]);
    assert!(denied.contains("Access denied"), "{denied}");
}

#[test]
fn memory_over_stdio() {
    let Some(server) = Server::Memory.command() else {
        return;
    };
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = format!("MEMORY_FILE_PATH={}", dir.path().join("memory.jsonl").display());
    let client = Client::stdio(server, [""; 0]).with(["-e", &file]);
    info(&client, Is { name: "memory-server", transport: "stdio", version: LEGACY });
    let ada = json!({"name": "Ada", "entityType": "person", "observations": ["wrote the first program"]});
    let entities = json!({"entities": [ada]}).to_string();
    let made = client.json(&["tools", "call", "create_entities", "--args-json", &entities]);
    assert_eq!(made["structuredContent"]["entities"], json!([ada]), "{made:#}");
    // Another process of the same server: it is in the file that was named.
    let graph = client.json(&["tools", "call", "read_graph"]);
    assert_eq!(graph["structuredContent"]["entities"], json!([ada]), "{graph:#}");
    let list = client.json(&["resources", "list"]);
    assert_eq!(each(&list["resources"], "uri"), ["memory://knowledge-graph"], "{list:#}");
    let read = client.json(&["resources", "read", "memory://knowledge-graph"]);
    let graph = read["contents"][0]["text"].as_str();
    assert!(graph.is_some_and(|graph| graph.contains("wrote the first program")), "{read:#}");
}

/// A conversion between two places that never change their clocks.
fn convert_time(client: &Client) {
    let result = client.json(&[
        "tools",
        "call",
        "convert_time",
        "--arg",
        "source_timezone=Asia/Tokyo",
        "--arg",
        "time=12:00",
        "--arg",
        "target_timezone=Asia/Kolkata",
    ]);
    let target = &result["structuredContent"]["target"]["datetime"];
    assert!(target.as_str().is_some_and(|at| at.contains("T08:30:00")), "{result:#}");
}

#[test]
fn time_over_stdio_modern() {
    let Some(server) = Server::Time.command() else {
        return;
    };
    let client = Client::stdio(server, ["--local-timezone", "Europe/Berlin"]);
    info(&client, Is { name: "mcp-time", transport: "stdio", version: MODERN });
    assert_eq!(tools(&client), ["get_current_time", "convert_time"]);
    convert_time(&client);
    let failed = call_fails(&client, &["get_current_time", "--arg", "timezone=Nowhere/Land"]);
    assert!(failed.contains("Invalid timezone"), "{failed}");
    // It has none, which is no error.
    assert_eq!(client.json(&["resources", "list"])["resources"], json!([]));
    assert_eq!(client.json(&["prompts", "list"])["prompts"], json!([]));
}

#[test]
fn time_over_stdio_legacy() {
    let Some(server) = Server::Time.command() else {
        return;
    };
    let client = Client::stdio(server, ["--local-timezone", "Europe/Berlin"]).with(["--protocol-version", LEGACY]);
    info(&client, Is { name: "mcp-time", transport: "stdio", version: LEGACY });
    convert_time(&client);
}

/// Looks at a repository with one commit.
fn git(version: &'static str) {
    let Some(server) = Server::Git.command() else {
        return;
    };
    let repository = tempfile::tempdir().expect("a temporary directory");
    let repository = repository.path().canonicalize().expect("the directory exists");
    let run = |arguments: &[&str]| {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"];
        let status = process::Command::new("git")
            .args(identity)
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .current_dir(&repository)
            .status()
            .expect("git is needed");
        assert!(status.success(), "git {arguments:?}");
    };
    run(&["init", "--quiet"]);
    run(&["commit", "--quiet", "--allow-empty", "--message", "the first commit"]);
    fs::write(repository.join("new.txt"), "new").expect("a file");

    let client =
        Client::stdio(server, ["--repository".as_ref(), repository.as_os_str()]).with(["--protocol-version", version]);
    info(&client, Is { name: "mcp-git", transport: "stdio", version });
    let names = tools(&client);
    assert!(names.iter().any(|name| name == "git_log") && names.len() >= 12, "{names:?}");
    let at = format!("repo_path={}", repository.display());
    let log = call(&client, &["git_log", "--arg", &at, "--arg", "max_count=3"]);
    assert!(log.contains("the first commit"), "{log}");
    let status = call(&client, &["git_status", "--arg", &at]);
    assert!(status.contains("new.txt"), "{status}");
    let denied = call_fails(&client, &["git_status", "--arg", "repo_path=/nowhere"]);
    assert!(denied.contains("outside the allowed repository"), "{denied}");
}

#[test]
fn git_over_stdio_modern() {
    git(MODERN);
}

#[test]
fn git_over_stdio_legacy() {
    git(LEGACY);
}

// ---- ours on the Python SDK ----

const PYTHON: &str = "Hello from the Python SDK";

/// What it is, over one transport in one version.
fn python(transport: &'static str, version: &'static str) -> Is {
    Is { name: "interop-python-sdk", transport, version }
}

#[test]
fn python_sdk_over_stdio_modern() {
    let Some(server) = Server::Python.command() else {
        return;
    };
    let client = Client::stdio(server, [""; 0]);
    some_commands(&client, python("stdio", MODERN), PYTHON);
}

#[test]
fn python_sdk_over_stdio_legacy() {
    let Some(server) = Server::Python.command() else {
        return;
    };
    let client = Client::stdio(server, [""; 0]).with(["--protocol-version", LEGACY]);
    some_commands(&client, python("stdio", LEGACY), PYTHON);
}

#[test]
fn python_sdk_over_streamable_http_modern() {
    let Some(server) = Server::Python.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--http", "{port}"]);
    let client = Client::url(listening.url("/mcp"));
    every_command(&client, python("http", MODERN), PYTHON);
    script(&client, PYTHON);
    elicitation(&client);
}

#[test]
fn python_sdk_over_streamable_http_legacy() {
    let Some(server) = Server::Python.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--http", "{port}"]);
    let client = Client::url(listening.url("/mcp")).with(["--protocol-version", LEGACY]);
    every_command(&client, python("http", LEGACY), PYTHON);
    script(&client, PYTHON);
    elicitation(&client);
}

#[test]
fn python_sdk_over_http_sse() {
    let Some(server) = Server::Python.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--sse", "{port}"]);
    let client = Client::url(listening.url("/sse")).with(["--transport", "sse"]);
    every_command(&client, python("sse", LEGACY), PYTHON);
    elicitation(&client);
    // Found out: the POST is answered with 405.
    info(&Client::url(listening.url("/sse")), python("sse", LEGACY));
}

// ---- ours on FastMCP ----

const FASTMCP: &str = "Hello from FastMCP";

/// What it is, over one transport in one version.
fn fastmcp(transport: &'static str, version: &'static str) -> Is {
    Is { name: "interop-fastmcp", transport, version }
}

#[test]
fn fastmcp_over_stdio_modern() {
    let Some(server) = Server::FastMcp.command() else {
        return;
    };
    let client = Client::stdio(server, [""; 0]);
    some_commands(&client, fastmcp("stdio", MODERN), FASTMCP);
}

#[test]
fn fastmcp_over_stdio_legacy() {
    let Some(server) = Server::FastMcp.command() else {
        return;
    };
    let client = Client::stdio(server, [""; 0]).with(["--protocol-version", LEGACY]);
    info(&client, fastmcp("stdio", LEGACY));
    script(&client, FASTMCP);
}

#[test]
fn fastmcp_over_streamable_http_modern() {
    let Some(server) = Server::FastMcp.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--http", "{port}"]);
    let client = Client::url(listening.url("/mcp"));
    every_command(&client, fastmcp("http", MODERN), FASTMCP);
    script(&client, FASTMCP);
}

#[test]
fn fastmcp_over_streamable_http_legacy() {
    let Some(server) = Server::FastMcp.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--http", "{port}"]);
    let client = Client::url(listening.url("/mcp")).with(["--protocol-version", LEGACY]);
    every_command(&client, fastmcp("http", LEGACY), FASTMCP);
}

#[test]
fn fastmcp_over_http_sse() {
    let Some(server) = Server::FastMcp.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--sse", "{port}"]);
    let client = Client::url(listening.url("/sse"));
    info(&client, fastmcp("sse", LEGACY));
    script(&client, FASTMCP);
}

// ---- ours on the TypeScript SDK ----

const TYPESCRIPT: &str = "Hello from the TypeScript SDK";

/// What it is, over one transport in one version.
fn typescript(transport: &'static str, version: &'static str) -> Is {
    Is { name: "interop-typescript-sdk", transport, version }
}

#[test]
fn typescript_sdk_over_stdio_modern() {
    let Some(server) = Server::TypeScript.command() else {
        return;
    };
    let client = Client::stdio(server, [""; 0]);
    every_command(&client, typescript("stdio", MODERN), TYPESCRIPT);
    script(&client, TYPESCRIPT);
    elicitation(&client);
    let said = call(&client, &["ask", "--elicit", "accept"]);
    assert!(said.starts_with("Hello, "), "{said}");
}

#[test]
fn typescript_sdk_over_stdio_legacy() {
    let Some(server) = Server::TypeScript.command() else {
        return;
    };
    let client = Client::stdio(server, [""; 0]).with(["--protocol-version", LEGACY]);
    every_command(&client, typescript("stdio", LEGACY), TYPESCRIPT);
    script(&client, TYPESCRIPT);
    elicitation(&client);
}

#[test]
fn typescript_sdk_over_streamable_http_modern() {
    let Some(server) = Server::TypeScript.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--http", "{port}"]);
    let client = Client::url(listening.url("/mcp"));
    every_command(&client, typescript("http", MODERN), TYPESCRIPT);
    script(&client, TYPESCRIPT);
    elicitation(&client);
}

#[test]
fn typescript_sdk_over_streamable_http_legacy() {
    let Some(server) = Server::TypeScript.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--http", "{port}"]);
    // No sessions here, and GET is answered with 405.
    let client = Client::url(listening.url("/mcp")).with(["--protocol-version", LEGACY]);
    every_command(&client, typescript("http", LEGACY), TYPESCRIPT);
    script(&client, TYPESCRIPT);
}

#[test]
fn typescript_sdk_without_the_handshake_over_stdio() {
    let Some(server) = Server::TypeScript.command() else {
        return;
    };
    let client = Client::stdio(server.clone(), ["--modern-only"]);
    some_commands(&client, typescript("stdio", MODERN), TYPESCRIPT);
    let client = Client::stdio(server, ["--modern-only"]).with(["--protocol-version", LEGACY]);
    client.run(&["info"]).exited(&[1, 4]).error();
}

#[test]
fn typescript_sdk_without_the_handshake_over_streamable_http() {
    let Some(server) = Server::TypeScript.command() else {
        return;
    };
    let listening = Listening::start(&server, &["--modern-only", "--http", "{port}"]);
    let client = Client::url(listening.url("/mcp"));
    some_commands(&client, typescript("http", MODERN), TYPESCRIPT);
    let client = Client::url(listening.url("/mcp")).with(["--protocol-version", LEGACY]);
    client.run(&["info"]).exited(&[1, 4]).error();
}

// ---- no server, or several ----

#[test]
fn unreachable_servers_are_exit_4() {
    let gone = |command: &[&str]| {
        let command = command.iter().map(Into::into).collect();
        Client::stdio(command, [""; 0]).run(&["info"]).exited(&[4]).error()
    };
    let error = gone(&["/nowhere/at-all/server"]);
    assert!(error.contains("/nowhere/at-all/server"), "{error}");
    gone(&["sh", "-c", "echo some last words >&2; exit 3"]);
    let error = Client::url(format!("http://127.0.0.1:{}/mcp", free_port())).run(&["info"]).exited(&[4]).error();
    assert!(error.contains("127.0.0.1"), "{error}");
}

#[test]
fn servers_of_a_foreign_config_file() {
    let Some(everything) = Server::Everything.command() else {
        return;
    };
    let Some(typescript) = Server::TypeScript.command() else {
        return;
    };
    let listening = Listening::start(&typescript, &["--http", "{port}"]);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("servers.json");
    let script = everything[1].to_str().expect("the checkout has a plain path");
    let servers = json!({"mcpServers": {
        "local": {"command": "node", "args": [script, "stdio"]},
        "remote": {"type": "http", "url": listening.url("/mcp")},
    }});
    fs::write(&file, servers.to_string()).expect("a file");
    let client = Client::configured(&file);
    let local = client.json(&["info", "-s", "local"]);
    assert_eq!((&local["server"], &local["era"]), (&json!("local"), &json!("legacy")), "{local:#}");
    let remote = client.json(&["info", "-s", "remote"]);
    assert_eq!((&remote["server"], &remote["era"]), (&json!("remote"), &json!("modern")), "{remote:#}");
    let said = call(&client, &["echo", "-s", "remote", "--arg", "message=hi"]);
    assert_eq!(said, "Echo: hi");
}
