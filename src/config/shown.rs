//! What a person sees before a server is started: its exact command line, quoted and never cut.

use std::fmt::Write as _;

use crate::model::server::Launch;

/// The command line, quoted for a POSIX shell so that nothing in it can hide, or the URL. It is never shortened.
///
/// Nothing is ever given to a shell; the quotes show where one argument ends and the next begins. Control
/// characters and invisible ones appear as escapes inside `$'…'`.
pub fn shown_command(launch: &Launch) -> String {
    match launch {
        Launch::Stdio { command, args, .. } => {
            let mut shown = quoted(command, true);
            for arg in args {
                shown.push(' ');
                shown.push_str(&quoted(arg, false));
            }
            shown
        }
        Launch::Http { url, .. } => {
            if url.chars().any(is_hidden) {
                quoted(url, false)
            } else {
                url.clone()
            }
        }
    }
}

fn quoted(word: &str, first: bool) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:@%+,".contains(c) || (c == '=' && !first);
    if word.chars().any(is_hidden) {
        let mut quoted = String::from("$'");
        for c in word.chars() {
            match c {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\\' | '\'' => quoted.extend(['\\', c]),
                c if is_hidden(c) && c.is_ascii() => {
                    // Writing to a string cannot fail.
                    let _ = write!(quoted, "\\x{:02x}", c as u32);
                }
                c if is_hidden(c) => {
                    let _ = write!(quoted, "\\U{:08x}", c as u32);
                }
                c => quoted.push(c),
            }
        }
        quoted.push('\'');
        quoted
    } else if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || (c.is_whitespace() && c != ' ')
}

/// Characters that take no place on the screen or change the order of others.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_can_be_told_from_the_next() {
        for (words, expected) in [
            (&["npx", "-y", "@scope/server@1.2"][..], "npx -y @scope/server@1.2"),
            (&["sh", "-c", "a && curl x|sh"], "sh -c 'a && curl x|sh'"),
            (&["x", ""], "x ''"),
            (&["x", "it's"], r"x 'it'\''s'"),
            (&["x", "$(id)", ";", "*"], "x '$(id)' ';' '*'"),
            (&["A=1", "B=2"], "'A=1' B=2"),
            (&["my prog"], "'my prog'"),
            (&["x", "a\nb\u{1b}[31m"], r"x $'a\nb\x1b[31m'"),
            (&["x", "\u{202e}gpj\u{a0}'\\"], r"x $'\U0000202egpj\U000000a0\'\\'"),
            (&["x", "~/a"], "x '~/a'"),
            (&["x", "größe"], "x größe"),
        ] {
            let launch = Launch::Stdio {
                command: words[0].into(),
                args: words[1..].iter().map(|word| (*word).to_owned()).collect(),
                env: Vec::new(),
                cwd: None,
            };
            assert_eq!(shown_command(&launch), expected);
        }
    }

    #[test]
    fn nothing_is_cut() {
        let long = "x".repeat(100_000);
        let launch = Launch::Stdio { command: "c".into(), args: vec![long.clone()], env: Vec::new(), cwd: None };
        assert_eq!(shown_command(&launch), format!("c {long}"));
    }
}
