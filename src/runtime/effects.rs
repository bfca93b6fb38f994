//! The only place where an effect becomes an action. Nothing here awaits.

use super::Runtime;
use crate::app::Effect;
use crate::journal::{Redactor, Search};
use crate::mcp::actor::{self, Change, SessionHandle};
use crate::model::id::ServerId;
use crate::model::server::ServerSpec;

impl Runtime {
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect { server, spec } => self.connect(server, *spec),
            Effect::Disconnect(server) => self.with(server, SessionHandle::disconnect),
            Effect::Restart(server) => self.with(server, SessionHandle::restart),
            Effect::Listen(server) => self.with(server, SessionHandle::listen),
            Effect::Run { server, call, operation } => self.with(server, |session| session.run(call, operation)),
            Effect::SetRoots { server, roots } => self.with(server, |session| session.change(Change::Roots(roots))),
            Effect::SetLogLevel { server, level } => {
                self.with(server, |session| session.change(Change::LogLevel(level)));
            }
            Effect::RunDecided { ruling, server, call, operation } => {
                self.rule(*ruling, server, Some((call, operation)));
            }
            Effect::KeepRuling { ruling, server } => self.rule(*ruling, server, None),
            Effect::SaveRule(rule) => self.save_rule(*rule),
            Effect::KeepPin { origin, tool, pin } => self.keep_pin(origin, tool, pin),
            Effect::KeepTask(task) => {
                if let Err(why) = self.tasks.keep(task) {
                    tracing::warn!("{why}");
                }
            }
            Effect::Scan { number, texts, from, end } => {
                let search = self
                    .reader
                    .try_clone()
                    .and_then(|reader| Search::start(reader, number, &texts, (from, end), self.sender.clone()));
                self.search = search.inspect_err(|why| tracing::error!("the journal cannot be searched: {why}")).ok();
            }
            Effect::ScanOn(end) => {
                if let Some(search) = &self.search {
                    search.go_on(end);
                }
            }
            Effect::StopScan => self.search = None,
            Effect::Answer { question, answer } => {
                self.with(question.server, |session| session.answer(question.number, answer));
            }
            Effect::StartTurn { turn, request } => {
                if let Some(engine) = &self.engine {
                    self.models.ask(engine.handle(), turn, *request, self.sender.clone());
                }
            }
            Effect::Measure { turn, request, list } => {
                if let Some(engine) = &self.engine {
                    self.models.measure(engine.handle(), turn, *request, list, self.sender.clone());
                }
            }
            Effect::CountTools { key, request } => {
                if let Some(engine) = &self.engine {
                    self.models.count(engine.handle(), key, *request, self.sender.clone());
                }
            }
            Effect::AbortTurn(turn) => self.models.abort(turn),
            Effect::KeepChange { conversation, change } => self.conversations.keep(conversation, change),
            Effect::LoadConversation(id) => self.conversations.load(id),
            Effect::ListKept => self.conversations.list(),
            Effect::SearchKept(text) => self.conversations.search(text),
            Effect::ListModels(provider) => {
                if let Some(engine) = &self.engine {
                    self.models.list(engine.handle(), provider, self.sender.clone());
                }
            }
            Effect::Sample { question, model, params } => self.sample(question, model, &params),
            Effect::Cancel { server, call } => self.with(server, |session| session.cancel(call)),
        }
    }

    fn connect(&mut self, server: ServerId, spec: ServerSpec) {
        if let Some(Some(session)) = self.sessions.get(server.index()) {
            session.restart();
            return;
        }
        self.conversations.hide(spec.secrets.clone());
        self.models.hide(&spec.secrets);
        let redactor = Redactor::new(spec.secrets.iter().map(String::as_str)).beside(&self.keys);
        let tap = self.journal.tap(server, &spec.name, redactor);
        let session = {
            let _engine = self.engine.as_ref().map(tokio::runtime::Runtime::enter);
            actor::spawn(server, spec, tap, self.sender.clone(), self.eras.clone())
        };
        if self.sessions.len() <= server.index() {
            self.sessions.resize_with(server.index() + 1, || None);
        }
        self.sessions[server.index()] = Some(session);
    }

    fn with(&self, server: ServerId, act: impl FnOnce(&SessionHandle)) {
        if let Some(Some(session)) = self.sessions.get(server.index()) {
            act(session);
        }
    }
}
