//! Results on screen: each kind of answer, each kind of failure, and what the keys do to them.

use insta::assert_snapshot;
use mcp_tui::app::Command;
use mcp_tui::model::call::{Failure, ListKind, Operation};
use mcp_tui::model::id::ServerId;
use mcp_tui::tui::update::Outcome;

use super::screen::{World, json};
use super::{called, each, on_sum};

fn answered(columns: u16, rows: u16, answer: &str) -> World {
    let mut world = called(columns, rows);
    world.finish(0, Ok(answer));
    world
}

const TREE: &str = r#"{"content":[{"type":"text","text":"{\"name\":\"Ann\",\"tags\":[\"a\",\"b\"],\"n\":1.10,\"bio\":\"one\\ntwo\"}"}]}"#;
const TABLE: &str = r#"{"content":[{"type":"text","text":"[{\"id\":1,\"name\":\"Ann\",\"score\":9.5},{\"id\":2,\"name\":\"Bob\",\"score\":12},{\"id\":10,\"name\":\"日本\",\"score\":null}]"}]}"#;
const MIXED: &str = r#"{"content":[{"type":"text","text":"Two things.","annotations":{"audience":["user"],"priority":0.7}},{"type":"image","mimeType":"image/svg+xml","data":"PHN2Zy8+"},{"type":"resource_link","uri":"demo://readme","name":"Read me","mimeType":"text/plain"},{"type":"hologram","x":[1]}],"_meta":{"took":3}}"#;

#[test]
fn json_in_a_text_is_a_tree() {
    each("result_tree", |columns, rows| answered(columns, rows, TREE));
    let mut world = answered(120, 40, TREE);
    world.keys("v");
    assert_snapshot!("result_tree_as_text_120x40", world.screen());
    world.keys("v / t w o enter");
    assert_snapshot!("result_tree_found_120x40", world.screen());
    world.keys("esc y Y");
    let copied: Vec<_> = world.outcomes.iter().filter(|one| matches!(one, Outcome::Copy(_))).cloned().collect();
    assert_eq!(copied, [Outcome::Copy("one\ntwo".into()), Outcome::Copy("$.bio".into())]);
    world.keys("V");
    assert_snapshot!("result_as_sent_120x40", world.screen());
}

#[test]
fn flat_objects_are_a_table_that_sorts() {
    each("result_table", |columns, rows| answered(columns, rows, TABLE));
    let mut world = answered(120, 40, TABLE);
    world.keys("down l l o o");
    assert_snapshot!("result_table_sorted_120x40", world.screen());
}

