//! The inspector: tasks, log messages, the configuration, badges, orders, the tree of resources, groups of servers.

use std::sync::Arc;

use mcp_tui::app::{Command, SessionEvent};
use mcp_tui::model::call::{CallState, Failure, ListKind, Operation};
use mcp_tui::model::id::{CallId, ServerId};
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::model::session::{DownReason, Item};
use mcp_tui::model::task::Task;
use mcp_tui::model::wire::Direction::Recv;
use mcp_tui::tui::ui::Zone;
use mcp_tui::tui::update::Outcome;

use super::{SIZES, TOOLS, shown};
use crate::screen::{World, json};

const TASKS: &str =
    r#"{"tools":{},"resources":{},"prompts":{},"logging":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;

fn world(columns: u16, rows: u16) -> World {
    let mut world = World::new(&["demo", "weather"], columns, rows);
    world.connect(0, TASKS).list(0, ListKind::Tools, &TOOLS);
    world.connect(1, r#"{"tools":{},"logging":{},"tasks":{"list":{}}}"#).list(1, ListKind::Tools, &TOOLS[..2]);
    world
}

fn task(world: &mut World, server: u16, call: Option<u64>, text: &str) {
    let task = Task::read(&json(text)).unwrap_or_else(|wrong| panic!("{wrong}"));
    world.report(server, SessionEvent::Task { call: call.map(CallId), task });
}

/// Three tasks: one from before this run, one at work, one that has ended.
fn tasks(columns: u16, rows: u16) -> World {
    let mut world = world(columns, rows);
    let server = ServerId(0);
    let start = |name: &str| Command::Start {
        server,
        operation: Operation::CallTool { name: name.to_owned(), arguments: json("{}") },
    };
    let first = world.state.next_call;
    world.command(start("longRunningOperation")).command(start("get-sum")).command(start("echo"));
    task(
        &mut world,
        0,
        Some(first + 1),
        r#"{"taskId":"7f3a-completed","status":"completed","createdAt":"2026-11-20T20:50:00Z","ttlMs":3600000}"#,
    );
    world.report(
        0,
        SessionEvent::Finished {
            call: CallId(first + 1),
            outcome: Ok(json(r#"{"content":[{"type":"text","text":"The sum is 42."}]}"#)),
        },
    );
    task(
        &mut world,
        0,
        Some(first + 2),
        r#"{"taskId":"aa-lost","status":"working","createdAt":"2026-11-20T18:00:00Z"}"#,
    );
    let lost = Failure::Rpc { code: -32_602, message: "Task not found".into(), data: None };
    world.report(0, SessionEvent::Finished { call: CallId(first + 2), outcome: Err(lost.clone()) });
    let asked = world.state.next_call;
    world.command(Command::Start {
        server,
        operation: Operation::Task { verb: mcp_tui::model::call::TaskVerb::Get, id: "aa-lost".into() },
    });
    world.report(0, SessionEvent::Finished { call: CallId(asked), outcome: Err(lost) });
    task(
        &mut world,
        0,
        Some(first),
        r#"{"taskId":"b81c-working","status":"working","statusMessage":"Importing row 120 of 1000","createdAt":"2026-11-20T21:03:00Z","ttlMs":3600000,"pollIntervalMs":1500}"#,
    );
    world.keys("enter right right right right");
    world
}

#[test]
fn tasks_stand_in_a_tab_of_their_own() {
    for (columns, rows) in SIZES {
        shown(&format!("tasks_{columns}x{rows}"), &mut tasks(columns, rows));
    }
    let mut none = world(80, 24);
    none.keys("enter right right right right");
    assert!(none.screen().contains("No task is known."));
}

#[test]
fn a_task_is_opened_followed_again_and_cancelled() {
    let mut world = tasks(120, 40);
    // The one at work is followed by its call, which is opened.
    world.keys("enter");
    let calls = world.state.calls.len();
    assert!(world.screen().contains("running"));
    // Back among the tasks; the one that has ended shows its result without asking again.
    world.keys("esc down down enter");
    assert!(world.screen().contains("The sum is 42."), "{}", world.screen());
    assert_eq!(world.state.calls.len(), calls);
    world.keys("esc");
    // Cancelling the one at work cancels the call that follows it.
    world.keys("up up x");
    let cancelled = world.state.calls.values().any(|call| call.state == CallState::Cancelling);
    assert!(cancelled, "{}", world.screen());
    // The server's own list, or what is known of each.
    world.keys("u");
    let newest = world.state.calls.values().next_back().map(|call| call.operation.clone());
    let Some(Operation::ListTasks { known, listed: false }) = newest else { panic!("{newest:?}") };
    assert_eq!(known, ["b81c-working", "aa-lost", "7f3a-completed"]);
    world.keys("y");
    assert!(world.outcomes.contains(&Outcome::Copy("b81c-working".into())));
}

#[test]
fn a_task_of_an_earlier_run_is_followed_to_its_result() {
    let mut world = world(80, 24);
    let known = serde_json::from_str(
        r#"{"server":"demo","id":"old","tool":"import","status":"working","created":"2026-11-20T20:00:00Z","ttl":null,"heard":1795206000000000}"#,
    );
    world.state.tasks.push(known.unwrap_or_else(|wrong| panic!("{wrong}")));
    world.keys("enter right right right right");
    super::everywhere("task_of_an_earlier_run", &mut world);
    world.keys("enter");
    let newest = world.state.calls.values().next_back().map(|call| call.operation.clone());
    assert!(matches!(newest, Some(Operation::Task { verb: mcp_tui::model::call::TaskVerb::Wait, .. })), "{newest:?}");
    let call = CallId(world.state.next_call - 1);
    let done = r#"{"content":[{"type":"text","text":"Imported 1000 rows."}]}"#;
    world.report(0, SessionEvent::Finished { call, outcome: Ok(json(done)) });
    assert!(world.screen().contains("Imported 1000 rows."), "{}", world.screen());
    world.keys("esc");
    assert!(world.screen().contains("import"), "{}", world.screen());
}

fn messages(columns: u16, rows: u16) -> World {
    let mut world = world(columns, rows);
    for (level, logger, data) in [
        ("info", "import", r#""Reading bookmarks.html""#),
        ("debug", "import", r#"{"row":1,"title":"Python Docs"}"#),
        ("warning", "import", r#""Row 17 has no title; it is skipped""#),
        ("error", "store", r#"{"message":"disk is full","free":0,"path":"/var/lib/demo"}"#),
        ("odd", "store", r#""A level that nobody knows""#),
        ("info", "import", r#""Done: 16 of 17 rows\u001b[2J\u202e""#),
    ] {
        let text = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"{level}","logger":"{logger}","data":{data}}}}}"#
        );
        world.later(12_000).frame(0, Recv, &text);
    }
    world.keys("enter right right right right right");
    world
}

#[test]
fn log_messages_of_a_server_stand_in_a_tab_of_their_own() {
    for (columns, rows) in SIZES {
        let mut world = messages(columns, rows);
        shown(&format!("logging_{columns}x{rows}"), &mut world);
    }
    let mut world = messages(80, 24);
    world.keys("] ] ]");
    let screen = world.screen();
    assert!(screen.contains("disk is full") && !screen.contains("Reading bookmarks"), "{screen}");
    world.keys("[ [ [ up up enter");
    // Enter opens the frame.
    assert!(world.screen().contains("Frame"), "{}", world.screen());
}

#[test]
fn the_selected_message_stays_while_newer_ones_come() {
    let mut world = messages(120, 40);
    world.keys("up up");
    let screen = world.screen();
    assert!(screen.contains("disk is full"), "{screen}");
    for at in 0..60 {
        let text = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","data":"more {at}"}}}}"#
        );
        world.frame(0, Recv, &text);
    }
    assert!(world.screen().contains("disk is full"), "{}", world.screen());
    world.keys("G");
    assert!(world.screen().contains("more 59") && !world.screen().contains("disk is full"), "{}", world.screen());
}

#[test]
fn the_level_is_asked_for_as_the_era_allows() {
    let mut modern = messages(80, 24);
    super::everywhere("log_level", modern.keys("w"));
    modern.keys("w a r enter");
    assert_eq!(modern.state.sessions[0].spec.log_level.as_deref(), Some("warning"));
    let mut legacy = world(80, 24);
    legacy.keys("down enter right right right right right");
    let screen = legacy.screen();
    assert!(screen.contains("logging/setLevel"), "{screen}");
    legacy.keys("w x enter");
    assert!(legacy.screen().contains("one of debug"), "{}", legacy.screen());
    super::everywhere("log_level_refused", &mut legacy);
    legacy.keys("backspace e r enter");
    let newest = legacy.state.calls.values().next_back().map(|call| call.operation.clone());
    assert_eq!(newest, Some(Operation::SetLogLevel("error".into())));
    // A server that never said that it logs is asked for nothing.
    let mut without = World::new(&["mute"], 80, 24);
    without.connect(0, r#"{"tools":{}}"#).keys("right right right right right");
    super::everywhere("logging_not_offered", &mut without);
}

#[test]
fn the_configuration_says_where_each_value_comes_from() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        let spec = &mut world.state.sessions[0].spec;
        spec.launch = Launch::Stdio {
            command: "npx".into(),
            args: vec!["-y".into(), "@acme/server".into(), "--token=hunter2-secret".into()],
            env: vec![("GITHUB_TOKEN".into(), "hunter2-secret".into()), ("LANG".into(), "C".into())],
            cwd: None,
        };
        spec.secrets = vec!["hunter2-secret".into()];
        spec.timeouts.request = std::time::Duration::from_secs(5);
        for (key, origin) in [
            ("command", "config.toml:12"),
            ("args[0]", "config.toml:12"),
            ("args[1]", "config.toml:12"),
            ("args[2]", "config.toml:12, $GITHUB_TOKEN"),
            ("env.GITHUB_TOKEN", "config.toml:12, $GITHUB_TOKEN"),
            ("env.LANG", "~/github.env"),
            ("timeout", "command line"),
        ] {
            spec.origins.insert(key.into(), origin.into());
        }
        world.keys("enter left left");
        let screen = world.screen();
        assert!(!screen.contains("hunter2"), "{screen}");
        shown(&format!("config_{columns}x{rows}"), &mut world);
        world.keys("enter");
        let screen = world.screen();
        assert!(!screen.contains("hunter2"), "{screen}");
        shown(&format!("config_open_{columns}x{rows}"), &mut world);
    }
}

const FILES: [&str; 7] = [
    r#"{"uri":"file:///project/src/main.rs","name":"main.rs","mimeType":"text/x-rust"}"#,
    r#"{"uri":"file:///project/src/lib.rs","name":"lib.rs"}"#,
    r#"{"uri":"file:///project/docs/guide/start.md","name":"Getting started","description":"How to begin"}"#,
    r#"{"uri":"file:///project/README.md","name":"README"}"#,
    r#"{"uri":"notes://today","name":"Today"}"#,
    r#"{"uri":"notes://archive/2026?page=1","name":"Archive"}"#,
    r#"{"name":"it has no address"}"#,
];

#[test]
fn resources_are_a_tree_that_folds() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        world.list(0, ListKind::Resources, &FILES).keys("enter right down down down");
        shown(&format!("resources_tree_{columns}x{rows}"), &mut world);
    }
    let mut world = world(120, 40);
    world.list(0, ListKind::Resources, &FILES).keys("enter right");
    assert!(world.screen().contains(" main.rs"));
    world.keys("enter");
    assert!(!world.screen().contains(" main.rs"), "{}", world.screen());
    world.keys("enter");
    assert!(world.screen().contains(" main.rs"));
    world.keys("C");
    assert!(!world.screen().contains(" start.md"));
    world.keys("E /");
    world.keys("g u i d e");
    let screen = world.screen();
    // A filter looks at whole addresses.
    assert!(screen.contains("file:///project/docs/guide/start.md") && screen.contains("1 of 7"), "{screen}");
    world.keys("enter enter");
    let newest = world.state.calls.values().next_back().map(|call| call.operation.clone());
    assert_eq!(newest, Some(Operation::ReadResource { uri: "file:///project/docs/guide/start.md".into() }));
}

