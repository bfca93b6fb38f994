//! What a person does, in our words: crossterm's events become [`Input`]; key releases are dropped.

use std::sync::Arc;

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};

use super::keymap::Key;
use super::nearby::Listing;
use super::outcome::{EditPurpose, Write, WriteFault};
use super::reader::Reader;
use super::result::Laid;
use crate::model::chat::Content;
use crate::model::id::Moment;

/// Something the screen reacts to.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A key.
    Key {
        /// Which.
        key: Key,
        /// When it was pressed, as far as we know.
        at: Moment,
    },
    /// A text at once; never keys, whatever is in it.
    Paste(String),
    /// A click.
    Click(Position),
    /// The mouse moved with its button held.
    Drag(Position),
    /// The button was let go.
    Release,
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// The wheel, so many rows down (or up).
    Wheel(Position, i32),
    /// The terminal has another size.
    Resize(Size),
    /// Time goes on while something is running.
    Tick(Moment),
    /// A large answer is laid out.
    Laid(Laid),
    /// A large frame is a tree now.
    Grown {
        /// Which frame.
        frame: usize,
        /// The tree.
        reader: Box<Reader>,
    },
    /// A frame is about to be drawn: the world may have changed.
    Settle(Moment),
    /// Why `Outcome::OpenPage` did not open a page.
    PageFailed(String),
    /// The answer to `Outcome::LookAround`.
    Near(Arc<Listing>),
    /// The answer to `Outcome::ReadFile`.
    FileRead {
        /// Which.
        path: String,
        /// What it holds, or why it cannot go with a message.
        content: Result<Content, String>,
    },
    /// The answer to `Outcome::Write`.
    Written {
        /// What was to be written.
        write: Write,
        /// How many frames of it could not be read any more; or why it was not.
        result: Result<usize, WriteFault>,
    },
    /// The answer to `Outcome::Edit`.
    Edited {
        /// What the text is for.
        purpose: EditPurpose,
        /// The text as it is now, or why it is as it was, for a person.
        text: Result<String, String>,
    },
}

/// Rows of one step of the wheel.
const WHEEL: i32 = 3;

impl Input {
    /// The input in a terminal's event, if it is one, read at this time.
    pub fn read(event: Event, at: Moment) -> Option<Input> {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => None,
            Event::Key(key) => Some(Input::Key { key: Key::from(key), at }),
            Event::Paste(text) => Some(Input::Paste(text)),
            Event::Resize(width, height) => Some(Input::Resize(Size::new(width, height))),
            Event::Mouse(mouse) => {
                let at = Position::new(mouse.column, mouse.row);
                match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => Some(Input::Click(at)),
                    MouseEventKind::Drag(MouseButton::Left) => Some(Input::Drag(at)),
                    MouseEventKind::Up(MouseButton::Left) => Some(Input::Release),
                    MouseEventKind::ScrollDown => Some(Input::Wheel(at, WHEEL)),
                    MouseEventKind::ScrollUp => Some(Input::Wheel(at, -WHEEL)),
                    _ => None,
                }
            }
            Event::FocusGained => Some(Input::Focus(true)),
            Event::FocusLost => Some(Input::Focus(false)),
        }
    }
}
