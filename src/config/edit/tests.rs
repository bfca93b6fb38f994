//! Tests of `edit`: what each edit does to a text, that it does nothing else, and how files are written.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::config::{Config, Defaults, Overrides, target_from_args};

fn source(text: &str) -> Source {
    Source::new(Path::new("c.toml"), text.to_owned())
}

/// The first server of a config.
fn entry(text: &str) -> ServerEntry {
    Config::parse(Path::new("c.toml"), text).expect("good").servers.remove(0)
}

#[test]
fn a_server_is_written_as_it_was_said() {
    let full = r#"[servers."my server"]
command = "npx"
args = ["-y", "it's \"x\"", "$${a}"]
env = { TOKEN = "${TOKEN}", "a.b" = "c" }
env_file = "~/x.env"
cwd = "~/w"
enabled = false
protocol_version = "2025-06-18"
roots = ["~/r"]
log_level = "info"
restart = "on-failure"
group = "work"
connect_timeout = 1
probe_timeout = 2
timeout = 0.5
max_timeout = 1000
write_timeout = 4
max_frame_bytes = 2048
max_pages = 5
max_items = 6
secrets = ["${X}"]
"#;
    let http = "[servers.h]\nurl = \"https://h\"\nheaders = { A = \"b\" }\ntransport = \"sse\"\n";
    for text in [full, http] {
        let added = add(&source(""), &entry(text)).expect("added");
        assert_eq!(entry(&added), entry(text), "{added}");
    }
}

#[test]
fn edits_touch_nothing_else() {
    let text = "# Mine.\n\n# ---- servers ----\n\n# about a\n[servers.a]\ncommand = \"x\"   # why\n  # inside\nenabled = true # on\n\n[servers.a.env]\nA = \"1\"\n\n# about b\n[servers.b] # b\nurl = \"http://h\"\n\n# the end\n";
    let (head, rest) = text.split_at(text.find("# about a").expect("there"));
    let b = &rest[rest.find("# about b").expect("there")..];
    assert_eq!(remove(&source(text), "a").expect("removed"), format!("{head}{b}"));
    assert_eq!(
        remove(&source(text), "b").expect("removed"),
        text.replace("\n# about b\n[servers.b] # b\nurl = \"http://h\"\n", "")
    );
    assert_eq!(
        enable(&source(text), "a", false).expect("off"),
        text.replace("enabled = true # on", "enabled = false # on")
    );
    assert_eq!(
        enable(&source(text), "b", false).expect("off"),
        text.replace("url = \"http://h\"\n", "url = \"http://h\"\nenabled = false\n")
    );
    assert_eq!(enable(&source(text), "b", true).expect("on"), text);
    let c = entry("[servers.c]\ncommand = \"z\"");
    assert_eq!(add(&source(text), &c).expect("added"), format!("{text}\n[servers.c]\ncommand = \"z\"\n"));
}

#[test]
fn every_way_to_write_servers_can_be_edited() {
    let new = entry("[servers.new]\ncommand = \"z\"\nenv = { A = \"b\" }");
    for text in [
        "servers = { a = { command = \"x\" }, b = { command = \"y\" } }\r\n[ui]\r\nascii = true\r\n",
        "[servers]\na = { command = \"x\" }\nb = { command = \"y\" } # b",
        "[servers]\na.command = \"x\"\nb.command = \"y\"\n",
        "servers.a.command = \"x\"\nservers.b.command = \"y\"\n[ui]\nascii = true\n",
        "[servers.a.env]\nQ = \"q\"\n[ui]\nascii = true\n[servers.a]\ncommand = \"x\"\n[servers.b]\ncommand = \"y\"",
        "\u{feff}[ servers . 'a' ]\ncommand = \"x\"\n[\"servers\".b]\ncommand = \"\"\"\r\ny\r\n\"\"\"\n",
    ] {
        let before = Config::parse(Path::new("c.toml"), text).expect(text);
        let check = |edited: String, gone: Option<&str>, off: Option<&str>, added: bool| {
            let after = Config::parse(Path::new("c.toml"), &edited).unwrap_or_else(|error| panic!("{error}\n{edited}"));
            assert_eq!(after.ui, before.ui);
            let mut expected: Vec<(String, bool, String)> = Vec::new();
            for server in before.servers.iter().chain(added.then_some(&new)) {
                if gone != Some(server.name.as_str()) {
                    let on = off != Some(server.name.as_str());
                    expected.push((server.name.clone(), on, format!("{:?}", server.template)));
                }
            }
            let mut got: Vec<_> = after
                .servers
                .iter()
                .map(|server| (server.name.clone(), server.enabled, format!("{:?}", server.template)))
                .collect();
            got.sort();
            expected.sort();
            assert_eq!(got, expected, "{edited}");
        };
        check(remove(&source(text), "a").expect(text), Some("a"), None, false);
        check(remove(&source(text), "b").expect(text), Some("b"), None, false);
        check(enable(&source(text), "a", false).expect(text), None, Some("a"), false);
        check(add(&source(text), &new).expect(text), None, None, true);
    }
}

