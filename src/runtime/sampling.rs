//! Models that write what servers ask for. The answer comes back as [`Event::Sampled`], whoever wrote it.

use super::Runtime;
use crate::app::Event;
use crate::model::json::RawJson;
use crate::model::question::QuestionId;
use crate::model::sampled;

impl Runtime {
    /// Lets the model write that `State::sampler` names.
    pub(super) fn sample(&mut self, question: QuestionId, params: RawJson) {
        let Some(engine) = &self.engine else { return };
        let model = self.state.chat.model().ok_or_else(|| "no model is chosen".to_owned());
        match model.and_then(|model| sampled::request(&params, model)) {
            Ok(sampling) => self.models.sample(engine.handle(), question, sampling, self.sender.clone()),
            Err(why) => {
                let outcome = Err(why);
                // A full channel means that events come faster than they are applied; the question stays with a person.
                self.sender.try_send(Event::Sampled { question, outcome }).ok();
            }
        }
    }
}
