//! The command line: every form of it is a table.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use clap::CommandFactory;

use super::{Args, Command};

fn read(words: &[&str]) -> Result<Args, super::Stop> {
    Args::read(std::iter::once("mcp-tui").chain(words.iter().copied()).map(Into::into))
}

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn a_target_is_read_before_and_after_a_subcommand() {
    for words in [
        &["https://h/mcp", "tools", "list"][..],
        &["tools", "list", "https://h/mcp"],
        &["tools", "list", "--url", "https://h/mcp"],
        &["--url", "https://h/mcp", "tools", "list"],
        &["--url=https://h/mcp", "tools", "call", "x", "--arg", "a=1"],
        &["tools", "call", "x", "https://h/mcp", "--arg", "a=1"],
        &["raw", "ping", "{}", "https://h/mcp"],
        &["https://h/mcp"],
    ] {
        assert_eq!(read(words).unwrap().target().unwrap(), Some("https://h/mcp"), "{words:?}");
    }
    assert!(read(&["https://h/", "info", "https://i/"]).unwrap().target().is_err());
}

#[test]
fn everything_after_two_dashes_is_the_server() {
    let args =
        read(&["tools", "call", "echo", "--arg", "message=hi", "--", "node", "s.js", "--json", "--", "x"]).unwrap();
    assert_eq!(args.server_command, ["node", "s.js", "--json", "--", "x"]);
    assert!(!args.options.json);
    assert!(matches!(args.command, Some(Command::Tools(_))));
    assert!(read(&["info", "--"]).is_err());
}

#[test]
fn options_count_on_both_sides_of_a_subcommand() {
    let words = ["-e", "A=1", "--timeout", "2", "info", "--json", "-eB=2", "--env=C=3", "--header", "X: y", "-s", "n"];
    let options = read(&words).unwrap().options;
    assert_eq!(options.env, ["A=1", "B=2", "C=3"]);
    assert_eq!(options.headers, ["X: y"]);
    assert_eq!(options.servers, ["n"]);
    assert_eq!(options.timeout, Some(2.0));
    assert!(options.json);
}

/// The words of a line as a shell reads them, up to where it stops being the command.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut gap = false;
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            // Two blanks begin a remark.
            (' ', None) if gap => break,
            (' ', None) => words.push(String::new()),
            ('>', None) => break,
            (c, _) => words.last_mut().unwrap().push(c),
        }
        gap = c == ' ' && quote.is_none();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_shows_an_example_that_it_understands() {
    fn visit(command: &clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> =
            after.lines().map(str::trim_start).filter(|line| line.split(' ').next() == Some("mcp-tui")).collect();
        assert!(!examples.is_empty() || command.get_name() == "help", "{path} has no example");
        for example in examples {
            let words = words(example);
            let read = Args::read(words.iter().map(Into::into));
            assert!(read.is_ok(), "{path}: {example}: {}", read.unwrap_err().one_line());
            let own = path.split_whitespace().skip(1);
            let shown: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            assert!(own.zip(&shown).all(|(own, shown)| own == *shown), "{path}: {example} is about something else");
        }
        for inner in command.get_subcommands() {
            visit(inner, &path);
        }
    }
    visit(&Args::command(), "");
}

#[test]
fn mistakes_are_not_taken_for_something_else() {
    for words in [
        &["tools", "call"][..],
        &["complete", "a", "b"],
        &["complete", "--prompt", "p", "--resource", "r", "a", "b"],
        &["tools", "call", "x", "--arg", "a=1", "--args-json", "{}"],
        &["info", "--no-journal", "--journal", "f"],
        &["info", "--color", "pink"],
        &["info", "--wat"],
        &["info", "--resume", "last"],
        &["--ascii", "info"],
        &["--resume", "last", "info"],
        &["--resume", "a", "chat", "--resume", "b"],
    ] {
        let stop = read(words).unwrap_err();
        assert!(!stop.is_answer(), "{words:?}");
    }
    assert!(read(&["tools", "call", "--help"]).unwrap_err().is_answer());
}

#[test]
fn a_mistake_is_one_line_with_a_way_on() {
    for (words, line) in [
        (
            &["tools", "call", "--jsn", "x"][..],
            "unexpected argument '--jsn' found (a similar argument exists: '--json'); see `mcp-tui tools call --help`",
        ),
        (&["info", "--wat"], "unexpected argument '--wat' found; see `mcp-tui info --help`"),
        (
            &["journal", "shw"],
            "unrecognized subcommand 'shw' (a similar subcommand exists: 'show'); see `mcp-tui journal --help`",
        ),
    ] {
        assert_eq!(read(words).unwrap_err().one_line(), line);
    }
}

#[test]
fn a_kept_conversation_is_resumed_in_the_workbench_or_in_chat() {
    assert_eq!(read(&["--resume", "last"]).unwrap().resume.as_deref(), Some("last"));
    for words in [&["--resume", "last", "chat"][..], &["chat", "--resume", "last"]] {
        let Some(Command::Chat(chat)) = read(words).unwrap().command else { panic!("{words:?}") };
        assert_eq!(chat.resume.as_deref(), Some("last"), "{words:?}");
    }
}

#[test]
fn the_words_of_the_options_are_read_as_the_same_options() {
    let given = [
        "--config-dir",
        "/tmp/c",
        "--header",
        "A: b",
        "-e",
        "C=d e",
        "--root",
        "/tmp",
        "--timeout",
        "2.5",
        "--transport",
        "http",
        "--protocol-version",
        "2025-06-18",
        "--log-level",
        "info",
        "info",
    ];
    let options = read(&given).unwrap().options;
    let again = options.words();
    let again: Vec<&str> = again.iter().map(String::as_str).chain(["info"]).collect();
    let again = read(&again).unwrap().options;
    assert_eq!((again.words(), again.overrides()), (options.words(), options.overrides()));
    assert_eq!(options.words().len(), given.len() - 1);
}
