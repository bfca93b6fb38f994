//! The title of the terminal's window: what runs here, and whether it waits for somebody.

use super::figures;
use super::page::clip;
use crate::app::State;

/// Columns.
const WIDTH: usize = 60;

/// The title of this moment. Names of servers are the person's own words, but escaped all the same.
pub(super) fn title(state: &State) -> String {
    let waiting = match state.questions.len() {
        0 => String::new(),
        some => format!("({}) ", figures::counted(some, "question")),
    };
    let what = match state.sessions.as_slice() {
        [] => String::new(),
        [one] => format!(": {}", one.spec.name),
        several => format!(": {}", figures::counted(several.len(), "server")),
    };
    clip(&format!("{waiting}mcp-tui{what}"), WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Command, Event, update};
    use crate::model::id::Moment;
    use crate::model::server::{Launch, ServerSpec};

    #[test]
    fn nothing_in_a_name_can_end_the_title_and_give_orders() {
        let mut state = State::default();
        let launch = Launch::Stdio { command: "x".into(), args: vec![], env: vec![], cwd: None };
        let command = Command::AddServer(ServerSpec::new("a\u{7}\u{1b}]52;c;eA==\u{7}\u{9c}b", launch));
        update(&mut state, Event::Command { at: Moment(1), command });
        let title = title(&state);
        assert!(title.starts_with("mcp-tui: a") && !title.chars().any(char::is_control), "{title:?}");
    }
}
