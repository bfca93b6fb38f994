//! Reading `[policy]` of the config, and the rules' own file (`policy.toml`), which approvals add to.

use std::path::Path;

use super::problem::{ConfigError, Problem};
use super::reader::{Given, Reader, Section, join, text_of};
use super::suggest::nearest;
use super::tree::{Node, Source as File, Tree};
use crate::model::fingerprint::Fingerprint;
use crate::model::json::RawJson;
use crate::model::policy::{ArgumentPattern, Bound, ClaimCondition, Glob, Policy, Rule, Source, Verdict};

#[cfg(test)]
mod tests;

/// `[policy]`.
#[derive(Clone, PartialEq, Debug)]
pub struct PolicyConfig {
    /// What happens with a call that no rule is about.
    pub default: Verdict,
    /// Whether a trusted server's claim that a tool changes nothing is enough to allow it.
    pub read_only: bool,
    /// Its rules.
    pub rules: Vec<Rule>,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self { default: Verdict::Ask, read_only: true, rules: Vec::new() }
    }
}

impl PolicyConfig {
    /// The policy of a run: the rules of the config and these, with the built-in one.
    pub fn policy(&self, more: Vec<Rule>) -> Policy {
        let built_in = self.read_only.then(Rule::read_only);
        Policy { rules: self.rules.iter().cloned().chain(more).chain(built_in).collect(), default: self.default }
    }

    /// Rules that name a server which nobody configured: allowed, for servers come from the command line too, but
    /// mostly a slip of the pen.
    pub fn doubts<'a>(rules: &[Rule], servers: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
        let unknown = rules
            .iter()
            .filter(|rule| rule.server.is_exact() && !servers.clone().any(|name| name == rule.server.as_str()));
        unknown
            .map(|rule| {
                let name = rule.server.as_str();
                let meant = nearest(name, servers.clone()).map(|meant| format!("; did you mean `{meant}`?"));
                format!("{}: no server of the config is called `{name}`{}", rule.source, meant.unwrap_or_default())
            })
            .collect()
    }
}

/// Reads `[policy]`.
pub(super) fn policy(reader: &mut Reader<'_>, root: &mut Section<'_>) -> PolicyConfig {
    let fallback = PolicyConfig::default();
    let Some(mut section) = root.section(reader, "policy") else { return fallback };
    let default =
        section.choice(reader, "default", &[("ask", Verdict::Ask), ("allow", Verdict::Allow), ("deny", Verdict::Deny)]);
    let read_only = section.choice(reader, "read_only", &[("allow", true), ("ask", false)]);
    let rules = rules(reader, &mut section);
    section.finish(reader);
    PolicyConfig {
        default: default.map_or(fallback.default, |given| given.value),
        read_only: read_only.map_or(fallback.read_only, |given| given.value),
        rules,
    }
}

