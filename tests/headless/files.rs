//! What is read from and left on the disk: journals and the config.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use crate::place::Place;

#[test]
fn a_run_is_recorded_and_can_be_read_back() {
    let place = Place::new();
    place.run(&["journal", "show"]).exits(2).complains("nothing is recorded");
    place.run(&["ping"]).exits(0);
    let list = place.run(&["journal", "list", "--json"]).exits(0).json();
    let file = list["journals"][0]["file"].as_str().unwrap().to_owned();
    assert_eq!(list["journals"][0]["servers"][0], "demo");
    place.run(&["journal", "list"]).exits(0).prints("records  demo  ");
    let shown = place.run(&["journal", "show", "--json"]).exits(0);
    let recorded = std::fs::read_to_string(&file).unwrap();
    assert_eq!(shown.out.lines().collect::<Vec<_>>(), recorded.lines().skip(1).collect::<Vec<_>>());
    let last = place.run(&["journal", "show", "last", "--limit", "1"]).exits(0);
    assert_eq!(last.out.lines().count(), 1);
    let found = place.run(&["journal", "search", "kind:request dir:send", "last", "--json"]).exits(0);
    assert!(found.out.lines().count() >= 1 && found.out.lines().all(|line| line.contains(r#""kind":"request""#)));
    assert_eq!(place.run(&["journal", "search", "there is no such text"]).exits(0).out, "");
    place.run(&["journal", "search", "kidn:x"]).exits(2).complains("no key; server, method");
    assert_eq!(place.run(&["journal", "show", &file, "--server", "other"]).exits(0).out, "");
    std::fs::write(&file, format!("{recorded}{{\"seq\":")).unwrap();
    place.run(&["journal", "show"]).exits(0).complains("1 damaged line skipped");
}

#[test]
fn a_journal_goes_where_it_is_told() {
    let place = Place::new();
    let file = place.path("here.jsonl");
    let word = file.to_str().unwrap();
    place.run(&["ping", "--journal", word]).exits(0);
    assert!(std::fs::read_to_string(&file).unwrap().contains("server/discover"));
    place.run(&["ping", "--journal", word]).exits(1).complains("--no-journal");
    place.run(&["ping", "--no-journal"]).exits(0);
    assert!(!place.path(".local/state/mcp-tui/journal").exists());
    place.run(&["ping", "--config-dir", "all"]).exits(0);
    assert_eq!(std::fs::read_dir(place.path("all/state/journal")).unwrap().count(), 1);
}

#[test]
fn a_place_that_cannot_be_written_stops_nothing() {
    let place = Place::new();
    place.file("all/state", "a file where a directory should be");
    let ran = place.run(&["ping", "--config-dir", "all"]).exits(0).complains("warning: ");
    ran.complains("in memory only").prints(" ms");
}

#[test]
fn old_journals_make_room() {
    let place = Place::new();
    place.file(".config/mcp-tui/config.toml", "[journal]\nkeep = 2\n");
    for _ in 0..4 {
        place.run(&["ping"]).exits(0);
    }
    let list = place.run(&["journal", "list", "--json"]).exits(0).json();
    assert_eq!(list["journals"].as_array().unwrap().len(), 2);
}

#[test]
fn servers_are_added_tested_and_removed() {
    let place = Place::new();
    let binary = env!("CARGO_BIN_EXE_mcp-tui");
    place.run(&["servers", "list"]).exits(0).complains("no server is configured");
    place.run(&["servers", "add", "it", "-e", "A=b", "--", binary, "demo-server"]).exits(0).prints("added `it`");
    place.run(&["servers", "add", "it", "--", "x"]).exits(2).complains("already");
    let info = place.run(&["info", "--json"]).exits(0);
    assert_eq!(info.json()["server"], "it");
    assert_eq!(info.err, "");
    place.run(&["servers", "add", "web", "https://example.invalid/mcp"]).exits(0);
    place.run(&["servers", "disable", "web"]).exits(0);
    place.run(&["servers", "list"]).exits(0).prints("web  https://example.invalid/mcp  (disabled)");
    let listed = place.run(&["servers", "list", "--json"]).exits(0).json();
    assert_eq!((&listed["servers"][1]["name"], &listed["servers"][1]["enabled"]), (&"web".into(), &false.into()));
    place.run(&["info"]).exits(0);
    place.run(&["servers", "test"]).exits(0).prints("it: ok, 2026-07-28 (modern), stdio, ");
    place.run(&["servers", "enable", "wbe"]).exits(2).complains("web");
    place.run(&["servers", "add", "dead", "--", "no-such-program-anywhere"]).exits(0);
    let tested = place.run(&["servers", "test", "dead", "it", "--json"]).exits(4).json();
    assert_eq!((&tested["servers"][0]["ok"], &tested["servers"][1]["ok"]), (&false.into(), &true.into()));
    assert_eq!(tested["servers"][0]["error"]["kind"], "unreachable");
    place.run(&["servers", "remove", "dead"]).exits(0);
    place.run(&["servers", "remove", "dead"]).exits(2);
}

#[test]
fn nothing_is_imported_unseen() {
    let place = Place::new();
    let foreign =
        place.file("mcp.json", r#"{"mcpServers":{"x":{"command":"sh","args":["-c","a; b"],"env":{"T":"1"}}}}"#);
    place.run(&["servers", "import", &foreign]).exits(6).complains("x: sh -c 'a; b' (sets T)");
    assert!(!place.path(".config/mcp-tui/config.toml").exists());
    place.run(&["servers", "import", &foreign, "--yes"]).exits(0).prints("imported x");
    place.run(&["servers", "import", &foreign, "--yes"]).exits(0).complains("in the config already");
    let used = place.run(&["servers", "list", "--mcp-config", &foreign]).exits(0);
    assert!(used.out.starts_with("x  sh -c"), "{used:?}");
}

#[test]
fn the_config_is_shown_without_secrets() {
    let place = Place::new();
    let config = "[servers.a]\nurl = \"https://h/\"\nheaders = { Authorization = \"Bearer sesame\" }\n";
    place.file("all/config.toml", config);
    let shown = place.run(&["config", "show", "--config-dir", "all", "--json"]).exits(0);
    assert_eq!(shown.json()["servers"][0]["headers"][0], "Authorization");
    assert!(!shown.out.contains("sesame"));
    let paths = place.run(&["config", "path", "--config-dir", "all", "--json"]).exits(0).json();
    assert_eq!(paths["config"], "all/config.toml");
    place.run(&["config", "check", "--config-dir", "all"]).exits(0).prints("no errors, 1 server");
    place.run(&["config", "check"]).exits(0).prints("there is no config file");
}

#[test]
fn diagnostics_go_to_a_file_when_they_are_wanted() {
    let place = Place::new();
    let child = place.command(&["ping"]).env("MCP_TUI_LOG", "trace").spawn().unwrap();
    let output = crate::place::ended(child, &["ping"]);
    assert!(output.status.success());
    assert!(place.path(".local/state/mcp-tui/mcp-tui.log").exists());
}
