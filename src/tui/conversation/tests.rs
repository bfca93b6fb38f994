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
            shown(&composer.area, cols, 99),
            Shown { rows: rows.into_iter().map(str::to_owned).collect(), cursor, more: (false, false) },
            "{text:?}"
        );
        assert_eq!(super::rows(&composer.area, cols, 99), shown(&composer.area, cols, 99).rows.len());
    }
}

#[test]
fn of_a_long_text_only_what_is_around_the_cursor_is_laid_out() {
    use tui_textarea::CursorMove;
    let mut composer = Composer::default();
    composer.paste("a\nb\nc\nd");
    let at = |composer: &Composer, height| {
        let shown = shown(&composer.area, 10, height);
        (shown.rows.join(" "), shown.cursor.0, shown.more)
    };
    assert_eq!(at(&composer, 2), ("c d".into(), 1, (true, false)));
    composer.area.move_cursor(CursorMove::Up);
    assert_eq!(at(&composer, 2), ("b c".into(), 1, (true, true)));
    composer.area.move_cursor(CursorMove::Top);
    assert_eq!(at(&composer, 2), ("a b".into(), 0, (false, true)));
    assert_eq!(at(&composer, 9), ("a b c d".into(), 0, (false, false)));
    // A line of megabytes, in pieces: as many rows as without them, but for those that end at a piece.
    let mut composer = Composer::default();
    composer.paste(&"word ".repeat(400_000));
    assert_eq!(super::rows(&composer.area, 80, 5), 5);
    for height in [1, 5, 20] {
        let shown = shown(&composer.area, 80, height);
        assert_eq!((shown.rows.len(), shown.cursor.0, shown.more), (height, height - 1, (true, false)));
    }
    composer.area.move_cursor(CursorMove::Head);
    assert_eq!(shown(&composer.area, 80, 3).more, (false, true));
}

