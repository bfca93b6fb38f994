//! Redirects, and answers over the limit.

use super::rig::*;
use crate::model::server::Limits;
use crate::model::wire::FrameKind;

#[tokio::test]
async fn redirects_stay_within_the_origin() {
    let mut other = Server::start(|_| accepted()).await;
    let away = format!("Location: http://{}/mcp\r\n", other.addr);
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let headers = away.clone();
        let mut rig = Rig::new(move |_| reply(status, &headers, "")).await;
        rig.request(1, "tools/list", "{}");
        let (_, failure) = rig.desk.failed().await;
        assert!(failure.message.contains("another origin"), "{}", failure.message);
        assert!(failure.message.contains(&other.addr.to_string()));
    }
    assert!(other.heard_nothing(), "no credentials, not even a request");

    for (location, message) in [
        ("Location: file:///etc/passwd\r\n", "another origin"),
        ("Location: http://[\r\n", "no URL"),
        ("", "names no place"),
    ] {
        let mut rig = Rig::new(move |_| reply("307 Temporary Redirect", location, "")).await;
        rig.request(1, "tools/list", "{}");
        let (_, failure) = rig.desk.failed().await;
        assert!(failure.message.contains(message), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_body() {
    let mut rig = Rig::new(|heard| match heard.path.as_str() {
        "/mcp" => reply("308 Permanent Redirect", "Location: /mcp/\r\n", "moved"),
        _ => json(&result(heard)),
    })
    .await;
    rig.request(1, "tools/list", "{}");
    let (first, second) = (rig.server.heard().await, rig.server.heard().await);
    assert_eq!(second.path, "/mcp/");
    assert_eq!(second.body, first.body);
    assert_eq!(second.header("authorization"), Some("Bearer canary-secret"));
    assert_eq!(rig.desk.frames().await.0, Some(1));
    let exchanges: Vec<_> = rig.desk.records().await.iter().filter_map(|record| record.exchange).collect();
    assert_eq!(exchanges, [1, 1, 1, 1, 2, 2, 2, 2]);

    let mut rig = Rig::new(|_| reply("302 Found", "Location: /login\r\n", "")).await;
    rig.request(1, "tools/list", "{}");
    let (_, failure) = rig.desk.failed().await;
    assert!(failure.message.contains("/login") && failure.message.contains("only 307 and 308"), "{}", failure.message);

    let mut rig = Rig::new(|_| reply("307 Temporary Redirect", "Location: /mcp\r\n", "")).await;
    rig.request(1, "tools/list", "{}");
    let (_, failure) = rig.desk.failed().await;
    assert!(failure.message.contains("more than 5 times"), "{}", failure.message);
    for number in 0..6 {
        assert_eq!(rig.server.heard().await.number, number);
    }
    assert!(rig.server.heard_nothing());
}

#[tokio::test]
async fn what_is_over_the_limit_leaves_its_ends_and_its_hash() {
    use sha2::Digest;
    let long = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"x":"{}"}}}}"#, "y".repeat(30_000));
    let event = format!("data: {long}\n\n");
    for (body, answer) in [(long.clone(), json(&long)), (event.clone(), stream(&event))] {
        let limits = Limits { frame_bytes: 10_000, ..Limits::default() };
        let mut rig = Rig::limited(limits, move |_| answer.clone()).await;
        rig.request(1, "tools/call", "{}");
        let (request, failure) = rig.desk.failed().await;
        assert_eq!(request, Some(1));
        assert!(failure.message.contains("over the limit"), "{}", failure.message);
        let records = rig.desk.records().await;
        let cut = records.iter().find(|record| record.cut.is_some()).unwrap();
        let hash: Vec<String> = sha2::Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(cut.cut.as_ref().unwrap().sha256, hash.concat());
        assert_eq!((cut.size, cut.kind), (body.len() as u64, FrameKind::NotJson));
        assert!(body.starts_with(&*cut.text()) && cut.text().len() == 4_096);
        assert!(body.ends_with(&cut.cut.as_ref().unwrap().tail));
    }
}
