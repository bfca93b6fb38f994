//! Threats to decisions about a model's calls: which test is whose.
//!
//! | threat | test |
//! |---|---|
//! | G13 decided, written down, then sent | here: `when_a_server_reads_a_call_its_decision_is_on_the_disk`, `kill_9_in_a_call_leaves_…`; `approvals.rs`: `each_call_follows_its_decision_in_the_journal` |
//! | 54 fake dialogs, 55 long text hides an argument | `storyboard/approvals.rs`; `tui::modal::approval` |
//! | 56 pasted keys, 66 the key meant for the question before | `storyboard/approvals.rs` |
//! | 62 two servers with the same tool | here: `the_same_tool_of_two_servers_is_two_tools`; `model::toolname` |
//! | 63 rug pull | here: `a_definition_that_changes_voids_the_rule`; `app::update::approval::tests` |
//! | 64 another server under the same name | here: `another_server_under_the_same_name_has_no_rules`; `app::update::approval::tests` |
//! | 65 lying annotations | here: `what_a_tool_claims_allows_nothing`; `model::policy::tests` |
//! | 66 arguments other than those shown | `app::update::approval::tests` |
//! | 67 fatigue | `app::update::approval::tests` (one "no" for the rest of a turn), `update::turn::tests::bad` (repeated calls) |
//! | 68 invalid arguments | `update::turn::tests::bad`; `model::schema::tests::hostile` |
//! | 70 instructions in results | `chat.rs`: `two_servers_in_one_conversation_…` (labelled); nothing in a result is ever a decision |
//! | 73 a provider without end, reused ids, broken arguments | `weights.rs`: `a_hundred_megabytes_…`; `update::turn::tests::bad`; `llm::tests` |
//! | 88 secrets | `weights.rs`: `a_key_that_a_program_prints_is_in_no_record`; `chat.rs` |
//!
//! What providers and models do wrong, none of which loses the conversation:
//!
//! | wrong | test |
//! |---|---|
//! | stalls, cuts | `llm::tests::provider`: `nothing_is_asked_again_…`; `chat.rs`: `failures_of_a_provider_…`; `doubles.rs` |
//! | garbage | `llm::tests::decoding`: `errors_in_the_middle_…`; `chat.rs`: `failures_of_a_provider_…`; `doubles.rs` (`malformed`) |
//! | 401, 403, 404, 429, 529, 5xx | `llm::failure::tests`; `llm::tests::provider`: `what_may_pass_…`, `tries_end`; `chat.rs`; `doubles.rs` |
//! | unknown events | `llm::tests::decoding`: `events_of_a_kind_that_nobody_knows_…`, `…_blocks_we_do_not_know_come_back` |
//! | half calls | `llm::tests::decoding`: `a_call_cut_by_the_limit_…`; `update::turn::tests::bad`: `calls_of_an_answer_that_was_cut_…` |
//! | invalid arguments | `update::turn::tests::bad`: `calls_that_make_no_sense_…`; `doubles.rs` (`malformed_arguments`) |
//! | repeated ids | `update::turn::tests::bad`: `repeated_ids_are_told_apart` |
//! | 100 MB | `weights.rs`: `a_hundred_megabytes_…`; `update::turn::tests::bad`: `an_endless_answer_is_cut` |
//! | unknown tools, loops | `update::turn::tests::bad`; `chat.rs`: `a_model_that_never_stops_calling_…`; `doubles.rs` |
#![cfg(unix)]

use mcp_tui::model::fingerprint::Fingerprint;
use mcp_tui::model::json::RawJson;
use mcp_tui::model::server::{Launch, ServerSpec};
use serde_json::{Value, json};

use super::chat::{Provider, calls, chat, events, of_type, says, told};
use super::place::{Place, scripted_server};

/// A server with the tool `t` that does this when it is called. `{journal}` is the directory of journals.
struct Scripted<'a> {
    name: &'a str,
    definition: Value,
    does: &'a str,
}

impl Default for Scripted<'_> {
    fn default() -> Self {
        Scripted { name: "s", definition: json!({"name": "t", "inputSchema": {"type": "object"}}), does: "echo done" }
    }
}