proptest::proptest! {
    #[test]
    fn the_rows_in_view_are_a_part_of_all_rows(text in "[a-c \n日]{0,60}", cols in 2_usize..12, height in 1_usize..6, back in 0_usize..60) {
        let mut composer = Composer::default();
        composer.paste(&text);
        for _ in 0..back {
            composer.area.move_cursor(tui_textarea::CursorMove::Back);
        }
        let all = shown(&composer.area, cols, 1_000);
        let view = shown(&composer.area, cols, height);
        let first = (all.cursor.0 + 1).saturating_sub(height);
        let end = (first + height).min(all.rows.len());
        proptest::prop_assert_eq!(&view.rows[..], &all.rows[first..end]);
        proptest::prop_assert_eq!(view.cursor, (all.cursor.0 - first, all.cursor.1));
        proptest::prop_assert_eq!(view.more, (first > 0, end < all.rows.len()));
        proptest::prop_assert_eq!(super::rows(&composer.area, cols, 1_000), all.rows.len());
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

/// Looks for a text to the end and says what came of it.
fn look_for(ui: &mut Ui, state: &State, text: &str) -> String {
    settle(ui, state);
    find::open(&mut ui.conversation);
    ui.conversation.find.as_mut().unwrap().line.insert(text);
    find::typed(&mut ui.conversation);
    settle(ui, state);
    while seek(ui, state) {}
    said(ui)
}

fn said(ui: &Ui) -> String {
    ui.conversation.find.as_ref().unwrap().said()
}

#[test]
fn what_is_looked_for_is_counted_and_gone_through_both_ways() {
    let (mut ui, mut state, last) = world(40);
    let first = look_for(&mut ui, &state, "question 3");
    assert!(first.ends_with(" of 5"), "{first}");
    let mut seen = Vec::new();
    for _ in 0..6 {
        find::again(&mut ui, &state, true);
        seen.push(said(&ui));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["2 of 5", "3 of 5", "4 of 5", "5 of 5", "from the beginning: 1 of 5"]);
    while !said(&ui).ends_with("1 of 5") {
        find::again(&mut ui, &state, false);
    }
    find::again(&mut ui, &state, false);
    assert_eq!(said(&ui), "from the end: 5 of 5");
    assert_eq!(ui.conversation.selected, Some(38));
    // What comes meanwhile is counted, too.
    says(&mut state, last, "\n\nquestion 3 again");
    settle(&mut ui, &state);
    while seek(&mut ui, &state) {}
    assert_eq!(said(&ui), "from the end: 5 of 6");
    assert_eq!(look_for(&mut ui, &state, "question 99"), "not found");
    assert_eq!(look_for(&mut ui, &state, "QUESTION"), "not found", "capital letters are meant");
}

#[test]
fn what_is_drawn_is_found_across_rows_and_markup_and_what_is_folded_opens() {
    let (mut ui, mut state, _) = world(10);
    assert!(look_for(&mut ui, &state, "Some text with `code`.").ends_with(" of 5"), "{}", said(&ui));
    assert!(look_for(&mut ui, &state, "narrow pane  has room").ends_with(" of 5"), "{}", said(&ui));
    let model = ModelRef { provider: "p".into(), model: "m".into() };
    let thinks = push(&mut state, Body::Answer(Answer::new(TurnId(99), model)));
    let deltas = vec![Delta::Thinking("I hide a needle.".into()), Delta::Text("Well.".into())];
    state.chat.conversation.apply(&Change::Deltas { entry: thinks, at: Moment(1), deltas });
    assert!(!ui.conversation.is_open(10));
    assert_eq!(look_for(&mut ui, &state, "a needle"), "1 of 1");
    assert!(ui.conversation.is_open(10));
    find::typed(&mut ui.conversation);
    assert!(!ui.conversation.is_open(10), "folded again until something is found");
    while seek(&mut ui, &state) {}
    assert!(ui.conversation.is_open(10));
    // Whoever only tried goes back to where they were.
    ui.conversation.toggle(10);
    jump(&mut ui, &state, true);
    look_for(&mut ui, &state, "a needle");
    assert_ne!(ui.conversation.top(), Place::default());
    find::close(&mut ui.conversation);
    settle(&mut ui, &state);
    assert_eq!((ui.conversation.top(), ui.conversation.is_open(10)), (Place::default(), false));
}

#[test]
fn a_search_in_a_long_conversation_goes_slice_by_slice() {
    let (mut ui, mut state, _) = world(2);
    for at in 0..20 {
        push(&mut state, user(&format!("{} {at}", "word ".repeat(10_000))));
    }
    settle(&mut ui, &state);
    find::open(&mut ui.conversation);
    ui.conversation.find.as_mut().unwrap().line.insert("word");
    find::typed(&mut ui.conversation);
    let mut frames = 0;
    while seek(&mut ui, &state) {
        assert_eq!(said(&ui), "searching…");
        frames += 1;
    }
    assert!((2..10).contains(&frames), "{frames}");
    assert!(said(&ui).ends_with("of 200000"), "{}", said(&ui));
}

#[test]
fn what_a_frame_of_a_search_costs_does_not_depend_on_how_long_an_answer_became() {
    for thinks in [false, true] {
        let (mut ui, mut state, last) = world(2);
        if thinks {
            // What is folded away is searched as well.
            let deltas = vec![Delta::Thinking("a word more. ".repeat(20_000))];
            state.chat.conversation.apply(&Change::Deltas { entry: last, at: Moment(1), deltas });
        }
        says(&mut state, last, &"a word more.\n\n".repeat(20_000));
        let said_first = look_for(&mut ui, &state, "word");
        let mut costs = Vec::new();
        for _ in 0..50 {
            says(&mut state, last, "one word\n\n");
            settle(&mut ui, &state);
            while seek(&mut ui, &state) {}
            costs.push(ui.conversation.find.as_ref().unwrap().fresh());
        }
        assert!(costs.iter().all(|cost| *cost > 0 && *cost < 40_000), "{costs:?}");
        let total = if thinks { 40_000 } else { 20_000 };
        assert!(said_first.ends_with(&format!("of {total}")), "{said_first}");
        assert!(said(&ui).ends_with(&format!("of {}", total + 50)), "{}", said(&ui));
    }
}

proptest::proptest! {
    #[test]
    fn what_grows_is_searched_as_if_it_had_come_at_once(
        pieces in proptest::collection::vec((0..3_u8, proptest::sample::select(vec![
            "word ", "wor", "d", "\n", "\n\n", "- ", "1. ", "```\n", "word word word\n", "# ", "*", "| a | word |\n|---|---|\n", "> ",
            "a long line of which each word is looked at, and which is wider than the view is, so it has several rows ",
        ])), 1..60),
    ) {
        let (mut ui, mut state, last) = world(4);
        look_for(&mut ui, &state, "word w");
        for (kind, piece) in &pieces {
            let delta = if *kind == 0 { Delta::Thinking((*piece).into()) } else { Delta::Text((*piece).into()) };
            state.chat.conversation.apply(&Change::Deltas { entry: last, at: Moment(1), deltas: vec![delta] });
            settle(&mut ui, &state);
            while seek(&mut ui, &state) {}
        }
        let walk = |ui: &mut Ui| {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..4 {
                find::again(ui, &state, true);
                seek(ui, &state);
                let told = said(ui).rsplit(": ").next().unwrap_or_default().to_owned();
                let here = ui.conversation.find.as_ref().unwrap().here(last.index()).cloned();
                seen.insert((told, here.map(|here| (here.first, here.rows))));
            }
            seen
        };
        let told = said(&ui).rsplit(' ').next().unwrap_or_default().to_owned();
        let grown = (told.parse::<usize>().unwrap_or(0) <= 4).then(|| walk(&mut ui));
        find::close(&mut ui.conversation);
        let again = look_for(&mut ui, &state, "word w");
        proptest::prop_assert_eq!(again.rsplit(' ').next().unwrap_or_default(), &told);
        if let Some(grown) = grown {
            proptest::prop_assert_eq!(walk(&mut ui), grown);
        }
    }
}
