//! The only place that prints: [`Output`].
//!
//! Results go to standard output and nothing else does; notices, progress and failures go to standard error. Every
//! write is checked: a closed pipe ends the printing quietly, anything else fails the command. Foreign text passes
//! `model::text` (or, inside JSON, [`safe_json`]) before it gets here or in here.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::json;

use super::failure::Failed;
use crate::cli::Color;
use crate::model::json::pretty;
use crate::model::text::{escape_block, escape_line, truncate_width};

/// Columns of a progress line: one line on every terminal.
const PROGRESS: usize = 78;

/// Where a command prints.
#[derive(Debug)]
pub struct Output {
    json: bool,
    color_out: bool,
    color_err: bool,
    /// Whether a progress line may be drawn, and the one that is there to be wiped.
    progress: bool,
    progress_drawn: Option<String>,
    closed: bool,
    fault: Option<io::Error>,
}

impl Output {
    /// The output for these options.
    pub fn new(json: bool, color: Color) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let coloured = |terminal: bool| match color {
            Color::Auto => terminal && !unwanted,
            Color::Always => true,
            Color::Never => false,
        };
        let progress = io::stderr().is_terminal();
        Self {
            json,
            color_out: !json && coloured(io::stdout().is_terminal()),
            color_err: coloured(progress),
            progress,
            progress_drawn: None,
            closed: false,
            fault: None,
        }
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nobody reads any more: what prints without end should stop.
    pub fn is_closed(&self) -> bool {
        self.closed || self.fault.is_some()
    }

    /// Prints text that is safe already, and a line end if it lacks one.
    pub fn text(&mut self, text: &str) {
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        self.write(&[text.as_bytes(), end.as_bytes()]);
    }

    /// Prints a piece of text that is safe already; more may follow on the same line.
    pub fn piece(&mut self, text: &str) {
        self.write(&[text.as_bytes()]);
    }

    /// Prints one JSON document on one line.
    pub fn json(&mut self, document: &str) {
        self.write(&[safe_json(document).as_bytes(), b"\n"]);
    }

    /// A foreign name, made safe and to be seen.
    pub fn name(&self, name: &str) -> String {
        style(self.color_out, "1", &escape_line(name))
    }

    /// A remark beside the result, made safe.
    pub fn dim(&self, text: &str) -> String {
        style(self.color_out, "2", &escape_line(text))
    }

    /// Something that is wrong, made safe.
    pub fn bad(&self, text: &str) -> String {
        style(self.color_out, "31", &escape_line(text))
    }

    /// Says on standard error what should be known.
    pub fn note(&mut self, text: &str) {
        let label = style(self.color_err, "36", "note:");
        self.complain(&format!("{label} {}", escape_line(text)));
    }

    /// Says on standard error what a server logged.
    pub fn log(&mut self, text: &str) {
        let label = style(self.color_err, "2", "log:");
        self.complain(&format!("{label} {}", escape_line(text)));
    }

    /// Warns on standard error.
    pub fn warning(&mut self, text: &str) {
        let label = style(self.color_err, "33", "warning:");
        self.complain(&format!("{label} {}", escape_line(text)));
    }

    /// Says on standard error why the command failed.
    pub fn failure(&mut self, failed: &Failed) {
        if self.json {
            let line = json!({ "error": failed.to_json() }).to_string();
            self.complain(&safe_json(&line));
            return;
        }
        let label = style(self.color_err, "1;31", "error:");
        self.complain(&format!("{label} {}", escape_line(&failed.to_string())));
        for detail in &failed.details {
            self.complain(&format!("  {}", escape_line(detail)));
        }
        if let Some((_, Some(data))) = failed.rpc.as_deref() {
            for line in escape_block(&pretty(data.as_str())).lines() {
                self.complain(&format!("  {line}"));
            }
        }
        for line in &failed.stderr {
            self.complain(&format!("  stderr: {}", escape_line(line)));
        }
    }

    /// Shows how far something is, on a terminal only.
    pub fn progress(&mut self, text: &str) {
        let text = truncate_width(&escape_line(text), PROGRESS).into_owned();
        if !self.progress || self.progress_drawn.as_ref() == Some(&text) {
            return;
        }
        // Nobody is stopped by a progress line that cannot be drawn.
        write!(io::stderr(), "\r\x1b[K{text}").ok();
        self.progress_drawn = Some(text);
    }

    /// Asks a person on the terminal.
    pub fn ask(&mut self, question: &str) -> io::Result<String> {
        self.wipe();
        let mut err = io::stderr();
        write!(err, "{} ", escape_line(question))?;
        err.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// The exit code, after all is printed.
    pub fn finish(&mut self, code: u8) -> ExitCode {
        self.wipe();
        match self.fault.take() {
            None => ExitCode::from(code),
            Some(fault) => {
                self.failure(&Failed::unexpected(format!("cannot write to standard output: {fault}")));
                ExitCode::from(if code == 0 { 1 } else { code })
            }
        }
    }

    fn write(&mut self, parts: &[&[u8]]) {
        if self.is_closed() {
            return;
        }
        self.wipe();
        let mut out = io::stdout().lock();
        let written = parts.iter().try_for_each(|part| out.write_all(part)).and_then(|()| out.flush());
        match written {
            Ok(()) => {}
            Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn complain(&mut self, line: &str) {
        self.wipe();
        // Standard error is where failures are told; there is nowhere to tell its own.
        writeln!(io::stderr(), "{line}").ok();
    }

    fn wipe(&mut self) {
        if self.progress_drawn.take().is_some() {
            write!(io::stderr(), "\r\x1b[K").ok();
        }
    }
}

fn style(on: bool, code: &str, text: &str) -> String {
    if on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// JSON as it came, on one line and without raw characters that a terminal would act on.
///
/// JSON itself escapes the C0 controls only. DEL, the C1 controls, line separators and bidirectional controls can stand
/// inside strings alone, so escaping them changes no value; line ends can stand outside of strings alone.
pub(crate) fn safe_json(document: &str) -> std::borrow::Cow<'_, str> {
    use std::fmt::Write as _;

    let acts = |c: char| {
        matches!(c, '\n' | '\r' | '\t' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !document.contains(acts) {
        return document.into();
    }
    let mut safe = String::with_capacity(document.len() + 64);
    for c in document.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.push(' '),
            c if acts(c) => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_value_and_loses_what_acts_on_a_terminal() {
        for (document, expected) in [
            (r#"{"a": 1.0}"#, r#"{"a": 1.0}"#),
            ("{\n\t\"a\":\r\n1}", "{  \"a\":  1}"),
            ("[\"\u{9b}31m\u{7f}\"]", r#"["\u009b31m\u007f"]"#),
            ("[\"\u{202e}é\"]", "[\"\\u202eé\"]"),
        ] {
            assert_eq!(safe_json(document), expected);
            let (before, after): (serde_json::Value, serde_json::Value) = (
                serde_json::from_str(document).expect("valid"),
                serde_json::from_str(&safe_json(document)).expect("valid"),
            );
            assert_eq!(before, after);
        }
    }
}
