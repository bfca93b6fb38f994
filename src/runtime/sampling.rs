//! Models that write what servers ask for. The answer comes back as [`Event::Sampled`], whoever wrote it.

use super::Runtime;
use crate::app::Event;
use crate::model::chat::ModelRef;
use crate::model::json::RawJson;
use crate::model::question::QuestionId;
use crate::model::sampled;

impl Runtime {
    /// Lets a model write.
    pub(super) fn sample(&mut self, question: QuestionId, model: ModelRef, params: &RawJson) {
        let Some(engine) = &self.engine else { return };
        match sampled::request(params, model) {
            Ok(sampling) => self.models.sample(engine.handle(), question, sampling, self.sender.clone()),
            Err(why) => {
                let outcome = Err(why);
                // A full channel means that events come faster than they are applied; the question stays with a person.
                self.sender.try_send(Event::Sampled { question, outcome }).ok();
            }
        }
    }
}
