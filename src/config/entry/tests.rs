//! Tests of `entry`: filling in, what is missing, home directories, environment files and secrets.

use crate::config::Config;
use crate::model::server::{Launch, ServerSpec};

use super::*;

fn environment(name: &str) -> Option<String> {
    match name {
        "HOME" | "USERPROFILE" => Some("/home/u".into()),
        "DIR" => Some("/d".into()),
        "GH_TOKEN" => Some("tok-12345".into()),
        "BROKEN" => Some("a\nb".into()),
        _ => None,
    }
}

fn resolve(body: &str) -> Result<ServerSpec, ResolveError> {
    let config = Config::parse(Path::new("c.toml"), &format!("[servers.x]\n{body}")).expect("parses");
    config.servers[0].resolve(&environment)
}

#[test]
#[cfg(unix)]
fn everything_is_filled_in() {
    let spec = resolve(
        "command = \"~/bin/${P:-srv}\"\nargs = [\"--dir=${DIR}\", \"$${DIR}\"]\nenv = { T = \"x${GH_TOKEN}\" }\n\
         cwd = \"~/w\"\nroots = [\"~\", \"${DIR}/r\"]\nsecrets = [\"${GH_TOKEN}\", \"${NONE:-}\", \"ab\"]",
    )
    .expect("resolves");
    let Launch::Stdio { command, args, env, cwd } = spec.launch else {
        panic!("stdio");
    };
    assert_eq!(command, "/home/u/bin/srv");
    assert_eq!(args, ["--dir=/d", "${DIR}"]);
    assert_eq!(env, [("T".to_owned(), "xtok-12345".to_owned())]);
    assert_eq!(cwd, Some("/home/u/w".into()));
    assert_eq!(spec.roots, [PathBuf::from("/home/u/"), "/d/r".into()]);
    assert_eq!(spec.secrets, ["tok-12345", "ab"]);
}

#[test]
fn a_variable_with_a_secret_name_is_a_secret_wherever_it_goes() {
    let spec = resolve("command = \"x\"\nargs = [\"--conn\", \"db://${GH_TOKEN}/\"]").expect("resolves");
    assert_eq!(spec.secrets, ["tok-12345"]);
    let spec = resolve("url = \"http://h\"\nheaders = { Authorization = \"Bearer ${GH_TOKEN}\" }").expect("resolves");
    assert_eq!(spec.secrets, ["tok-12345"]);
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let error =
        resolve("url = \"http://${HOST}/\"\nheaders = { A = \"${B}\", C = \"${BROKEN}\" }").expect_err("missing");
    assert_eq!(
        error.to_string(),
        "c.toml:1: servers.x.url: the environment variable `HOST` is not set; set it, or give a default: `${HOST:-…}`\n\
         c.toml:1: servers.x.headers.A: the environment variable `B` is not set; set it, or give a default: `${B:-…}`\n\
         c.toml:1: servers.x.headers.C: the value holds a line break or another character that no header may hold"
    );
    let error = resolve("url = \"${DIR}\"").expect_err("no URL");
    assert!(error.to_string().contains("servers.x.url: not a URL"), "{error}");
}

#[test]
fn no_home_is_an_error_only_where_it_is_needed() {
    let config = Config::parse(Path::new("c.toml"), "[servers.x]\ncommand = \"x\"\ncwd = \"~/a\"").expect("parses");
    let error = config.servers[0].resolve(&|_| None).expect_err("no home");
    assert!(error.to_string().contains("cwd: `~` needs"), "{error}");
}

#[test]
fn environment_files_give_way_to_env() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("x.env");
    std::fs::write(&file, "A=file\nB_TOKEN=from-file\n").expect("written");
    let file = file.display().to_string().escape_default().to_string();
    let spec = resolve(&format!("command = \"x\"\nenv_file = \"{file}\"\nenv = {{ A = \"own\" }}")).expect("resolves");
    let Launch::Stdio { env, .. } = &spec.launch else {
        panic!("stdio");
    };
    assert_eq!(env, &[("B_TOKEN".to_owned(), "from-file".to_owned()), ("A".to_owned(), "own".to_owned())]);
    assert_eq!(spec.secrets, ["from-file"]);
    let error = resolve("command = \"x\"\nenv_file = \"/no/such.env\"").expect_err("not there");
    assert!(error.to_string().contains("servers.x.env_file: /no/such.env: no such file"), "{error}");
}