#[test]
fn rows_say_what_goes_on_and_what_changed() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        let mut tools: Vec<&str> = TOOLS.to_vec();
        tools[4] = r#"{"name":"now","description":"Tells the time in another way","inputSchema":{"type":"object"}}"#;
        tools.push(r#"{"name":"old-way","description":"Use get-sum","_meta":{"com.example/deprecated":true},"inputSchema":{"type":"object"}}"#);
        world.list(0, ListKind::Tools, &tools);
        let call = |name: &str| Command::Start {
            server: ServerId(0),
            operation: Operation::CallTool { name: name.to_owned(), arguments: json("{}") },
        };
        world.command(call("echo")).command(call("echo"));
        world.keys("enter down down enter ctrl-s");
        let last = CallId(world.state.next_call - 1);
        let failed = Err(Failure::Rpc { code: -32_000, message: "no".into(), data: None });
        world.report(0, SessionEvent::Finished { call: last, outcome: failed });
        world.keys("esc esc 1");
        shown(&format!("badges_{columns}x{rows}"), &mut world);
    }
}

#[test]
fn a_list_has_several_orders_and_the_selection_stays() {
    let mut world = world(120, 40);
    let names = |world: &mut World| {
        let screen = world.screen();
        let mut found: Vec<(usize, &str)> = ["echo", "get-sum", "longRunning", "now"]
            .into_iter()
            .filter_map(|name| Some((screen.find(name)?, name)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    };
    world.keys("enter down o");
    assert!(world.screen().contains("by name"), "{}", world.screen());
    assert_eq!(world.ui.item_ref(&world.state).map(|item| item.key), Some("get-sum".into()));
    world.keys("G up up enter ctrl-s esc 1 o");
    assert!(world.screen().contains("last used first"), "{}", world.screen());
    assert_eq!(
        names(&mut world).first().map(String::as_str),
        world.ui.work.calls.keys().next().map(|item| item.key.get(..11).unwrap_or(&item.key))
    );
    world.keys("o o");
    assert!(!world.screen().contains("first"), "{}", world.screen());
}

#[test]
fn servers_of_a_group_stand_together() {
    for (columns, rows) in SIZES {
        let mut world = World::new(&["demo"], columns, rows);
        for (name, group) in [("github", "work"), ("jira", "work"), ("music", "at home")] {
            let launch = Launch::Stdio { command: name.into(), args: vec![], env: vec![], cwd: None };
            let spec = ServerSpec { group: Some(group.into()), ..ServerSpec::new(name, launch) };
            world.command(Command::AddServer(spec));
        }
        world.ui.inspector.zone = mcp_tui::tui::ui::Zone::Servers;
        world.connect(0, r#"{"tools":{}}"#).list(0, ListKind::Tools, &TOOLS);
        world.keys("down down");
        shown(&format!("groups_{columns}x{rows}"), &mut world);
    }
}

#[test]
fn no_frame_and_no_key_goes_through_a_long_list_again() {
    let mut world = World::new(&["large"], 120, 40);
    let tools: Vec<String> = (0..10_000)
        .map(|at| {
            format!(
                r#"{{"name":"tool_{at:05}","description":"The tool of number {at}","inputSchema":{{"type":"object"}}}}"#
            )
        })
        .collect();
    let tools: Vec<&str> = tools.iter().map(String::as_str).collect();
    world.connect(0, r#"{"tools":{}}"#).list(0, ListKind::Tools, &tools);
    let rows = |world: &World| world.ui.rows(&world.state.sessions[0], ListKind::Tools);
    world.screen();
    let all = rows(&world);
    world.keys("down down pgdn G up");
    assert!(world.screen().contains("tool_09998"), "{}", world.screen());
    assert!(Arc::ptr_eq(&all, &rows(&world)), "they were made once");
    world.keys("/ 4 2 4 2");
    let some = rows(&world);
    assert!(!Arc::ptr_eq(&all, &some) && some.len() < 10_000);
    let screen = world.screen();
    assert!(screen.contains("tool_04242"), "{screen}");
    world.keys("enter down down");
    world.screen();
    assert!(Arc::ptr_eq(&some, &rows(&world)));
    // Another list is another list.
    world.list(0, ListKind::Tools, &tools[..10]);
    assert_eq!(rows(&world).len(), 0);
}

#[test]
fn pictures_and_apps_are_named_and_excluded_tools_say_why() {
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        let weather = r#"{"name":"weather","title":"Weather","description":"Tells the weather as a small app","icons":[{"src":"https://example.com/icon.png","mimeType":"image/png","sizes":["48x48"]},{"src":"data:image/svg+xml;base64,PHN2Zy8+"}],"_meta":{"ui":{"resourceUri":"ui://weather/view.html"}},"inputSchema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}"#;
        let query = r#"{"name":"query","inputSchema":{"type":"object","properties":{"rows":{"type":"array","x-mcp-header":"Rows"}}}}"#;
        let raw = json(query);
        let schema = raw.get("inputSchema").map(json);
        let broken = schema.map(|schema| mcp_tui::model::param_header::ParamHeader::of_schema(&schema));
        let Some(Err(problem)) = broken else { panic!("it breaks the rules") };
        let items = vec![Item::read(ListKind::Tools, json(weather)), Item::Bad { problem, raw }];
        world.report(0, SessionEvent::Listed { kind: ListKind::Tools, items, cut: None });
        world.command(Command::DismissNotice).keys("enter 4");
        shown(&format!("app_{columns}x{rows}"), &mut world);
        world.keys("1 down 4");
        shown(&format!("excluded_{columns}x{rows}"), &mut world);
    }
}

/// Whether the border right of the rows says that there is more above, and below.
fn marks(screen: &str) -> (bool, bool) {
    (screen.lines().any(|line| line.ends_with('↑')), screen.lines().any(|line| line.ends_with('↓')))
}

#[test]
fn log_messages_tell_that_there_are_more_of_them() {
    let mut world = messages(60, 20);
    for n in 0..60 {
        let text = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","logger":"import","data":"row {n}"}}}}"#
        );
        world.later(1_000).frame(0, Recv, &text);
    }
    world.command(Command::DismissNotice);
    assert_eq!(marks(&world.screen()), (true, false));
    world.keys("pgup");
    assert_eq!(marks(&world.screen()), (true, true));
    world.keys("g");
    assert_eq!(marks(&world.screen()), (false, true));
}

#[test]
fn the_row_of_an_unusable_item_begins_with_its_name_if_it_has_one() {
    let mut world = world(120, 40);
    let bad = |raw: &str| Item::read(ListKind::Tools, json(raw));
    let items = vec![bad(r#"{"name":"query","inputSchema":7}"#), bad(r#"{"name":"  ","inputSchema":7}"#), bad("[1]")];
    assert_eq!(items.iter().map(|item| item.called().is_some()).collect::<Vec<_>>(), [true, false, false]);
    world.report(0, SessionEvent::Listed { kind: ListKind::Tools, items, cut: None });
    let screen = world.screen();
    assert!(screen.contains("!query     its `inputSchema` is not an object"), "{screen}");
    assert!(screen.contains("!its `inputSchema` is not an ob"), "{screen}");
    assert!(screen.contains("!it is not an object: [1]"), "{screen}");
}

#[test]
fn the_help_tells_a_notice_whole_that_the_line_on_top_cuts() {
    for (columns, rows) in [(80, 24), (40, 12)] {
        let mut world = world(columns, rows);
        let names: Vec<String> = (0..12).map(|n| format!(r#"{{"name":"tool-{n}","inputSchema":{{}}}}"#)).collect();
        world.list(0, ListKind::Tools, &names.iter().map(String::as_str).collect::<Vec<_>>());
        let text = world.state.notices.back().expect("the tools have changed").text.clone();
        let last = text.split(' ').next_back().expect("it has words").to_owned();
        let screen = world.screen();
        let top = screen.lines().next().expect("a line on top");
        assert!(!top.contains(&last), "{screen}");
        assert_eq!(top.contains("? shows all"), columns == 80, "{screen}");
        let screen = world.keys("?").screen();
        assert!(screen.contains("The notice on top, in full") && screen.contains(&last), "{screen}");
    }
}

#[test]
fn a_resource_is_watched_marked_when_it_changes_and_read_again() {
    let watched = |columns, rows, legacy: bool| {
        let mut world = World::new(&["demo", "weather"], columns, rows);
        let server = u16::from(legacy);
        for one in 0..2 {
            world.connect(one, r#"{"resources":{"subscribe":true}}"#).list(one, ListKind::Resources, &FILES[4..6]);
        }
        world.command(Command::DismissNotice);
        if legacy {
            world.keys("down");
        }
        world.keys("enter right down t");
        let newest = world.state.calls.values().next_back().map(|call| call.operation.clone());
        let uri = world.ui.item_ref(&world.state).map(|item| item.key).unwrap_or_default();
        assert_eq!(newest, Some(Operation::Subscribe { uri: uri.clone() }));
        world.finish(server, Ok("{}"));
        if !legacy {
            world.report(server, SessionEvent::Subscribed { uris: [uri.clone()].into() });
        }
        assert!(world.state.sessions[usize::from(server)].subscribed.contains(&uri));
        assert!(world.screen().contains("watched"), "{}", world.screen());
        (world, server, uri)
    };
    for (columns, rows) in SIZES {
        let (mut world, server, uri) = watched(columns, rows, false);
        world.keys("enter").finish(server, Ok(r#"{"contents":[{"uri":"notes://today","text":"Buy milk."}]}"#));
        world.report(server, SessionEvent::ResourceUpdated(uri));
        assert!(world.screen().contains("r reads it again"), "{}", world.screen());
        world.keys("1");
        shown(&format!("updated_{columns}x{rows}"), &mut world);
        world.keys("r");
        assert!(!world.screen().contains("r reads it again"), "{}", world.screen());
    }
    let (mut world, _, uri) = watched(80, 24, true);
    world.keys("t");
    let newest = world.state.calls.values().next_back().map(|call| call.operation.clone());
    assert_eq!(newest, Some(Operation::Unsubscribe { uri }));
    // A server that cannot says so.
    let (mut world, server, _) = watched(80, 24, true);
    world.keys("down t");
    let refused = Failure::Rpc { code: -32_601, message: "Method not found".into(), data: None };
    world.finish(server, Err(refused));
    assert!(world.screen().contains("changes of notes://"), "{}", world.screen());
}

#[test]
fn a_page_of_a_server_is_shown_once_and_scrolls_wherever_it_is() {
    let stderr: Vec<String> = (0..45).map(|n| format!("line {n}")).collect();
    for (columns, rows) in SIZES {
        let mut world = world(columns, rows);
        for line in &stderr {
            world.report(0, SessionEvent::Stderr(line.clone()));
        }
        // Into what the server offers, and to the last tab.
        world.keys("enter left");
        let screen = world.screen();
        assert_eq!(screen.matches("line 0 ").count(), 1, "{screen}");
        let screen = world.keys("pgdn").screen();
        assert!(!screen.contains("line 0 ") && screen.contains("line 20 "), "{screen}");
        // Only from its top one gets back to the servers.
        world.keys("up up");
        assert_eq!(world.ui.inspector.zone, Zone::Items);
        world.keys("g");
        assert_eq!(world.ui.inspector.zone, Zone::Items);
        world.keys("up");
        assert_eq!(world.ui.inspector.zone, Zone::Servers);
    }
}

#[test]
fn an_address_that_was_given_as_a_command_is_told_how_to_be_named_and_nothing_is_cut_without_a_mark() {
    for (columns, rows) in [(80, 24), (54, 30)] {
        let mut world = World::new(&[], columns, rows);
        let url = "https://example.com/mcp".to_owned();
        let launch = Launch::Stdio { command: url, args: vec![], env: vec![], cwd: None };
        world.command(Command::AddServer(ServerSpec::new("example", launch)));
        let why = DownReason::Unreachable("cannot start https://example.com/mcp: it is not in PATH".into());
        world.report(0, SessionEvent::Down { reason: why, retry_at: None });
        let screen = world.keys("4").screen();
        let words = screen.split(|c: char| c.is_whitespace() || "│┃".contains(c)).filter(|word| !word.is_empty());
        let text = words.collect::<Vec<_>>().join(" ");
        assert!(text.contains("name it without `--`"), "{screen}");
    }
}

#[test]
fn where_names_of_panes_have_no_room_their_numbers_stand_and_the_one_with_the_focus_is_named() {
    let mut world = world(40, 12);
    let strip = |world: &mut World| world.screen().lines().nth(1).expect("a strip").trim_end().to_owned();
    assert_eq!(strip(&mut world), " [1 Inspector]  2   3   4");
    world.keys("4");
    assert_eq!(strip(&mut world), "  1   2   3  [4 Detail]");
    // Of what is on top, the servers count most.
    world.input(mcp_tui::tui::input::Input::Resize(ratatui::layout::Size::new(22, 12)));
    let top = world.screen().lines().next().expect("a line on top").trim_end().to_owned();
    assert!(top.starts_with(" mcp-tui  ● 2   ") && !top.contains("record"), "{top}");
}
