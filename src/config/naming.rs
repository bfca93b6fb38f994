//! A name for a server that came without one: from its package, its script or its host.

use std::path::Path;

/// Names of files that say nothing; the directory above says more.
const GENERIC: [&str; 11] =
    ["server", "index", "main", "app", "cli", "mcp", "__main__", "run", "start", "mod", "stdio"];

/// Directories that say nothing either.
const GENERIC_DIRECTORIES: [&str; 10] =
    ["dist", "build", "src", "lib", "bin", "out", "target", "release", "debug", "."];

/// Options of package runners and interpreters that take the next argument.
const WITH_VALUE: [&str; 27] = [
    "-p",
    "--package",
    "--from",
    "--with",
    "--python",
    "--directory",
    "--project",
    "-e",
    "--env",
    "--env-file",
    "-v",
    "--volume",
    "--name",
    "--network",
    "--mount",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--entrypoint",
    "--import",
    "--loader",
    "-r",
    "--require",
    "--index-url",
    "--platform",
    "--registry",
];

/// A name for a command line.
pub(crate) fn name_of_command(command: &str, args: &[String]) -> String {
    let program = stem(command);
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let named = match program.as_str() {
        "npx" | "bunx" | "pnpx" | "uvx" => package(&words),
        "npm" | "pnpm" | "yarn" | "bun" | "pipx" | "uv" => match words.as_slice() {
            ["exec" | "x" | "dlx", rest @ ..] => package(rest),
            ["run", rest @ ..] => script(rest),
            ["tool", "run", rest @ ..] => package(rest),
            rest => script(rest),
        },
        "node" | "deno" | "tsx" | "python" | "python3" | "py" | "ruby" | "php" | "sh" | "bash" => {
            script(words.strip_prefix(&["run"]).unwrap_or(&words))
        }
        "docker" | "podman" => words.strip_prefix(&["run"]).and_then(package),
        _ => None,
    };
    let name = named.unwrap_or_else(|| of_path(command));
    if name.is_empty() { "server".to_owned() } else { name }
}

/// A name for an endpoint: its host, with the port if one is written.
pub(crate) fn name_of_url(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let name = tidy(host.strip_prefix("www.").unwrap_or(host), ":");
    if name.is_empty() { "server".to_owned() } else { name }
}

/// The first argument that is not an option.
fn operand<'a>(words: &[&'a str]) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(word) {
            words.next();
        } else if *word != "--" && !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// `@scope/server-x@1.2`, `mcp-server-git==1.0`, `ghcr.io/owner/image:tag`, `git+https://…/repo.git`: the part
/// that names it. `npx tsx server.ts` is about the script.
fn package(words: &[&str]) -> Option<String> {
    let package = operand(words)?;
    if matches!(package, "tsx" | "ts-node") {
        let at = words.iter().position(|word| *word == package)?;
        return script(&words[at + 1..]);
    }
    let package = package.trim_end_matches('/');
    let last = package.rsplit('/').next().unwrap_or(package);
    // The scope's own `@` stands first, the version's later.
    let end = last.char_indices().find(|(at, c)| *at > 0 && "@=:<>~![".contains(*c)).map_or(last.len(), |(at, _)| at);
    let name = tidy(last[..end].trim_end_matches(".git"), "");
    (!name.is_empty()).then_some(name)
}

/// The script or module an interpreter runs.
fn script(words: &[&str]) -> Option<String> {
    if let Some(at) = words.iter().position(|word| *word == "-m") {
        return words.get(at + 1).map(|module| tidy(module, ""));
    }
    let name = of_path(operand(words)?);
    (!name.is_empty()).then_some(name)
}

/// A name made of what is usable of another.
pub(crate) fn plain(name: &str) -> String {
    let name = tidy(name, "");
    if name.is_empty() { "server".to_owned() } else { name }
}

/// The stem of a file, or the directory it is in where the stem says nothing.
fn of_path(path: &str) -> String {
    let stem = stem(path);
    if GENERIC.contains(&stem.to_lowercase().as_str()) {
        let parents = path.split(['/', '\\']).rev().skip(1);
        let telling = parents
            .map(|part| tidy(part, ""))
            .find(|part| !part.is_empty() && !GENERIC_DIRECTORIES.contains(&part.as_str()) && part != "..");
        if let Some(telling) = telling {
            return telling;
        }
    }
    tidy(&stem, "")
}

fn stem(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = Path::new(file).file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    // `uv.exe` and `python3.12` are what they are.
    stem.strip_suffix(".exe").unwrap_or(&stem).to_owned()
}

/// Only letters, digits and `-_.`, at most 40 of them; `also` are allowed too.
fn tidy(text: &str, also: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) || also.contains(c) { c } else { '-' })
        .take(40)
        .collect();
    kept.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_sensible_names() {
        for (line, expected) in [
            ("npx -y @modelcontextprotocol/server-everything", "server-everything"),
            ("npx -y @modelcontextprotocol/server-everything@2026.1.1 stdio", "server-everything"),
            ("npx --package=x -p y cowsay@latest", "cowsay"),
            ("npx tsx src/weather.ts", "weather"),
            ("npx -y mcp-remote https://example.com", "mcp-remote"),
            ("uvx mcp-server-git==1.0 --repository .", "mcp-server-git"),
            ("uvx --from git+https://github.com/o/r.git serve", "serve"),
            ("uvx git+https://github.com/o/repo.git", "repo"),
            ("uv run --project /p /p/weather.py", "weather"),
            ("uv --directory /p run server.py", "run"),
            ("pnpm dlx @s/pkg", "pkg"),
            ("npm exec -- @s/pkg", "pkg"),
            ("python3 -m my_server --x", "my_server"),
            ("python weather/server.py", "weather"),
            ("node /home/u/todo/dist/index.js", "todo"),
            ("node index.js", "index"),
            ("deno run -A x.ts", "x"),
            ("docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server:1", "github-mcp-server"),
            ("docker compose up", "docker"),
            ("./target/release/my-server --flag", "my-server"),
            ("/opt/weather/bin/server", "weather"),
            ("C:\\tools\\srv.exe", "srv"),
            ("", "server"),
            ("wörld", "w-rld"),
        ] {
            let mut words = line.split(' ').map(str::to_owned);
            let command = words.next().unwrap_or_default();
            let args: Vec<String> = words.collect();
            assert_eq!(name_of_command(&command, &args), expected, "{line}");
        }
    }

    #[test]
    fn endpoints_are_named_by_their_host() {
        for (url, expected) in [
            ("https://mcp.example.com/mcp?x=1", "mcp.example.com"),
            ("http://localhost:3000/mcp", "localhost:3000"),
            ("https://user:secret@www.example.com", "example.com"),
            ("http://[::1]:80/", "::1-:80"),
            ("https://", "server"),
        ] {
            assert_eq!(name_of_url(url), expected, "{url}");
        }
    }
}
