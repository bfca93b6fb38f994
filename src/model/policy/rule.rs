//! One [`Rule`]: what it is about, what it says, where it stands, and which of two rules is more exact.

use std::fmt;

use super::arguments::{ArgumentPattern, Arguments};
use super::claims::{ClaimCondition, Claims};
use super::glob::{Careful, Glob};
use super::{Subject, Verdict};
use crate::model::fingerprint::Fingerprint;

/// A rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Where it stands, for a person.
    pub source: Source,
    /// Which servers, by name.
    pub server: Glob,
    /// Which tools, by name.
    pub tool: Glob,
    /// Tools that it is not about although `tool` matches them.
    pub except: Vec<Glob>,
    /// Which claims. With an allow rule, only those of a trusted server count.
    pub claims: ClaimCondition,
    /// Which arguments.
    pub arguments: ArgumentPattern,
    /// What it says.
    pub verdict: Verdict,
    /// What it was made for, if it was made in an approval; allow rules alone are bound.
    pub bound: Option<Bound>,
}

/// What a rule was made for. Anything else is not what the person allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// The tool's definition.
    pub definition: Fingerprint,
    /// The server: its command line or address.
    pub origin: Fingerprint,
}

/// Where a rule stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// In a file, as its how-manieth rule.
    File {
        /// The file's name, without its directory.
        file: String,
        /// From 1.
        number: usize,
    },
    /// Nowhere: it comes with us.
    BuiltIn,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File { file, number } => write!(f, "rule {number} of {file}"),
            Source::BuiltIn => f.write_str("a built-in rule"),
        }
    }
}

impl Rule {
    /// The rule that a trusted server's claim to change nothing is believed.
    pub fn read_only() -> Rule {
        Rule {
            source: Source::BuiltIn,
            server: Glob::new("*"),
            tool: Glob::new("*"),
            except: Vec::new(),
            claims: ClaimCondition { read_only: Some(true), ..ClaimCondition::default() },
            arguments: ArgumentPattern::Any,
            verdict: Verdict::Allow,
            bound: None,
        }
    }

    /// Whether it is about this call, void or not.
    pub(super) fn matches(&self, subject: &Subject<'_>, claims: Claims, arguments: Arguments<'_>) -> bool {
        // What makes it looser must be beyond doubt; what makes it stricter need not be.
        let (about, except) = match self.verdict {
            Verdict::Allow => (Careful::Yes, Careful::No),
            Verdict::Ask | Verdict::Deny => (Careful::No, Careful::Yes),
        };
        let named = |glob: &Glob, name: &str| glob.is_any() || glob.matches(name, about);
        named(&self.server, subject.server)
            && named(&self.tool, subject.tool)
            && !self.except.iter().any(|glob| glob.matches(subject.tool, except))
            && (self.claims.is_empty()
                || (self.claims.matches(claims) && (subject.trusted || self.verdict != Verdict::Allow)))
            && self.arguments.matches(arguments, about)
    }

    /// Why it does not hold any more for a call that it is about.
    pub(super) fn void(&self, subject: &Subject<'_>) -> Option<String> {
        let bound = self.bound?;
        let what = if subject.fingerprint != Some(bound.definition) {
            format!("the definition of {} is not the one that it was made for", subject.tool)
        } else if subject.origin != bound.origin {
            format!("{} is started or reached in another way than when it was made", subject.server)
        } else {
            return None;
        };
        Some(format!("{} is void: {what}", self.source))
    }

    /// For choosing the one to name where several say the same.
    pub(super) fn exactness(&self) -> (u8, u8, usize) {
        (self.server.exactness(), self.tool.exactness(), self.arguments.exactness())
    }

    /// Whether it is at least as exact as the other in everything, and more so in something: then whoever wrote it
    /// knew better what it is about.
    pub(super) fn is_more_exact_than(&self, other: &Rule) -> bool {
        self.is_as_exact_as(other) && !other.is_as_exact_as(self)
    }

    fn is_as_exact_as(&self, other: &Rule) -> bool {
        let glob = |one: &Glob, other: &Glob| one.is_exact() || other.is_any() || one == other;
        let one_tool = self.server.is_exact() && self.tool.is_exact();
        let arguments = match (&self.arguments, &other.arguments) {
            (ArgumentPattern::Exactly(_), _) | (_, ArgumentPattern::Any) => true,
            (ArgumentPattern::Any, _) | (_, ArgumentPattern::Exactly(_)) => false,
            (
                ArgumentPattern::Like { members: these, only },
                ArgumentPattern::Like { members: those, only: other_only },
            ) => {
                let as_exact = |(path, pattern): &(String, Glob)| {
                    these.iter().any(|(here, this)| here == path && glob(this, pattern))
                };
                those.iter().all(as_exact) && (*only || !other_only)
            }
        };
        glob(&self.server, &other.server)
            && glob(&self.tool, &other.tool)
            // A rule about one tool is made with its claims in view.
            && (other.claims.is_empty() || one_tool || self.claims == other.claims)
            && arguments
            // So is one that was made in an approval.
            && (other.bound.is_none() || self.bound.is_some())
    }

    /// What it is about, in words.
    pub fn about(&self) -> String {
        let mut text = format!("{}/{}", self.server, self.tool);
        if !self.except.is_empty() {
            let names: Vec<&str> = self.except.iter().map(Glob::as_str).collect();
            text = format!("{text} (but not {})", names.join(", "));
        }
        let claims = [
            ("read-only", "not read-only", self.claims.read_only),
            ("destructive", "not destructive", self.claims.destructive),
            ("idempotent", "not idempotent", self.claims.idempotent),
            ("open world", "closed world", self.claims.open_world),
        ];
        let said: Vec<&str> = claims
            .iter()
            .filter_map(|(yes, no, wanted)| wanted.map(|wanted| if wanted { *yes } else { *no }))
            .collect();
        if !said.is_empty() {
            text = format!("{text} where it claims {}", said.join(", "));
        }
        text + &self.arguments.to_string()
    }
}