#[test]
fn every_kind_of_block_has_its_place() {
    each("result_mixed", |columns, rows| answered(columns, rows, MIXED));
    // A link opens in place, and back returns.
    let mut world = answered(120, 40, MIXED);
    // It has a picture, so it is laid out beside the screen.
    world.screen();
    world.keys("/ d e m o enter enter");
    let asked = world.state.calls.values().next_back().map(|call| call.operation.clone());
    assert_eq!(asked, Some(Operation::ReadResource { uri: "demo://readme".into() }));
    world.finish(0, Ok(r#"{"contents":[{"uri":"demo://readme","mimeType":"text/plain","text":"What this is."}]}"#));
    assert_snapshot!("result_link_120x40", world.screen());
    world.keys("esc");
    assert!(world.screen().contains("Two things."));
}

#[test]
fn a_structured_result_is_checked_against_its_schema() {
    const TOOL: &str = r#"{"name":"get-sum","inputSchema":{"type":"object"},"outputSchema":{"type":"object","properties":{"sum":{"type":"number"},"parts":{"type":"array","items":{"type":"integer"}}},"required":["sum"]}}"#;
    let answer = r#"{"content":[{"type":"text","text":"{\"sum\": \"42\", \"parts\": [2, 40.5]}"}],"structuredContent":{"sum":"42","parts":[2,40.5]}}"#;
    each("result_violation", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.list(0, ListKind::Tools, &[TOOL]);
        world.keys("enter ctrl-s");
        world.later(4_200).finish(0, Ok(answer));
        world
    });
}

#[test]
fn three_ways_to_fail_are_told_apart() {
    each("result_error_data", |columns, rows| {
        let mut world = called(columns, rows);
        let data = Some(json(r#"{"field":"b","got":"40x"}"#));
        world.finish(0, Err(Failure::Rpc { code: -32602, message: "Invalid params".into(), data }));
        world
    });
}

#[test]
fn a_result_stays_in_view_when_another_call_ends() {
    let mut world = answered(120, 40, TREE);
    world.keys("down down");
    let before = world.screen();
    let operation = Operation::CallTool { name: "echo".into(), arguments: json("{}") };
    world.command(Command::Start { server: ServerId(0), operation });
    world.finish(0, Ok(r#"{"content":[]}"#));
    assert_eq!(world.screen(), before);
}

/// [`answered`], and again with other arguments and another answer.
fn answered_twice(columns: u16, rows: u16, answers: [&str; 2]) -> World {
    let mut world = answered(columns, rows, answers[0]);
    world.later(65_000_000).keys("c");
    world.paste_over(r#"{"a": 2, "b": 41}"#).keys("ctrl-s");
    world.later(3_100).finish(0, Ok(answers[1]));
    world
}

const BEFORE: &str = r#"{"content":[{"type":"text","text":"Two rows:\none\ntwo\nthree\nfour\nfive\nsix\nseven\nthe sum is 42\nbye"},{"type":"text","text":"the same"}],"structuredContent":{"sum":42,"parts":[2,40],"by":{"name":"adder","took":"1 ms"},"old":true}}"#;
const AFTER: &str = r#"{"content":[{"type":"text","text":"Two rows:\none\ntwo\nthree\nfour\nfive\nsix\nseven\nthe sum is 43\nand exact\nbye"},{"type":"text","text":"the same"}],"structuredContent":{"sum":43,"parts":[1,2,40],"by":{"name":"the adder of the second floor","took":"1 ms"},"new":{"a":[1,2,{"b":null}]}}}"#;

#[test]
fn an_answer_is_compared_with_the_one_before() {
    each("result_compared", |columns, rows| {
        let mut world = answered_twice(columns, rows, [BEFORE, AFTER]);
        world.keys("d");
        world
    });
    let mut world = answered_twice(120, 40, [BEFORE, AFTER]);
    world.keys("z d down down E");
    assert_snapshot!("result_compared_unfolded_120x40", world.screen());
    // One step back is the answer itself again; the same key goes both ways.
    world.keys("esc");
    assert!(world.screen().contains("Detail") && world.ui.result.against().is_none());
    world.keys("d d");
    assert!(world.ui.result.against().is_none());
    // Nothing before the first one.
    let mut world = answered(120, 40, BEFORE);
    world.keys("d");
    assert!(
        world.ui.message.as_deref().is_some_and(|said| said.contains("no earlier answer")),
        "{:?}",
        world.ui.message
    );
}

#[test]
fn what_to_compare_with_can_be_chosen() {
    let make = |columns, rows| {
        let mut world = answered_twice(columns, rows, [BEFORE, AFTER]);
        world.later(5_000_000).keys("r");
        world.later(900).finish(0, Ok(r#"{"content":[{"type":"text","text":"b must not be 41"}],"isError":true}"#));
        world.later(5_000_000).keys("r");
        world.later(900).finish(0, Ok(AFTER));
        world.keys("D down");
        world
    };
    each("result_choose", make);
    let mut world = make(120, 40);
    world.keys("down enter");
    let first = world.state.calls.values().find(|call| call.operation.subject() == "get-sum").map(|call| call.id);
    assert_eq!(world.ui.result.against(), first);
    assert_snapshot!("result_chosen_120x40", world.screen());
}
