//! A message for a server's sampling request: [`SamplingUi`]: written by a person in the place of a model, or by a model and
//! then reviewed; as text, or as the whole answer in JSON. The request itself can be changed before a model reads it.

use serde_json::json;
use tui_textarea::TextArea;

use crate::app::Draft;
use crate::model::json::{RawJson, pretty};
use crate::model::sampling;
use crate::tui::area;
use crate::tui::keymap::Key;

/// A larger request is shown, but not changed here.
const EDITABLE: usize = 256 * 1024;

/// What is being edited.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum View {
    /// The text of the answer.
    #[default]
    Text,
    /// The whole answer.
    Answer,
    /// The request, before a model reads it.
    Request,
}

/// The message being written.
#[derive(Clone, Debug, Default)]
pub struct SamplingUi {
    /// What is being edited.
    pub view: View,
    /// The text of the answer.
    text: TextArea<'static>,
    /// The whole answer, once somebody looked at it as such.
    answer: Option<TextArea<'static>>,
    /// The request, if it is small enough to be changed.
    request: Option<TextArea<'static>>,
    /// What a model wrote, as last seen.
    draft: Option<Draft>,
}

fn area(text: &str) -> TextArea<'static> {
    TextArea::new(text.lines().map(str::to_owned).collect())
}

impl SamplingUi {
    /// For a request with these parameters.
    pub fn new(params: &RawJson) -> SamplingUi {
        let request = (params.as_str().len() <= EDITABLE).then(|| area(&pretty(params.as_str())));
        SamplingUi { request, ..SamplingUi::default() }
    }

    /// What is being edited.
    pub fn area(&self) -> &TextArea<'static> {
        match self.view {
            View::Text => &self.text,
            View::Answer => self.answer.as_ref().unwrap_or(&self.text),
            View::Request => self.request.as_ref().unwrap_or(&self.text),
        }
    }

    fn area_mut(&mut self) -> &mut TextArea<'static> {
        match self.view {
            View::Text => &mut self.text,
            View::Answer => self.answer.as_mut().unwrap_or(&mut self.text),
            View::Request => self.request.as_mut().unwrap_or(&mut self.text),
        }
    }

    /// The text as typed.
    pub fn text(&self) -> String {
        self.text.lines().join("\n")
    }

    /// Whether anything is written.
    pub fn has_text(&self) -> bool {
        self.answer.is_some() || !self.text().trim().is_empty()
    }

    /// What a model is doing, in its own words if it failed.
    pub fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }

    /// Takes note of what a model wrote. A new answer is shown as a whole: it may use tools.
    pub fn take(&mut self, draft: Option<&Draft>) {
        if self.draft.as_ref() == draft {
            return;
        }
        if let Some(Draft::Written(result)) = draft {
            self.answer = Some(area(&pretty(result.as_str())));
            self.view = View::Answer;
        }
        self.draft = draft.cloned();
    }

    /// What [`Self::turn`] goes to, in a word or two; empty if there is nothing else.
    pub fn next_name(&self) -> &'static str {
        let (answer, request) = (self.answer.is_some(), self.request.is_some());
        match self.view {
            View::Text if answer || !self.text().trim().is_empty() => "answer as JSON",
            View::Text | View::Answer if request => "edit the request",
            View::Request if answer => "answer as JSON",
            View::Request => "your answer",
            View::Text | View::Answer => "",
        }
    }

    /// The next thing to edit.
    pub fn turn(&mut self) {
        self.view = match self.view {
            View::Text => {
                // It goes on from the text; once there are both, the whole answer is what counts.
                let text = self.result().map(|result| pretty(result.as_str())).unwrap_or_default();
                if self.answer.is_none() && !text.is_empty() {
                    self.answer = Some(area(&text));
                }
                if self.answer.is_some() { View::Answer } else { View::Request }
            }
            View::Answer => View::Request,
            View::Request if self.answer.is_some() => View::Answer,
            View::Request => View::Text,
        };
        if self.view == View::Request && self.request.is_none() {
            self.view = if self.answer.is_some() { View::Answer } else { View::Text };
        }
    }

    /// A key that types or moves.
    pub fn key(&mut self, key: Key) {
        area::type_key(self.area_mut(), key);
    }

    /// A text at once.
    pub fn paste(&mut self, text: &str) {
        self.area_mut().insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
    }

    /// The result of `sampling/createMessage`, or why there is none.
    pub fn result(&self) -> Result<RawJson, String> {
        if let Some(answer) = &self.answer {
            let result = RawJson::parse(answer.lines().join("\n")).map_err(|fault| format!("the answer: {fault}"))?;
            sampling::check_answer(&result)?;
            return Ok(result);
        }
        let text = self.text();
        if text.trim().is_empty() {
            return Err("write the answer first".into());
        }
        Ok(RawJson::from_value(&json!({
            "role": "assistant",
            "content": {"type": "text", "text": text},
            "model": "human",
            "stopReason": "endTurn",
        })))
    }

    /// What a model wrote, as it is now, to be read before it is sent: while it is in view, and can be.
    pub fn reviewed(&self) -> Option<RawJson> {
        let written = self.view == View::Answer && matches!(self.draft, Some(Draft::Written(_)));
        self.result().ok().filter(|_| written)
    }

    /// The request as it is now, or what is wrong with it. `None`: it is too large to be changed here.
    pub fn request(&self) -> Option<Result<RawJson, String>> {
        let text = self.request.as_ref()?.lines().join("\n");
        let read = RawJson::parse(text).map_err(|fault| format!("the request: {fault}"));
        Some(read.and_then(|request| sampling::check(&request).map(|()| request)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn an_answer_is_written_as_text_and_changed_as_a_whole() {
        let params = RawJson::parse(r#"{"messages":[],"maxTokens":5}"#).unwrap();
        let mut ui = SamplingUi::new(&params);
        assert!(ui.result().is_err() && !ui.has_text());
        ui.paste("hello");
        assert_eq!(ui.result().unwrap().get("model"), Some("\"human\""));
        ui.turn();
        assert_eq!(ui.view, View::Answer);
        assert_eq!(ui.result().unwrap().get("role"), Some("\"assistant\""));
        ui.paste("x");
        assert!(ui.result().is_err(), "what is no JSON is not sent");
        ui.turn();
        assert_eq!(ui.view, View::Request);
        assert_eq!(ui.request().unwrap().unwrap().get("maxTokens"), Some("5"));
        ui.turn();
        assert_eq!(ui.view, View::Answer);
    }

    #[test]
    fn what_a_model_wrote_is_reviewed() {
        let mut ui = SamplingUi::default();
        ui.take(Some(&Draft::Writing));
        assert_eq!((ui.view, ui.has_text()), (View::Text, false));
        assert_eq!(ui.reviewed(), None);
        let written = RawJson::parse(r#"{"role":"assistant","model":"m","content":[]}"#).unwrap();
        ui.take(Some(&Draft::Written(written)));
        assert_eq!(ui.view, View::Answer);
        assert_eq!(ui.result().unwrap().get("model"), Some("\"m\""));
        assert_eq!(ui.reviewed(), ui.result().ok());
        assert_eq!(ui.request().map(|request| request.is_ok()), None);
    }
}
