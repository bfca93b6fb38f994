//! Lists, resources, prompts, completion, subscriptions and the log.

use super::*;

#[tokio::test]
async fn lists_have_several_pages_and_no_item_twice() {
    for era in [Era::Legacy, Era::Modern] {
        let mut client = Client::connected(era, json!({})).await;
        let (resources, pages) = all_pages(&mut client, "resources/list", "resources").await;
        assert_eq!((resources.len(), pages), (13, 3));
        assert_eq!(resources[0]["uri"], "bookmark://all");
        assert_eq!(resources[12]["uri"], "bookmark://12");
        let (tools, pages) = all_pages(&mut client, "tools/list", "tools").await;
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(
            (names.as_slice(), pages),
            (
                [
                    "list_bookmarks",
                    "search_bookmarks",
                    "add_bookmark",
                    "update_bookmark",
                    "delete_bookmark",
                    "import_bookmarks",
                    "suggest_tags"
                ]
                .as_slice(),
                2
            )
        );
        let (prompts, _) = all_pages(&mut client, "prompts/list", "prompts").await;
        assert_eq!(prompts.len(), 3);
        let (templates, _) = all_pages(&mut client, "resources/templates/list", "resourceTemplates").await;
        assert_eq!(templates.len(), 2);
        let error = client.error("resources/list", json!({ "cursor": "nonsense" })).await;
        assert_eq!(error["code"], -32602);
    }
}

#[tokio::test]
async fn tools_are_described_in_full() {
    let mut client = Client::connected(Era::Legacy, json!({})).await;
    let (tools, _) = all_pages(&mut client, "tools/list", "tools").await;
    for tool in tools {
        assert!(tool["title"].is_string() && tool["description"].is_string(), "{tool}");
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{tool}");
            jsonschema::meta::validate(&tool[schema]).unwrap();
        }
        for (name, property) in tool["inputSchema"]["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{}.{name}", tool["name"]);
        }
        let reads = ["list_bookmarks", "search_bookmarks", "suggest_tags"].contains(&tool["name"].as_str().unwrap());
        assert_eq!(tool["annotations"]["readOnlyHint"], reads, "{tool}");
        assert_eq!(tool["annotations"]["destructiveHint"].is_boolean(), !reads, "{tool}");
    }
}

