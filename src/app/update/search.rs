//! The filter over the log: what it names is found in the index at once, in the journal bit by bit, and goes on being
//! found as frames come.

use crate::app::{Effect, Level, Search, State};
use crate::model::filter::Filter;
use crate::model::log::WireLog;

pub(super) fn start(state: &mut State, filter: Option<Filter>) -> Vec<Effect> {
    let scanned_before = state.search.take().is_some_and(|search| search.filter.needs_bytes());
    let stop = if scanned_before { vec![Effect::StopScan] } else { vec![] };
    let Some(filter) = filter.filter(|filter| !filter.is_empty()) else { return stop };
    let number = state.next_search;
    state.next_search += 1;
    let texts: Vec<String> = filter.texts().map(str::to_owned).collect();
    state.search = Some(Search::new(filter, number));
    if texts.is_empty() {
        advance(state);
        return stop;
    }
    // Where there is nothing yet, the first line decides where to begin.
    match bounds(&state.log) {
        Some((from, end)) => vec![Effect::Scan { number, texts, from, end }],
        None => stop,
    }
}

pub(super) fn scanned(state: &mut State, number: u64, upto: u32, found: Vec<(u32, u32)>) -> Vec<Effect> {
    if let Some(search) = state.search.as_mut().filter(|search| search.number == number) {
        search.take(upto, found);
        advance(state);
    }
    vec![]
}

pub(super) fn go_on(state: &mut State) -> Vec<Effect> {
    advance(state);
    vec![]
}

/// The journal cannot be read: what was found stays, nothing more comes.
pub(super) fn failed(state: &mut State, number: u64) -> Vec<Effect> {
    if state.search.as_ref().is_some_and(|search| search.number == number) {
        state.notice(Level::Error, None, "the journal cannot be read: the log is searched for text only in part");
    }
    vec![]
}

/// The log has grown.
pub(super) fn grown(state: &mut State, before: usize) -> Vec<Effect> {
    let Some(search) = &state.search else { return vec![] };
    if !search.filter.needs_bytes() {
        advance(state);
        return vec![];
    }
    let Some((from, end)) = bounds(&state.log) else { return vec![] };
    if before == 0 {
        let texts = search.filter.texts().map(str::to_owned).collect();
        return vec![Effect::Scan { number: search.number, texts, from, end }];
    }
    vec![Effect::ScanOn(end)]
}

/// Marks a frame or takes its mark away; a filter that asks for marks begins again.
pub(super) fn mark(state: &mut State, frame: usize) -> Vec<Effect> {
    if frame >= state.log.len() {
        return vec![];
    }
    if !state.marks.remove(&frame) {
        state.marks.insert(frame);
    }
    match &state.search {
        Some(search) if search.filter.asks_marks() => {
            let filter = search.filter.clone();
            start(state, Some(filter))
        }
        _ => vec![],
    }
}

/// Where the lines of the log begin and end in the journal.
fn bounds(log: &WireLog) -> Option<(u64, u64)> {
    let (first, last) = (log.get(0)?, log.get(log.len().checked_sub(1)?)?);
    Some((first.offset, last.offset + u64::from(last.len) + 1))
}

