//! Every named thing a key can do: [`Action`]. What it does is in `update`, which key it is on in `keymap`.

/// A thing a key can do. What it acts on depends on what has the focus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// Leave; asks while calls are running.
    Quit,
    /// Leave, the second time in a row; never asks.
    ForceQuit,
    /// Show all keys.
    Help,
    /// The pane after this one.
    NextPane,
    /// The pane before this one.
    PrevPane,
    /// The inspector.
    InspectorPane,
    /// The conversation.
    ConversationPane,
    /// The work pane.
    WorkPane,
    /// Type a message to the model.
    Compose,
    /// The log.
    LogPane,
    /// Give the pane all the room, or take it back.
    Zoom,
    /// One up.
    Up,
    /// One down.
    Down,
    /// The tab to the left.
    Left,
    /// The tab to the right.
    Right,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// To the first.
    Top,
    /// To the last.
    Bottom,
    /// Open what is selected.
    Open,
    /// One step back.
    Back,
    /// Draw everything again.
    Redraw,
    /// Stop the program like any other job of the shell.
    Suspend,
    /// Connect, or connect again.
    Restart,
    /// Cancel the running call.
    Cancel,
    /// Stop the turn and every call.
    StopAll,
    /// Type a filter.
    Filter,
    /// Leave the filter as it is and go on.
    Accept,
    /// Open the editor for the arguments.
    Call,
    /// The same call again.
    Repeat,
    /// Compare an answer with the one before.
    Compare,
    /// Choose what to compare an answer with.
    Earlier,
    /// The calls of this run.
    Calls,
    /// Go on with a kept conversation.
    Resume,
    /// Fetch the list again.
    Refresh,
    /// Switch between what something means and what was sent.
    Raw,
    /// Send what was typed.
    Send,
    /// Stop the answer and its calls.
    StopTurn,
    /// Go on at the limit of requests.
    GoOn,
    /// Have one last answer without calls.
    WrapUp,
    /// Have the older part of the conversation summed up.
    SumUp,
    /// Have the provider count what each tool weighs.
    CountTokens,
    /// Go to the frame of a call.
    ToFrame,
    /// Say something anew.
    SayAnew,
    /// Go on in a copy of the conversation.
    Branch,
    /// Take what is offered.
    Complete,
    /// Show what the model sees.
    Sight,
    /// Show a tool to the model, or hide it.
    ShowOrHide,
    /// Begin a new line.
    NewLine,
    /// Send it although it does not fit the schema.
    SendAnyway,
    /// Keep the newest frame in view.
    Follow,
    /// The other half of a request and response.
    Pair,
    /// The frame after this one.
    NextFrame,
    /// The frame before this one.
    PrevFrame,
    /// The next frame that fits the filter.
    NextHit,
    /// The frame before this one that fits the filter.
    PrevHit,
    /// Show the frames that do not fit the filter too, or hide them.
    AllRows,
    /// Save the filter under a name.
    SaveFilter,
    /// Save the frames that have a row.
    SaveRows,
    /// Send a frame again, with changes.
    Resend,
    /// Mark a frame, or take its mark away.
    Mark,
    /// The next marked frame.
    NextMark,
    /// Tell times in another way.
    Times,
    /// The whole call that a frame belongs to.
    WholeCall,
    /// Copy the command line that sends the same.
    CopyCommand,
    /// Take what was offered before.
    PrevCandidate,
    /// Copy to the clipboard of the terminal.
    Copy,
    /// Close the window that is open on top.
    Close,
    /// Open the oldest question of a server, or put the open one aside.
    Questions,
    /// Hear of changes of a resource, or no more of them.
    Watch,
    /// Open a web page in the browser.
    OpenPage,
    /// Say no to a question.
    Decline,
    /// Decline what a server asks from now on without showing it, or hear it again.
    Mute,
    /// Show what will be sent, or what was sent to us, as JSON.
    Review,
    /// Let a model write the answer.
    AskModel,
    /// Change the directories that a server is told about.
    Roots,
    /// The field after this one.
    NextField,
    /// The field before this one.
    PrevField,
    /// Arguments as JSON or as a form.
    AsJson,
    /// Add an element or a member.
    AddElement,
    /// Take an element, a member or a value away.
    RemoveElement,
    /// Move an element up.
    MoveUp,
    /// Move an element down.
    MoveDown,
    /// Nothing, empty, null.
    Special,
    /// Arguments of earlier times.
    History,
    /// Make the pane larger.
    Grow,
    /// Make the pane smaller.
    Shrink,
    /// Everything that can be done or gone to, by name.
    Palette,
    /// Fold what is unfolded, or the other way round.
    Toggle,
    /// Unfold everything.
    ExpandAll,
    /// Fold everything.
    CollapseAll,
    /// Copy where the selected value is.
    CopyPath,
    /// Search in what is shown.
    Find,
    /// The next place that was searched for.
    FindNext,
    /// The place before.
    FindPrev,
    /// Show the same in another way.
    NextView,
    /// Sort a table by the selected column; another order of a list.
    Sort,
    /// Show less severe messages, too.
    LessSevere,
    /// Show only more severe messages.
    MoreSevere,
    /// Ask a server for log messages of a level.
    LogLevel,
    /// Write it to a file.
    Save,
    /// Replace the file that is there already.
    Replace,
    /// Open the text in the person's own editor.
    OwnEditor,
    /// Deny a call of a model.
    Deny,
    /// Deny it and tell the model why.
    DenyWith,
    /// Deny it and all others of the turn.
    DenyTurn,
    /// Allow it, this once.
    AllowOnce,
    /// Allow the tool in this conversation.
    AllowConversation,
    /// Allow it with exactly these arguments.
    AllowExact,
    /// Allow it with arguments like these.
    AllowPattern,
    /// Allow it from now on.
    AllowAlways,
    /// Allow it whatever its arguments.
    AllowAny,
    /// Change the arguments first.
    Rewrite,
}

