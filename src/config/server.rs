//! Reading `[servers.NAME]` and `[defaults]` of our own format.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::entry::{Costs, ServerEntry};
use super::reader::{Given, Reader, Section, join};
use super::tree::Member;
use super::{Defaults, Transport, interpolate, secret};
use crate::model::sampling::{Policy, Rules};
use crate::model::server::{HttpKind, Launch, ProtocolChoice, REVISIONS, Restart, ServerSpec};

/// The levels of server logging, as the protocol names them.
pub(crate) const LOG_LEVELS: [&str; 8] =
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// A secret that stands in the file itself: where, and under which key.
#[cfg_attr(not(unix), expect(dead_code, reason = "nobody is warned: files have no mode there"))]
pub(crate) struct Literal {
    pub(crate) at: usize,
    pub(crate) key: String,
}

/// Reads `[defaults]`.
pub(crate) fn defaults(reader: &mut Reader<'_>, root: &mut Section<'_>) -> Defaults {
    let mut defaults = Defaults::default();
    if let Some(mut section) = root.section(reader, "defaults") {
        let costs = costs(reader, &mut section);
        costs.apply(&mut defaults.timeouts, &mut defaults.limits);
        let roots = section.texts(reader, "roots", "roots = [\"~/project\"]");
        defaults.roots = checked_list(reader, &section.at("roots"), roots).into_iter().map(PathBuf::from).collect();
        defaults.sampling = sampling(reader, &mut section, defaults.sampling);
        section.finish(reader);
    }
    defaults
}

/// Reads all of `[servers]`, in the order of the file.
pub(crate) fn servers(
    reader: &mut Reader<'_>,
    root: &mut Section<'_>,
    defaults: &Defaults,
    literals: &mut Vec<Literal>,
) -> Vec<ServerEntry> {
    let members = root.members(reader, "servers");
    let mut entries = Vec::new();
    for member in members {
        entries.extend(server(reader, member, defaults, literals));
    }
    entries
}

fn server(
    reader: &mut Reader<'_>,
    member: &Member,
    defaults: &Defaults,
    literals: &mut Vec<Literal>,
) -> Option<ServerEntry> {
    let path = join("servers", &member.key);
    if let Err(message) = check_name(&member.key) {
        reader.complain(member.at, &path, message);
    }
    let mut section = Section::new(reader, path.clone(), &member.value)?;
    let launch = launch(reader, &mut section, member.at, literals);
    let enabled = section.flag(reader, "enabled").unwrap_or(true);
    let env_file = section.text(reader, "env_file", "env_file = \"~/.config/github.env\"");
    if let (Some(file), Some(Launch::Http { .. })) = (&env_file, &launch) {
        misplaced(reader, &section, "env_file", file.at, "command");
    }
    let env_file = env_file.map(|given| checked(reader, &section.at("env_file"), given));
    let protocol = protocol(reader, &mut section);
    let roots = section.texts(reader, "roots", "roots = [\"~/project\"]");
    let roots = checked_list(reader, &section.at("roots"), roots);
    let levels = LOG_LEVELS.map(|level| (level, level));
    let log_level = section.choice(reader, "log_level", &levels);
    let group = section.text(reader, "group", "group = \"work\"");
    let restarts = [("never", Restart::Never), ("on-failure", Restart::OnFailure)];
    let restart = section.choice(reader, "restart", &restarts);
    let trusted = section.flag(reader, "trusted").unwrap_or(false);
    let sampling = sampling(reader, &mut section, defaults.sampling);
    let costs = costs(reader, &mut section);
    let given = section.texts(reader, "secrets", "secrets = [\"${TOKEN}\"]");
    for (index, secret) in given.iter().enumerate() {
        note_literal(literals, secret.at, format!("{path}.secrets[{index}]"), &secret.value);
    }
    let secrets = checked_list(reader, &section.at("secrets"), given);
    section.finish(reader);

    let mut template = ServerSpec::new(&member.key, launch?);
    template.protocol = protocol;
    template.roots = roots.into_iter().map(PathBuf::from).collect();
    if template.roots.is_empty() {
        template.roots.clone_from(&defaults.roots);
    }
    template.sampling = sampling;
    template.log_level = log_level.map(|level| level.value.to_owned());
    template.restart = restart.map(|restart| restart.value).unwrap_or_default();
    template.trusted = trusted;
    template.group = group.map(|group| group.value).filter(|group| !group.trim().is_empty());
    template.secrets = secrets;
    template.timeouts = defaults.timeouts;
    template.limits = defaults.limits;
    costs.apply(&mut template.timeouts, &mut template.limits);
    Some(ServerEntry {
        name: member.key.clone(),
        enabled,
        file: reader.source.file.clone(),
        line: reader.source.place(member.at).line,
        template,
        env_file,
        costs,
        explained: BTreeMap::new(),
    })
}

