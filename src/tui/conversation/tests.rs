//! What a frame of the conversation costs, and where the view is.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::composer::Shown;
use super::*;
use crate::model::chat::{Delta, ModelRef};
use crate::model::conversation::{Answer, Body, Change, Entry};
use crate::model::id::{EntryId, Moment, TurnId};
use crate::tui::keymap::Keymap;
use crate::tui::ui::Pane;

fn push(state: &mut State, body: Body) -> EntryId {
    let conversation = &mut state.chat.conversation;
    let id = conversation.next_id();
    conversation.apply(&Change::Entry(Entry::new(id, Moment(1), body)));
    id
}

fn user(text: &str) -> Body {
    Body::User { text: text.into(), attachments: vec![], automatic: false }
}

fn says(state: &mut State, entry: EntryId, text: &str) {
    let deltas = vec![Delta::Text(text.into())];
    state.chat.conversation.apply(&Change::Deltas { entry, at: Moment(1), deltas });
}

/// A conversation of so many messages; the last one is an answer that goes on.
fn world(messages: usize) -> (Ui, State, EntryId) {
    let mut state = State::default();
    let model = ModelRef { provider: "p".into(), model: "m".into() };
    let mut last = EntryId(0);
    for at in 0..messages {
        if at % 2 == 0 {
            push(
                &mut state,
                user(&format!("question {at} that is a little longer than one row of a narrow pane has room for")),
            );
        } else {
            last = push(&mut state, Body::Answer(Answer::new(TurnId(at as u64), model.clone())));
            says(
                &mut state,
                last,
                "# Answer\n\nSome *text* with `code`.\n\n- one\n- two\n\n```rust\nfn main() {}\n```\n",
            );
        }
    }
    let mut ui = Ui::new(Size::new(80, 24), &state, Keymap::default(), TimeZone::UTC);
    ui.show(Pane::Conversation);
    (ui, state, last)
}

#[test]
fn a_frame_costs_what_is_in_view_however_long_the_conversation_is() {
    let mut costs = Vec::new();
    for messages in [20, 2_000] {
        let (mut ui, mut state, last) = world(messages);
        settle(&mut ui, &state);
        let first = ui.conversation.laid_out();
        for at in 0..500 {
            says(&mut state, last, if at % 9 == 0 { "word.\n\n" } else { "word " });
            settle(&mut ui, &state);
        }
        costs.push((first, ui.conversation.laid_out() - first));
    }
    assert!(costs[0].0 < 12, "{costs:?}");
    assert_eq!(costs[0], costs[1], "the same for 20 messages and for 2 000");
    assert_eq!(costs[0].1, 500, "of each frame only the entry that changed");
}

#[test]
fn what_streams_out_of_view_costs_nothing() {
    let (mut ui, mut state, last) = world(100);
    settle(&mut ui, &state);
    jump(&mut ui, &state, true);
    let before = ui.conversation.laid_out();
    for _ in 0..100 {
        says(&mut state, last, "word ");
        settle(&mut ui, &state);
    }
    // The end is looked at to know whether the view is there.
    assert!(ui.conversation.laid_out() - before <= 101);
    assert_eq!(ui.conversation.top(), Place::default(), "the view stays");
}

#[test]
fn the_view_follows_until_somebody_scrolls_and_again_at_the_end() {
    let (mut ui, mut state, last) = world(40);
    settle(&mut ui, &state);
    assert!(ui.conversation.follows());
    let end = ui.conversation.top();
    scroll(&mut ui, &state, -5);
    let up = ui.conversation.top();
    assert!(up < end && !ui.conversation.follows());
    says(&mut state, last, "\n\nmore\n\nand more\n\n");
    settle(&mut ui, &state);
    assert_eq!(ui.conversation.top(), up, "what is read stays where it is");
    scroll(&mut ui, &state, 500);
    assert!(ui.conversation.follows() && ui.conversation.top() > end);
    scroll(&mut ui, &state, -100_000);
    assert_eq!(ui.conversation.top(), Place::default());
}

