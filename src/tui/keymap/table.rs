//! The table of keys: the one place where a key meets an action. Order is the order of hints and help.

use super::Context;
use crate::tui::action::Action;

/// One binding as shipped.
pub(super) struct Row {
    pub(super) context: Context,
    pub(super) action: Action,
    /// Separated by spaces; the first is the one that is shown.
    pub(super) keys: &'static str,
    /// For the hint line; neighbours with one hint share it.
    pub(super) hint: &'static str,
    /// For the help screen.
    pub(super) help: &'static str,
}

const fn row(context: Context, action: Action, keys: &'static str, hint: &'static str, help: &'static str) -> Row {
    Row { context, action, keys, hint, help }
}

use Context::{
    Arguments, Composer, Consent, Conversation, Editor, Filter, Find, Form, Frame, Global, Help, Inspector, Log,
    Palette, Prompt, Quit, Recall, Result, Sampling, Work,
};

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(Inspector, Action::Open, "enter", "open", "On a server: go to what it offers. On a tool or prompt: type its arguments. On a resource: read it."),
    row(Inspector, Action::Call, "c", "call", "Type the arguments of a call (a tool, a prompt, a resource template) or read a resource"),
    row(Inspector, Action::Filter, "/", "filter", "Show only the items with this text in their name or description"),
    row(Inspector, Action::Repeat, "r", "", "The same call again, with the arguments of the last time"),
    row(Inspector, Action::Refresh, "u", "", "Fetch the list again"),
    row(Inspector, Action::Roots, "o", "", "Change the directories that the server is told about (its roots)"),
    row(Inspector, Action::Raw, "v", "", "Switch between the description and the JSON that the server sent"),
    row(Inspector, Action::Copy, "y", "", "Copy the item's JSON"),
    row(Inspector, Action::Save, "s", "", "Save the item's JSON to a file"),

    row(Work, Action::Open, "enter", "call", "Type the arguments of a call"),
    row(Work, Action::Call, "c", "", "Type the arguments of a call"),
    row(Work, Action::Repeat, "r", "again", "The same call again, with the arguments of the last time"),
    row(Work, Action::Raw, "v", "raw", "Switch between what it means and the JSON that was sent"),
    row(Work, Action::Copy, "y", "copy", "Copy the JSON"),
    row(Work, Action::Save, "s", "save", "Save the JSON to a file"),

    row(Result, Action::Open, "enter", "open", "Fold or unfold; read a long text in full, follow a link, open a row of a table"),
    row(Result, Action::Toggle, "space", "fold", "Fold or unfold; in plain text, one screen down"),
    row(Result, Action::Left, "left h", "out", "Fold, or go to what it is in; from the outermost to the detail; in a table, a column to the left"),
    row(Result, Action::Right, "right l", "in", "Unfold, or go to the first value in it; in a table, a column to the right"),
    row(Result, Action::NextView, "v", "view", "Show the same in another way: as text, as a tree, as a table"),
    row(Result, Action::Find, "/", "find", "Look for a text, also in what is folded"),
    row(Result, Action::FindNext, "n", "", "The next place"),
    row(Result, Action::FindPrev, "N", "", "The place before"),
    row(Result, Action::Copy, "y", "copy", "Copy the value, the text or the link that the cursor is on"),
    row(Result, Action::CopyPath, "Y", "", "Copy the path of the value, as JSONPath"),
    row(Result, Action::Repeat, "r", "again", "The same call again, with the same arguments"),
    row(Result, Action::Save, "s", "save", "Save what the cursor is in to a file: the text, the JSON, the picture"),
    row(Result, Action::ExpandAll, "E", "", "Unfold everything"),
    row(Result, Action::CollapseAll, "C", "", "Fold everything but the first level"),
    row(Result, Action::Sort, "o", "", "Sort a table by the selected column: up, down, as sent"),
    row(Result, Action::Raw, "V", "", "Show the whole answer as it was sent, or what it means again"),
    row(Result, Action::Call, "c", "", "Type the arguments of a call"),
    row(Find, Action::Accept, "enter", "keep", "Keep what is found; n and N go on"),
    row(Find, Action::FindNext, "down", "next", "The next place"),
    row(Find, Action::FindPrev, "up", "before", "The place before"),

    row(Arguments, Action::Send, "ctrl-s f5 ctrl-enter", "call", "Send the call with what is filled in"),
    row(Arguments, Action::SendAnyway, "ctrl-g", "send anyway", "Send it although it does not fit the schema (after a refused send)"),
    row(Arguments, Action::Accept, "enter", "", "The next field, or add to a list; in the last field: call, if everything fits"),
    row(Arguments, Action::NextField, "tab", "field", "The next field"),
    row(Arguments, Action::PrevField, "s-tab", "", "The field before"),
    row(Arguments, Action::Down, "down", "", "One down: the next field, or the next line of a text"),
    row(Arguments, Action::Up, "up", "", "One up"),
    row(Arguments, Action::AsJson, "ctrl-j", "JSON", "Go on typing as JSON; the same key comes back, and nothing is lost"),
    row(Arguments, Action::History, "ctrl-r", "earlier", "Earlier arguments and presets: take, save, forget"),
    row(Arguments, Action::OwnEditor, "ctrl-e", "$EDITOR", "Go on with a text, or with all arguments, in your own editor ($VISUAL or $EDITOR)"),
    row(Arguments, Action::AddElement, "ctrl-n", "add", "Add an element to the list, or a member to the object, with the cursor"),
    row(Arguments, Action::RemoveElement, "ctrl-x", "remove", "Take away the element or member with the cursor, or empty the field"),
    row(Arguments, Action::MoveUp, "alt-up", "reorder", "Move the element up in its list"),
    row(Arguments, Action::MoveDown, "alt-down", "reorder", "Move the element down in its list"),
    row(Arguments, Action::Special, "ctrl-t", "empty/null", "Not sent, empty, null: the next of those that the field takes"),
    row(Arguments, Action::NewLine, "alt-enter", "", "A line break in a text"),
    row(Arguments, Action::PageUp, "pgup", "", "Several fields up"),
    row(Arguments, Action::PageDown, "pgdn", "", "Several fields down"),
    row(Arguments, Action::Back, "esc", "back", "Back to the list; what was typed is kept"),
    row(Arguments, Action::Help, "f1", "help", "This help"),

    row(Editor, Action::Send, "ctrl-s f5 ctrl-enter", "send", "Send the call, exactly as typed"),
    row(Editor, Action::History, "ctrl-r", "earlier", "Earlier arguments and presets: take, save, forget"),
    row(Editor, Action::AsJson, "ctrl-j", "form", "Go on in the form; the same key comes back, and nothing is lost"),
    row(Editor, Action::SendAnyway, "ctrl-g", "send anyway", "Send it although it does not fit the schema (after a refused send)"),
    row(Editor, Action::OwnEditor, "ctrl-e", "$EDITOR", "Go on in your own editor ($VISUAL or $EDITOR)"),

    row(Conversation, Action::Compose, "i enter", "ask", "Type a message to the model"),

    row(Composer, Action::Send, "enter", "send", "Send the message"),
    row(Composer, Action::NewLine, "alt-enter ctrl-j", "new line", "A new line; so does a backslash before Enter"),

    row(Log, Action::Open, "enter", "open", "Show the frame in full"),
    row(Log, Action::Follow, "f", "follow", "Keep the newest frame in view, or stop doing so"),
    row(Log, Action::Pair, "p", "pair", "Go to the other half: the response of a request, the request of a response"),
    row(Log, Action::Copy, "y", "", "Copy the frame"),
    row(Log, Action::Save, "s", "", "Save the frame to a file"),

    row(Frame, Action::NextFrame, "n", "next", "The frame after this one"),
    row(Frame, Action::PrevFrame, "N", "", "The frame before this one"),
    row(Frame, Action::Pair, "p", "pair", "Go to the other half: the response of a request, the request of a response"),
    row(Frame, Action::Raw, "v", "raw", "Switch between laid-out JSON and the frame as it was on the wire"),
    row(Frame, Action::Copy, "y", "copy", "Copy the frame"),
    row(Frame, Action::Save, "s", "save", "Save the frame to a file"),

    row(Filter, Action::Accept, "enter", "keep", "Keep the filter and go to the list"),
    row(Filter, Action::Up, "up", "move", "One up in the list"),
    row(Filter, Action::Down, "down", "move", "One down in the list"),

    row(Form, Action::Send, "ctrl-s f5", "send", "Send what is filled in"),
    row(Form, Action::SendAnyway, "ctrl-g", "send anyway", "Send it although it does not fit what the server asked for (after a refused send)"),
    row(Form, Action::Decline, "ctrl-d", "decline", "Say no"),
    row(Form, Action::Back, "esc", "cancel", "Neither yes nor no; the call will most likely fail"),
    row(Form, Action::NextField, "tab down enter", "next field", "The next field; Enter never sends"),
    row(Form, Action::PrevField, "s-tab up", "", "The field before"),
    row(Form, Action::Review, "ctrl-r", "as JSON", "Show what will be sent as JSON, and the server's schema"),
    row(Form, Action::Questions, "ctrl-o", "later", "Put the question aside; what was typed is kept"),
    row(Form, Action::PageUp, "pgup", "", "One screen up"),
    row(Form, Action::PageDown, "pgdn", "", "One screen down"),
    row(Form, Action::Help, "f1", "help", "This help"),

    row(Consent, Action::Send, "ctrl-s f5", "yes", "Say yes: you opened the page, or the call may go on"),
    row(Consent, Action::Decline, "ctrl-d", "decline", "Say no"),
    row(Consent, Action::Back, "esc", "cancel", "Neither yes nor no; the call will most likely fail"),
    row(Consent, Action::Copy, "y", "copy address", "Copy the address to open it in a browser"),
    row(Consent, Action::Questions, "ctrl-o", "later", "Put the question aside"),
    row(Consent, Action::Help, "f1 ?", "help", "This help"),

    row(Sampling, Action::Send, "ctrl-s f5", "send", "Send what is written as the model's answer"),
    row(Sampling, Action::Decline, "ctrl-d", "decline", "Say no"),
    row(Sampling, Action::Back, "esc", "cancel", "Refuse without a word"),
    row(Sampling, Action::Review, "ctrl-r", "as JSON", "Change the whole answer or the request as JSON instead of the text"),
    row(Sampling, Action::AskModel, "ctrl-g", "", "Let the model write the answer to the request as it is now; it is shown before it is sent"),
    row(Sampling, Action::Questions, "ctrl-o", "later", "Put the question aside; what was written is kept"),
    row(Sampling, Action::PageUp, "pgup", "read", "One screen up in the request"),
    row(Sampling, Action::PageDown, "pgdn", "read", "One screen down in the request"),
    row(Sampling, Action::Help, "f1", "help", "This help"),

    row(Global, Action::Cancel, "x", "cancel", "Cancel the running call"),
    row(Global, Action::Restart, "R", "restart", "Connect the selected server, or connect it again"),
    row(Global, Action::Up, "up k", "move", "One up"),
    row(Global, Action::Down, "down j", "move", "One down"),
    row(Global, Action::Left, "left h", "tab", "The tab to the left"),
    row(Global, Action::Right, "right l", "tab", "The tab to the right"),
    row(Global, Action::PageUp, "pgup", "", "One screen up"),
    row(Global, Action::PageDown, "pgdn space", "", "One screen down"),
    row(Global, Action::Top, "g home", "", "To the first"),
    row(Global, Action::Bottom, "G end", "", "To the last"),
    row(Global, Action::Back, "esc", "back", "One step back; never quits"),
    row(Global, Action::NextPane, "tab", "pane", "The next pane"),
    row(Global, Action::PrevPane, "s-tab", "", "The pane before"),
    row(Global, Action::InspectorPane, "1", "", "The inspector: servers and what they offer"),
    row(Global, Action::ConversationPane, "2", "", "The conversation with a model"),
    row(Global, Action::LogPane, "3", "", "The JSON-RPC log"),
    row(Global, Action::WorkPane, "4", "", "The detail and result of what is selected, in full"),
    row(Global, Action::Compose, "i", "ask", "Type a message to the model"),
    row(Global, Action::Zoom, "z", "zoom", "Give the pane all the room, or take it back"),
    row(Global, Action::Open, "enter", "", "Open what is selected"),
    row(Global, Action::Questions, "ctrl-o", "answer", "Open the oldest question of a server"),
    row(Global, Action::Grow, "+ =", "", "Make the pane larger; the mouse drags borders"),
    row(Global, Action::Shrink, "-", "", "Make the pane smaller"),
    row(Global, Action::Palette, "ctrl-p :", "palette", "Everything that can be done here, every server, tool, resource and prompt, by a few letters of its name"),
    row(Global, Action::Help, "? f1", "help", "This help"),
    row(Global, Action::Quit, "q", "quit", "Quit; asks while calls are running"),
    row(Global, Action::ForceQuit, "ctrl-c", "", "Twice in a row: quit at once, always"),
    row(Global, Action::Suspend, "ctrl-z", "", "Go back to the shell; `fg` returns"),
    row(Global, Action::Redraw, "ctrl-l", "", "Draw everything again"),

    row(Prompt, Action::Accept, "enter", "save", "Write the file"),
    row(Prompt, Action::Replace, "ctrl-g", "replace", "Replace the file that is there already (after it was said)"),
    row(Prompt, Action::Close, "esc", "back", "Leave it"),

    row(Recall, Action::Accept, "enter", "take", "Take these arguments, to change or to send them"),
    row(Recall, Action::Save, "ctrl-s", "save as", "Save what is typed now under a name"),
    row(Recall, Action::RemoveElement, "ctrl-x", "forget", "Forget the selected ones"),
    row(Recall, Action::Up, "up", "move", "One up"),
    row(Recall, Action::Down, "down", "move", "One down"),
    row(Recall, Action::PageUp, "pgup", "", "One screen up"),
    row(Recall, Action::PageDown, "pgdn", "", "One screen down"),
    row(Recall, Action::Close, "esc ctrl-r", "back", "Leave it"),

    row(Palette, Action::Accept, "enter", "go", "Go there, or do it"),
    row(Palette, Action::Up, "up ctrl-p", "move", "One up"),
    row(Palette, Action::Down, "down ctrl-n", "move", "One down"),
    row(Palette, Action::PageUp, "pgup", "", "One screen up"),
    row(Palette, Action::PageDown, "pgdn", "", "One screen down"),
    row(Palette, Action::Close, "esc", "back", "Leave it"),

    row(Help, Action::Close, "esc q ? f1 enter", "close", "Close the help"),

    row(Quit, Action::Quit, "q y", "quit", "Quit now; running calls are cancelled"),
    row(Quit, Action::Close, "esc n", "stay", "Stay"),
];
