//! What a tool claims about itself: [`Claims`], and what a rule wants of them. Claims, never facts.

use crate::model::json::{RawJson, scan};

/// The annotations of a tool. What it does not say is what the specification says it is then: the worst.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claims {
    /// It changes nothing.
    pub read_only: bool,
    /// It may destroy something. Nothing that is read-only does.
    pub destructive: bool,
    /// Twice has the effect of once.
    pub idempotent: bool,
    /// It deals with the world outside of the server.
    pub open_world: bool,
    /// Which of them it says itself, in this order.
    pub said: [bool; 4],
}

impl Claims {
    /// What this definition claims; the defaults without one.
    pub fn of(definition: Option<&RawJson>) -> Claims {
        let annotations = definition.and_then(|definition| definition.get("annotations")).unwrap_or_default();
        let says = |name: &str| match scan::member(annotations, name).map(str::trim) {
            Some("true") => Some(true),
            Some("false") => Some(false),
            // A claim of another type is none.
            _ => None,
        };
        let all = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"].map(says);
        let [read_only, destructive, idempotent, open_world] = all;
        let read_only = read_only.unwrap_or(false);
        Claims {
            read_only,
            destructive: !read_only && destructive.unwrap_or(true),
            idempotent: idempotent.unwrap_or(false),
            open_world: open_world.unwrap_or(true),
            said: all.map(|claim| claim.is_some()),
        }
    }

    /// The claims in words, with what is assumed where it claims nothing.
    pub fn words(self) -> String {
        let mut words = Vec::new();
        words.push(match (self.read_only, self.destructive) {
            (true, _) => "read-only",
            (false, true) => "writes, may destroy",
            (false, false) => "writes, destroys nothing",
        });
        if !self.read_only && self.idempotent {
            words.push("twice is once");
        }
        words.push(if self.open_world { "open world" } else { "closed world" });
        let words = words.join(", ");
        if self.is_silent() { format!("nothing; assumed: {words}") } else { words }
    }

    /// Whether nothing is claimed that has a meaning here: everything is assumed.
    pub fn is_silent(self) -> bool {
        !(self.said[0] || (!self.read_only && self.said[1]) || self.said[2] || self.said[3])
    }
}

/// What a rule wants claimed; `None` does not care.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ClaimCondition {
    /// It changes nothing.
    pub read_only: Option<bool>,
    /// It may destroy something.
    pub destructive: Option<bool>,
    /// Twice has the effect of once.
    pub idempotent: Option<bool>,
    /// It deals with the world outside.
    pub open_world: Option<bool>,
}

impl ClaimCondition {
    /// Whether it wants nothing.
    pub fn is_empty(self) -> bool {
        self == ClaimCondition::default()
    }

    /// Whether this is claimed.
    pub(super) fn matches(self, claims: Claims) -> bool {
        let wanted = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        wanted(self.read_only, claims.read_only)
            && wanted(self.destructive, claims.destructive)
            && wanted(self.idempotent, claims.idempotent)
            && wanted(self.open_world, claims.open_world)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn claims(annotations: &str) -> Claims {
        let text = format!(r#"{{"name":"t","inputSchema":{{}},"annotations":{annotations}}}"#);
        Claims::of(Some(&RawJson::parse(text).unwrap()))
    }

    #[test]
    fn what_is_not_said_is_the_worst() {
        for (annotations, words) in [
            ("{}", "nothing; assumed: writes, may destroy, open world"),
            ("null", "nothing; assumed: writes, may destroy, open world"),
            (r#"{"readOnlyHint":"true"}"#, "nothing; assumed: writes, may destroy, open world"),
            (r#"{"readOnlyHint":true}"#, "read-only, open world"),
            (r#"{"readOnlyHint":true,"destructiveHint":true}"#, "read-only, open world"),
            (r#"{"destructiveHint":false,"openWorldHint":false}"#, "writes, destroys nothing, closed world"),
            (r#"{"idempotentHint":true}"#, "writes, may destroy, twice is once, open world"),
        ] {
            assert_eq!(claims(annotations).words(), words, "{annotations}");
        }
        assert_eq!(Claims::of(None), claims("{}"));
    }
}
