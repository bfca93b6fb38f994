//! What servers log is told on standard error, and harms no terminal; resources that are not there.

use crate::place::Place;

const LOGGING: &str = r#"{"expect":"prompts/list"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"warning\",\"logger\":\"db\",\"data\":\"slow\\u001b[31m\\nquery\"}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":{\"n\": 1}}}"}
{"repeat":3000,"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"debug\",\"data\":\"line ${n}\"}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":7}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"prompts\":[]}}"}"#;

#[test]
fn log_messages_are_told_on_standard_error_in_their_order() {
    let place = Place::new();
    let ran = place.scripted(&["prompts", "list", "--json"], LOGGING).exits(0);
    ran.json();
    let told: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("log: ")).collect();
    assert_eq!(told[0], "log: warning db: slow␛[31m␊query");
    assert_eq!(told[1], r#"log: info: {"n":1}"#);
    let lines = (0..3_000).map(|n| format!("log: debug: line {n}"));
    assert!(told[2..].iter().copied().zip(lines).all(|(told, line)| told == line), "in order, none lost");
    assert_eq!(told.len(), 3_003);
}

#[test]
fn both_codes_say_that_there_is_no_such_resource() {
    for code in ["-32002", "-32602"] {
        let place = Place::new();
        let steps = format!(
            "{{\"expect\":\"resources/read\"}}\n{{\"send\":\"{{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":${{id}},\\\"error\\\":{{\\\"code\\\":{code},\\\"message\\\":\\\"gone\\\"}}}}\"}}"
        );
        place.scripted(&["resources", "read", "a:b"], &steps).exits(1).complains("no such resource: gone");
    }
}
