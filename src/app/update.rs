//! `update`: routes each event to the file that owns its topic. Routing only.

mod approval;
mod cache;
mod call;
mod chat;
mod completion;
mod log;
mod mute;
mod question;
mod sampling;
mod search;
mod session;
mod task;
#[cfg(test)]
mod tests;
mod told;
mod turn;

pub use approval::policy_on;
pub use sampling::writer;
pub use turn::counted_tools;
pub use turn::offer::offer;

use super::{Command, Effect, Event, SessionEvent, State};

/// Applies one event to the state and says what the world must do now.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Command { at, command } => {
            state.now = state.now.max(at);
            command_given(state, command)
        }
        Event::Session { server, at, event } => {
            state.now = state.now.max(at);
            if state.session(server).is_none() {
                return vec![];
            }
            session_reported(state, server, event)
        }
        Event::Llm { turn, at, deltas } => {
            state.now = state.now.max(at);
            turn::deltas(state, turn, deltas)
        }
        Event::Chat { at, event } => {
            state.now = state.now.max(at);
            chat::reported(state, event)
        }
        Event::Sampled { question, outcome } => sampling::sampled(state, question, outcome),
        Event::Wire(batch) => log::append(state, &batch),
        Event::Ruled { at, server, call, operation, kept } => {
            state.now = state.now.max(at);
            approval::ruled(state, server, call, operation, kept)
        }
        Event::RuleSaved { at, saved } => {
            state.now = state.now.max(at);
            approval::rule_saved(state, saved)
        }
        Event::Journal(event) => log::journal(state, event),
        Event::Rows(rows) => log::rows(state, rows),
        Event::Scanned { number, upto, found } => search::scanned(state, number, upto, found),
        Event::SearchOn => search::go_on(state),
        Event::ScanFailed { number } => search::failed(state, number),
        Event::Opened(opened) => {
            state.opened = opened;
            vec![]
        }
    }
}

fn command_given(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::AddServer(spec) => session::add(state, spec),
        Command::Connect(server) => session::connect(state, server),
        Command::Disconnect(server) => session::disconnect(state, server),
        Command::Restart(server) => session::restart(state, server),
        Command::Start { server, operation } => call::ask(state, server, operation),
        Command::Renew { server, operation } => call::renew(state, server, operation),
        Command::Cancel(call) => call::cancel(state, call),
        Command::Dismiss(call) => call::dismiss(state, call),
        Command::Complete(asked) => completion::ask(state, asked),
        Command::RefreshTasks(server) => {
            let operation = state.task_list(server);
            call::start(state, server, operation)
        }
        Command::Refresh { server, kind } => session::refresh(state, server, kind),
        Command::Answer { question, answer } => question::answer(state, question, answer),
        Command::Sample { question, params } => sampling::begin(state, question, params),
        Command::Mute { server, muted } => mute::set(state, server, muted),
        Command::SetRoots { server, roots } => told::roots(state, server, roots),
        Command::SetLogLevel { server, level } => told::log_level(state, server, level),
        Command::Chat(command) => chat::command(state, command),
        Command::Search(filter) => search::start(state, filter),
        Command::Mark(frame) => search::mark(state, frame),
        Command::ForgetMessages => {
            state.messages.clear();
            vec![]
        }
        Command::DismissNotice => {
            state.notices.pop_back();
            vec![]
        }
    }
}

fn session_reported(state: &mut State, server: crate::model::id::ServerId, event: SessionEvent) -> Vec<Effect> {
    match event {
        SessionEvent::Connecting { step } => session::connecting(state, server, step),
        SessionEvent::Connected(negotiated) => session::connected(state, server, negotiated),
        SessionEvent::Down { reason, retry_at } => session::down(state, server, reason, retry_at),
        SessionEvent::Listed { kind, items, cut } => session::listed(state, server, kind, items, cut),
        SessionEvent::Fresh { kind, fresh } => cache::listed(state, server, kind, fresh),
        SessionEvent::ListChanged(kind) => session::list_changed(state, server, kind),
        SessionEvent::ResourceUpdated(uri) => session::resource_updated(state, server, &uri),
        SessionEvent::Subscribed { uris } => session::subscribed(state, server, uris),
        SessionEvent::Unsubscribed { why } => session::unsubscribed(state, server, &why),
        SessionEvent::Asked(question) => question::asked(state, question),
        SessionEvent::Withdrawn { question, why } => question::withdrawn(state, question, &why),
        SessionEvent::PageDone => question::page_done(state, server),
        SessionEvent::Message(params) => log::message(state, server, params),
        SessionEvent::Latency(micros) => session::latency(state, server, micros),
        SessionEvent::Stderr(line) => session::stderr(state, server, line),
        SessionEvent::Noise(line) => session::noise(state, server, line),
        SessionEvent::Warning(text) => session::warning(state, server, text),
        SessionEvent::Round { call, round } => {
            state.cache.round(call, round);
            vec![]
        }
        SessionEvent::Requested { call, request } => call::requested(state, call, request),
        SessionEvent::Progress { call, progress } => call::progress(state, call, progress),
        SessionEvent::Late { call, failure } => call::late(state, call, failure),
        SessionEvent::Task { call, task } => task::reported(state, server, call, task),
        SessionEvent::Finished { call, outcome } => call::finished(state, server, call, outcome),
    }
}
