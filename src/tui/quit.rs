//! What would end with the run ([`unfinished`]) or with one server ([`unfinished_of`]). Quitting and restarting ask while
//! there is something.

use crate::app::State;
use crate::model::call::Call;
use crate::model::id::ServerId;
use crate::model::question::Question;
use crate::model::task::KnownTask;

/// A task that was not heard of for so many microseconds is not waited for by anybody here.
const FRESH: u64 = 3_600_000_000;

/// Something that is not finished.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unfinished<'a> {
    /// A call that would be cancelled.
    Call(&'a Call),
    /// A question that would not be answered.
    Question(&'a Question),
    /// The answer of a model that would be cut off.
    Turn,
    /// A task that goes on at its server; its result can be fetched later.
    Task(&'a KnownTask),
}

/// Everything that is not finished.
pub(super) fn unfinished(state: &State) -> Vec<Unfinished<'_>> {
    let here = |task: &&KnownTask| {
        let ready = state.by_name(&task.server).is_some_and(crate::model::session::Session::is_ready);
        ready && !task.status.is_final() && state.now.micros_since(task.heard) < FRESH
    };
    let calls = state.open_calls().map(Unfinished::Call);
    let questions = state.questions.iter().map(Unfinished::Question);
    let turn = state.chat.turn.iter().map(|_| Unfinished::Turn);
    let tasks = state.tasks.iter().filter(here).map(Unfinished::Task);
    calls.chain(questions).chain(turn).chain(tasks).collect()
}

/// What of that is one server's.
pub(super) fn unfinished_of(state: &State, server: ServerId) -> Vec<Unfinished<'_>> {
    let mut all = unfinished(state);
    all.retain(|one| match one {
        Unfinished::Call(call) => call.server == server,
        Unfinished::Question(question) => question.id.server == server,
        Unfinished::Turn => false,
        Unfinished::Task(task) => state.by_name(&task.server).is_some_and(|session| session.id == server),
    });
    all
}
