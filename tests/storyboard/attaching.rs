//! What goes with a message: prompts by a slash, resources, templates and files by an at sign.

use std::sync::Arc;

use mcp_tui::app::Command;
use mcp_tui::app::chat::ChatCommand;
use mcp_tui::model::call::Operation;
use mcp_tui::model::chat::{Content, Dialect, Image, Role};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::nearby::{Listing, NearFile};
use mcp_tui::tui::outcome::Outcome;

use super::conversation::with_model;
use super::each;
use super::screen::World;

const GREETING: &str = r#"{"description":"Greets","messages":[
    {"role":"user","content":{"type":"text","text":"Greet Ada warmly.\nIn one sentence."}},
    {"role":"assistant","content":{"type":"text","text":"Dear Ada,"}}]}"#;

fn composing(columns: u16, rows: u16) -> World {
    let mut world = with_model(columns, rows, Dialect::Anthropic);
    world.keys("i");
    world
}

/// With the form of a prompt filled in and sent.
fn greeting(columns: u16, rows: u16) -> World {
    let mut world = composing(columns, rows);
    world.type_text("/greet").keys("tab").type_text("Ada").keys("ctrl-s");
    world
}

fn near(world: &mut World) {
    let file = |(path, size): (&str, u64)| NearFile { path: path.into(), size };
    let files = [
        ("README.md", 9_120),
        ("notes.txt", 12),
        ("picture.png", 84_000),
        ("src/main.rs", 1_400),
        ("src/notes/old.md", 77_000),
    ];
    let listing = Listing { files: files.map(file).to_vec(), cut: false };
    world.input(Input::Near(Arc::new(listing)));
}

fn read(world: &mut World, path: &str, content: Result<Content, String>) {
    world.input(Input::FileRead { path: path.into(), content });
}

/// What was said last, to be sent to the model.
fn said(world: &World) -> &ChatCommand {
    let chat = world.outcomes.iter().rev().find_map(|outcome| match outcome {
        Outcome::Dispatch(Command::Chat(command)) => Some(command),
        _ => None,
    });
    chat.unwrap_or_else(|| panic!("nothing was said: {:?}", world.outcomes))
}

#[test]
fn a_prompt_is_a_slash_command_with_a_form() {
    each("attach_prompts", |columns, rows| {
        let mut world = composing(columns, rows);
        world.type_text("/gre");
        world
    });
    each("attach_prompt_form", |columns, rows| {
        let mut world = composing(columns, rows);
        world.type_text("/gre").keys("tab");
        world
    });
    each("attach_prompt_reading", greeting);
    each("attach_prompt_sent", |columns, rows| {
        let mut world = greeting(columns, rows);
        world.finish(0, Ok(GREETING));
        world.type_text("in French").keys("enter");
        world
    });
}

#[test]
fn what_a_prompt_says_goes_along_under_its_name() {
    let mut world = greeting(120, 40);
    assert!(
        matches!(
            world.outcomes.last(),
            Some(Outcome::Dispatch(Command::Start { operation: Operation::GetPrompt { name, arguments }, .. }))
                if name == "greet" && arguments.as_str() == r#"{"who":"Ada"}"#
        ),
        "{:?}",
        world.outcomes.last()
    );
    world.keys("enter");
    assert_eq!(world.ui.conversation.composer.text(), "/demo:greet ", "nothing goes out before it is read");
    world.finish(0, Ok(GREETING));
    world.type_text("in French").keys("enter");
    let ChatCommand::Submit { text, attachments } = said(&world) else { panic!("{:?}", said(&world)) };
    assert_eq!(text, "/demo:greet in French");
    let told: Vec<_> = attachments.iter().map(|one| (one.name.as_str(), one.server.as_deref(), one.prompt)).collect();
    assert_eq!(told, [("greet", Some("demo"), Some(Role::User)), ("greet", Some("demo"), Some(Role::Assistant))]);
    let messages = mcp_tui::model::conversation::messages(&world.state.chat.conversation);
    let sent = format!("{messages:?}");
    assert!(
        sent.contains("[the prompt greet of the server demo, which the person chose, says:]\\nGreet Ada"),
        "{sent}"
    );
}

