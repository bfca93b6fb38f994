//! Tests of the config file: every mistake in a table with its message, defaults, warnings, and the example file.

use std::time::Duration;

use super::*;
use crate::model::server::{HttpKind, Launch, ProtocolChoice, Restart};

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("c.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn nothing_is_a_config_with_defaults() {
    let config = parse("").expect("good");
    assert_eq!(config, Config::default());
    assert_eq!(config.defaults.timeouts, Timeouts::default());
    assert!(config.journal.enabled && config.ui.mouse);
}

#[test]
fn every_key_is_read() {
    let config = parse(
        r#"
        [defaults]
        timeout = 5
        max_pages = 7

        [servers.zed]
        command = "npx"
        args = ["-y", "x"]
        env = { A = "1" }
        cwd = "/w"
        enabled = false
        protocol_version = "2025-06-18"
        roots = ["/r"]
        log_level = "info"
        restart = "on-failure"
        group = "work"
        timeout = 0.5
        max_frame_bytes = "1MiB"
        max_items = 3

        [servers."a b"]
        url = "https://example.com/mcp"
        headers = { X = "y" }
        transport = "sse"
        connect_timeout = 1
        probe_timeout = 2
        max_timeout = 1000
        write_timeout = 4
        max_frame_bytes = 2048

        [journal]
        enabled = false
        directory = "/j"
        keep = 0

        [ui]
        theme = "high-contrast"
        ascii = true
        mouse = false
        title = false
        history = false
        scroll_region = false
        pictures = "sixel"

        [keys.log]
        open = "enter"
        close = ["esc", "q"]
        "#,
    )
    .expect("good");
    let [zed, ab] = config.servers.as_slice() else {
        panic!("two servers, in the order of the file");
    };
    assert!(!zed.enabled);
    assert_eq!((zed.name.as_str(), zed.line), ("zed", 6));
    let none = |_: &str| None;
    let spec = zed.resolve(&none).expect("resolves");
    assert_eq!(spec.protocol, ProtocolChoice::Pinned("2025-06-18".into()));
    assert_eq!(spec.restart, Restart::OnFailure);
    assert_eq!(spec.group.as_deref(), Some("work"));
    assert_eq!(spec.timeouts.request, Duration::from_millis(500));
    assert_eq!((spec.limits.frame_bytes, spec.limits.pages, spec.limits.items), (1 << 20, 7, 3));
    assert_eq!(shown_command(&spec.launch), "npx -y x");
    let spec = ab.resolve(&none).expect("resolves");
    assert_eq!(spec.timeouts.request, Duration::from_secs(5));
    assert_eq!(spec.timeouts.request_max, Duration::from_secs(1000));
    assert!(matches!(spec.launch, Launch::Http { kind: HttpKind::Sse, .. }));
    assert_eq!(config.journal.keep, 0);
    assert_eq!((config.ui.theme, config.ui.pictures), (ThemeChoice::HighContrast, PictureChoice::Sixel));
    assert_eq!(config.keys["log"]["open"], ["enter"]);
    assert_eq!(config.keys["log"]["close"], ["esc", "q"]);
    assert_eq!(config.nearest_server("zef"), Some("zed"));
}

