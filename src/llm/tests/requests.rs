//! What goes out: order, verbatim blocks, results for every call, images where they are taken.

use serde_json::{Value, json};

use crate::llm::leeway::Leeway;
use crate::llm::{anthropic, openai_chat, openai_responses};
use crate::model::chat::*;
use crate::model::json::RawJson;

fn raw(text: &str) -> RawJson {
    RawJson::parse(text.to_owned()).unwrap()
}

fn model(name: &str) -> ModelRef {
    ModelRef { provider: "p".into(), model: name.into() }
}

fn image(mime: &str) -> Image {
    Image { mime: mime.into(), data: "AAAA".into() }
}

fn call(id: &str, arguments: &str) -> Part {
    let arguments = raw(arguments);
    Part::ToolCall(ToolCall { id: id.into(), name: "s__t".into(), arguments, broken: None, native: None })
}

fn native(dialect: Dialect, block: &str) -> Part {
    Part::Native(Native { dialect, block: raw(block) })
}

fn text(text: &str) -> Part {
    Part::Text { text: text.into(), native: None }
}

fn said(role: Role, parts: Vec<Part>) -> Message {
    Message { role, parts, origin: (role == Role::Assistant).then(|| model("m")) }
}

fn request(messages: Vec<Message>) -> ChatRequest {
    let tool =
        ToolSpec { name: "s__t".into(), description: "d".into(), schema: raw(r#"{"type":"object", "properties":{}}"#) };
    ChatRequest {
        model: model("m"),
        system: Some("sys".into()),
        messages,
        tools: [tool].into(),
        max_tokens: None,
        choice: ToolChoice::Auto,
        effort: Some(Effort::High),
    }
}

/// A conversation with everything in it.
fn everything() -> ChatRequest {
    request(vec![
        said(Role::User, vec![text("hi"), Part::Image(image("image/png"))]),
        said(
            Role::Assistant,
            vec![
                native(Dialect::Anthropic, r#"{"type":"thinking", "thinking":"t","signature":"s"}"#),
                native(Dialect::Responses, r#"{"type":"reasoning", "id":"rs"}"#),
                native(Dialect::ChatCompletions, r#"[{"type":"reasoning.text", "text":"r"}]"#),
                text("one moment"),
                call("c1", r#"{"n":1.10}"#),
                call("c2", "{}"),
                call("c3", "{}"),
            ],
        ),
        Message::results(vec![
            ToolResult::failed("c2", "no such file"),
            ToolResult {
                call: "c1".into(),
                content: vec![
                    Content::Text("see".into()),
                    Content::Image(image("image/png")),
                    Content::Image(image("image/svg+xml")),
                ],
                is_error: false,
            },
            ToolResult::failed("stray", "of no call"),
        ]),
        said(Role::User, vec![text("and now?")]),
        said(Role::Assistant, vec![text("  ")]),
    ])
}

fn value(body: &crate::llm::body::Body<'_>) -> Value {
    serde_json::from_str(&body.to_text()).unwrap()
}

#[test]
fn anthropic_gets_all_results_first_and_its_own_blocks_back() {
    let request = everything();
    let body = anthropic::body(&request, Leeway::new(true));
    let text = body.to_text();
    assert!(text.contains(r#"{"type":"thinking", "thinking":"t","signature":"s"}"#), "verbatim: {text}");
    assert!(text.contains(r#""input":{"n":1.10}"#), "verbatim: {text}");
    let value = value(&body);
    assert_eq!(value["cache_control"], json!({"type":"ephemeral"}));
    assert_eq!(value["thinking"], json!({"type":"adaptive","display":"summarized"}));
    assert_eq!(value["output_config"], json!({"effort":"high"}));
    let missing = "There is no result: the call was not made, or was interrupted.";
    let picture = json!({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}});
    let svg = "[an image of the type image/svg+xml, about 3 bytes, which cannot be shown to this model]";
    assert_eq!(
        value["messages"],
        json!([
            {"role":"user","content":[{"type":"text","text":"hi"}, picture]},
            {"role":"assistant","content":[
                {"type":"thinking","thinking":"t","signature":"s"},
                {"type":"text","text":"one moment"},
                {"type":"tool_use","id":"c1","name":"s__t","input":{"n":1.1}},
                {"type":"tool_use","id":"c2","name":"s__t","input":{}},
                {"type":"tool_use","id":"c3","name":"s__t","input":{}},
            ]},
            {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"see"}, picture, {"type":"text","text":svg}]},
                {"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"no such file"}],"is_error":true},
                {"type":"tool_result","tool_use_id":"c3","content":[{"type":"text","text":missing}],"is_error":true},
                {"type":"text","text":"and now?"},
            ]},
        ])
    );
}

#[test]
fn whether_tools_must_be_called_is_said_as_each_vendor_has_it() {
    for (choice, anthropic, openai) in [
        (ToolChoice::Auto, Value::Null, Value::Null),
        (ToolChoice::Required, json!({"type":"any"}), json!("required")),
        (ToolChoice::None, json!({"type":"none"}), json!("none")),
    ] {
        let request = ChatRequest { choice, ..everything() };
        let first = value(&anthropic::body(&request, Leeway::new(true)));
        assert_eq!(first["tool_choice"], anthropic);
        assert_eq!(first.get("thinking").is_none(), choice == ToolChoice::Required, "the vendor refuses both");
        assert_eq!(value(&openai_chat::body(&request, Leeway::new(true)))["tool_choice"], openai);
        assert_eq!(value(&openai_responses::body(&request, Leeway::new(true)))["tool_choice"], openai);
        let without = ChatRequest { tools: [].into(), ..request };
        assert_eq!(value(&anthropic::body(&without, Leeway::new(true)))["tool_choice"], Value::Null);
        assert_eq!(value(&openai_chat::body(&without, Leeway::new(true)))["tool_choice"], Value::Null);
    }
}

#[test]
fn responses_gets_items_and_images_in_results() {
    let value = value(&openai_responses::body(&everything(), Leeway::new(true)));
    assert_eq!(value["store"], false);
    assert_eq!(value["include"], json!(["reasoning.encrypted_content"]));
    assert_eq!(value["tools"][0]["strict"], false);
    let input = value["input"].as_array().unwrap();
    let kinds: Vec<&str> = input.iter().map(|item| item["type"].as_str().or(item["role"].as_str()).unwrap()).collect();
    let expected = [
        "user",
        "reasoning",
        "assistant",
        "function_call",
        "function_call",
        "function_call",
        "function_call_output",
        "function_call_output",
        "function_call_output",
        "user",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(input[3]["arguments"], r#"{"n":1.10}"#);
    assert_eq!(input[6]["output"][1], json!({"type":"input_image","image_url":"data:image/png;base64,AAAA"}));
    assert_eq!(input[7]["output"], "Error:\nno such file");
}

#[test]
fn chat_gets_one_message_a_result_and_images_after_them() {
    let value = value(&openai_chat::body(&everything(), Leeway::new(false)));
    assert_eq!(value["tools"][0]["function"]["strict"], false);
    assert_eq!(value["stream_options"], json!({"include_usage":true}));
    let messages = value["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "tool", "user"]);
    assert_eq!(messages[2]["tool_calls"][0]["function"]["arguments"], r#"{"n":1.10}"#);
    assert_eq!(messages[2]["reasoning_details"], json!([{"type":"reasoning.text","text":"r"}]));
    assert!(messages[3]["content"].as_str().unwrap().contains("next message"));
    assert_eq!(messages[6]["content"][1], json!({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}));
    assert_eq!(messages[6]["content"][2]["text"], "and now?");
    let request = request(vec![Message::user("hi")]);
    let simple = openai_chat::body(&request, Leeway::new(false));
    assert!(simple.to_text().contains(r#"{"role":"user","content":"hi"}"#), "a string where a string will do");
}

#[test]
fn blocks_of_another_model_stay_behind() {
    let mut request = everything();
    request.model = model("other");
    for body in [
        anthropic::body(&request, Leeway::new(true)),
        openai_responses::body(&request, Leeway::new(true)),
        openai_chat::body(&request, Leeway::new(true)),
    ] {
        let text = body.to_text();
        assert!(!text.contains("signature") && !text.contains("\"rs\"") && !text.contains("reasoning.text"), "{text}");
        assert!(text.contains("one moment"));
    }
}

#[test]
fn the_same_request_is_the_same_bytes_and_a_longer_one_begins_with_them() {
    let short = request(vec![Message::user("hi")]);
    let mut long = short.clone();
    long.messages.push(said(Role::Assistant, vec![text("hello")]));
    long.messages.push(Message::user("more"));
    for body in [anthropic::body, openai_responses::body, openai_chat::body] {
        let (first, second) = (body(&short, Leeway::new(true)).to_text(), body(&long, Leeway::new(true)).to_text());
        assert_eq!(first, body(&short, Leeway::new(true)).to_text());
        assert!(second.starts_with(first.strip_suffix("]}").unwrap()), "{first}\n{second}");
    }
}

#[test]
fn what_a_model_does_not_take_is_left_out() {
    let leeway = Leeway { thinking: false, effort: false, usage: false, ..Leeway::new(false) };
    let request = everything();
    let text = anthropic::body(&request, leeway).to_text();
    assert!(!text.contains("adaptive") && !text.contains("output_config"));
    assert!(!openai_responses::body(&request, leeway).to_text().contains("\"reasoning\":"));
    let text = openai_chat::body(&request, leeway).to_text();
    assert!(!text.contains("stream_options") && !text.contains("reasoning_effort"));
}
