//! Skills of a server: their tab, a page of one, and the file once it is loaded.

use mcp_tui::app::Command;
use mcp_tui::model::call::{ListKind, Operation};
use mcp_tui::model::id::ServerId;
use mcp_tui::tui::update::Outcome;

use super::each;
use super::screen::World;

const MAIN: &str = "skill://pdf-processing/SKILL.md";

/// A server with two skills that can be used and one that cannot, the first of them selected.
fn listed(columns: u16, rows: u16) -> World {
    let mut world = World::new(&["docs"], columns, rows);
    world.command(Command::Connect(ServerId(0)));
    world.connect(0, r#"{"tools":{},"resources":{},"extensions":{"io.modelcontextprotocol/skills":{}}}"#);
    world.list(
        0,
        ListKind::Tools,
        &[r#"{"name":"fill","description":"Fills a form","inputSchema":{"type":"object"}}"#],
    );
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let file = |path: &str, digit: &str, size: u32| {
        format!(r#"{{"uri":"skill://pdf-processing/{path}","digest":"{}","size":{size}}}"#, digest(digit))
    };
    let files = [
        file("SKILL.md", "d", 5_120),
        file("references/FORMS.md", "e", 18_433),
        file("scripts/extract.py", "f", 4_096),
    ];
    let full = format!(
        r#"{{"uri":"{MAIN}","frontmatter":{{"name":"pdf-processing","description":"Extract, fill, and assemble PDF documents","license":"Apache-2.0","allowed-tools":"Bash(rm:*)","metadata":{{"version":"2.1.0"}}}},"resources":[{}]}}"#,
        files.join(",")
    );
    let made = r#"{"uri":"skill://reports/daily/SKILL.md","frontmatter":{"name":"daily","description":"Today's report"},"resources":"dynamic"}"#;
    let bad = r#"{"uri":"skill://x/SKILL.md","frontmatter":{"name":"x","description":"It lists no files"}}"#;
    world.list(0, ListKind::Skills, &[&full, made, bad]);
    world.command(Command::DismissNotice);
    // From the first tab backwards: standard error, configuration, info, log messages, tasks, skills.
    world.keys("left left left left left left");
    world
}

#[test]
fn skills_have_a_tab_and_say_what_they_ask_for() {
    each("skills", listed);
    let screen = listed(80, 24).screen();
    assert!(screen.contains("Skills 3"), "{screen}");
    // A server without them has no such tab.
    let mut other = super::ready(200, 60);
    assert!(!other.screen().contains("Skills"));
}

#[test]
fn the_page_of_a_skill_has_its_files_and_enter_loads_it() {
    each("skill", |columns, rows| {
        let mut world = listed(columns, rows);
        world.keys("4");
        world
    });
    let mut world = listed(120, 40);
    world.keys("enter");
    let outcomes = &world.outcomes;
    let load = Operation::LoadSkill { uri: MAIN.into(), file: None, entry: None };
    assert!(
        outcomes.iter().any(
            |outcome| matches!(outcome, Outcome::Dispatch(Command::Start { operation, .. }) if *operation == load)
        ),
        "{outcomes:?}"
    );
}

#[test]
fn any_file_of_a_skill_can_be_loaded() {
    each("skill_files", |columns, rows| {
        let mut world = listed(columns, rows);
        world.keys("c");
        world
    });
    let loads = |keys: &str| {
        let mut world = listed(120, 40);
        world.keys(keys);
        let loaded = world.outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Dispatch(Command::Start { operation: Operation::LoadSkill { uri, file, .. }, .. }) => {
                Some((uri, file))
            }
            _ => None,
        });
        loaded.collect::<Vec<_>>()
    };
    assert_eq!(loads("c right ctrl-s"), [(MAIN.to_owned(), Some("references/FORMS.md".to_owned()))]);
    // Made up as it is read: there is nothing to choose from.
    assert_eq!(loads("down c"), [("skill://reports/daily/SKILL.md".to_owned(), None)]);
}

#[test]
fn skills_of_one_name_are_told_apart() {
    each("skill_namesakes", |columns, rows| {
        let mut world = World::new(&["docs", "mirror"], columns, rows);
        let skill = |place: &str| {
            format!(
                r#"{{"uri":"skill://{place}/refunds/SKILL.md","frontmatter":{{"name":"refunds","description":"Refunds a customer"}},"resources":"dynamic"}}"#
            )
        };
        let capabilities = r#"{"resources":{},"extensions":{"io.modelcontextprotocol/skills":{}}}"#;
        world.connect(0, capabilities).connect(1, capabilities);
        world.list(0, ListKind::Skills, &[&skill("acme/billing"), &skill("acme/support")]);
        world.list(1, ListKind::Skills, &[&skill("acme/billing")]);
        world.command(Command::DismissNotice);
        world.keys("enter left left left left left left 4");
        let screen = world.screen();
        assert!(screen.contains("also called refunds, and not the same"), "{screen}");
        world
    });
}
