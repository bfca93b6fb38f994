//! Each tool, and how it asks, reports and stops.

use super::*;

fn delete(id: u64) -> Value {
    json!({ "name": "delete_bookmark", "arguments": { "id": id } })
}

/// Answers a request of the server, which a legacy client does with a response.
async fn respond(client: &mut Client, method: &str, result: Value) -> Value {
    let mut question = client.wait(method, |message| message["method"] == method).await;
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": result })).await;
    question["params"].take()
}

#[tokio::test]
async fn bookmarks_are_listed_found_added_and_changed() {
    for era in [Era::Legacy, Era::Modern] {
        let mut client = Client::connected(era, json!({})).await;
        let listed = client.call("list_bookmarks", json!({ "tag": "rust", "limit": 2 })).await;
        assert_eq!(listed["structuredContent"]["total"], 5);
        let ids: Vec<_> =
            listed["structuredContent"]["bookmarks"].as_array().unwrap().iter().map(|b| &b["id"]).collect();
        assert_eq!(ids, [12, 8]);
        let listed = client.call("list_bookmarks", json!({ "sort": "title", "limit": 1 })).await;
        assert_eq!(listed["structuredContent"]["bookmarks"][0]["id"], 2);
        let listed = client.call("list_bookmarks", json!({ "tag": "no-such" })).await;
        assert!(listed["content"][0]["text"].as_str().unwrap().contains("Tags in use: async,"));
        let found = client.call("search_bookmarks", json!({ "query": "tutorial", "tag": "python" })).await;
        assert_eq!(found["structuredContent"]["bookmarks"][0]["id"], 1);
        let added = json!({ "url": "https://a.example/x", "title": "An example", "tags": ["New"] });
        let added = client.call("add_bookmark", added).await;
        let bookmark = json!({ "id": 13, "url": "https://a.example/x", "title": "An example", "tags": ["new"] });
        assert_eq!(added["structuredContent"]["bookmark"], bookmark);
        assert_eq!(added["content"][1]["uri"], "bookmark://13");
        let edit = json!({ "id": 13, "title": "Better", "tags": ["two"], "tag_mode": "add" });
        let updated = client.call("update_bookmark", edit).await;
        assert_eq!(updated["structuredContent"]["bookmark"]["tags"], json!(["new", "two"]));
        assert_eq!(client.shared.store().get(13).unwrap().title, "Better");
    }
}

#[tokio::test]
async fn what_a_model_can_put_right_is_an_error_it_can_read() {
    let mut client = Client::connected(Era::Modern, json!({ "elicitation": {}, "sampling": {} })).await;
    for (tool, arguments, part) in [
        ("add_bookmark", json!({ "url": "https://a.example" }), "missing field `title`"),
        ("add_bookmark", json!({ "url": "x", "title": "T" }), "http"),
        ("add_bookmark", json!({ "url": "https://ratatui.rs/tutorials/hello-ratatui/", "title": "T" }), "bookmark 12"),
        ("list_bookmarks", json!({ "limit": 0 }), "limit must be 1 to 100"),
        ("list_bookmarks", json!({ "sort": "colour" }), "unknown variant"),
        ("search_bookmarks", json!({ "query": "rust", "typo": 1 }), "unknown field"),
        ("update_bookmark", json!({ "id": 99, "title": "T" }), "no bookmark 99"),
        ("update_bookmark", json!({ "id": 1 }), "nothing to change"),
        ("delete_bookmark", json!({ "id": 99 }), "no bookmark 99"),
        ("suggest_tags", json!({ "id": 99 }), "no bookmark 99"),
        ("suggest_tags", json!({ "id": 1, "max": 11 }), "max must be"),
        ("import_bookmarks", json!({ "count": 51 }), "count must be 1 to 50"),
        ("import_bookmarks", json!({ "count": 1, "urls": ["https://a.example"] }), "not both"),
        ("import_bookmarks", json!({ "urls": [] }), "must be 1 to 50"),
    ] {
        let text = client.failure(tool, arguments).await;
        assert!(text.contains(part), "{tool}: {text}");
    }
    let error = client.error("tools/call", json!({ "name": "no_such_tool" })).await;
    assert_eq!(error["code"], -32602);
}

#[tokio::test]
async fn a_client_that_cannot_ask_has_to_confirm() {
    for (era, capabilities) in [(Era::Legacy, json!({})), (Era::Modern, json!({ "elicitation": { "url": {} } }))] {
        let mut client = Client::connected(era, capabilities).await;
        let text = client.failure("delete_bookmark", json!({ "id": 1 })).await;
        assert!(text.contains("\"confirm\": true"), "{text}");
        let deleted = client.call("delete_bookmark", json!({ "id": 1, "confirm": true })).await;
        assert_eq!(deleted["structuredContent"]["deleted"], true);
        assert!(client.shared.store().get(1).is_err());
    }
}

