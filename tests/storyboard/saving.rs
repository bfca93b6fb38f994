//! Saving to a file, and a text in the person's own editor.

use mcp_tui::tui::input::Input;
use mcp_tui::tui::outcome::{Content, Edit, Outcome, Write, WriteFault};

use super::{each, on_sum};
use crate::screen::World;

fn last_write(world: &World) -> Write {
    match world.outcomes.last() {
        Some(Outcome::Write(write)) => write.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn saving_asks_for_a_path_and_never_replaces_a_file_unasked() {
    each("save", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("s");
        world
    });
    let mut world = on_sum(80, 24);
    world.keys("s ctrl-u enter");
    assert!(world.outcomes.iter().all(|outcome| !matches!(outcome, Outcome::Write(_))));
    super::everywhere("save_nothing", &mut world);
    world.paste("out/sum.json").keys("enter");
    let write = last_write(&world);
    assert_eq!((write.path.as_str(), write.replace), ("out/sum.json", false));
    assert!(matches!(&write.content, Content::Bytes(bytes) if bytes.starts_with(b"{\"name\":\"get-sum\"")));
    world.input(Input::Written { write: write.clone(), result: Err(WriteFault::Exists) });
    // Another name is another question.
    world.keys("x ctrl-g");
    assert!(!last_write(&world).replace);
    world.keys("backspace enter");
    world.input(Input::Written { write, result: Err(WriteFault::Exists) }).keys("ctrl-g");
    let write = last_write(&world);
    assert!(write.replace);
    world.input(Input::Written { write: write.clone(), result: Err(WriteFault::Failed("out: no room".into())) });
    assert!(world.screen().contains("out: no room"));
    world.keys("enter").input(Input::Written { write, result: Ok(0) });
    let screen = world.screen();
    assert!(screen.contains("saved") && screen.contains("to out/sum.json"), "{screen}");
}

#[test]
fn a_save_is_left_with_esc_and_its_letters_do_nothing_else() {
    let mut world = on_sum(120, 40);
    world.keys("s q x ? esc");
    assert!(world.ui.modal.is_none() && !world.outcomes.contains(&Outcome::Quit));
}

#[test]
fn the_persons_own_editor_takes_the_text_as_it_is_and_gives_it_back() {
    let mut world = on_sum(120, 40);
    world.keys("enter").paste_over("{\"a\": 1.0e2}").keys("ctrl-e");
    let Some(Outcome::Edit(Edit { text, extension, purpose })) = world.outcomes.last().cloned() else {
        panic!("{:?}", world.outcomes.last())
    };
    assert_eq!((text.as_str(), extension), ("{\"a\": 1.0e2}", "json"));
    world.input(Input::Edited { purpose: purpose.clone(), text: Err("the editor ended with 1".into()) });
    assert!(world.screen().contains("the editor ended with 1"));
    world.input(Input::Edited { purpose, text: Ok("{\n  \"a\": 1,\n  \"b\": 2\n}".into()) });
    super::everywhere("edited", &mut world);
}