#[test]
fn what_cannot_be_done_says_why() {
    let text = "[servers.github]\ncommand = \"x\"";
    let again = entry(text);
    for (result, expected) in [
        (
            add(&source(text), &again),
            "c.toml: there is a server `github` already; remove it first, or choose another name",
        ),
        (remove(&source(text), "githbu"), "c.toml: there is no server `githbu`; did you mean `github`?"),
        (enable(&source(""), "x", true), "c.toml: there is no server `x`"),
        (remove(&source("[servers"), "x"), "c.toml:1:9: not TOML: unclosed table, expected `]`"),
        (add(&source("servers = 1"), &again), "c.toml:1:11: servers: expected a table, found an integer"),
    ] {
        assert_eq!(result.expect_err(expected).to_string(), expected);
    }
}

#[test]
fn a_server_of_the_command_line_can_be_kept() {
    let defaults = Defaults::default();
    let mut spec = target_from_args(Some("https://h/mcp"), &[], &defaults, &|_| true).expect("a target");
    let overrides = Overrides {
        headers: vec!["Authorization: Bearer ${TOKEN}".into()],
        timeout: Some(5.0),
        ..Overrides::default()
    };
    overrides.apply(&mut spec).expect("fits");
    let entry = ServerEntry::from_spec("mine", &spec, &defaults).expect("an entry");
    assert_eq!(
        add(&source(""), &entry).expect("added"),
        "[servers.mine]\nurl = \"https://h/mcp\"\nheaders = { Authorization = \"Bearer ${TOKEN}\" }\ntimeout = 5\n"
    );
}

#[test]
fn a_missing_file_is_made_with_a_header() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("deep/config.toml");
    let edited = add_servers(&file, &[entry("[servers.a]\ncommand = \"x\""), entry("[servers.b]\ncommand = \"y\"")])
        .expect("made");
    assert_eq!((edited.backup, edited.changed), (None, true));
    let text = fs::read_to_string(&file).expect("there");
    assert_eq!(text, format!("{HEADER}\n[servers.a]\ncommand = \"x\"\n\n[servers.b]\ncommand = \"y\"\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    }
    let left: Vec<_> = fs::read_dir(dir.path().join("deep")).expect("there").collect();
    assert_eq!(left.len(), 1, "no temporary file stays behind");
    let left_over = format!("config.toml.{}-0.tmp", std::process::id());
    fs::write(dir.path().join("deep").join(left_over), "").expect("written");
    assert!(enable_server(&file, "a", false).expect("off").changed);
}

#[test]
fn nothing_is_written_when_nothing_changes_or_something_is_wrong() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("config.toml");
    fs::write(&file, "[servers.a]\ncommand = \"x\"\n").expect("written");
    assert!(!enable_server(&file, "a", true).expect("nothing to do").changed);
    let both = [entry("[servers.b]\ncommand = \"x\""), entry("[servers.a]\ncommand = \"x\"")];
    assert!(matches!(add_servers(&file, &both), Err(EditError::Exists { .. })));
    assert_eq!(fs::read_to_string(&file).expect("there"), "[servers.a]\ncommand = \"x\"\n");
    assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1);
    let missing = dir.path().join("missing.toml");
    assert!(matches!(remove_server(&missing, "a"), Err(EditError::NoServer { .. })));
    assert!(!missing.exists());
}

#[test]
#[cfg(unix)]
fn a_link_stays_a_link_and_the_old_text_is_kept() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let dotfiles = dir.path().join("dotfiles");
    fs::create_dir(&dotfiles).expect("made");
    let real = dotfiles.join("real.toml");
    let link = dir.path().join("config.toml");
    fs::write(&real, "[servers.a]\ncommand = \"x\"\n").expect("written");
    std::os::unix::fs::symlink("dotfiles/real.toml", &link).expect("linked");
    let edited = enable_server(&link, "a", false).expect("off");
    assert_eq!(edited.file, real);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(&real).expect("there"), "[servers.a]\ncommand = \"x\"\nenabled = false\n");
    let backup = edited.backup.expect("kept");
    assert_eq!(fs::read_to_string(backup).expect("there"), "[servers.a]\ncommand = \"x\"\n");
    // A link to nothing yet: the file is made where it points.
    let dangling = dir.path().join("dangling.toml");
    std::os::unix::fs::symlink("dotfiles/new.toml", &dangling).expect("linked");
    add_servers(&dangling, &[entry("[servers.a]\ncommand = \"x\"")]).expect("made");
    assert!(dotfiles.join("new.toml").is_file());
    // A loop is an error, not a hang.
    let round = dir.path().join("round.toml");
    std::os::unix::fs::symlink("round.toml", &round).expect("linked");
    assert!(remove_server(&round, "a").is_err());
}