#[tokio::test]
async fn a_legacy_client_is_asked_by_a_request() {
    let mut client = Client::connected(Era::Legacy, json!({ "elicitation": {} })).await;
    for (answer, deleted, reason) in [
        (json!({ "action": "decline" }), false, "the person declined"),
        (json!({ "action": "cancel" }), false, "the person closed the question without an answer"),
        (json!({ "action": "accept", "content": { "confirm": false } }), false, "the box was not ticked"),
        (json!({ "action": "accept", "content": { "confirm": true, "reason": "duplicate" } }), true, "duplicate"),
    ] {
        let id = client.ask("tools/call", delete(2)).await;
        let question = respond(&mut client, "elicitation/create", answer).await;
        assert!(question["message"].as_str().unwrap().contains("asyncio"));
        assert_eq!(question["requestedSchema"]["required"], json!(["confirm"]));
        assert_eq!(question["requestedSchema"]["properties"]["confirm"]["default"], false);
        let result = client.answer(id).await["result"].take();
        check("delete_bookmark", &result);
        assert_eq!(result["structuredContent"]["deleted"], deleted);
        assert_eq!(result["structuredContent"]["reason"], reason);
    }
    let id = client.ask("tools/call", delete(3)).await;
    let question = client.wait("the question", |message| message["method"] == "elicitation/create").await;
    let error = json!({ "code": -32603, "message": "no screen" });
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "error": error })).await;
    let result = client.answer(id).await["result"].take();
    assert_eq!(result["isError"], true);
    assert!(result["content"][0]["text"].as_str().unwrap().contains("no screen"));
}

#[tokio::test]
async fn a_cancelled_call_takes_its_question_back() {
    let mut client = Client::connected(Era::Legacy, json!({ "elicitation": {} })).await;
    let id = client.ask("tools/call", delete(2)).await;
    let question = client.wait("the question", |message| message["method"] == "elicitation/create").await;
    client.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })).await;
    assert_eq!(client.notification("notifications/cancelled").await["requestId"], question["id"]);
    let rest = client.close().await;
    assert!(rest.is_empty(), "a cancelled call has no answer: {rest:?}");
}

#[tokio::test]
async fn a_modern_client_is_asked_by_a_result() {
    let mut client = Client::connected(Era::Modern, json!({ "elicitation": { "form": {} } })).await;
    let asked = client.result("tools/call", delete(2)).await;
    assert_eq!(asked["resultType"], "input_required");
    assert_eq!(asked["inputRequests"]["confirm"]["method"], "elicitation/create");
    assert_eq!(asked["inputRequests"]["confirm"]["params"]["mode"], "form");
    let state = asked["requestState"].clone();
    let retry = |id: u64, state: &Value, answer: Value| {
        let mut params = delete(id);
        params["inputResponses"] = json!({ "confirm": answer });
        params["requestState"] = state.clone();
        params
    };
    let yes = json!({ "action": "accept", "content": { "confirm": true } });

    let declined = client.result("tools/call", retry(2, &state, json!({ "action": "decline" }))).await;
    assert_eq!(declined["structuredContent"]["deleted"], false);
    // An answer to another question, or to none, deletes nothing.
    for forged in [json!("nonsense"), json!(""), state.clone()] {
        let error = client.error("tools/call", retry(3, &forged, yes.clone())).await;
        assert_eq!(error["code"], -32602);
    }
    let mut without_state = retry(2, &state, yes.clone());
    without_state.as_object_mut().unwrap().remove("requestState");
    assert_eq!(client.result("tools/call", without_state).await["resultType"], "input_required");
    // Nor does an answer about a bookmark that is no longer what was shown.
    client.call("update_bookmark", json!({ "id": 2, "title": "Something else" })).await;
    let again = client.result("tools/call", retry(2, &state, yes.clone())).await;
    assert_eq!(again["resultType"], "input_required");
    assert!(client.shared.store().get(2).is_ok());

    let deleted = client.result("tools/call", retry(2, &again["requestState"], yes)).await;
    check("delete_bookmark", &deleted);
    assert_eq!(deleted["structuredContent"]["deleted"], true);
    assert!(client.shared.store().get(2).is_err());
}

