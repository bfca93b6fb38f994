//! Which calls of a model may run: [`Policy::decide`]: allow, ask or deny, by server, tool, claims and arguments.
//!
//! The order, strictest first, so that a rule that is added can surprise nobody:
//!
//! 1. Any matching **deny** rule denies. Nothing overrides it: exceptions are written into the rule (`except`).
//! 2. Any matching **ask** rule asks, unless a matching allow rule is *more exact*: at least as exact about the server,
//!    the tool and the arguments, and more so in one of them.
//! 3. Any matching **allow** rule allows.
//! 4. Else the default.
//!
//! So adding a deny or ask rule never allows more, whatever else there is. What a tool claims about itself
//! (annotations) may only make it stricter, unless the server is trusted: an allow rule that relies on claims is no
//! rule for anybody else. An allow rule that a person made in an approval is bound to the tool's definition and to
//! the server as it was then; when either changes it is void, and the next question says so.

mod arguments;
mod claims;
mod glob;
mod rule;
#[cfg(test)]
mod tests;
mod written;

pub use arguments::{ArgumentPattern, Arguments};
pub use claims::{ClaimCondition, Claims};
pub use glob::{Careful, Glob};
pub use rule::{Bound, Rule, Source};

use super::fingerprint::Fingerprint;
use super::json::RawJson;

/// What may happen with a call. The order is from the loosest to the strictest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Verdict {
    /// It runs.
    Allow,
    /// A person is asked first.
    #[default]
    Ask,
    /// It does not run.
    Deny,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 3] = [Verdict::Allow, Verdict::Ask, Verdict::Deny];

    /// Its word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Ask => "ask",
            Verdict::Deny => "deny",
        }
    }

    fn does(self) -> &'static str {
        match self {
            Verdict::Allow => "allows",
            Verdict::Ask => "asks about",
            Verdict::Deny => "denies",
        }
    }
}

/// The rules and what happens where none matches.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Policy {
    /// The rules; their order means nothing.
    pub rules: Vec<Rule>,
    /// What happens with a call that no rule is about.
    pub default: Verdict,
}

/// A call to decide about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The server's name in this run.
    pub server: &'a str,
    /// Whether the config says that the server's claims can be believed.
    pub trusted: bool,
    /// What the server is.
    pub origin: Fingerprint,
    /// The tool's name, as the server spells it.
    pub tool: &'a str,
    /// The tool's definition as the server sent it, if it has one.
    pub definition: Option<&'a RawJson>,
    /// The fingerprint of that definition.
    pub fingerprint: Option<Fingerprint>,
    /// The arguments as they would be sent.
    pub arguments: &'a RawJson,
}

/// What is decided, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What may happen.
    pub verdict: Verdict,
    /// Which rule of which file says so, in plain words.
    pub reason: String,
    /// The rule's place in `Policy::rules`; `None` for the default.
    pub rule: Option<usize>,
    /// A rule would have allowed it, but is void: the definition, or the server, is not what it was.
    pub void: Option<String>,
}

impl Policy {
    /// Decides. Total, and linear in the number of rules and the size of the arguments.
    pub fn decide(&self, subject: &Subject<'_>) -> Decision {
        let claims = Claims::of(subject.definition);
        let arguments = Arguments::of(subject.arguments);
        let matching: Vec<(usize, &Rule)> =
            self.rules.iter().enumerate().filter(|(_, rule)| rule.matches(subject, claims, arguments)).collect();
        let of = |verdict| matching.iter().filter(move |(_, rule)| rule.verdict == verdict);
        let void = of(Verdict::Allow).find_map(|(_, rule)| rule.void(subject));
        let allows: Vec<_> = of(Verdict::Allow).filter(|(_, rule)| rule.void(subject).is_none()).collect();
        // Where several say the same, the most exact one is worth naming.
        let denying = of(Verdict::Deny).max_by_key(|(_, rule)| rule.exactness());
        let overridden = |ask: &Rule| allows.iter().any(|(_, allow)| allow.is_more_exact_than(ask));
        let asking = of(Verdict::Ask).filter(|(_, rule)| !overridden(rule)).max_by_key(|(_, rule)| rule.exactness());
        // Where the default is to deny, asking is looser: a claim alone may not bring that about either.
        let believed = |rule: &Rule| subject.trusted || rule.claims.is_empty();
        let only_claims =
            self.default == Verdict::Deny && allows.is_empty() && !of(Verdict::Ask).any(|(_, rule)| believed(rule));
        let asking = asking.filter(|_| !only_claims);
        let allowing = allows.iter().copied().max_by_key(|(_, rule)| rule.exactness());
        let found = denying.or(asking).or(allowing);
        let verdict = found.map_or(self.default, |(_, rule)| rule.verdict);
        let reason = match found {
            Some((_, rule)) => format!("{} {} {}", rule.source, verdict.does(), rule.about()),
            None => format!("default: {}; no rule matches {}/{}", verdict.word(), subject.server, subject.tool),
        };
        let void = void.filter(|_| verdict == Verdict::Ask);
        Decision { verdict, reason, rule: found.map(|(at, _)| *at), void }
    }
}