/// Reads the rules' own file. None is an empty one.
pub fn load_rules(file: &Path) -> Result<Vec<Rule>, ConfigError> {
    let source = match File::read(file) {
        Ok(source) => source,
        Err(ConfigError::Missing { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    read_rules(&source)
}

pub(super) fn read_rules(source: &File) -> Result<Vec<Rule>, ConfigError> {
    let tree = source.toml().map_err(|problems: Vec<Problem>| ConfigError::Invalid { problems })?;
    let mut reader = Reader::new(source);
    let mut found = Vec::new();
    if let Some(mut root) = Section::new(&mut reader, String::new(), &tree) {
        found = rules(&mut reader, &mut root);
        root.finish(&mut reader);
    }
    reader.finish()?;
    Ok(found)
}

fn rules(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Vec<Rule> {
    let path = section.at("rules");
    let Some(member) = section.take("rules") else { return Vec::new() };
    let Node::List(items) = &member.value.node else {
        let found = member.value.kind();
        reader.complain(member.value.at, &path, format!("expected `[[{path}]]` tables, found {found}"));
        return Vec::new();
    };
    let file = reader.source.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let one = |(index, item): (usize, &Tree)| {
        let source = Source::File { file: file.clone(), number: index + 1 };
        rule(reader, format!("{path}[{}]", index + 1), item, source)
    };
    items.iter().enumerate().filter_map(one).collect()
}

fn rule(reader: &mut Reader<'_>, path: String, tree: &Tree, source: Source) -> Option<Rule> {
    let mut section = Section::new(reader, path, tree)?;
    let server = glob(reader, &mut section, "server", "server = \"github\"");
    let tool = glob(reader, &mut section, "tool", "tool = \"create_*\"");
    let except = section.texts(reader, "except", "except = [\"list_*\"]");
    let claims = ClaimCondition {
        read_only: section.flag(reader, "read_only"),
        destructive: section.flag(reader, "destructive"),
        idempotent: section.flag(reader, "idempotent"),
        open_world: section.flag(reader, "open_world"),
    };
    let arguments = arguments(reader, &mut section);
    let verdict = section.choice(reader, "verdict", &Verdict::ALL.map(|verdict| (verdict.word(), verdict)));
    let bound = bound(reader, &mut section, verdict.as_ref().map(|given| given.value));
    if server.is_none() && tool.is_none() && section.peek("server").is_none() && section.peek("tool").is_none() {
        reader.complain(tree.at, &section.path, "say what it is about: `server`, `tool` or both (`\"*\"` is any)");
    }
    if section.peek("verdict").is_none() {
        reader.complain(tree.at, &section.path, "it says nothing: add `verdict = \"allow\"`, \"ask\" or \"deny\"");
    }
    if claims.read_only == Some(true) && claims.destructive == Some(true) {
        reader.complain(tree.at, &section.path, "it can match nothing: what is read-only is never destructive");
    }
    section.finish(reader);
    Some(Rule {
        source,
        server: server.unwrap_or_else(|| Glob::new("*")),
        tool: tool.unwrap_or_else(|| Glob::new("*")),
        except: except.into_iter().map(|given| Glob::new(given.value)).collect(),
        claims,
        arguments,
        verdict: verdict?.value,
        bound,
    })
}

fn glob(reader: &mut Reader<'_>, section: &mut Section<'_>, key: &'static str, example: &str) -> Option<Glob> {
    let given = section.text(reader, key, example)?;
    if given.value.is_empty() {
        reader.complain(given.at, &section.at(key), "it can match nothing: `\"*\"` is any");
    }
    Some(Glob::new(given.value))
}

/// `arguments = { path = "/tmp/*" }`, or `exactly = '{"path": "/tmp/a"}'`.
fn arguments(reader: &mut Reader<'_>, section: &mut Section<'_>) -> ArgumentPattern {
    const EXAMPLE: &str = "path = \"/tmp/*\"";
    let path = section.at("arguments");
    let given = section.peek("arguments");
    let mut like = Vec::new();
    for member in section.members(reader, "arguments") {
        let value = match &member.value.node {
            Node::Integer(number) => Some(number.to_string()),
            Node::Flag(flag) => Some(flag.to_string()),
            _ => text_of(reader, &join(&path, &member.key), &member.value, EXAMPLE).map(|given| given.value),
        };
        like.extend(value.map(|value| (member.key.clone(), Glob::new(value))));
    }
    let only_at = section.peek("only");
    let only = section.flag(reader, "only").unwrap_or(false);
    if let (Some(at), true) = (only_at, like.is_empty()) {
        reader.complain(at, &section.at("only"), "it goes with `arguments`: no others than those");
    }
    let exactly = section.text(reader, "exactly", "exactly = '{\"path\": \"/tmp/a\"}'");
    if let Some(Given { value, at }) = exactly {
        if given.is_some() {
            reader.complain(at, &section.at("exactly"), "give `arguments` or `exactly`, not both");
        }
        match RawJson::parse(value) {
            Ok(json) if json.as_str().starts_with('{') => return ArgumentPattern::Exactly(json),
            Ok(_) => reader.complain(at, &section.at("exactly"), "it can match nothing: arguments are a JSON object"),
            Err(fault) => reader.complain(at, &section.at("exactly"), format!("not JSON: {fault}")),
        }
    }
    match (like.is_empty(), given) {
        (false, _) => ArgumentPattern::Like { members: like, only },
        (true, None) => ArgumentPattern::Any,
        (true, Some(at)) => {
            reader.complain(at, &path, format!("it names no argument; for example `arguments = {{ {EXAMPLE} }}`"));
            ArgumentPattern::Any
        }
    }
}

fn bound(reader: &mut Reader<'_>, section: &mut Section<'_>, verdict: Option<Verdict>) -> Option<Bound> {
    let mut print = |section: &mut Section<'_>, key| {
        let given = section.text(reader, key, &format!("{key} = \"(64 hex digits)\""))?;
        let print: Result<Fingerprint, _> = given.value.parse();
        if let Err(fault) = &print {
            reader.complain(given.at, &section.at(key), fault.to_string());
        }
        Some((given.at, print.ok()))
    };
    let (definition, origin) = (print(section, "definition"), print(section, "origin"));
    match (definition, origin) {
        (None, None) => None,
        (Some((at, _)), _) if verdict.is_some_and(|verdict| verdict != Verdict::Allow) => {
            let message = "only rules that allow are bound to a definition; a changed one must not escape the others";
            reader.complain(at, &section.at("definition"), message);
            None
        }
        (Some((_, definition)), Some((_, origin))) => Some(Bound { definition: definition?, origin: origin? }),
        (Some((at, _)), None) | (None, Some((at, _))) => {
            let message = "`definition` and `origin` go together; without both the rule holds whatever changes";
            reader.complain(at, &section.path, message);
            None
        }
    }
}
