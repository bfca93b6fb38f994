//! `run`.

use serde_json::{Value, json};

use crate::place::Place;

const SMOKE: &str = r#"
# finds a bookmark and reads it
{"op":"tools.list","as":"t"}
{"op":"expect","value":"${t.tools[name=search_bookmarks].inputSchema.required}","equals":["query"]}
{"op":"tools.call","name":"search_bookmarks","arguments":{"query":"rust","limit":1},"as":"found"}
{"op":"expect","value":"${found.structuredContent.bookmarks[0].tags}","contains":"rust"}
{"op":"resources.read","uri":"bookmark://${found.structuredContent.bookmarks[0].id}","as":"book"}
{"op":"expect","value":"${book.contents[0].text}","contains":"- id: "}
{"op":"resources.list"}
{"op":"prompts.list","as":"p"}
{"op":"prompts.get","name":"${p.prompts[0].name}","arguments":{"tag":"rust"}}
{"op":"raw","method":"no/such","allow_error":true,"as":"e"}
{"op":"expect","value":"${e.error.code}","equals":-32601}
{"op":"sleep","ms":10}
"#;

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"))).collect()
}

#[test]
fn steps_share_one_connection_and_their_results() {
    let place = Place::new();
    let script = place.file("smoke.jsonl", SMOKE);
    let ran = place.run(&["run", &script, "--json"]).exits(0);
    let steps = lines(&ran.out);
    assert_eq!(steps.len(), 12);
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step["step"], index + 1);
        assert!(step["ms"].is_number());
        assert_eq!(step["ok"], step["op"] != "raw", "{step}");
    }
    assert_eq!(steps[9]["error"]["kind"], "rpc-error");
    assert_eq!(place.journal().matches("\"server/discover\"").count(), 1);
    place.run_with(SMOKE, &["run", "-"]).exits(0).prints("12 sleep: ok");
}

#[test]
fn the_first_failure_ends_the_run_with_its_code() {
    let place = Place::new();
    for (script, code, kind, steps) in [
        (r#"{"op":"tools.call","name":"update_bookmark","arguments":{"id":999,"title":"x"}}"#, 5, "tool-error", 1),
        (
            r#"{"op":"tools.list"}
{"op":"expect","value":1,"equals":2}
{"op":"tools.list"}"#,
            1,
            "expectation",
            2,
        ),
        (
            r#"{"op":"tools.list","as":"t"}
{"op":"expect","value":"${t.tools[99].name}","equals":2}"#,
            1,
            "expectation",
            2,
        ),
        (r#"{"op":"raw","method":"no/such"}"#, 1, "rpc-error", 1),
    ] {
        let ran = place.run_with(script, &["run", "-", "--json"]).exits(code);
        assert_eq!(ran.error()["kind"], kind, "{ran:?}");
        let told = lines(&ran.out);
        assert_eq!(told.len(), steps, "{ran:?}");
        assert_eq!(told[steps - 1]["ok"], false);
    }
    let ran = place.run_with("{\"op\":\"tools.list\"}\n\n{\"op\":\"expect\",\"value\":1,\"equals\":2}", &["run", "-"]);
    ran.exits(1).complains("step 2 (line 3, expect): expected to equal 2, got 1");
}

#[test]
fn a_failed_call_can_be_looked_at() {
    let place = Place::new();
    let script = r#"{"op":"tools.call","name":"update_bookmark","arguments":{"id":999,"title":"x"},"allow_error":true,"as":"r"}
{"op":"expect","value":"${r.isError}","equals":true}
{"op":"expect","value":"is ${r.content[0].text}","contains":"999"}"#;
    place.run_with(script, &["run", "-"]).exits(0);
}

#[test]
fn a_wrong_script_starts_no_server() {
    let place = Place::new();
    let mark = place.path("started");
    let script = place.file("s.jsonl", "{\"op\":\"tools.list\"}\n{\"op\":\"tools.lst\"}\n");
    place
        .run(&["run", &script, "--", "touch", mark.to_str().unwrap_or_default()])
        .exits(2)
        .complains("s.jsonl:2: unknown op \"tools.lst\"; did you mean \"tools.list\"?");
    assert!(!mark.exists());
}

#[test]
fn all_tools_are_called_with_arguments_of_their_schemas() {
    let place = Place::new();
    let call = |answer: &str| {
        format!(
            "{{\"expect\":\"tools/call\"}}\n{{\"send\":\"{{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":${{id}},\\\"result\\\":{answer}}}\"}}\n"
        )
    };
    let tools = json!({"tools":[
        {"name":"a","inputSchema":{"type":"object","properties":{"n":{"type":"integer","minimum":3}},"required":["n"]}},
        {"name":"bad"},
        {"name":"b","inputSchema":{"type":"object"}},
    ]});
    let list = json!({ "send": format!("{{\"jsonrpc\":\"2.0\",\"id\":${{id}},\"result\":{tools}}}") });
    let fine = r#"{\"content\":[]}"#;
    let wrong = r#"{\"content\":[{\"type\":\"text\",\"text\":\"no\"}],\"isError\":true}"#;
    for (answers, code) in [([fine, fine], 0), ([wrong, fine], 5)] {
        let steps = format!("{{\"expect\":\"tools/list\"}}\n{list}\n{}{}", call(answers[0]), call(answers[1]));
        let script = place.file("all.jsonl", "{\"op\":\"tools.call-all\"}");
        let ran = place.scripted(&["run", &script, "--json", "--no-journal"], &steps).exits(code);
        let calls = lines(&ran.out)[0]["result"]["calls"].clone();
        assert_eq!(calls.as_array().map(Vec::len), Some(2), "the malformed one is not called");
        assert!(calls[0]["arguments"]["n"].as_i64().is_some_and(|n| n >= 3), "{calls}");
        assert_eq!(calls[1]["ok"], true);
    }
}
