//! What belongs to one call: its request, what the server said and asked meanwhile, the rounds in which it was asked
//! again, its response. [`candidates`] picks frames by the index alone, [`steps`] decides with their heads read back.

use std::collections::BTreeMap;

use super::json::scan;
use super::log::{LogEntry, WireLog};
use super::record::{Body, Record};
use super::wire::{Direction, FrameKind};

/// Frames of one call that are looked at; a call with more shows the first of them.
pub const LOOKED_AT: usize = 400;
/// Frames between two rounds, or from a frame back to its call, that are passed over in search.
const REACH: usize = 20_000;
/// Requests before and after one that are looked at for rounds of the same call.
const ROUNDS: usize = 8;

/// A frame of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Which.
    pub frame: usize,
    /// 0: the call itself; 1: on its behalf; 2: the answer to that.
    pub depth: usize,
    /// Which round begins with it, from 2; 0 for none.
    pub round: usize,
}

/// One request and its response, if that came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Round {
    request: usize,
    response: Option<usize>,
}

/// The frames that may belong to the call of `frame`, in order; the frame alone if it belongs to none.
pub fn candidates(log: &WireLog, frame: usize) -> Vec<usize> {
    let Some(own) = log.get(frame).and_then(|entry| request_of(log, &entry)) else { return vec![frame] };
    let mut out = Vec::new();
    for round in neighbours(log, &own) {
        out.push(round.request);
        out.extend(round.response);
        let end = round.response.unwrap_or(log.len());
        let between = (round.request + 1..end).take(REACH).filter_map(|at| log.get(at));
        let between = between.filter(|entry| entry.server == own.server && may_belong(log, entry, round));
        // The call in question comes first; what its neighbours said only matters if they are rounds of it.
        let room = if round.request == own.index { LOOKED_AT / 2 } else { LOOKED_AT / (4 * ROUNDS) };
        out.extend(between.take(room).map(|entry| entry.index));
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Whether a frame between a request and its response may have to do with it.
fn may_belong(log: &WireLog, entry: &LogEntry, round: Round) -> bool {
    match (entry.kind, entry.direction) {
        (FrameKind::Request, way) => way == Direction::Recv,
        // An answer to what the server asked meanwhile.
        (FrameKind::Result | FrameKind::Error, Direction::Send) => {
            entry.pair.and_then(|pair| log.get(pair)).is_some_and(|asked| asked.index > round.request)
        }
        (FrameKind::Result | FrameKind::Error | FrameKind::Batch | FrameKind::Model, _) => false,
        (
            FrameKind::Notification
            | FrameKind::NotRpc
            | FrameKind::NotJson
            | FrameKind::Http
            | FrameKind::Sse
            | FrameKind::Stderr
            | FrameKind::Note
            | FrameKind::Exit,
            _,
        ) => true,
    }
}

/// A request of ours and those with the same method around it, in order: rounds of one call are among them.
fn neighbours(log: &WireLog, own: &LogEntry) -> Vec<Round> {
    let same = |other: &LogEntry| {
        other.kind == FrameKind::Request
            && other.direction == Direction::Send
            && other.server == own.server
            && other.method == own.method
    };
    let round =
        |entry: LogEntry| Round { request: entry.index, response: entry.pair.filter(|pair| *pair > entry.index) };
    let before = (own.index.saturating_sub(REACH)..own.index).rev().filter_map(|at| log.get(at)).filter(same);
    let mut rounds: Vec<Round> = before.take(ROUNDS).map(round).collect();
    rounds.reverse();
    rounds.push(round(*own));
    let after = (own.index + 1..log.len()).take(REACH).filter_map(|at| log.get(at)).filter(same);
    rounds.extend(after.take(ROUNDS).map(round));
    rounds
}

/// The request of ours that a frame belongs to: its own, that which it answers, or the newest that was open then.
fn request_of(log: &WireLog, entry: &LogEntry) -> Option<LogEntry> {
    match (entry.kind, entry.direction) {
        (FrameKind::Request, Direction::Send) => return Some(*entry),
        (FrameKind::Result | FrameKind::Error, Direction::Recv) => return log.get(entry.pair?),
        _ => {}
    }
    (entry.index.saturating_sub(REACH)..entry.index).rev().filter_map(|at| log.get(at)).find(|other| {
        other.kind == FrameKind::Request
            && other.direction == Direction::Send
            && other.server == entry.server
            && other.pair.is_none_or(|response| response > entry.index)
    })
}

/// The steps of the call that `frame` belongs to. What is not at hand is left out, but for the call itself. `exact`: the
/// server speaks the modern era, where over HTTP the stream that something came on says whose it is; else what a server
/// asks meanwhile may belong to any call that is open.
pub fn steps(log: &WireLog, frame: usize, rows: &BTreeMap<usize, impl AsRef<Record>>, exact: bool) -> Vec<Step> {
    let record = |at: usize| rows.get(&at).map(AsRef::as_ref);
    let text = |at: usize| match record(at).map(|record| &record.body) {
        Some(Body::Msg(text)) => text.as_str(),
        _ => "",
    };
    let Some(own) = log.get(frame).and_then(|entry| request_of(log, &entry)) else {
        return vec![Step { frame, depth: 0, round: 0 }];
    };
    let all = neighbours(log, &own);
    let mut chain: Vec<Round> = all.iter().copied().filter(|round| round.request == own.index).collect();
    let asked_again = |one: &Round, next: &Round| {
        one.response.is_some_and(|response| {
            response < next.request && belongs_together(text(one.request), text(response), text(next.request))
        })
    };
    while let Some(before) = chain.first().and_then(|first| all.iter().rev().find(|one| asked_again(one, first))) {
        chain.insert(0, *before);
    }
    while let Some(after) = chain.last().and_then(|last| all.iter().find(|one| asked_again(last, one))) {
        chain.push(*after);
    }
    let mut out = Vec::new();
    let picked = candidates(log, frame);
    for (number, round) in chain.iter().enumerate() {
        let request = text(round.request);
        let facts = Facts {
            id: scan::member(request, "id").unwrap_or_default(),
            token: scan::member(request, "params")
                .and_then(|params| scan::member(params, "_meta"))
                .and_then(|meta| scan::member(meta, "progressToken")),
            exchange: record(round.request).and_then(|record| record.exchange),
            exact,
        };
        let mark = if number == 0 { 0 } else { number + 1 };
        out.push(Step { frame: round.request, depth: 0, round: mark });
        let end = round.response.unwrap_or(usize::MAX);
        for at in picked.iter().copied().filter(|at| *at > round.request && *at < end) {
            let (Some(entry), Some(record)) = (log.get(at), record(at)) else { continue };
            if !may_belong(log, &entry, *round) {
                continue;
            }
            if let Some(depth) = facts.depth(&entry, record, text(at)) {
                out.push(Step { frame: at, depth, round: 0 });
            }
        }
        out.extend(round.response.map(|frame| Step { frame, depth: 0, round: 0 }));
    }
    out
}

/// What tells the frames of a round from those of others at the same time.
struct Facts<'a> {
    id: &'a str,
    token: Option<&'a str>,
    exchange: Option<u64>,
    exact: bool,
}

impl Facts<'_> {
    /// How deep a frame stands under the request, if it belongs there.
    fn depth(&self, entry: &LogEntry, record: &Record, text: &str) -> Option<usize> {
        let param = |name| scan::member(text, "params").and_then(|params| scan::member(params, name));
        let elsewhere = |ours| record.exchange.is_some_and(|theirs| theirs != ours);
        if self.exact && self.exchange.is_some_and(elsewhere) {
            return None;
        }
        // A stream of changes is a call of its own, and names it in what it tells.
        if let (FrameKind::Notification, Some(meta)) = (entry.kind, param("_meta"))
            && let Some(stream) = scan::member(meta, "io.modelcontextprotocol/subscriptionId")
        {
            return (stream.trim() == self.id).then_some(1);
        }
        match (entry.kind, entry.direction) {
            (FrameKind::Request, _) => Some(1),
            (FrameKind::Result | FrameKind::Error, _) => Some(2),
            (FrameKind::Notification, Direction::Recv) => match param("progressToken") {
                Some(token) => (self.token == Some(token)).then_some(1),
                None => Some(1),
            },
            (FrameKind::Notification, _) => (param("requestId")? == self.id).then_some(1),
            (FrameKind::Http | FrameKind::Sse, _) => {
                (record.exchange.is_some() && record.exchange == self.exchange).then_some(1)
            }
            _ => Some(1),
        }
    }
}