/// The way to the server.
fn launch(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    at: usize,
    literals: &mut Vec<Literal>,
) -> Option<Launch> {
    let command = section.text(reader, "command", "command = \"npx\"");
    let args_at = section.peek("args");
    let args = section.texts(reader, "args", "args = [\"-y\", \"@modelcontextprotocol/server-everything\"]");
    let env_at = section.peek("env");
    let env = templates(reader, section, "env", literals);
    let cwd = section.text(reader, "cwd", "cwd = \"~/project\"");
    let url = section.text(reader, "url", "url = \"https://example.com/mcp\"");
    let headers_at = section.peek("headers");
    let headers = templates(reader, section, "headers", literals);
    let transports =
        [("auto", Transport::Auto), ("stdio", Transport::Stdio), ("http", Transport::Http), ("sse", Transport::Sse)];
    let transport = section.choice(reader, "transport", &transports);
    let path = section.path.clone();

    match (command, url) {
        (Some(command), None) => {
            if let Some(at) = headers_at {
                misplaced(reader, section, "headers", at, "url");
            }
            if let Some(given) = &transport
                && !matches!(given.value, Transport::Auto | Transport::Stdio)
            {
                let message = "a server with `command` speaks stdio; for HTTP give `url` instead";
                reader.complain(given.at, &section.at("transport"), message);
            }
            if command.value.is_empty() {
                reader.complain(command.at, &section.at("command"), "expected a program, found nothing");
            } else if let Some(message) = whole_line(&command.value) {
                reader.complain(command.at, &section.at("command"), message);
            }
            for (member, _) in &env {
                if member.key.is_empty() || member.key.contains(['=', '\0']) {
                    let key = join(&section.at("env"), &member.key);
                    reader.complain(member.at, &key, "not a name for an environment variable");
                }
            }
            Some(Launch::Stdio {
                command: checked(reader, &section.at("command"), command),
                args: checked_list(reader, &section.at("args"), args),
                env: env.into_iter().map(|(member, value)| (member.key.clone(), value)).collect(),
                cwd: cwd.map(|cwd| checked(reader, &section.at("cwd"), cwd).into()),
            })
        }
        (None, Some(url)) => {
            let cwd_at = cwd.map(|cwd| cwd.at);
            for (key, at) in [("args", args_at), ("env", env_at), ("cwd", cwd_at)] {
                if let Some(at) = at {
                    misplaced(reader, section, key, at, "command");
                }
            }
            let kind = match transport {
                None => HttpKind::Auto,
                Some(given) => match given.value {
                    Transport::Auto => HttpKind::Auto,
                    Transport::Http => HttpKind::Streamable,
                    Transport::Sse => HttpKind::Sse,
                    Transport::Stdio => {
                        let message = "a server with `url` speaks HTTP; for stdio give `command` instead";
                        reader.complain(given.at, &section.at("transport"), message);
                        HttpKind::Auto
                    }
                },
            };
            for (member, _) in &headers {
                if http::HeaderName::from_bytes(member.key.as_bytes()).is_err() {
                    let key = join(&section.at("headers"), &member.key);
                    reader.complain(member.at, &key, "not a name for a header");
                }
            }
            // With variables in it, it can be judged only once they are filled in.
            if !url.value.contains("${")
                && let Err(message) = super::target::check_url(&url.value)
            {
                reader.complain(url.at, &section.at("url"), message);
            }
            Some(Launch::Http {
                url: checked(reader, &section.at("url"), url),
                headers: headers.into_iter().map(|(member, value)| (member.key.clone(), value)).collect(),
                kind,
            })
        }
        (Some(_), Some(url)) => {
            let message = "a server has `command` or `url`, not both; remove one";
            reader.complain(url.at, &section.at("url"), message);
            None
        }
        (None, None) => {
            // A value of the wrong kind was complained about already.
            if section.peek("command").is_none() && section.peek("url").is_none() {
                let message = "needs `command` (a program to start) or `url` (an HTTP endpoint)";
                reader.complain(at, &path, message);
            }
            None
        }
    }
}

/// What to write instead of a command line in one string. A path may hold blanks, so only what begins with a
/// plain program name is taken for one.
fn whole_line(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    let program = words.next()?;
    let rest: Vec<String> = words.map(|word| format!("\"{}\"", word.escape_debug())).collect();
    (!rest.is_empty() && !program.contains(['/', '\\', '$'])).then(|| {
        format!(
            "the program alone belongs here, for no shell splits it; write `command = \"{program}\"` and \
             `args = [{}]`",
            rest.join(", ")
        )
    })
}

