//! Results on screen: each kind of answer, each kind of failure, and what the keys do to them.

use mcp_tui::app::Command;
use mcp_tui::model::call::{Failure, ListKind, Operation};
use mcp_tui::model::id::ServerId;
use mcp_tui::tui::theme::{Depth, Look, Theme};
use mcp_tui::tui::update::Outcome;

use super::screen::{World, json};
use super::{called, each, on_sum};

pub(super) fn answered(columns: u16, rows: u16, answer: &str) -> World {
    let mut world = called(columns, rows);
    world.finish(0, Ok(answer));
    world
}

pub(super) const TREE: &str = r#"{"content":[{"type":"text","text":"{\"name\":\"Ann\",\"tags\":[\"a\",\"b\"],\"n\":1.10,\"bio\":\"one\\ntwo\"}"}]}"#;
pub(super) const TABLE: &str = r#"{"content":[{"type":"text","text":"[{\"id\":1,\"name\":\"Ann\",\"score\":9.5},{\"id\":2,\"name\":\"Bob\",\"score\":12},{\"id\":10,\"name\":\"日本\",\"score\":null}]"}]}"#;
pub(super) const MIXED: &str = r#"{"content":[{"type":"text","text":"Two things.","annotations":{"audience":["user"],"priority":0.7}},{"type":"image","mimeType":"image/svg+xml","data":"PHN2Zy8+"},{"type":"resource_link","uri":"demo://readme","name":"Read me","mimeType":"text/plain"},{"type":"hologram","x":[1]}],"_meta":{"took":3}}"#;

#[test]
fn json_in_a_text_is_a_tree() {
    each("result_tree", |columns, rows| answered(columns, rows, TREE));
    let mut world = answered(120, 40, TREE);
    world.keys("v");
    world.keys("v / t w o enter");
    world.keys("esc y Y");
    let copied: Vec<_> = world.outcomes.iter().filter(|one| matches!(one, Outcome::Copy(_))).cloned().collect();
    assert_eq!(copied, [Outcome::Copy("one\ntwo".into()), Outcome::Copy("$.bio".into())]);
}

#[test]
fn flat_objects_are_a_table_that_sorts() {
    each("result_table", |columns, rows| answered(columns, rows, TABLE));
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
    assert!(world.screen().contains("What this is."));
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
    super::everywhere("result_compared_unfolded", &mut world);
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
    super::everywhere("result_chosen", &mut world);
}

/// A disc on a gradient, as a PNG in base64.
pub(super) fn picture() -> String {
    use base64::Engine as _;
    let made = image::RgbImage::from_fn(64, 40, |x, y| {
        let (dx, dy) = (f64::from(x) - 32.0, f64::from(y) - 20.0);
        if dx.hypot(dy) < 14.0 { image::Rgb([250, 120, 40]) } else { image::Rgb([x as u8 * 3, y as u8 * 5, 90]) }
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    assert!(made.write_to(&mut bytes, image::ImageFormat::Png).is_ok());
    base64::engine::general_purpose::STANDARD.encode(bytes.into_inner())
}

#[test]
fn a_picture_is_drawn_with_characters() {
    let data = picture();
    let answer = format!(
        r#"{{"content":[{{"type":"image","mimeType":"image/png","data":"{data}"}},{{"type":"image","mimeType":"image/png","data":"JVBERi0xLjc="}},{{"type":"audio","mimeType":"audio/wav","data":"UklGRgAAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YUCcAAA="}}]}}"#
    );
    each("result_picture", |columns, rows| {
        let mut world = answered(columns, rows, &answer);
        world.theme = Theme::new(Look { depth: Depth::Full, ..Look::default() });
        world
    });
    // Where there are no colours, how bright it is.
    each("result_picture_ramp", |columns, rows| answered(columns, rows, &answer));
}

#[test]
fn markdown_is_laid_out_where_it_is_meant() {
    let said = "# Report\n\nThe **sum** is `42`, see [the rules](https://example.com/rules).\n\n- first\n- second\n\n| a | b |\n|---|---|\n| 2 | 40 |\n";
    let answer = serde_json::json!({"content": [{"type": "text", "text": said}]}).to_string();
    each("result_markdown", |columns, rows| answered(columns, rows, &answer));
    let mut world = answered(120, 40, &answer);
    world.screen();
    world.keys("v");
    assert!(world.screen().contains("# Report"), "as it was sent");
}
