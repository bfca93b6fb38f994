//! What an input asks of the world: [`Outcome`]. `tui/stage.rs` carries it out; what comes back is an `Input`.

use std::sync::Arc;

use super::kept::Shelf;
use super::result::Job;
use super::ui::ItemRef;
use crate::app::Command;
use crate::model::argform::Path;
use crate::model::json::RawJson;

/// What an input asks of the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Give this to the runtime.
    Dispatch(Command),
    /// Put this on the clipboard of the terminal.
    Copy(String),
    /// Open this web page, an address that a person agreed to, in the browser; answered by `Input::PageFailed` if it fails.
    OpenPage(String),
    /// Write a file that a person asked for; answered by `Input::Written`.
    Write(Write),
    /// Open a text in the person's own editor; answered by `Input::Edited`.
    Edit(Edit),
    /// Write this part of `Ui::kept` to its file.
    Keep(Shelf),
    /// Lay out a large answer; answered by `Input::Laid`.
    LayOut(Job),
    /// List the files below the working directory; answered by `Input::Near`.
    LookAround,
    /// Read one of them for a model; answered by `Input::FileRead`.
    ReadFile(String),
    /// Make a tree of this large frame of the log; answered by `Input::Grown`.
    Grow(usize, RawJson),
    /// There is more to be done: come back after the next frame.
    Again,
    /// Draw everything again.
    Redraw,
    /// Go back to the shell until somebody says `fg`.
    Suspend,
    /// Leave.
    Quit,
}

/// A file that a person asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    /// Where, as typed: relative to the working directory, `~/` is the home directory.
    pub path: String,
    /// What.
    pub content: Content,
    /// Whether a file that is there already is replaced.
    pub replace: bool,
}

/// What is written to a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// The lines of the journal with these frames, each by where it begins and how long it is.
    Frames(Arc<[(u64, u32)]>),
}

/// Why a file was not written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WriteFault {
    /// There is one already; a person has to say that it may go.
    Exists,
    /// It cannot be, for this reason.
    Failed(String),
}

/// A text for the person's own editor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The text.
    pub text: String,
    /// What kind of text it is, as the ending of a file's name: `json`, `md`.
    pub extension: &'static str,
    /// What it is for.
    pub purpose: EditPurpose,
}

/// What an edited text is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EditPurpose {
    /// The arguments of a call of this item.
    Arguments(ItemRef),
    /// The message to a model.
    Message,
    /// A text in the form of arguments.
    Field(ItemRef, Path),
    /// A frame that is to be sent again.
    Resend,
}