#[test]
fn the_selection_goes_entry_by_entry_and_stays_in_view() {
    let (mut ui, state, _) = world(40);
    settle(&mut ui, &state);
    let entries = &state.chat.conversation.entries;
    assert_eq!(ui.conversation.selected(entries), Some(39));
    for at in (0..39).rev() {
        select(&mut ui, &state, -1);
        assert_eq!(ui.conversation.selected(entries), Some(at));
        let (_, rows) = size(&ui).unwrap();
        let seen: std::collections::BTreeSet<usize> = (0..rows).filter_map(|row| entry_at(&ui, row)).collect();
        assert!(seen.contains(&at), "{at} is in {seen:?}");
    }
    for _ in 0..60 {
        select(&mut ui, &state, 1);
    }
    assert_eq!(ui.conversation.selected(entries), Some(39));
}

#[test]
fn another_conversation_begins_at_its_end() {
    let (mut ui, mut state, _) = world(40);
    state.chat.conversation.id = "a".into();
    settle(&mut ui, &state);
    jump(&mut ui, &state, true);
    state.chat.conversation = crate::model::conversation::Conversation { id: "b".into(), ..Default::default() };
    push(&mut state, user("new"));
    settle(&mut ui, &state);
    assert!(ui.conversation.follows());
}

#[test]
fn what_was_typed_comes_back_through_the_history() {
    let mut composer = Composer::default();
    composer.paste("draft");
    let said = ["one".to_owned(), "two".to_owned()];
    assert!(composer.older(&said));
    assert_eq!(composer.text(), "two");
    assert!(composer.older(&said));
    assert_eq!(composer.text(), "one");
    assert!(!composer.older(&said), "there is no more");
    assert!(composer.newer(&said));
    assert!(composer.newer(&said));
    assert_eq!(composer.text(), "draft");
    assert!(!composer.newer(&said));
}

#[test]
fn a_backslash_before_enter_begins_a_line() {
    let mut composer = Composer::default();
    composer.paste("a\\");
    assert!(composer.continued());
    assert_eq!(composer.text(), "a\n");
    assert!(!composer.continued());
}

#[test]
fn the_cursor_stands_where_the_text_is() {
    for (text, cols, rows, cursor) in [
        ("", 10, vec![""], (0, 0)),
        ("abc", 10, vec!["abc"], (0, 3)),
        ("one two three", 9, vec!["one two", "three"], (1, 5)),
        ("a\nb", 9, vec!["a", "b"], (1, 1)),
        ("日本語", 5, vec!["日本", "語"], (1, 2)),
        ("a\u{202e}", 20, vec!["a⟨U+202E⟩"], (0, 9)),
    ] {
        let mut composer = Composer::default();
        composer.paste(text);
        assert_eq!(
            shown(&composer.area, cols),
            Shown { rows: rows.into_iter().map(str::to_owned).collect(), cursor },
            "{text:?}"
        );
    }
}

#[test]
fn what_opens_at_the_end_is_read_from_its_first_row() {
    let (mut ui, mut state, last) = world(40);
    let thoughts = vec![Delta::Thinking("A thought.\n\n".repeat(60))];
    state.chat.conversation.apply(&Change::Deltas { entry: last, at: Moment(1), deltas: thoughts });
    settle(&mut ui, &state);
    let at = last.index();
    assert!(ui.conversation.follows());
    toggle(&mut ui, &state, at);
    assert_eq!(ui.conversation.top(), Place { entry: at, row: 0 }, "longer than the view");
    scroll(&mut ui, &state, 30);
    toggle(&mut ui, &state, at);
    assert!(!ui.conversation.is_open(at) && ui.conversation.follows(), "closed, its end is the end again");
    assert_eq!(ui.conversation.selected, Some(at));
}

#[test]
fn what_is_no_longer_sent_says_so_in_words() {
    let (mut ui, mut state, last) = world(4);
    let told = |ui: &Ui| {
        let rows = |part: &Part| match part {
            Part::Plain { rows, .. } => rows.iter().any(|row| format!("{row:?}").contains("no longer sent")),
            _ => false,
        };
        (0..4).map(|at| ui.conversation.sheet(at).is_some_and(|sheet| sheet.parts.iter().any(rows))).collect::<Vec<_>>()
    };
    settle(&mut ui, &state);
    jump(&mut ui, &state, true);
    assert_eq!(told(&ui), [false; 4]);
    state.chat.conversation.apply(&Change::Dropped { from: last });
    ui.show(Pane::Conversation);
    jump(&mut ui, &state, false);
    assert_eq!(told(&ui), [false, false, false, true]);
}