#[test]
fn a_prompt_that_fails_stays_in_the_message_and_says_why() {
    let mut world = greeting(120, 40);
    world.finish(0, Ok(r#"{"messages":[]}"#)).keys("enter");
    assert!(world.screen().contains("the prompt greet says nothing"), "{}", world.screen());
    assert_eq!(world.ui.conversation.composer.text(), "/demo:greet ");
    // Esc leaves the form, and what is typed stays; Enter opens it again.
    let mut world = composing(120, 40);
    world.type_text("/gre").keys("tab esc");
    assert_eq!(world.ui.conversation.composer.text(), "/demo:greet ");
    world.keys("enter");
    assert!(world.screen().contains("For the message: demo / greet"), "{}", world.screen());
}

#[test]
fn files_and_templates_go_along_too() {
    each("attach_list", |columns, rows| {
        let mut world = composing(columns, rows);
        world.type_text("compare @");
        near(&mut world);
        world
    });
    each("attach_files", |columns, rows| {
        let mut world = composing(columns, rows);
        world.type_text("compare @not");
        near(&mut world);
        world.keys("tab").type_text("with @pict").keys("tab").type_text("and @old").keys("tab");
        read(&mut world, "notes.txt", Ok(Content::Text("a note".into())));
        let data = "A".repeat(1_000).as_str().into();
        read(&mut world, "picture.png", Ok(Content::Image(Image { mime: "image/png".into(), data })));
        world
    });
    each("attach_failed", |columns, rows| {
        let mut world = composing(columns, rows);
        world.type_text("what is in @notes.t");
        near(&mut world);
        world.keys("tab");
        read(&mut world, "notes.txt", Err("neither text nor an image that models read".into()));
        world
    });
    each("attach_template", |columns, rows| {
        let mut world = composing(columns, rows);
        world.type_text("what is @item").keys("tab");
        world
    });
}

#[test]
fn what_is_attached_is_what_is_sent() {
    let mut world = composing(120, 40);
    world.type_text("see @not");
    assert!(world.outcomes.contains(&Outcome::LookAround), "{:?}", world.outcomes);
    near(&mut world);
    world.keys("tab");
    assert_eq!(world.outcomes.last(), Some(&Outcome::ReadFile("notes.txt".into())));
    world.keys("enter");
    assert!(world.screen().contains("notes.txt is still being read"), "{}", world.screen());
    read(&mut world, "notes.txt", Ok(Content::Text("a note".into())));
    // Through the form of a template, and back to where the cursor was.
    world.type_text("and @item").keys("tab").type_text("7").keys("ctrl-s");
    assert_eq!(world.ui.conversation.composer.text(), "see @notes.txt and @demo://item/7 ");
    world.finish(0, Ok(r#"{"contents":[{"uri":"demo://item/7","text":"seven"}]}"#)).keys("enter");
    let ChatCommand::Submit { text, attachments } = said(&world) else { panic!("{:?}", said(&world)) };
    assert_eq!(text, "see @notes.txt and @demo://item/7 ");
    let told: Vec<_> = attachments.iter().map(|one| (one.name.as_str(), one.server.as_deref(), &one.content)).collect();
    let (note, seven) = (Content::Text("a note".into()), Content::Text("seven".into()));
    assert_eq!(told, [("notes.txt", None, &note), ("demo://item/7", Some("demo"), &seven)]);
}

#[test]
fn what_is_taken_out_of_the_text_stays_behind() {
    let mut world = composing(120, 40);
    world.type_text("@not");
    near(&mut world);
    world.keys("tab");
    read(&mut world, "notes.txt", Err("gone".into()));
    world.keys("backspace backspace").type_text("hello").keys("enter");
    let ChatCommand::Submit { attachments, .. } = said(&world) else { panic!("{:?}", said(&world)) };
    assert_eq!(attachments, &[]);
}