#[tokio::test]
async fn resources_are_read() {
    for era in [Era::Legacy, Era::Modern] {
        let mut client = Client::connected(era, json!({})).await;
        let mut read = async |uri: &str| client.result("resources/read", json!({ "uri": uri })).await;
        let all = read("bookmark://all").await;
        assert_eq!(all["contents"][0]["mimeType"], "application/json");
        let all: Value = serde_json::from_str(all["contents"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(all["count"], 12);
        let one = read("bookmark://4").await;
        assert_eq!(one["contents"][0]["uri"], "bookmark://4");
        assert!(one["contents"][0]["text"].as_str().unwrap().starts_with("# The Rust Programming Language"));
        let tag = read("bookmark://tag/python").await;
        let tag: Value = serde_json::from_str(tag["contents"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(tag["count"], 4);
        for uri in ["bookmark://99", "bookmark://tag/none", "file:///etc/passwd"] {
            let error = client.error("resources/read", json!({ "uri": uri })).await;
            assert_eq!(error["code"], if era == Era::Legacy { -32002 } else { -32602 }, "{uri}");
            assert_eq!(error["data"]["uri"], uri);
        }
    }
}

#[tokio::test]
async fn prompts_expand() {
    let mut client = Client::connected(Era::Modern, json!({})).await;
    let get = |name: &str, arguments: Value| json!({ "name": name, "arguments": arguments });
    let prompt = client.result("prompts/get", get("summarize_tag", json!({ "tag": "rust" }))).await;
    assert!(prompt["messages"][0]["content"]["text"].as_str().unwrap().contains("\"rust\""));
    assert_eq!(prompt["messages"][1]["content"]["resource"]["uri"], "bookmark://tag/rust");
    let prompt = client.result("prompts/get", json!({ "name": "organize_bookmarks" })).await;
    assert!(prompt["messages"][0]["content"]["text"].as_str().unwrap().contains("python (4)"));
    let prompt = client.result("prompts/get", get("find_bookmark", json!({ "query": "async", "tag": "" }))).await;
    assert_eq!(prompt["messages"][1]["content"]["resource"]["uri"], "bookmark://all");
    for (name, arguments) in [
        ("summarize_tag", json!({})),
        ("summarize_tag", json!({ "tag": "no-such" })),
        ("find_bookmark", json!({ "query": 7 })),
        ("no_such_prompt", json!({})),
    ] {
        let error = client.error("prompts/get", get(name, arguments)).await;
        assert_eq!(error["code"], -32602, "{name}");
    }
}

#[tokio::test]
async fn arguments_and_variables_are_completed() {
    for era in [Era::Legacy, Era::Modern] {
        let mut client = Client::connected(era, json!({})).await;
        let prompt = |name: &str| json!({ "type": "ref/prompt", "name": name });
        let template = |uri: &str| json!({ "type": "ref/resource", "uri": uri });
        let tutorials = json!({ "arguments": { "tag": "tutorial" } });
        for (reference, argument, value, context, values) in [
            (prompt("summarize_tag"), "tag", "p", json!({}), json!(["packaging", "python", "mcp", "spec"])),
            (prompt("find_bookmark"), "query", "tokio", json!({}), json!(["Tokio Tutorial"])),
            (
                prompt("find_bookmark"),
                "query",
                "the",
                tutorials,
                json!(["The Python Tutorial", "The Rust Programming Language"]),
            ),
            (prompt("find_bookmark"), "unknown", "", json!({}), json!([])),
            (template("bookmark://{id}"), "id", "2", json!({}), json!(["2", "12"])),
            (template("bookmark://tag/{tag}"), "tag", "RU", json!({}), json!(["rust"])),
        ] {
            let mut params = json!({ "ref": reference, "argument": { "name": argument, "value": value } });
            if context != json!({}) {
                params["context"] = context;
            }
            let completion = client.result("completion/complete", params).await["completion"].take();
            assert_eq!(completion["values"], values, "{reference} {argument}={value}");
            assert_eq!(completion["total"], values.as_array().unwrap().len());
            assert_eq!(completion["hasMore"], false);
        }
        for reference in [prompt("no_such_prompt"), template("file:///{path}")] {
            let params = json!({ "ref": reference, "argument": { "name": "x", "value": "" } });
            assert_eq!(client.error("completion/complete", params).await["code"], -32602);
        }
    }
}

#[tokio::test]
async fn completion_stops_at_a_hundred() {
    let mut client = Client::connected(Era::Legacy, json!({})).await;
    for _ in 0..2 {
        client.call("import_bookmarks", json!({ "count": 50 })).await;
        let urls: Vec<_> = (0..50).map(|number| format!("https://example.net/{number}")).collect();
        client.call("import_bookmarks", json!({ "urls": urls })).await;
    }
    let params = json!({
        "ref": { "type": "ref/resource", "uri": "bookmark://{id}" },
        "argument": { "name": "id", "value": "" }
    });
    let completion = client.result("completion/complete", params).await["completion"].take();
    assert_eq!(completion["values"].as_array().unwrap().len(), 100);
    assert_eq!((completion["total"].clone(), completion["hasMore"].clone()), (json!(112), json!(true)));
}

#[tokio::test]
async fn a_legacy_subscriber_hears_of_changes() {
    let mut client = Client::connected(Era::Legacy, json!({})).await;
    for uri in ["bookmark://all", "bookmark://3", "bookmark://tag/fresh"] {
        assert_eq!(client.result("resources/subscribe", json!({ "uri": uri })).await, json!({}));
    }
    let error = client.error("resources/subscribe", json!({ "uri": "file:///x" })).await;
    assert_eq!(error["code"], -32002);

    client.call("update_bookmark", json!({ "id": 3, "tags": ["fresh"], "tag_mode": "add" })).await;
    for uri in ["bookmark://3", "bookmark://all", "bookmark://tag/fresh"] {
        assert_eq!(client.notification("notifications/resources/updated").await["uri"], uri);
    }
    client.result("resources/unsubscribe", json!({ "uri": "bookmark://3" })).await;
    client.result("resources/unsubscribe", json!({ "uri": "bookmark://tag/fresh" })).await;
    client.call("delete_bookmark", json!({ "id": 3, "confirm": true })).await;
    assert_eq!(client.notification("notifications/resources/updated").await["uri"], "bookmark://all");
    client.notification("notifications/resources/list_changed").await;
    let rest = client.close().await;
    assert!(rest.iter().all(|message| message["method"] == "notifications/message"), "nothing else: {rest:?}");
}

#[tokio::test]
async fn a_modern_listener_hears_what_it_asked_for() {
    let mut client = Client::connected(Era::Modern, json!({})).await;
    let filter = json!({
        "resourcesListChanged": true,
        "toolsListChanged": true,
        "resourceSubscriptions": ["bookmark://1", "file:///x"]
    });
    let id = client.ask("subscriptions/listen", json!({ "notifications": filter })).await;
    let acknowledged = client.notification("notifications/subscriptions/acknowledged").await;
    let granted = json!({ "resourcesListChanged": true, "resourceSubscriptions": ["bookmark://1"] });
    assert_eq!(acknowledged["notifications"], granted);

    client.call("update_bookmark", json!({ "id": 1, "title": "Renamed" })).await;
    let updated = client.notification("notifications/resources/updated").await;
    assert_eq!(updated["uri"], "bookmark://1");
    assert_eq!(updated["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
    client.notification("notifications/resources/list_changed").await;

    client.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })).await;
    client.result("tools/list", json!({})).await;
    client.call("add_bookmark", json!({ "url": "https://a.example", "title": "A" })).await;
    let rest = client.close().await;
    assert!(rest.is_empty(), "nothing after the end: {rest:?}");
}

#[tokio::test]
async fn the_log_keeps_to_its_level() {
    let mut client = Client::connected(Era::Legacy, json!({})).await;
    let search = json!({ "name": "search_bookmarks", "arguments": { "query": "rust" } });
    let add = |number: u32| json!({ "url": format!("https://example.net/{number}"), "title": "T" });
    client.result("tools/call", search.clone()).await;
    client.call("add_bookmark", add(1)).await;
    let message = client.notification("notifications/message").await;
    assert_eq!((&message["level"], &message["logger"]), (&json!("info"), &json!("bookmarks")), "no debug by default");
    client.result("logging/setLevel", json!({ "level": "debug" })).await;
    client.result("tools/call", search).await;
    assert_eq!(client.notification("notifications/message").await["level"], "debug");
    client.result("logging/setLevel", json!({ "level": "notice" })).await;
    client.call("add_bookmark", add(2)).await;
    client.call("delete_bookmark", json!({ "id": 1, "confirm": true })).await;
    assert_eq!(client.notification("notifications/message").await["level"], "notice");

    let mut client = Client::connected(Era::Modern, json!({})).await;
    client.call("add_bookmark", add(1)).await;
    let with_level = json!({
        "name": "add_bookmark",
        "arguments": add(2),
        "_meta": { "io.modelcontextprotocol/logLevel": "info" }
    });
    client.result("tools/call", with_level).await;
    let message = client.notification("notifications/message").await;
    assert_eq!(message["data"]["id"], 14, "silent without a level: {message}");
}
