//! Tests of `target`: each form of the command line, and each way to get it wrong.

use super::*;
use crate::config::shown_command;

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn target(positional: Option<&str>, trailing: &str, programs: &str) -> Result<ServerSpec, TargetError> {
    let programs = words(programs);
    let on_path = |name: &str| programs.iter().any(|program| program == name);
    target_from_args(positional, &words(trailing), &Defaults::default(), &on_path)
}

/// A directory with a plain script of each kind and a Python project.
fn scripts() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for file in ["a.py", "b.js", "c.mjs", "d.cjs", "e.ts", "f.sh", "g.json", "proj/src/h.py", "proj/pyproject.toml"] {
        let file = dir.path().join(file);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("made");
        std::fs::write(file, "").expect("written");
    }
    std::fs::create_dir(dir.path().join("dir.py")).expect("made");
    dir
}

#[test]
fn scripts_run_by_their_interpreter() {
    let dir = scripts();
    let at = dir.path().display().to_string();
    for (script, programs, expected) in [
        ("a.py", "python3", "python3 @/a.py"),
        ("a.py", "python3 uv", "python3 @/a.py"),
        ("proj/src/h.py", "python3 uv", "uv run --project @/proj @/proj/src/h.py"),
        ("proj/src/h.py", "python3", "python3 @/proj/src/h.py"),
        ("b.js", "node", "node @/b.js"),
        ("c.mjs", "node", "node @/c.mjs"),
        ("d.cjs", "node", "node @/d.cjs"),
        ("e.ts", "npx", "npx tsx @/e.ts"),
        ("a.py", "", "! @/a.py needs `python3`, which is not on PATH; install Python 3 or uv"),
        ("b.js", "npx", "! @/b.js needs `node`, which is not on PATH; install Node.js"),
        ("e.ts", "node", "! @/e.ts needs `npx`, which is not on PATH; install Node.js, which brings it"),
        ("gone.py", "python3", "! @/gone.py: no such file"),
        ("dir.py", "python3", "! @/dir.py: not a file"),
        ("f.sh", "", "! @/f.sh: no script of a known kind (.py, .js, .mjs, .cjs, .ts); to run it: `-- @/f.sh`"),
        ("g.json", "", "! @/g.json: a config is no server; read it by `--mcp-config @/g.json`"),
    ] {
        let path = dir.path().join(script);
        let got = match target(path.to_str(), "", programs) {
            Ok(spec) => shown_command(&spec.launch),
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got.replace(&at, "@"), expected, "{script} with {programs}");
    }
}

#[test]
fn urls_and_commands() {
    for (positional, trailing, expected) in [
        (Some("https://example.com/mcp"), "", "example.com = https://example.com/mcp"),
        (Some("http://localhost:3000"), "", "localhost:3000 = http://localhost:3000"),
        (None, "npx -y @scope/server-x", "server-x = npx -y @scope/server-x"),
        (None, "./srv", "srv = ./srv"),
        (Some("ftp://x/"), "", "! ftp://x/: `ftp:` is not spoken here; a server's URL begins with http:// or https://"),
        (Some("http://"), "", "! http://: not a URL (empty host)"),
        (
            Some("localhost:3000/mcp"),
            "",
            "! localhost:3000/mcp: no such file; for a server on the net write `http://localhost:3000/mcp`",
        ),
        (
            Some("example.com/mcp"),
            "",
            "! example.com/mcp: no such file; for a server on the net write `https://example.com/mcp`",
        ),
        (
            Some("github"),
            "",
            "! github: neither a URL nor a script; `-s github` takes it from the config, `-- github` runs it as a command",
        ),
        (Some("x.py"), "cmd", "! two servers given, `x.py` and the command after `--`; give one"),
        (None, "", "! no server given: name a URL, a script, or a command after `--`"),
    ] {
        let got = match target(positional, trailing, "") {
            Ok(spec) => format!("{} = {}", spec.name, shown_command(&spec.launch)),
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got, expected);
    }
}

#[test]
fn secrets_on_the_command_line_are_known() {
    let spec = target(None, "srv --api-key=hunter22", "").expect("good");
    assert_eq!(spec.secrets, ["hunter22"]);
}
