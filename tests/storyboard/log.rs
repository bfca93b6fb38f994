//! Storyboards of the log: its rows at every width, its filter, marks, times, and the pages of an open frame.

use mcp_tui::app::Command;
use mcp_tui::model::wire::Direction::{Note, Recv, Send, Stderr};
use mcp_tui::tui::keymap::Context;
use mcp_tui::tui::log::Times;
use mcp_tui::tui::theme::{Look, Scheme, Theme};
use mcp_tui::tui::update::Outcome;

use super::screen::World;
use super::{SIZES, called, each, ready};

/// A log with every kind of frame, and a call that asks back and goes two rounds.
pub(super) fn busy(columns: u16, rows: u16) -> World {
    let mut world = ready(columns, rows);
    world.frame(1, Note, "starting weather.py").later(2_000);
    world.frame(1, Recv, "listening on port 8080").frame(1, Stderr, "Loading \u{1b}[31mstations\u{1b}[0m…");
    world.frame(0, Send, r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"book_trip","arguments":{"to":"Oslo"},"_meta":{"progressToken":3}}}"#);
    world.later(120_000).frame(0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":3,"progress":1,"total":4,"message":"looking for trains"}}"#);
    world.later(400).frame(0, Send, r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"},"_meta":{"progressToken":4}}}"#);
    world.later(600).frame(0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","data":"no direct train to Oslo"}}"#);
    world.later(2_400).frame(
        0,
        Recv,
        r#"{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"no such voice"}],"isError":true}}"#,
    );
    world.later(800_000).frame(0, Recv, r#"{"jsonrpc":"2.0","id":3,"result":{"resultType":"input_required","inputRequests":{"class":{"method":"elicitation/create","params":{"message":"Which class?"}}},"requestState":"s1"}}"#);
    world.later(3_000_000).frame(0, Send, r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"book_trip","arguments":{"to":"Oslo"},"inputResponses":{"class":{"action":"accept","content":{"class":"first"}}},"requestState":"s1","_meta":{"progressToken":5}}}"#);
    world.later(1_200_000).frame(0, Recv, r#"{"jsonrpc":"2.0","id":5,"result":{"resultType":"complete","content":[{"type":"text","text":"Booked: Oslo, first class."}]}}"#);
    world.frame(1, Send, r#"{"jsonrpc":"2.0","id":1,"method":"resources/templates/list"}"#);
    world.later(47_000).frame(
        1,
        Recv,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#,
    );
    world.frame(1, Recv, r#"{"id":9,"reply":"who am I"}"#).exit(1, "exited with status 1");
    world
}

#[test]
fn every_kind_of_frame_has_its_look() {
    each("log_busy", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("3 z");
        world
    });
}

#[test]
fn without_colour_every_kind_of_frame_is_still_told_apart() {
    for (ascii, (columns, rows)) in [false, true].into_iter().flat_map(|ascii| SIZES.map(|size| (ascii, size))) {
        let mut world = busy(columns, rows);
        world.frame(0, Send, r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#);
        world.http(0, Send, r#"{"method":"POST","url":"https://example.com/mcp"}"#);
        world.theme = Theme::new(Look { scheme: Scheme::None, ascii, ..Look::default() });
        let screen = world.keys("3 z g").screen() + &world.keys("G").screen();
        // Said by a request and a notification of ours, of the server, its answers, what is no frame, what is ours.
        let unicode =
            ["→ server/discover", "⇢ roots/list_changed", "⇠ progress", "← result", "← error", "← tool error"];
        let others = ["! not JSON ", "! not JSON-RPC", "· stderr", "✎ note", "× exit", "→ HTTP"];
        for look in unicode.into_iter().chain(others) {
            let look = if ascii {
                look.replace('→', ">")
                    .replace('⇢', ")")
                    .replace('⇠', "(")
                    .replace('←', "<")
                    .replace('·', ".")
                    .replace('✎', "#")
                    .replace('×', "X")
            } else {
                look.to_owned()
            };
            assert!(screen.contains(&format!(" {look}")), "{look} in {screen}");
        }
        // Only what has an id was asked or answers.
        for (said, has) in [("server/discover", true), ("Method not found", true), ("looking for trains", false)] {
            let row = screen.lines().find(|row| row.contains(said)).unwrap_or_default();
            let id = row.split(" #").any(|after| after.starts_with(|c: char| c.is_ascii_digit()));
            assert_eq!(id, has, "{row}");
        }
        let ours = |row: &&str| !row.contains("Loading");
        assert!(!ascii || screen.lines().filter(ours).all(str::is_ascii), "{screen}");
    }
}

#[test]
fn a_filter_is_typed_with_counts_and_kept() {
    each("log_filter_typing", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("3 /").paste("server:demo is:");
        world
    });
    each("log_filter", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("3 /").paste("oslo -kind:notification").keys("enter");
        world
    });
    let mut world = busy(120, 40);
    world.keys("3 z / o s l o enter");
    assert_eq!(world.state.search.as_ref().map(|search| search.hits.len()), Some(4));
    world.frame(0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"to OSLO at last"}}"#);
    world.frame(0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"to Bergen"}}"#);
    assert_eq!(world.state.search.as_ref().map(|search| search.hits.len()), Some(5), "what comes is filtered too");
    assert!(world.ui.log.follow, "it goes on following");
    world.keys("a");
    world.keys("g n");
    let first = world.ui.log.selected(&world.state);
    world.keys("n N");
    assert_eq!(world.ui.log.selected(&world.state), first);
    world.keys("esc esc");
    assert_eq!(world.state.search, None);
}

#[test]
fn a_wrong_filter_says_what_was_expected_and_shows_what_was_there() {
    each("log_filter_wrong", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("3 /").paste("kind:requst server:demo");
        world
    });
    each("log_filter_none", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("3 /").paste("nowhere to be found").keys("enter");
        world
    });
    let mut world = busy(120, 40);
    world.keys("3 / k i d n : x enter");
    assert_eq!(world.ui.focus(), Context::LogFilter, "Enter keeps nothing that makes no sense");
    assert!(world.ui.log.filter.error.is_some());
    world.keys("esc");
    assert_eq!((world.ui.focus(), world.ui.log.filter.line.text()), (Context::Log, ""));
}