/// A table of values with variables in them; those that are secrets in plain sight are noted.
pub(super) fn templates<'t>(
    reader: &mut Reader<'_>,
    section: &mut Section<'t>,
    key: &'static str,
    literals: &mut Vec<Literal>,
) -> Vec<(&'t Member, String)> {
    let path = section.at(key);
    let pairs = section.pairs(reader, key);
    for (member, value) in &pairs {
        let path = join(&path, &member.key);
        if secret::is_secret_name(&member.key) {
            note_literal(literals, member.at, path.clone(), value);
        }
        check(reader, &path, member.value.at, value);
    }
    pairs
}

pub(super) fn note_literal(literals: &mut Vec<Literal>, at: usize, key: String, value: &str) {
    if !value.is_empty() && !value.contains("${") {
        literals.push(Literal { at, key });
    }
}

fn checked(reader: &mut Reader<'_>, path: &str, given: Given<String>) -> String {
    check(reader, path, given.at, &given.value);
    given.value
}

fn checked_list(reader: &mut Reader<'_>, path: &str, given: Vec<Given<String>>) -> Vec<String> {
    let numbered = given.into_iter().enumerate();
    numbered.map(|(index, given)| checked(reader, &format!("{path}[{index}]"), given)).collect()
}

/// Complains about a `${…}` that can never be filled in, whatever the environment.
pub(crate) fn check(reader: &mut Reader<'_>, path: &str, at: usize, value: &str) {
    if let Err(malformed) = interpolate::parse(value) {
        reader.complain(at, path, malformed.to_string());
    }
}

fn misplaced(reader: &mut Reader<'_>, section: &Section<'_>, key: &str, at: usize, with: &str) {
    let message = format!("only a server with `{with}` has `{key}`");
    reader.complain(at, &section.at(key), message);
}

fn protocol(reader: &mut Reader<'_>, section: &mut Section<'_>) -> ProtocolChoice {
    let mut choices = vec![("auto", None)];
    choices.extend(REVISIONS.iter().map(|revision| (*revision, Some(*revision))));
    match section.choice(reader, "protocol_version", &choices) {
        Some(Given { value: Some(revision), .. }) => ProtocolChoice::Pinned(revision.to_owned()),
        _ => ProtocolChoice::Auto,
    }
}

/// What may be asked of a model; what is not given is as it would be otherwise.
fn sampling(reader: &mut Reader<'_>, section: &mut Section<'_>, otherwise: Rules) -> Rules {
    let policies = [("allow", Policy::Allow), ("ask", Policy::Ask), ("deny", Policy::Deny)];
    let policy = section.choice(reader, "sampling", &policies).map(|given| given.value);
    let mut count = |key| section.count(reader, key, 0);
    let (requests, per_minute) = (count("sampling_requests"), count("sampling_per_minute"));
    let tokens = count("sampling_tokens");
    let short = |count: Option<usize>, otherwise| count.map_or(otherwise, |count| count.try_into().unwrap_or(u32::MAX));
    Rules {
        policy: policy.unwrap_or(otherwise.policy),
        requests: short(requests, otherwise.requests),
        per_minute: short(per_minute, otherwise.per_minute),
        tokens: tokens.map_or(otherwise.tokens, |tokens| tokens as u64),
    }
}

fn costs(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Costs {
    let mut seconds = |key| section.seconds(reader, key);
    let connect = seconds("connect_timeout");
    let probe = seconds("probe_timeout");
    let request = seconds("timeout");
    let request_max = seconds("max_timeout");
    let write = seconds("write_timeout");
    let ping = seconds("ping_interval");
    if let (Some(request), Some(max)) = (&request, &request_max)
        && max.value < request.value
    {
        let message = "shorter than `timeout`; it bounds a request however much progress it reports";
        reader.complain(max.at, &section.at("max_timeout"), message);
    }
    let value = |given: Option<Given<_>>| given.map(|given| given.value);
    Costs {
        connect: value(connect),
        probe: value(probe),
        request: value(request),
        request_max: value(request_max),
        write: value(write),
        ping: value(ping),
        frame_bytes: section.size(reader, "max_frame_bytes"),
        pages: section.count(reader, "max_pages", 1),
        items: section.count(reader, "max_items", 1),
        rounds: section.count(reader, "max_rounds", 1),
        memory: section.size(reader, "max_memory"),
    }
}

/// Whether a server can be called so. Names are typed on command lines and shown in front of every tool: what
/// cannot be seen or typed is no name.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let bad =
        name.chars().find(|c| c.is_control() || super::shown::is_invisible(*c) || (c.is_whitespace() && *c != ' '));
    if let Some(bad) = bad {
        return Err(format!("a server name may not hold {}", bad.escape_unicode()));
    }
    if name.is_empty() || name.trim() != name {
        return Err("a server name may not be empty, nor begin or end with a blank".into());
    }
    if name.chars().count() > 64 {
        return Err("a server name has at most 64 characters".into());
    }
    Ok(())
}