fn advance(state: &mut State) {
    let State { search, log, sessions, marks, chat, .. } = state;
    if let Some(search) = search {
        let servers: Vec<&str> = sessions.iter().map(|session| session.spec.name.as_str()).collect();
        let providers: Vec<&str> = chat.providers.iter().map(|provider| provider.name.as_str()).collect();
        search.advance(log, &servers, &providers, marks);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::app::search::STEP;
    use crate::app::{Command, Event, update};
    use crate::model::id::{Moment, ServerId};
    use crate::model::wire::{Direction, FrameKind, MethodId, WireBatch, WireEntry};

    fn frames(state: &mut State, kinds: &[FrameKind]) -> Vec<Effect> {
        let first = state.log.len() as u64;
        let entries = kinds.iter().zip(first..).map(|(kind, at)| WireEntry {
            at: Moment(at),
            server: ServerId(0),
            direction: Direction::Recv,
            kind: *kind,
            method: MethodId(0),
            id: 0,
            offset: 100 + at * 10,
            len: 9,
            size: 5,
            failed: *kind == FrameKind::Error,
        });
        let batch = WireBatch { methods: vec![], entries: entries.collect(), ..WireBatch::default() };
        update(state, Event::Wire(batch))
    }

    fn search(state: &mut State, filter: &str) -> Vec<Effect> {
        let filter = Some(Filter::read(filter).unwrap());
        update(state, Event::Command { at: Moment(0), command: Command::Search(filter) })
    }

    fn hits(state: &State) -> Vec<u32> {
        state.search.as_ref().map(|search| search.hits.clone()).unwrap_or_default()
    }

    #[test]
    fn what_the_index_knows_is_found_at_once_and_as_it_comes() {
        let mut state = State::default();
        frames(&mut state, &[FrameKind::Note, FrameKind::Error]);
        assert_eq!(search(&mut state, "is:error"), []);
        assert_eq!(hits(&state), [1]);
        assert_eq!(frames(&mut state, &[FrameKind::Error, FrameKind::Note]), []);
        assert_eq!(hits(&state), [1, 2]);
        assert!(!state.search.as_ref().unwrap().is_running(state.log.len()));
        assert_eq!(search(&mut state, ""), []);
        assert_eq!(state.search, None);
    }

    #[test]
    fn a_long_log_is_looked_at_in_steps() {
        let mut state = State::default();
        let kinds: Vec<FrameKind> =
            (0..STEP * 2 + 10).map(|at| if at % 2 == 0 { FrameKind::Error } else { FrameKind::Note }).collect();
        frames(&mut state, &kinds);
        search(&mut state, "is:error");
        for (step, more) in [(1, true), (2, true), (3, false)] {
            let search = state.search.as_ref().unwrap();
            assert_eq!((search.done, search.has_more(kinds.len())), ((STEP * step).min(kinds.len()), more));
            assert_eq!(search.is_running(kinds.len()), more);
            update(&mut state, Event::SearchOn);
        }
        assert_eq!(hits(&state).len(), STEP + 5);
        // The log's growth is a step too, and what has been reported is not the end of a search for a text.
        search(&mut state, "x");
        update(&mut state, Event::Scanned { number: 1, upto: STEP as u32 + 9, found: vec![(STEP as u32 + 8, 1)] });
        assert_eq!(hits(&state), [0_u32; 0]);
        assert!(state.search.as_ref().unwrap().has_more(kinds.len()));
        update(&mut state, Event::SearchOn);
        assert_eq!(hits(&state), [STEP as u32 + 8]);
        assert!(!state.search.as_ref().unwrap().has_more(kinds.len()));
    }

    #[test]
    fn texts_are_looked_for_in_the_journal() {
        let mut state = State::default();
        assert_eq!(search(&mut state, "x is:error or y"), [], "there is nothing to look at yet");
        let effects = frames(&mut state, &[FrameKind::Error, FrameKind::Error, FrameKind::Note]);
        let texts = vec!["x".to_owned(), "y".to_owned()];
        assert_eq!(effects, [Effect::Scan { number: 0, texts, from: 100, end: 130 }]);
        assert_eq!(frames(&mut state, &[FrameKind::Note]), [Effect::ScanOn(140)]);
        update(&mut state, Event::Scanned { number: 0, upto: 2, found: vec![(1, 1)] });
        assert_eq!(hits(&state), [1]);
        assert!(state.search.as_ref().unwrap().is_running(state.log.len()));
        update(&mut state, Event::Scanned { number: 7, upto: 4, found: vec![(2, 2)] });
        assert_eq!(hits(&state), [1], "another search's report is ignored");
        update(&mut state, Event::Scanned { number: 0, upto: 4, found: vec![(2, 1), (3, 2)] });
        assert_eq!(hits(&state), [1, 3]);
        assert!(!state.search.as_ref().unwrap().is_running(state.log.len()));
        let effects = update(&mut state, Event::Command { at: Moment(0), command: Command::Search(None) });
        assert_eq!(effects, [Effect::StopScan]);
    }

    #[test]
    fn a_new_mark_is_found_too() {
        let mut state = State::default();
        frames(&mut state, &[FrameKind::Note, FrameKind::Note]);
        search(&mut state, "is:marked");
        let mark = |state: &mut State, frame| {
            update(state, Event::Command { at: Moment(0), command: Command::Mark(frame) });
            hits(state)
        };
        assert_eq!(mark(&mut state, 1), [1]);
        assert_eq!(mark(&mut state, 0), [0, 1]);
        assert_eq!(mark(&mut state, 1), [0]);
        assert_eq!(mark(&mut state, 9), [0], "there is no such frame");
    }
}
