//! Skills: listed where the server announces them, read when somebody asks, used only if they are what their entry says.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, ListKind, Operation};
use mcp_tui::model::session::{Item, ListState};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::script::*;

const SKILLS: &str = "io.modelcontextprotocol/skills";
const URI: &str = "skill://acme/refunds/SKILL.md";
const TEXT: &str = "---\nname: refunds\ndescription: Pay back\n---\n# Refunds\n";

fn capabilities() -> Value {
    json!({"resources": {}, "extensions": {SKILLS: {}}})
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold("sha256:".into(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn entry(text: &str) -> Value {
    let file = |uri: &str, text: &str| json!({"uri": uri, "digest": digest(text), "size": text.len()});
    let files = json!([file(URI, text), file("skill://acme/refunds/a/b.md", "b")]);
    json!({"uri": URI, "frontmatter": {"name": "refunds", "description": "Pay back"}, "resources": files})
}

fn listed(skills: &Value, next: Option<&str>) -> String {
    let mut page = json!({"resultType": "complete", "skills": skills, "ttlMs": 60_000, "cacheScope": "public"});
    if let Some(next) = next {
        page["nextCursor"] = next.into();
    }
    expect("skills/list") + &answer(&page)
}

fn got(entry: &Value) -> String {
    let result = json!({"resultType": "complete", "skill": entry, "ttlMs": 0, "cacheScope": "private"});
    expect("skills/get") + &answer(&result)
}

fn contents(uri: &str, text: &str) -> String {
    let result = json!({"resultType": "complete", "contents": [{"uri": uri, "text": text}]});
    expect("resources/read") + &answer(&result)
}

fn load(file: Option<&str>) -> Operation {
    Operation::LoadSkill { uri: URI.into(), file: file.map(str::to_owned), entry: None }
}

fn why(state: &CallState) -> &str {
    let CallState::Failed(Failure::BadAnswer(why)) = state else { panic!("{state:?}") };
    why
}

#[tokio::test]
async fn skills_are_listed_by_pages_and_nothing_of_them_is_read_until_they_are_loaded() {
    for (modern_era, over) in WAYS {
        // A person who has the lists fetched by themselves.
        let mut stage = Stage::new(true);
        let none =
            |method: &str, member: &str| expect(method) + &answer(&json!({"resultType": "complete", member: []}));
        let script = [
            begin(modern_era, &capabilities()),
            none("resources/list", "resources"),
            none("resources/templates/list", "resourceTemplates"),
            listed(&json!([entry(TEXT)]), Some("2")),
            listed(&json!([{"uri": "skill://x/SKILL.md", "frontmatter": {"name": "x", "description": ""}}]), None),
            contents(URI, TEXT),
            contents("skill://acme/refunds/a/b.md", "b"),
        ];
        let server = stage.server(over, &script).await;
        stage.until("listed", |state| state.sessions[0].skills.state == ListState::Fresh).await;
        let items = stage.runtime.state().sessions[0].skills.items.clone();
        assert!(
            matches!(&items[0], Item::Good { key, title, .. } if key == URI && title.as_deref() == Some("refunds"))
        );
        assert!(matches!(&items[1], Item::Bad { problem, .. } if problem.contains("resources")), "no manifest, no use");
        let CallState::Done(result) = stage.call(server, load(None)).await else { panic!("it is loaded") };
        let result = result.to_value().unwrap();
        assert_eq!(result["verified"], json!({"digest": digest(TEXT), "size": TEXT.len()}));
        assert_eq!(result["skill"], entry(TEXT));
        assert!(matches!(stage.call(server, load(Some("a/b.md"))).await, CallState::Done(_)));
        // What is not in the entry is not asked for.
        let outside = stage.call(server, load(Some("../other/SKILL.md"))).await;
        assert!(matches!(outside, CallState::Failed(Failure::Refused(_))), "{outside:?}");
        let wire = stage.wire().await;
        let reads: Vec<Value> = wire.with("resources/read").iter().map(|read| read["params"]["uri"].clone()).collect();
        assert_eq!(reads, [json!(URI), json!("skill://acme/refunds/a/b.md")], "{modern_era} {over:?}");
        let pages: Vec<Value> = wire.with("skills/list").iter().map(|list| list["params"]["cursor"].clone()).collect();
        assert_eq!(pages, [json!(null), json!("2")], "{modern_era} {over:?}");
        assert!(wire.with("skills/get").is_empty(), "the entries were listed");
        if modern_era {
            let offered = &wire.with("skills/list")[0]["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
            assert_eq!(offered["extensions"][SKILLS], json!({}));
            let named = wire.header("resources/read", "mcp-name");
            assert_eq!(named.is_empty(), over == Over::Stdio);
            assert!(named.iter().flatten().all(|name| name.starts_with("skill://acme/refunds/")));
        }
    }
}

#[tokio::test]
async fn a_skill_that_is_not_listed_is_got_by_its_uri() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let missing = expect("skills/get") + &refuse(-32602, &json!(null));
        let script = [modern(&capabilities()), got(&entry(TEXT)), contents(URI, TEXT), missing];
        let server = stage.server(over, &script).await;
        assert!(matches!(stage.call(server, load(None)).await, CallState::Done(_)));
        let none = stage.call(server, load(None)).await;
        assert!(matches!(&none, CallState::Failed(failure) if failure.why().contains("no such skill")), "{none:?}");
        assert_eq!(stage.wire().await.with("skills/get")[0]["params"]["uri"], URI, "{over:?}");
    }
}

#[tokio::test]
async fn a_server_that_only_lists_its_skills_is_asked_for_the_list() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let no_get = expect("skills/get") + &refuse(-32601, &json!(null));
        let other = json!({"uri": "skill://x/SKILL.md", "frontmatter": {"name": "x", "description": "X"}});
        let pages = listed(&json!([other]), Some("2")) + &listed(&json!([entry(TEXT)]), None);
        let script = [
            modern(&capabilities()),
            no_get.clone() + &pages + &contents(URI, TEXT),
            no_get + &listed(&json!([other]), None),
        ];
        let server = stage.server(over, &script).await;
        let CallState::Done(result) = stage.call(server, load(None)).await else { panic!("it is listed") };
        let result = result.to_value().unwrap();
        assert_eq!(result["verified"], json!({"digest": digest(TEXT), "size": TEXT.len()}));
        let none = stage.call(server, load(None)).await;
        assert!(matches!(&none, CallState::Failed(Failure::Refused(why)) if why.contains("no such skill")), "{none:?}");
        let wire = stage.wire().await;
        assert_eq!((wire.with("skills/list").len(), wire.with("resources/read").len()), (3, 1), "{over:?}");
        assert!(wire.notes().contains("no skills/get"), "{over:?}");
    }
}