#[test]
fn every_mistake_says_where_and_what_instead() {
    for (text, expected) in [
        (
            "[servers.x]\ncomand = \"a\"\nurl = \"http://h\"",
            "c.toml:2:1: servers.x.comand: unknown key; did you mean `command`?",
        ),
        (
            "[servers.x]\ncommand = 5",
            "c.toml:2:11: servers.x.command: expected a string, found an integer; for example `command = \"npx\"`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nargs = \"-y\"",
            "c.toml:3:8: servers.x.args: expected an array of strings, found a string; for example `args = [\"-y\", \"@modelcontextprotocol/server-everything\"]`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nargs = [1]",
            "c.toml:3:9: servers.x.args[0]: expected a string, found an integer; for example `args = [\"-y\", \"@modelcontextprotocol/server-everything\"]`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nenv = { PORT = 80 }",
            "c.toml:3:16: servers.x.env.PORT: expected a string, found an integer; for example `PORT = \"80\"`",
        ),
        (
            "[servers.x]\ncommand = \"npx -y it\"",
            "c.toml:2:11: servers.x.command: the program alone belongs here, for no shell splits it; write `command = \"npx\"` and `args = [\"-y\", \"it\"]`",
        ),
        ("[servers.x]", "c.toml:1:10: servers.x: needs `command` (a program to start) or `url` (an HTTP endpoint)"),
        (
            "[servers.x]\ncommand = \"a\"\nurl = \"http://h\"",
            "c.toml:3:7: servers.x.url: a server has `command` or `url`, not both; remove one",
        ),
        (
            "[servers.x]\nurl = \"http://h\"\nargs = []",
            "c.toml:3:8: servers.x.args: only a server with `command` has `args`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nheaders = {}",
            "c.toml:3:11: servers.x.headers: only a server with `url` has `headers`",
        ),
        (
            "[servers.x]\nurl = \"ftp://h\"",
            "c.toml:2:7: servers.x.url: `ftp:` is not spoken here; a server's URL begins with http:// or https://",
        ),
        (
            "[servers.x]\nurl = \"example.com\"",
            "c.toml:2:7: servers.x.url: not a URL (relative URL without a base); a URL begins with http:// or https://",
        ),
        (
            "[servers.x]\nurl = \"http://h\"\ntransport = \"stdio\"",
            "c.toml:3:13: servers.x.transport: a server with `url` speaks HTTP; for stdio give `command` instead",
        ),
        (
            "[servers.x]\nurl = \"http://h\"\ntransport = \"htpp\"",
            "c.toml:3:13: servers.x.transport: expected \"auto\" or \"stdio\" or \"http\" or \"sse\", found \"htpp\"; did you mean \"http\"?",
        ),
        ("[servers.x]\ncommand = \"a\"\ntype = \"stdio\"", "c.toml:3:1: servers.x.type: unknown key; use `transport`"),
        (
            "[servers.x]\ncommand = \"a\"\ndisabled = true",
            "c.toml:3:1: servers.x.disabled: unknown key; use `enabled = false`",
        ),
        (
            "[servers.x]\ncommand = \"${\"",
            "c.toml:2:11: servers.x.command: `${` has no closing `}`; for the text itself write `$${`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\ntimeout = 0",
            "c.toml:3:11: servers.x.timeout: expected seconds, more than 0 and at most a year",
        ),
        (
            "[servers.x]\ncommand = \"a\"\ntimeout = \"5s\"",
            "c.toml:3:11: servers.x.timeout: expected a number of seconds, found a string; for example `timeout = 30`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\ntimeout = 9\nmax_timeout = 8",
            "c.toml:4:15: servers.x.max_timeout: shorter than `timeout`; it bounds a request however much progress it reports",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nmax_frame_bytes = \"lots\"",
            "c.toml:3:19: servers.x.max_frame_bytes: expected a number of bytes or a string with KiB, MiB or GiB, found a string; for example `max_frame_bytes = \"16MiB\"`",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nmax_pages = 0",
            "c.toml:3:13: servers.x.max_pages: expected at least 1, found 0",
        ),
        (
            "[servers.x]\ncommand = \"a\"\nenabled = \"yes\"",
            "c.toml:3:11: servers.x.enabled: expected true or false, found a string; for example `enabled = true`",
        ),
        ("[servers.\"a\\tb\"]\ncommand = \"a\"", "c.toml:1:10: servers.\"a\\tb\": a server name may not hold \\u{9}"),
        ("[servers.x]\ncommand = \"a\"\n[servers.x]", "c.toml:3:10: `x` is there twice"),
        (
            "mcpServers = 1",
            "c.toml:1:1: mcpServers: unknown key; this is another program's format: pass its file by --mcp-config, or copy its servers by `mcp-tui servers import`",
        ),
        (
            "[ui]\ntheme = \"drak\"",
            "c.toml:2:9: ui.theme: expected \"auto\" or \"light\" or \"dark\" or \"high-contrast\" or \"none\", found \"drak\"; did you mean \"dark\"?",
        ),
        ("ui = 1", "c.toml:1:6: ui: expected a table, found an integer; for example `[ui]`"),
        (
            "[ui]\ncolour = 1",
            "c.toml:2:1: ui.colour: unknown key; known here: theme, ascii, mouse, title, history, scroll_region, pictures",
        ),
        (
            "[keys]\nopen = \"x\"",
            "c.toml:2:8: keys.open: expected a table of actions, found a string; for example `[keys.log]` and below it `open = [\"enter\", \"l\"]`",
        ),
        (
            "[keys.log]\nopen = 1",
            "c.toml:2:8: keys.log.open: expected a string, found an integer; for example `open = [\"enter\", \"l\"]`",
        ),
        ("é = 1", "c.toml:1:1: not TOML: invalid unquoted key, expected letters, numbers, `-`, `_`"),
    ] {
        let said = parse(text).expect_err(text);
        assert_eq!(said, expected, "{text}");
    }
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_the_file() {
    let said = parse("[servers.b]\nurl = 1\nx = 1\n[ui]\nmouse = 1\n[servers.a]\n").expect_err("bad");
    let places: Vec<&str> = said.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(places, ["c.toml:2:7:", "c.toml:3:1:", "c.toml:5:9:", "c.toml:6:10:"]);
    let many = "x = 1\n".replace('x', "k");
    let many: String = (0..99).map(|n| many.replace('k', &format!("unknown{n}"))).collect();
    let said = parse(&many).expect_err("bad");
    assert_eq!(said.lines().count(), 51);
    assert!(said.ends_with("c.toml: and 49 more problems"), "{said}");
}

#[test]
fn a_secret_others_can_read_is_warned_of() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("config.toml");
    let text =
        "[servers.x]\nurl = \"http://h\"\nheaders = { Authorization = \"Bearer x\", B = \"c\", Cookie = \"${C}\" }\n";
    std::fs::write(&file, text).expect("written");
    #[cfg(unix)]
    for (mode, warned) in [(0o644, 1), (0o640, 1), (0o600, 0)] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        let loaded = Config::load(&file).expect("good");
        assert_eq!(loaded.warnings.len(), warned, "{mode:o}");
        if let Some(warning) = loaded.warnings.first() {
            assert_eq!(warning.key, "servers.x.headers.Authorization");
            assert!(!warning.to_string().contains("Bearer"));
        }
    }
}