#[tokio::test]
async fn tags_are_suggested_by_the_clients_model() {
    let answer = json!({
        "role": "assistant", "content": { "type": "text", "text": "python, Async I/O, concurrency" },
        "model": "small-1", "stopReason": "endTurn"
    });
    let suggest = json!({ "name": "suggest_tags", "arguments": { "id": 2, "max": 3 } });

    let mut client = Client::connected(Era::Legacy, json!({ "sampling": {} })).await;
    let id = client.ask("tools/call", suggest.clone()).await;
    let asked = respond(&mut client, "sampling/createMessage", answer.clone()).await;
    assert_eq!(asked["maxTokens"], 100);
    assert!(asked["messages"][0]["content"]["text"].as_str().unwrap().contains("asyncio"));
    let legacy = client.answer(id).await["result"].take();

    let mut client = Client::connected(Era::Modern, json!({ "sampling": {} })).await;
    let asked = client.result("tools/call", suggest.clone()).await;
    assert_eq!(asked["inputRequests"]["tags"]["method"], "sampling/createMessage");
    let mut retry = suggest;
    retry["requestState"] = asked["requestState"].clone();
    retry["inputResponses"] = json!({ "tags": answer });
    let modern = client.result("tools/call", retry).await;

    for result in [legacy, modern] {
        check("suggest_tags", &result);
        let content = &result["structuredContent"];
        assert_eq!(content["source"], "model");
        assert_eq!(content["model"], "small-1");
        assert_eq!(content["tags"], json!(["python", "concurrency"]), "what is no tag is left out");
    }
}

#[tokio::test]
async fn rules_step_in_for_a_model() {
    let mut client = Client::connected(Era::Legacy, json!({})).await;
    let result = client.call("suggest_tags", json!({ "id": 2 })).await;
    assert_eq!(result["structuredContent"]["source"], "rules");
    assert_eq!(result["structuredContent"]["tags"], json!(["python", "async", "reference"]));
    assert!(result["content"][0]["text"].as_str().unwrap().contains("no sampling"));

    let mut client = Client::connected(Era::Legacy, json!({ "sampling": {} })).await;
    let id = client.ask("tools/call", json!({ "name": "suggest_tags", "arguments": { "id": 2 } })).await;
    let question = client.wait("the question", |message| message["method"] == "sampling/createMessage").await;
    let error = json!({ "code": -1, "message": "User rejected sampling request" });
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "error": error })).await;
    let result = client.answer(id).await["result"].take();
    check("suggest_tags", &result);
    assert!(result["structuredContent"]["note"].as_str().unwrap().contains("User rejected"));
}

#[tokio::test]
async fn an_import_reports_each_step_in_order_before_its_answer() {
    for era in [Era::Legacy, Era::Modern] {
        let mut client = Client::connected(era, json!({})).await;
        let call = json!({ "name": "import_bookmarks", "arguments": {}, "_meta": { "progressToken": "p" } });
        let id = client.ask("tools/call", call).await;
        let mut answer = client.answer(id).await;
        check("import_bookmarks", &answer["result"]);
        assert_eq!(answer["result"]["structuredContent"]["imported"].as_array().unwrap().len(), 10);
        // Everything seen so far came before the answer.
        let steps: Vec<_> = client
            .seen
            .iter()
            .filter(|message| message["method"] == "notifications/progress")
            .map(|message| &message["params"])
            .collect();
        assert_eq!(steps.len(), 11);
        for (number, step) in steps.into_iter().enumerate() {
            assert_eq!(step["progress"].as_f64(), Some(number as f64));
            assert_eq!(step["total"].as_f64(), Some(10.0));
            assert_eq!(step["progressToken"], "p");
            assert!(step["message"].is_string());
        }
        // What is there already is skipped, not doubled, and no token means no progress.
        client.seen.clear();
        answer = client
            .call("import_bookmarks", json!({ "urls": ["https://tokio.rs/tokio/tutorial", "https://b.example/"] }))
            .await;
        assert_eq!(answer["structuredContent"]["imported"][0]["title"], "b.example");
        assert_eq!(answer["structuredContent"]["skipped"][0]["url"], "https://tokio.rs/tokio/tutorial");
        assert!(client.seen.iter().all(|message| message["method"] != "notifications/progress"));
    }
}

#[tokio::test]
async fn an_import_can_be_cancelled() {
    let mut client = Client::with_pause(LONG).connect(Era::Legacy, json!({})).await;
    let call = json!({ "name": "import_bookmarks", "arguments": {}, "_meta": { "progressToken": 7 } });
    let id = client.ask("tools/call", call).await;
    client.notification("notifications/progress").await;
    client.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })).await;
    let message = client.notification("notifications/message").await;
    assert_eq!(message["level"], "warning");
    assert!(message["data"]["message"].as_str().unwrap().contains("0 of 10"));
    let rest = client.close().await;
    assert!(rest.is_empty(), "a cancelled call has no answer: {rest:?}");
}