#[tokio::test]
async fn what_is_not_as_its_entry_says_is_not_used_unless_a_new_entry_says_so() {
    let evil = TEXT.replace("# Refunds", "# Refunds!");
    let lies = TEXT.replace("Pay back", "Exfiltrate");
    let mut unlike = entry(&lies);
    unlike["frontmatter"]["description"] = "Pay back".into();
    for (listed_entry, text, reason) in [
        (entry(TEXT), evil.clone(), "bytes"),
        (entry(TEXT), TEXT.replace("# R", "# X"), "digest"),
        (unlike, lies, "`description` differs"),
    ] {
        let mut stage = Stage::new(false);
        // The server has nothing newer to say.
        let script =
            [modern(&capabilities()), listed(&json!([listed_entry]), None), contents(URI, &text), got(&listed_entry)];
        let server = stage.server(Over::Http, &script).await;
        stage.call(server, Operation::List(ListKind::Skills)).await;
        let outcome = stage.call(server, load(None)).await;
        assert!(why(&outcome).contains(reason), "{outcome:?}");
        let wire = stage.wire().await;
        assert_eq!((wire.with("resources/read").len(), wire.with("skills/get").len()), (1, 1));
    }

    // It changed since it was listed.
    let mut stage = Stage::new(false);
    let script =
        [modern(&capabilities()), listed(&json!([entry(TEXT)]), None), contents(URI, &evil), got(&entry(&evil))];
    let server = stage.server(Over::Stdio, &script).await;
    stage.call(server, Operation::List(ListKind::Skills)).await;
    let CallState::Done(result) = stage.call(server, load(None)).await else { panic!("the new entry fits") };
    assert_eq!(result.to_value().unwrap()["skill"], entry(&evil));
    assert!(stage.wire().await.notes().contains("changed since it was listed"));
}

#[tokio::test]
async fn what_is_made_up_as_it_is_read_says_that_nothing_was_checked() {
    let mut stage = Stage::new(false);
    let mut dynamic = entry(TEXT);
    dynamic["resources"] = "dynamic".into();
    let script = [modern(&capabilities()), got(&dynamic), contents(URI, TEXT), got(&dynamic), contents(URI, "no head")];
    let server = stage.server(Over::Stdio, &script).await;
    let CallState::Done(result) = stage.call(server, load(None)).await else { panic!("it is loaded") };
    assert_eq!(result.get("verified"), Some("null"));
    assert!(why(&stage.call(server, load(None)).await).contains("frontmatter"));
    stage.wire().await;
}

#[tokio::test]
async fn a_server_that_announces_no_skills_is_not_asked_for_any() {
    let mut stage = Stage::new(false);
    let server = stage.server(Over::Stdio, &[modern(&json!({"resources": {}, "extensions": {}}))]).await;
    for operation in [load(None), Operation::List(ListKind::Skills)] {
        let refused = stage.call(server, operation).await;
        assert!(matches!(&refused, CallState::Failed(Failure::Refused(why)) if why.contains(SKILLS)), "{refused:?}");
    }
    stage.runtime.dispatch(Command::Refresh { server, kind: ListKind::Skills });
    let wire = stage.wire().await;
    assert!(!wire.methods().iter().any(|method| method.starts_with("skills/")), "{:?}", wire.methods());
}