#[test]
fn esc_goes_back_one_step_at_a_time() {
    let mut world = busy(120, 40);
    world.keys("3 / o s l o enter").keys("/ x");
    assert_eq!(world.ui.log.filter.line.text(), "oslox");
    world.keys("esc");
    assert_eq!(world.ui.log.filter.line.text(), "oslo", "what was kept before is there again");
    assert_eq!(world.state.search.as_ref().map(|search| search.hits.len()), Some(4));
    world.keys("esc");
    assert_eq!((world.ui.log.filter.is_open(), world.state.search.is_some()), (false, false));
    assert_eq!(world.ui.focus(), Context::Log);
}

#[test]
fn tab_completes_and_goes_round() {
    let mut world = busy(120, 40);
    world.keys("3 / m e t tab");
    assert_eq!(world.ui.log.filter.line.text(), "method:");
    world.keys("t o o l s tab");
    assert_eq!(world.ui.log.filter.line.text(), "method:tools/call");
    world.keys("tab");
    assert_eq!(world.ui.log.filter.line.text(), "method:tools/list");
    world.keys("s-tab");
    assert_eq!(world.ui.log.filter.line.text(), "method:tools/call");
    world.keys("space i s : tab enter");
    assert_eq!(world.state.search.as_ref().map(|search| search.hits.len()), Some(1));
}

#[test]
fn a_filter_is_saved_and_recalled() {
    let mut world = busy(120, 40);
    world.keys("3 / i s : e r r o r enter W ctrl-u b a d enter");
    assert!(matches!(world.outcomes.last(), Some(Outcome::Keep(_))));
    assert_eq!(
        world.ui.kept.filters.0.last().map(|saved| (saved.name.as_str(), saved.text.as_str())),
        Some(("bad", "is:error"))
    );
    world.keys("esc / up");
    assert_eq!(world.ui.log.filter.line.text(), "is:error");
    world.keys("down");
    assert_eq!(world.ui.log.filter.line.text(), "");
}

#[test]
fn frames_are_marked_and_times_told_in_three_ways() {
    let mut world = busy(120, 40);
    world.keys("3 z up m up up m G '");
    let marked: Vec<usize> = world.state.marks.iter().copied().collect();
    assert_eq!(world.ui.log.selected(&world.state), marked.first().copied());
    world.keys("t");
    assert_eq!(world.ui.log.times, Times::SinceStart);
    world.keys("t");
    assert_eq!(world.ui.log.times, Times::SinceLast);
    world.keys("/ i s : m a r k e d enter");
    assert_eq!(world.state.search.as_ref().map(|search| search.hits.len()), Some(2));
}

#[test]
fn the_whole_call_of_a_frame() {
    each("log_call", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("3 /").paste("Booked").keys("enter P");
        world
    });
}

#[test]
fn the_frames_of_a_call_are_gone_through_and_opened() {
    let mut world = busy(120, 40);
    world.keys("3 /").paste("Booked").keys("enter P");
    // Up to the request of the second round, past a frame of another call, then to its first answer and its progress.
    for frame in [13, 12, 10, 8, 7] {
        let screen = world.keys("up").screen();
        assert!(screen.contains(&format!(" Frame {frame} ")), "{frame} in {screen}");
    }
    // It is the first: there is nothing above it, and what is below comes back.
    assert!(world.keys("up").screen().contains(" Frame 7 "));
    assert!(world.keys("n down").screen().contains(" Frame 10 "));
    let opened = world.keys("enter").screen();
    assert!(opened.contains("\"no direct train") && opened.contains("\"notifications/message\""), "{opened}");
}

#[test]
fn the_pages_of_a_frame() {
    let mut world = called(120, 40);
    world.frame(0, Recv, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"The sum of 2 and 40 is 42.\nReally."}]}}"#);
    world.keys("3 enter v v v");
    world.keys("v / s u m");
    world.keys("enter");
    assert_eq!(world.ui.focus(), Context::Frame);
    world.keys("n esc");
    assert!(world.ui.work.frame.is_some(), "Esc takes the search away first");
    world.keys("esc");
    assert_eq!(world.ui.focus(), Context::Log);
}

#[test]
fn a_request_is_copied_as_a_command() {
    let mut world = called(120, 40);
    world.keys("3 Y");
    // The row's record is at hand once it was drawn.
    world.screen();
    world.keys("Y");
    let command = r#"mcp-tui tools call get-sum --args-json '{"a": 2, "b": 40}' -s demo"#;
    assert_eq!(world.outcomes.last(), Some(&Outcome::Copy(command.into())));
}

#[test]
fn a_flood_is_filtered_as_it_comes() {
    let mut world = busy(80, 24);
    world.keys("3 / n : 7 enter");
    assert!(world.ui.log.filter.error.is_some());
    world.keys("esc / \" n 7 \" enter");
    for n in 0..500 {
        world.frame(
            0,
            Recv,
            &format!(r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"data":"n{n}"}}}}"#),
        );
    }
    let hits = world.state.search.as_ref().map(|search| search.hits.len());
    assert_eq!(hits, Some((0..500).filter(|n| n.to_string().starts_with('7')).count()));
    world.command(Command::Search(None));
    world.screen();
}