/// Whether a request goes on where an earlier one was answered with questions: it brings answers, and the state that
/// was handed out, or, where there was none, it asks for the same.
fn belongs_together(request: &str, response: &str, next: &str) -> bool {
    let Some(result) = scan::member(response, "result") else { return false };
    let (Some(params), Some(brought)) = (scan::member(request, "params"), scan::member(next, "params")) else {
        return false;
    };
    let asked = scan::member(result, "resultType").is_some_and(|kind| kind.trim() == "\"input_required\"");
    let state = scan::member(result, "requestState");
    let same = |name| scan::member(params, name) == scan::member(brought, name);
    asked
        && match state {
            Some(state) => scan::member(brought, "requestState") == Some(state),
            None => scan::member(brought, "inputResponses").is_some() && same("name") && same("uri"),
        }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use std::sync::Arc;

    use super::*;
    use crate::model::envelope::{Envelope, id_hash};
    use crate::model::id::{Moment, ServerId};
    use crate::model::record::kind_word;
    use crate::model::wire::{MethodId, WireBatch, WireEntry};

    fn log(frames: &[(u16, Direction, &str)]) -> (WireLog, BTreeMap<usize, Arc<Record>>) {
        let (mut log, mut rows, mut methods) = (WireLog::default(), BTreeMap::new(), Vec::<String>::new());
        for (at, (server, direction, text)) in frames.iter().enumerate() {
            let envelope = Envelope::read(text.as_bytes());
            let name = envelope.method.text(text.as_bytes()).to_owned();
            if !methods.contains(&name) {
                methods.push(name.clone());
            }
            let method = MethodId(methods.iter().position(|known| *known == name).unwrap() as u16);
            let id = envelope.id.of(text.as_bytes());
            let entry = WireEntry {
                at: Moment(at as u64),
                server: ServerId(*server),
                direction: *direction,
                kind: envelope.kind,
                method,
                id: if id.is_empty() { 0 } else { id_hash(id) },
                offset: 0,
                len: 0,
                size: 0,
                failed: false,
            };
            log.append(&WireBatch { methods: vec![(method, name)], entries: vec![entry], ..WireBatch::default() });
            let line = format!(
                r#"{{"seq":{at},"at":"t","server":"s","dir":"{}","kind":"{}","size":1,"msg":{text}}}"#,
                direction.word(),
                kind_word(envelope.kind)
            );
            rows.insert(at, Arc::new(Record::read(line.as_bytes()).unwrap()));
        }
        (log, rows)
    }

    #[test]
    fn a_call_has_its_progress_its_questions_and_nothing_of_others() {
        use Direction::{Recv, Send};
        let (log, rows) = log(&[
            (0, Send, r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"progressToken":1}}}"#),
            (0, Send, r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"_meta":{"progressToken":2}}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}"#),
            (1, Recv, r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","id":2,"result":{}}"#),
            (0, Send, r#"{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#),
        ]);
        let told =
            |frame| steps(&log, frame, &rows, false).iter().map(|step| (step.frame, step.depth)).collect::<Vec<_>>();
        let whole = vec![(0, 0), (3, 1), (5, 1), (7, 2), (8, 0)];
        assert_eq!(told(0), whole);
        assert_eq!(told(8), whole, "from the response too");
        assert_eq!(told(1), [(1, 0), (2, 1), (5, 1), (6, 0)]);
        assert_eq!(told(9), [(9, 0)], "after the calls nothing is open");
    }

    #[test]
    fn where_a_stream_says_whose_it_is_nothing_stands_under_two_calls() {
        use Direction::{Recv, Send};
        let call = |id: u64| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{}}}}"#);
        let told = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"x"}}"#;
        let of_stream = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}"#;
        let (one, two) = (call(1), call(2));
        let frames = [(0, Send, &*one), (0, Send, &*two), (0, Recv, told), (0, Recv, of_stream)];
        let (log, mut rows) = log(&frames);
        for (frame, exchange) in [(0, 1), (1, 2), (2, 2)] {
            let record = rows.get_mut(&frame).unwrap();
            *record = Arc::new(Record { exchange: Some(exchange), ..(**record).clone() });
        }
        let told = |frame, exact| steps(&log, frame, &rows, exact).iter().map(|step| step.frame).collect::<Vec<_>>();
        assert_eq!([told(0, true), told(1, true)], [vec![0, 3], vec![1, 2]]);
        assert_eq!([told(0, false), told(1, false)], [vec![0, 2, 3], vec![1, 2]], "else it may be of either");
    }

    #[test]
    fn rounds_belong_together_where_one_asks_and_the_next_answers() {
        use Direction::{Recv, Send};
        let ask = r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"x"}}"#;
        let (log, rows) = log(&[
            (0, Send, r#"{"jsonrpc":"2.0","id":0,"method":"tools/call","params":{}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","id":0,"result":{"resultType":"complete"}}"#),
            (0, Send, r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#),
            (0, Recv, ask),
            (0, Send, r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{}}"#),
            (0, Send, r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"requestState":"x"}}"#),
            (0, Recv, r#"{"jsonrpc":"2.0","id":2,"result":{"resultType":"complete"}}"#),
            (0, Send, r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{}}"#),
        ]);
        let told =
            |frame| steps(&log, frame, &rows, false).iter().map(|step| (step.frame, step.round)).collect::<Vec<_>>();
        let whole = vec![(2, 0), (3, 0), (5, 2), (6, 0)];
        for frame in [2, 3, 5, 6] {
            assert_eq!(told(frame), whole, "{frame}");
        }
        assert_eq!(told(0), [(0, 0), (1, 0)]);
        assert_eq!(told(7), [(7, 0)]);
        assert_eq!(told(4), [(4, 0)], "another call in between");
    }
}