/// A place with this provider and these servers.
fn place(provider: &Provider, servers: &[Scripted<'_>]) -> Place {
    let place = Place::new();
    serve(&place, provider, servers);
    place
}

fn serve(place: &Place, provider: &Provider, servers: &[Scripted<'_>]) {
    let binary = scripted_server();
    let mut config = format!(
        "[providers.fake]\nkind = \"openai-chat\"\nbase_url = \"{}\"\nmodel = \"m\"\napi_key_env = \"FAKE_KEY\"\n",
        provider.url
    );
    for Scripted { name, definition, does } in servers {
        let does = does.replace("{journal}", &place.path("cfg/state/journal").display().to_string());
        let list = json!({"jsonrpc": "2.0", "id": "ID", "result": {"tools": [definition]}}).to_string();
        let steps = [
            json!({"handshake": "2025-11-25", "capabilities": {"tools": {}}}),
            json!({"expect": "tools/list"}),
            json!({"send": list.replace("\"ID\"", "${id}")}),
            json!({"expect": "tools/call"}),
            json!({"tell": does}),
            json!({"until_eof": true}),
        ];
        let script = steps.iter().fold(String::new(), |script, step| script + &step.to_string() + "\n");
        let script = place.file(&format!("{name}.script"), &script);
        let command = binary.display().to_string();
        config = config + "[servers." + name + &format!("]\ncommand = {command:?}\nargs = [{script:?}]\n");
    }
    place.file("cfg/config.toml", &config);
}

fn one_call() -> Provider {
    Provider::start(vec![calls(&[("c1", "s__t", json!({"a": 1}))]), says("Done.")])
}

/// The lines of all journals of a place, oldest first.
fn journal(place: &Place) -> Vec<Value> {
    let mut files: Vec<_> =
        std::fs::read_dir(place.path("cfg/state/journal")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn states(place: &Place, words: &[&str], code: i32) -> Vec<String> {
    let ran = chat(place, &[&["-p", "go", "--json"], words].concat()).exits(code);
    let events = events(&ran);
    let mut results = of_type(&events, "result");
    results.sort_by_key(|result| result["id"].as_str());
    results.iter().map(|result| result["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn when_a_server_reads_a_call_its_decision_is_on_the_disk() {
    let provider = one_call();
    // What stands in the file at the moment in which the call arrives.
    let does = "grep -h '\"ruling\"' {journal}/*.jsonl";
    let place = place(&provider, &[Scripted { does, ..Scripted::default() }]);
    assert_eq!(states(&place, &["--approve", "all"], 0), ["done"]);
    let seen = &told(&provider.asked()[1])[0].1;
    assert!(seen.contains("\"allowed\":true") && seen.contains("\"tool\":\"t\""), "{seen}");
    let rulings: Vec<Value> = journal(&place).into_iter().filter(|line| line["ruling"].is_object()).collect();
    assert_eq!(rulings.len(), 1);
    let arguments = rulings[0]["ruling"]["arguments"].as_str().unwrap();
    assert!(seen.contains(arguments), "the very same decision: {seen}");
}

#[test]
fn kill_9_in_a_call_leaves_its_decision_and_never_makes_it_again() {
    let provider = one_call();
    let does = "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)";
    let place = place(&provider, &[Scripted { does, ..Scripted::default() }]);
    // The server's shell is its child, and the server is ours.
    let ran = chat(&place, &["-p", "go", "--approve", "all"]);
    assert_eq!(ran.code, -1, "it was killed: {ran:?}");
    let lines = journal(&place);
    let at = |what: &dyn Fn(&Value) -> bool| lines.iter().position(what).unwrap_or_else(|| panic!("{lines:#?}"));
    let ruled = at(&|line| line["ruling"]["allowed"] == true);
    let sent = at(&|line| line["dir"] == "send" && line["msg"]["method"] == "tools/call");
    assert!(ruled < sent);
    let next = Provider::start(vec![says("Sorry.")]);
    serve(&place, &next, &[Scripted::default()]);
    chat(&place, &["-p", "and?", "--resume", "last", "--approve", "all"]).exits(0).prints("Sorry.");
    let told = told(&next.asked()[0]);
    assert!(told[0].1.contains("Nobody knows whether it took effect"), "{told:?}");
    let shown = chat(&place, &["--show", "last"]).exits(0);
    assert!(shown.out.contains("`s/t`: unknown"), "{shown:?}");
    let calls =
        journal(&place).into_iter().filter(|line| line["dir"] == "send" && line["msg"]["method"] == "tools/call");
    assert_eq!(calls.count(), 1);
}

#[test]
fn the_same_tool_of_two_servers_is_two_tools() {
    let both = || Provider::start(vec![calls(&[("c1", "a__t", json!({})), ("c2", "b__t", json!({}))]), says("Done.")]);
    let provider = both();
    let two = || ["a", "b"].map(|name| Scripted { name, ..Scripted::default() });
    let place = place(&provider, &two());
    place.file("cfg/policy.toml", "[[rules]]\nserver = \"a\"\ntool = \"t\"\nverdict = \"allow\"\n");
    assert_eq!(states(&place, &["--approve", "none"], 6), ["done", "denied"]);
    let allowed = journal(&place).into_iter().filter(|line| line["ruling"]["allowed"] == true);
    assert_eq!(allowed.map(|line| line["ruling"]["server"].clone()).collect::<Vec<_>>(), ["a"]);
}

/// A rule that allows the tool `t` of `s` as it is defined here and as the server is reached here.
fn bound(place: &Place, definition: &Value, script: &str) -> String {
    let args = vec![place.path(script).display().to_string()];
    let launch = Launch::Stdio { command: scripted_server().display().to_string(), args, env: vec![], cwd: None };
    let origin = Fingerprint::of_server(&ServerSpec::new("s", launch));
    let definition = Fingerprint::of_json(&RawJson::from_value(definition));
    format!(
        "[[rules]]\nserver = \"s\"\ntool = \"t\"\nverdict = \"allow\"\ndefinition = \"{definition}\"\norigin = \"{origin}\"\n"
    )
}

#[test]
fn a_definition_that_changes_voids_the_rule() {
    let defined = |text: &str| json!({"name": "t", "description": text, "inputSchema": {"type": "object"}});
    let place = Place::new();
    place.file("cfg/policy.toml", &bound(&place, &defined("Reads."), "s.script"));
    let turned = json!({"inputSchema": {"type": "object"}, "description": "Reads.", "name": "t"});
    let mut more = defined("Reads.");
    more["annotations"] = json!({"readOnlyHint": true});
    for (definition, state) in [
        (defined("Reads."), "done"),
        // The order of keys is no change.
        (turned, "done"),
        (defined("Reads. "), "denied"),
        (defined("Reads.\u{200b}"), "denied"),
        (more, "denied"),
    ] {
        let provider = one_call();
        serve(&place, &provider, &[Scripted { definition: definition.clone(), ..Scripted::default() }]);
        let code = if state == "done" { 0 } else { 6 };
        assert_eq!(states(&place, &["--approve", "none"], code), [state], "{definition}");
    }
}

#[test]
fn another_server_under_the_same_name_has_no_rules() {
    let definition = Scripted::default().definition;
    for (script, state, code) in [("s.script", "done", 0), ("other.script", "denied", 6)] {
        let provider = one_call();
        let place = place(&provider, &[Scripted::default()]);
        place.file("cfg/policy.toml", &bound(&place, &definition, script));
        assert_eq!(states(&place, &["--approve", "none"], code), [state], "{script}");
    }
}

#[test]
fn what_a_tool_claims_allows_nothing() {
    let claims = json!({"name": "t", "inputSchema": {"type": "object"}, "annotations":
        {"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false}});
    for approve in ["none", "read-only"] {
        let provider = one_call();
        let place = place(&provider, &[Scripted { definition: claims.clone(), ..Scripted::default() }]);
        assert_eq!(states(&place, &["--approve", approve], 6), ["denied"], "{approve}");
    }
}
