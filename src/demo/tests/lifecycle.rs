//! How a connection begins and ends.

use super::*;

#[tokio::test]
async fn a_legacy_client_initializes() {
    let mut client = Client::silent();
    let result = client
        .result(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "0" }
            }),
        )
        .await;
    assert_eq!(result["protocolVersion"], "2025-06-18");
    assert_eq!(result["serverInfo"]["name"], "mcp-tui-demo");
    assert_eq!(result["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(result["capabilities"]["resources"], json!({ "subscribe": true, "listChanged": true }));
    for capability in ["tools", "prompts", "completions", "logging"] {
        assert!(result["capabilities"][capability].is_object(), "{capability}");
    }
    assert!(result["instructions"].as_str().unwrap().contains("bookmark"));
    client.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    assert_eq!(client.result("ping", json!({})).await, json!({}));
    assert!(client.close().await.is_empty());
}

#[tokio::test]
async fn every_legacy_revision_is_spoken_and_an_unknown_one_answered_with_the_newest() {
    for (asked, agreed) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let mut client = Client::silent();
        let info = json!({ "name": "test", "version": "0" });
        let params = json!({ "protocolVersion": asked, "capabilities": {}, "clientInfo": info });
        assert_eq!(client.result("initialize", params).await["protocolVersion"], agreed);
        let added = client.call("add_bookmark", json!({ "url": "https://a.example", "title": "A" })).await;
        let links = added["content"].as_array().unwrap().len() - 1;
        assert_eq!(links, usize::from(agreed >= "2025-06-18"), "links are only for those who know them: {agreed}");
    }
}

#[tokio::test]
async fn a_modern_client_discovers() {
    let mut client = Client::connected(Era::Modern, json!({})).await;
    let result = client.result("server/discover", json!({})).await;
    assert_eq!(result["resultType"], "complete");
    assert!(result["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")));
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "mcp-tui-demo");
    assert!(result["capabilities"]["tools"].is_object());
    let tools = client.result("tools/list", json!({})).await;
    assert_eq!(tools["resultType"], "complete");
    assert_eq!(tools["ttlMs"], 60_000);
    let error = client.error("resources/subscribe", json!({ "uri": "bookmark://all" })).await;
    assert_eq!(error["code"], -32601);
    assert!(client.close().await.is_empty());
}

#[tokio::test]
async fn a_version_from_the_future_is_refused_with_those_that_work() {
    let mut client = Client::connected(Era::Modern, json!({})).await;
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2099-01-01" });
    let error = client.error("tools/list", json!({ "_meta": meta })).await;
    assert_eq!(error["code"], -32022);
    assert!(error["data"]["supported"].as_array().unwrap().contains(&json!("2026-07-28")));
}

#[tokio::test]
async fn a_client_that_says_nothing_may_leave() {
    assert!(Client::silent().close().await.is_empty());
}

#[tokio::test]
async fn the_end_of_input_ends_what_waits() {
    // An import of hours, a question to a person and a subscription: none of them holds the server up.
    let mut client = Client::with_pause(LONG).connect(Era::Legacy, json!({ "elicitation": {} })).await;
    let import = json!({ "name": "import_bookmarks", "arguments": {}, "_meta": { "progressToken": 1 } });
    let import = client.ask("tools/call", import).await;
    let delete = client.ask("tools/call", json!({ "name": "delete_bookmark", "arguments": { "id": 1 } })).await;
    client.wait("the question", |message| message["method"] == "elicitation/create").await;
    client.notification("notifications/progress").await;
    let rest = client.close().await;
    for id in [import, delete] {
        let answer = rest.iter().find(|message| message["id"] == id).unwrap();
        assert_eq!(answer["result"]["isError"], true);
    }

    let mut client = Client::connected(Era::Modern, json!({})).await;
    client.ask("subscriptions/listen", json!({ "notifications": { "resourcesListChanged": true } })).await;
    client.notification("notifications/subscriptions/acknowledged").await;
    client.close().await;
}
