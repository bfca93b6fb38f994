//! `resources watch`, in both eras.

use serde_json::json;

use crate::place::Place;

fn step(frame: &serde_json::Value) -> String {
    json!({ "send": frame.to_string().replace("\"${id}\"", "${id}") }).to_string()
}

fn answer(result: &serde_json::Value) -> String {
    step(&json!({"jsonrpc": "2.0", "id": "${id}", "result": result}))
}

/// A change, the read that follows from it, and the server's end.
fn change(meta: &serde_json::Value) -> String {
    let params = json!({"uri": "x:1", "_meta": meta});
    let updated = step(&json!({"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": params}));
    let contents = answer(&json!({"contents": [{"uri": "x:1", "text": "new"}]}));
    [&updated, "{\"expect\":\"resources/read\"}", &contents, "{\"sleep\":200}", "{\"exit\":3}"].join("\n")
}

#[test]
fn a_resource_is_printed_each_time_it_changes() {
    let place = Place::new();
    let legacy = [
        "{\"handshake\":\"2025-11-25\"}".to_owned(),
        "{\"expect\":\"resources/subscribe\"}".to_owned(),
        answer(&json!({})),
        change(&json!({})),
    ];
    let stream = json!({ "io.modelcontextprotocol/subscriptionId": "${id}" });
    let agreed = json!({"_meta": stream, "notifications": {"resourceSubscriptions": ["x:1"]}});
    let modern = [
        "{\"expect\":\"server/discover\"}".to_owned(),
        answer(&json!({"supportedVersions": ["2026-07-28"], "capabilities": {"resources": {"subscribe": true}}})),
        "{\"expect\":\"subscriptions/listen\"}".to_owned(),
        step(&json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": agreed})),
        change(&stream),
    ];
    for script in [legacy.join("\n"), modern.join("\n")] {
        let ran = place.played(&["resources", "watch", "x:1", "--json", "--no-journal"], &script).exits(4);
        let expected = json!({"uri": "x:1", "result": {"contents": [{"uri": "x:1", "text": "new"}]}});
        assert_eq!(ran.json(), expected, "{ran:?}");
        assert_eq!(ran.error()["kind"], "died", "{ran:?}");
        place.played(&["resources", "watch", "x:1", "--no-journal"], &script).exits(4).prints("— x:1\n").prints("new");
    }
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let place = Place::new();
    for revision in ["2026-07-28", "2025-11-25"] {
        let ran = place.run(&["resources", "watch", "no://such", "--json", "--protocol-version", revision]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        ran.complains("no://such");
    }
}

/// Nothing changes any more and nobody reads: that is noticed without another line.
#[cfg(unix)]
#[test]
fn a_watch_that_nobody_reads_ends_by_itself() {
    use std::io::BufRead;

    let place = Place::new();
    let script = place.file(
        "quiet.script",
        &[
            "{\"handshake\":\"2025-11-25\"}",
            "{\"expect\":\"resources/subscribe\"}",
            &answer(&json!({})),
            "{\"until_eof\":true}",
        ]
        .join("\n"),
    );
    let server = crate::place::scripted_server();
    let words = ["resources", "watch", "x:1", "--no-journal", "--", server.to_str().unwrap(), &script];
    let mut child = place.command(&words).spawn().unwrap();
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("watching x:1")));
    drop(child.stdout.take());
    let status = crate::place::ended(child, &words).status;
    assert!(status.success(), "{status:?}");
}
