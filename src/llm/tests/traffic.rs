//! What the journal keeps of requests to a provider: heads alone, everything, nothing; never a key.

use tokio::sync::mpsc;

use super::provider::{CANARY, HELLO, STOP, STREAM, Server, Step, deltas, hello, provider, refusal, say};
use crate::app::{State, update};
use crate::journal::{Journal, JournalReader, Redactor};
use crate::llm::Watch;
use crate::model::chat::Dialect;
use crate::model::id::ServerId;
use crate::model::provider::Traffic;
use crate::model::record::{Body, Record};
use crate::model::wire::{Direction, FrameKind};

/// A journal in memory, and what it kept.
struct Kept {
    journal: Journal,
    reader: JournalReader,
    events: mpsc::Receiver<crate::app::Event>,
    state: State,
}

impl Kept {
    fn start() -> Kept {
        let (sender, events) = mpsc::channel(64);
        let (journal, reader) = Journal::start(None, sender).unwrap();
        Kept { journal, reader, events, state: State::default() }
    }

    fn watch(&self, traffic: Traffic) -> Option<Watch> {
        let tap = self.journal.tap(ServerId::of_provider(0), "test", Redactor::new([CANARY, "canary-header"]));
        Watch::new(tap, traffic)
    }

    async fn records(&mut self) -> Vec<Record> {
        self.journal.sync().await.unwrap();
        while let Ok(event) = self.events.try_recv() {
            update(&mut self.state, event);
        }
        let log = &self.state.log;
        let entries = (0..log.len()).filter_map(|at| log.get(at));
        entries.map(|entry| self.reader.whole(entry.offset, entry.len).unwrap()).collect()
    }
}

fn all_text(records: &[Record]) -> String {
    records.iter().map(|record| format!("{record:?}\n")).collect()
}

#[tokio::test]
async fn heads_tell_who_was_asked_and_how_it_went_but_no_text() {
    let server = Server::start(vec![hello()]).await;
    let mut kept = Kept::start();
    let provider = provider(&server.url, Dialect::ChatCompletions).watched(kept.watch(Traffic::Heads));
    deltas(&provider).await;
    let records = kept.records().await;
    let kinds: Vec<_> = records.iter().map(|record| (record.kind, record.direction)).collect();
    assert_eq!(
        kinds,
        [(FrameKind::Model, Direction::Send), (FrameKind::Model, Direction::Recv), (FrameKind::Note, Direction::Note)]
    );
    let http = records[0].http.as_ref().unwrap();
    assert_eq!((http.method.as_deref(), records[0].exchange), (Some("POST"), Some(1)));
    assert!(http.url.as_ref().unwrap().ends_with("/chat/completions"), "{http:?}");
    assert!(records[0].size > 20, "its size is known");
    assert_eq!(records[1].http.as_ref().unwrap().status, Some(200));
    assert!(records[2].note.as_ref().unwrap().contains("the answer to request 1: "), "{:?}", records[2].note);
    let text = all_text(&records);
    assert!(!text.contains("Hello") && !text.contains("\"hi\"") && !text.contains("canary"), "{text}");
    assert_eq!(kept.state.log.get(0).unwrap().pair, Some(1), "so that the time until the answer is known");
    assert!(kept.state.log.get(1).unwrap().responds());
}

#[tokio::test]
async fn everything_is_kept_byte_for_byte_where_that_is_wanted() {
    // An answer that repeats the key: what goes out of here is the person's own secret all the same.
    let echo = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{CANARY}\"}}}}]}}\n\n");
    let steps = vec![say(STREAM), say(": a comment\n\n"), say(HELLO), say(echo), say(STOP)];
    let server = Server::start(vec![steps]).await;
    let mut kept = Kept::start();
    let provider = provider(&server.url, Dialect::ChatCompletions).watched(kept.watch(Traffic::Full));
    deltas(&provider).await;
    let records = kept.records().await;
    let Body::Msg(sent) = &records[0].body else { panic!("{:?}", records[0]) };
    assert!(sent.contains("\"hi\""), "{sent}");
    let came: Vec<&Record> = records.iter().filter(|record| record.direction == Direction::Recv).skip(1).collect();
    let stream: String = came
        .iter()
        .map(|record| match &record.sse {
            Some(sse) => format!("{}{}{}", sse.pre, record.text(), sse.post),
            None => record.text().into_owned(),
        })
        .collect();
    assert!(stream.starts_with(": a comment\n\n") && stream.contains(HELLO), "{stream}");
    assert!(stream.contains("[redacted]"), "{stream}");
    let text = all_text(&records);
    assert!(!text.contains(CANARY) && !text.contains("canary-header"), "{text}");
}

#[tokio::test]
async fn a_refusal_and_the_way_on_are_kept_and_nothing_where_nothing_is_wanted() {
    let busy = refusal("503 Service Unavailable", "retry-after: 0\r\n", r#"{"error":{"message":"come back later"}}"#);
    let server = Server::start(vec![busy, hello()]).await;
    let mut kept = Kept::start();
    let watched = provider(&server.url, Dialect::ChatCompletions).watched(kept.watch(Traffic::Full));
    deltas(&watched).await;
    let records = kept.records().await;
    let notes: Vec<&str> = records.iter().filter_map(|record| record.note.as_deref()).collect();
    assert!(notes.iter().any(|note| note.contains("asking again")), "{notes:?}");
    assert!(records.iter().any(|record| record.text().contains("come back later")), "{}", all_text(&records));
    let failed: Vec<usize> = (0..records.len()).filter(|at| kept.state.log.get(*at).unwrap().failed).collect();
    assert_eq!(failed.len(), 1, "the refusal alone: {}", all_text(&records));
    assert!(kept.watch(Traffic::Off).is_none());
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_said_to_be_given_up() {
    let mut server = Server::start(vec![vec![say(STREAM), say(HELLO), Step::Stall]]).await;
    let mut kept = Kept::start();
    let watched = provider(&server.url, Dialect::ChatCompletions).watched(kept.watch(Traffic::Heads));
    let (send, mut receive) = mpsc::channel(64);
    let request = super::provider::request();
    tokio::select! {
        () = watched.answer(&request, &send) => panic!("it is not over"),
        _ = async { while receive.recv().await.is_some_and(|delta| !matches!(delta, crate::model::chat::Delta::Text(_))) {} } => {}
    }
    tokio::time::timeout(super::provider::PATIENCE, server.closed.recv()).await.unwrap().unwrap();
    let records = kept.records().await;
    let last = records.last().and_then(|record| record.note.clone()).unwrap_or_default();
    assert!(last.contains("not read any further"), "{}", all_text(&records));
}
