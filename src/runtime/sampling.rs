//! Models that write what servers ask for. The answer comes back as [`Event::Sampled`], whoever wrote it.

use super::Runtime;
use crate::app::Event;
use crate::model::json::RawJson;
use crate::model::question::QuestionId;

impl Runtime {
    /// Lets the model write that `State::sampler` names.
    pub(super) fn sample(&mut self, question: QuestionId, _params: RawJson) {
        let outcome = Err("no model can be asked here".to_owned());
        // A full channel means that events come faster than they are applied; the question stays with a person then.
        self.sender.try_send(Event::Sampled { question, outcome }).ok();
    }
}