#[test]
fn a_file_that_cannot_be_a_config_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("config.toml");
    let mut paths = Paths::find(None, Some(dir.path()));
    assert_eq!(Config::load_from(&paths).expect("empty"), Loaded::default());
    paths.config_named = true;
    assert!(matches!(Config::load_from(&paths), Err(ConfigError::Missing { .. })));
    std::fs::write(&file, "#".repeat(5 << 20)).expect("written");
    assert!(matches!(Config::load(&file), Err(ConfigError::TooLarge { .. })));
    std::fs::write(&file, b"a = 1\n# \xff").expect("written");
    let said = Config::load(&file).expect_err("not text").to_string();
    assert!(said.ends_with("config.toml:2:3: not UTF-8 text"), "{said}");
    assert!(matches!(Config::load(dir.path()), Err(ConfigError::Read { .. })));
}

#[test]
fn the_example_is_a_config_and_so_is_all_of_it_uncommented() {
    let text = include_str!("../../config.example.toml");
    let commented = parse(text).expect("as it is");
    assert_eq!(commented, Config::default(), "what is not commented out says nothing");
    // `#key = …` is an option, `# Words` are words.
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(option) if !option.starts_with(' ') => format!("{option}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let full = parse(&all).unwrap_or_else(|error| panic!("{error}"));
    // What has no default is shown with an example.
    let Defaults { roots, timeouts, limits, .. } = full.defaults.clone();
    assert!(!roots.is_empty() && timeouts.ping.is_some() && limits.memory.is_some());
    let timeouts = Timeouts { ping: timeouts.ping, ..Timeouts::default() };
    let limits = crate::model::server::Limits { memory: limits.memory, ..Default::default() };
    let real = Defaults { timeouts, limits, roots, ..Defaults::default() };
    assert_eq!(full.defaults, real, "the defaults shown are the real ones");
    assert_eq!(full.ui, UiConfig::default());
    assert_eq!(full.journal.keep, JournalConfig::default().keep);
    assert!(full.servers.len() >= 2 && full.providers.len() >= 2 && !full.keys.is_empty());
    for key in [
        "command",
        "args",
        "env",
        "env_file",
        "cwd",
        "url",
        "headers",
        "transport",
        "enabled",
        "protocol_version",
        "roots",
        "log_level",
        "restart",
        "group",
        "secrets",
        "connect_timeout",
        "probe_timeout",
        "timeout",
        "max_timeout",
        "write_timeout",
        "max_frame_bytes",
        "max_pages",
        "max_items",
        "kind",
        "base_url",
        "api_key_env",
        "api_key_command",
        "model",
        "max_tokens",
        "effort",
        "directory",
        "keep",
        "theme",
        "ascii",
        "mouse",
        "title",
        "history",
        "scroll_region",
        "pictures",
    ] {
        assert!(all.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key} is missing");
    }
}
