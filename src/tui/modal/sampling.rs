//! A message written by a person in the place of a model: [`SamplingUi`].

use serde_json::json;
use tui_textarea::TextArea;

use crate::model::json::RawJson;
use crate::tui::keymap::Key;

/// The message being written.
#[derive(Clone, Debug, Default)]
pub struct SamplingUi {
    /// The text and the cursor.
    pub area: TextArea<'static>,
}

impl SamplingUi {
    /// The text as typed.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// A key that types or moves.
    pub fn key(&mut self, key: Key) {
        self.area.input(key.event());
    }

    /// A text at once.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
    }

    /// The result of `sampling/createMessage`; `None` while nothing is written.
    pub fn result(&self) -> Option<RawJson> {
        let text = self.text();
        let written = !text.trim().is_empty();
        written.then(|| {
            RawJson::from_value(&json!({
                "role": "assistant",
                "content": {"type": "text", "text": text},
                "model": "human",
                "stopReason": "endTurn",
            }))
        })
    }
}