#[test]
fn a_read_only_file_is_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("config.toml");
    fs::write(&file, "[servers.a]\ncommand = \"x\"\n").expect("written");
    let mut permissions = fs::metadata(&file).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("set");
    assert!(matches!(remove_server(&file, "a"), Err(EditError::Write { .. })));
    assert!(fs::read_to_string(&file).expect("there").contains("servers.a"));
}

/// Files as people write them: headers, bodies, comments and blank lines in any order and with any line end.
fn document_text() -> impl Strategy<Value = String> {
    let line = prop_oneof![Just("# a comment".to_owned()), Just(String::new()), Just("  # indented é".to_owned()),];
    let body = prop_oneof![
        Just("command = \"x\""),
        Just("command   =  'y'  # said"),
        Just("command = 'x'\nargs = [\"\"\"\n# no comment\n[servers.no]\n\"\"\"]"),
        Just("url = \"http://h\"\nenabled = true # on"),
    ];
    let block = (prop::collection::vec(line, 0..4), body, any::<bool>(), any::<bool>());
    (prop::collection::vec(block, 1..6), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(blocks, crlf, end, ui)| {
            let mut text = String::new();
            for (index, (lines, body, sub, spaced)) in blocks.into_iter().enumerate() {
                for line in lines {
                    text.push_str(&line);
                    text.push('\n');
                }
                let header = if spaced { format!("[ servers . s{index} ]") } else { format!("[servers.s{index}]") };
                text.extend([header.as_str(), "\n", body, "\n"]);
                if sub && !body.starts_with("url") {
                    let sub = format!("\n[servers.s{index}.env]\nA = '1'\n");
                    text.push_str(&sub);
                }
            }
            if ui {
                text.push_str("\n# screen\n[ui]\nascii = true\n# done\n");
            }
            if !end {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

/// Whether `part` is `whole` with some lines left out, to the byte but for an end the last line may lack.
fn is_part(part: &str, whole: &str) -> bool {
    let ended = |text: &str| {
        let end = match text.strip_suffix('\n') {
            None if !text.is_empty() => graft::line_end(text),
            _ => "",
        };
        format!("{text}{end}")
    };
    let (part, whole) = (ended(part), ended(whole));
    let mut lines = whole.split_inclusive('\n');
    part.split_inclusive('\n').all(|line| lines.any(|other| other == line))
}

proptest! {
    #[test]
    fn adding_keeps_all_and_removing_it_again_restores_it(text in document_text()) {
        let new = entry("[servers.new]\ncommand = \"z\"");
        let added = add(&source(&text), &new).expect("added");
        prop_assert!(added.starts_with(&text), "{added}");
        let removed = remove(&source(&added), "new").expect("removed");
        prop_assert_eq!(removed.trim_end(), text.trim_end());
    }

    #[test]
    fn removing_takes_out_whole_lines_of_that_server_alone(text in document_text()) {
        let before = Config::parse(Path::new("c.toml"), &text).expect("good");
        for gone in &before.servers {
            let removed = remove(&source(&text), &gone.name).expect("removed");
            prop_assert!(is_part(&removed, &text), "{}:\n{text}\n---\n{removed}", gone.name);
            let after = Config::parse(Path::new("c.toml"), &removed).expect("still good");
            prop_assert_eq!(after.ui, before.ui);
            let left: Vec<_> = before.servers.iter().filter(|s| s.name != gone.name).map(|s| &s.template).collect();
            prop_assert_eq!(after.servers.iter().map(|s| &s.template).collect::<Vec<_>>(), left);
        }
    }

    #[test]
    fn switching_off_touches_one_line(text in document_text()) {
        let before = Config::parse(Path::new("c.toml"), &text).expect("good");
        for server in &before.servers {
            let off = enable(&source(&text), &server.name, false).expect("off");
            let without: String = off.split_inclusive('\n').filter(|line| !line.starts_with("enabled = false")).collect();
            prop_assert!(is_part(&without, &text), "{text}\n---\n{off}");
            let after = Config::parse(Path::new("c.toml"), &off).expect("still good");
            prop_assert_eq!(after.servers.iter().filter(|s| !s.enabled).count(), 1);
            let on = enable(&source(&off), &server.name, true).expect("on");
            let on = Config::parse(Path::new("c.toml"), &on).expect("still good");
            prop_assert!(on.servers.iter().all(|s| s.enabled));
        }
    }
}