impl Action {
    /// Its name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Action::Quit => "quit",
            Action::ForceQuit => "force-quit",
            Action::Help => "help",
            Action::NextPane => "next-pane",
            Action::PrevPane => "previous-pane",
            Action::InspectorPane => "inspector",
            Action::ConversationPane => "conversation",
            Action::WorkPane => "work",
            Action::Compose => "compose",
            Action::LogPane => "log",
            Action::Zoom => "zoom",
            Action::Up => "up",
            Action::Down => "down",
            Action::Left => "left",
            Action::Right => "right",
            Action::PageUp => "page-up",
            Action::PageDown => "page-down",
            Action::Top => "top",
            Action::Bottom => "bottom",
            Action::Open => "open",
            Action::Back => "back",
            Action::Redraw => "redraw",
            Action::Suspend => "suspend",
            Action::Restart => "restart",
            Action::Cancel => "cancel",
            Action::StopAll => "stop-all",
            Action::Filter => "filter",
            Action::Accept => "accept",
            Action::Call => "call",
            Action::Repeat => "repeat",
            Action::Compare => "compare",
            Action::Earlier => "compare-with",
            Action::Calls => "calls",
            Action::Resume => "resume",
            Action::Refresh => "refresh",
            Action::Raw => "raw",
            Action::Send => "send",
            Action::StopTurn => "stop",
            Action::GoOn => "go-on",
            Action::WrapUp => "wrap-up",
            Action::SumUp => "sum-up",
            Action::CountTokens => "count-tokens",
            Action::ToFrame => "frame",
            Action::SayAnew => "edit",
            Action::Branch => "branch",
            Action::Complete => "complete",
            Action::Sight => "sight",
            Action::ShowOrHide => "show-or-hide",
            Action::NewLine => "new-line",
            Action::SendAnyway => "send-anyway",
            Action::Follow => "follow",
            Action::Pair => "pair",
            Action::NextFrame => "next-frame",
            Action::PrevFrame => "previous-frame",
            Action::NextHit => "next-hit",
            Action::PrevHit => "previous-hit",
            Action::AllRows => "all-rows",
            Action::SaveFilter => "save-filter",
            Action::SaveRows => "save-rows",
            Action::Resend => "send-again",
            Action::Mark => "mark",
            Action::NextMark => "next-mark",
            Action::Times => "times",
            Action::WholeCall => "whole-call",
            Action::CopyCommand => "copy-command",
            Action::PrevCandidate => "previous-candidate",
            Action::Copy => "copy",
            Action::Close => "close",
            Action::Questions => "questions",
            Action::Watch => "watch",
            Action::OpenPage => "open-page",
            Action::Decline => "decline",
            Action::Mute => "mute",
            Action::Review => "review",
            Action::AskModel => "ask-model",
            Action::Roots => "roots",
            Action::NextField => "next-field",
            Action::PrevField => "previous-field",
            Action::AsJson => "as-json",
            Action::AddElement => "add",
            Action::RemoveElement => "remove",
            Action::MoveUp => "move-up",
            Action::MoveDown => "move-down",
            Action::Special => "special-value",
            Action::History => "history",
            Action::Grow => "grow",
            Action::Shrink => "shrink",
            Action::Palette => "palette",
            Action::Toggle => "toggle",
            Action::ExpandAll => "expand-all",
            Action::CollapseAll => "collapse-all",
            Action::CopyPath => "copy-path",
            Action::Find => "find",
            Action::FindNext => "find-next",
            Action::FindPrev => "find-previous",
            Action::NextView => "next-view",
            Action::Sort => "sort",
            Action::LessSevere => "less-severe",
            Action::MoreSevere => "more-severe",
            Action::LogLevel => "log-level",
            Action::Save => "save",
            Action::Replace => "replace",
            Action::OwnEditor => "own-editor",
            Action::Deny => "deny",
            Action::DenyWith => "deny-with",
            Action::DenyTurn => "deny-turn",
            Action::AllowOnce => "allow-once",
            Action::AllowConversation => "allow-conversation",
            Action::AllowExact => "allow-exact",
            Action::AllowPattern => "allow-pattern",
            Action::AllowAlways => "allow-always",
            Action::AllowAny => "allow-any",
            Action::Rewrite => "rewrite",
        }
    }

    /// Its name for people.
    pub fn title(self) -> String {
        let mut name = self.name().replace('-', " ");
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        name
    }

    /// Whether it does nothing but move a selection or a cursor, or is a step of the palette's own.
    pub fn only_moves(self) -> bool {
        matches!(
            self,
            Action::Up
                | Action::Down
                | Action::Left
                | Action::Right
                | Action::PageUp
                | Action::PageDown
                | Action::Top
                | Action::Bottom
                | Action::NextField
                | Action::PrevField
                | Action::Palette
        )
    }

    /// Whether it works while text is being typed, on a key that types nothing.
    pub fn works_in_text(self) -> bool {
        matches!(
            self,
            Action::ForceQuit
                | Action::Help
                | Action::NextPane
                | Action::PrevPane
                | Action::Back
                | Action::Redraw
                | Action::Suspend
                | Action::Questions
                | Action::Palette
        )
    }

    /// Whether it works whatever is open on top, even where text is typed in it.
    pub fn works_always(self) -> bool {
        matches!(self, Action::ForceQuit | Action::Redraw | Action::Suspend)
    }

    /// Whether it works while a window is open on top.
    pub fn works_in_modal(self) -> bool {
        matches!(
            self,
            Action::ForceQuit
                | Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::Top
                | Action::Bottom
                | Action::Redraw
                | Action::Suspend
        )
    }
}
