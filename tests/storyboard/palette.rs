//! The command palette: what it shows, where it leads; and how everything looks in other styles.

use mcp_tui::app::chat::{ChatCommand, ChatEvent, Kept};
use mcp_tui::app::{Command, Event};
use mcp_tui::model::id::{Moment, ServerId};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::theme::{Look, Scheme, Theme};
use mcp_tui::tui::ui::{Pane, Zone};
use mcp_tui::tui::update::Outcome;

use super::{each, on_sum, ready, shown};

#[test]
fn it_shows_what_can_be_done_and_finds_by_a_few_letters() {
    each("palette", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("ctrl-p");
        world
    });
    each("palette_typed", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys(": e c h o down");
        world
    });
}

#[test]
fn every_character_can_be_typed_whatever_it_does_elsewhere() {
    use crossterm::event::KeyCode;
    use mcp_tui::tui::keymap::Key;
    use mcp_tui::tui::ui::Modal;

    let mut world = ready(80, 24);
    world.keys("ctrl-p");
    let text: String = (' '..='~').collect();
    for c in text.chars() {
        let at = world.moment();
        world.input(Input::Key { key: Key::plain(KeyCode::Char(c)), at });
    }
    let Some(Modal::Palette(palette)) = &world.ui.modal else { panic!("{:?}", world.ui.modal) };
    assert_eq!(palette.line.text(), text);
}

#[test]
fn kept_conversations_are_found_by_their_titles() {
    let kept = |id: &str, title: &str| Kept { id: id.into(), title: title.into(), changed: Moment(1), entries: 3 };
    let open = |columns, rows| {
        let mut world = ready(columns, rows);
        world.keys("ctrl-p");
        assert_eq!(world.outcomes.last(), Some(&Outcome::Dispatch(Command::Chat(ChatCommand::ListKept))));
        let list = vec![kept("20261120-101500-000", "Find my Python bookmarks"), kept("20261119-080000-000", "")];
        let event = ChatEvent::Kept(list);
        world.event(Event::Chat { at: world.moment(), event });
        world.paste("python");
        world
    };
    each("palette_conversation", open);
    let mut world = open(80, 24);
    world.keys("enter");
    let resume = ChatCommand::Resume("20261120-101500-000".into());
    assert_eq!(world.outcomes.last(), Some(&Outcome::Dispatch(Command::Chat(resume))));
    assert_eq!(world.ui.pane(), Pane::Conversation);
}

#[test]
fn it_goes_there_and_does_it() {
    let mut world = ready(120, 40);
    world.keys("ctrl-p").paste("getsum").keys("enter");
    assert_eq!(world.ui.pane(), Pane::Inspector);
    assert_eq!(world.ui.item_ref(&world.state).map(|item| item.key).as_deref(), Some("get-sum"));
    world.keys("ctrl-p").paste("weather").keys("enter");
    assert_eq!((world.ui.inspector.server, world.ui.inspector.zone), (1, Zone::Servers));
    // From within a text too, and what was typed there is kept.
    world.keys("ctrl-p").paste("getsum").keys("enter enter").paste_over("{\"a\": 7}");
    world.keys("ctrl-p").paste("echo demo tool").keys("enter");
    assert_eq!(world.ui.item_ref(&world.state).map(|item| item.key).as_deref(), Some("echo"));
    assert!(world.ui.work.drafts.values().any(|draft| draft == "{\"a\": 7}"));
    // A filter that hides it is no obstacle.
    world.keys("/").paste("zzz").keys("enter ctrl-p").paste("getsum").keys("enter");
    assert_eq!(world.ui.item_ref(&world.state).map(|item| item.key).as_deref(), Some("get-sum"));
    world.keys("ctrl-p").paste("quit").keys("enter");
    assert_eq!(world.outcomes.last(), Some(&Outcome::Quit));
}

#[test]
fn letters_in_it_only_type_and_esc_leaves_it() {
    let mut world = on_sum(80, 24);
    world.keys("ctrl-p q x y backspace esc");
    let looked_up = Outcome::Dispatch(Command::Chat(ChatCommand::ListKept));
    assert!(world.ui.modal.is_none() && world.outcomes == [looked_up]);
    world.keys("ctrl-p").input(Input::Wheel((40, 12).into(), 3)).keys("esc");
    assert!(world.ui.modal.is_none());
}

#[test]
fn a_server_that_comes_up_while_it_is_open_is_found() {
    let mut world = ready(80, 24);
    world.keys("ctrl-p").paste("latetool");
    assert!(!world.screen().contains("late-tool"));
    world.connect(1, r#"{"tools":{}}"#);
    let tool = r#"{"name":"late-tool","inputSchema":{"type":"object"}}"#;
    world.list(1, mcp_tui::model::call::ListKind::Tools, &[tool]);
    assert!(world.screen().contains("late-tool"));
    world.keys("enter");
    assert_eq!(world.ui.item_ref(&world.state).map(|item| item.server), Some(ServerId(1)));
}

#[test]
fn styles_can_be_changed_while_it_runs() {
    let mut world = on_sum(80, 24);
    world.keys("ctrl-p").paste("theme high").keys("enter");
    assert_eq!(world.ui.look.scheme, Scheme::HighContrast);
}

#[test]
fn in_ascii_there_is_nothing_else() {
    for (columns, rows) in super::SIZES {
        let mut world = on_sum(columns, rows);
        world.theme = Theme::new(Look { scheme: Scheme::None, ascii: true, ..Look::default() });
        for keys in ["", "ctrl-p", "esc enter", "esc ?", "esc 3 enter", "esc s"] {
            let screen = world.keys(keys).screen();
            let odd: String = screen.chars().filter(|c| !c.is_ascii()).collect();
            assert!(odd.is_empty(), "{keys}: {odd}\n{screen}");
        }
        shown(&format!("palette_ascii_{columns}x{rows}"), world.keys("esc ctrl-p : e"));
    }
}
