//! What the screen knows of the conversation beyond what is said: [`ConversationUi`], and the message being typed.

use tui_textarea::TextArea;

use super::keymap::Key;

/// The conversation on the screen.
#[derive(Clone, Debug, Default)]
pub struct ConversationUi {
    /// Whether keys go into the message.
    pub composing: bool,
    /// The message being typed.
    pub composer: Composer,
}

/// A message being typed. Nothing of it is lost by leaving it.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    /// The text and the cursor.
    pub area: TextArea<'static>,
}

impl Composer {
    /// The message so far.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// A key that belongs to the text.
    pub fn key(&mut self, key: Key) {
        self.area.input(tui_textarea::Input::from(key.event()));
    }

    /// Text from the clipboard, as it is.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
}
