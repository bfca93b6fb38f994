//! Conditions on arguments: [`ArgumentPattern`], matched against the arguments as they would be sent ([`Arguments`]).

use std::borrow::Cow;
use std::fmt;

use super::glob::{Careful, Glob};
use crate::model::fingerprint::Fingerprint;
use crate::model::json::scan::{decoded, members};
use crate::model::json::{RawJson, canonical};

/// What a rule wants of the arguments.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ArgumentPattern {
    /// Nothing.
    #[default]
    Any,
    /// Members with values like these. A value that is not a string is compared in its one spelling.
    Like {
        /// The members: a name, or a path (`a.b`), and what the value is like.
        members: Vec<(String, Glob)>,
        /// Whether there must be no others beside them.
        only: bool,
    },
    /// Exactly these arguments.
    Exactly(RawJson),
}

impl ArgumentPattern {
    /// How much it says: 0 nothing, 1 and more the number of members, the most for exact ones.
    pub(super) fn exactness(&self) -> usize {
        match self {
            ArgumentPattern::Any => 0,
            ArgumentPattern::Like { members, only } => members.len() + usize::from(*only),
            ArgumentPattern::Exactly(_) => usize::MAX,
        }
    }

    /// Whether the arguments are such. `careful`: a person must be able to rely on it, so a value that can be read in
    /// two ways is none that it is like.
    pub fn matches(&self, arguments: Arguments<'_>, careful: Careful) -> bool {
        match self {
            ArgumentPattern::Any => true,
            ArgumentPattern::Exactly(wanted) => Fingerprint::of_json(wanted) == arguments.fingerprint(),
            ArgumentPattern::Like { members: wanted, only } => {
                let alike = |(path, glob): &(String, Glob)| {
                    let values = arguments.values(path);
                    match careful {
                        // Two members of one name: the server may look at either.
                        Careful::Yes => values.len() == 1 && glob.matches(&values[0], careful),
                        Careful::No => values.iter().any(|value| glob.matches(value, careful)),
                    }
                };
                wanted.iter().all(alike) && !(*only && arguments.has_others(wanted))
            }
        }
    }
}

impl fmt::Display for ArgumentPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgumentPattern::Any => Ok(()),
            ArgumentPattern::Exactly(_) => f.write_str(" with exactly these arguments"),
            ArgumentPattern::Like { members, only } => {
                for (n, (path, glob)) in members.iter().enumerate() {
                    write!(f, "{} {path} = {glob}", if n == 0 { " with" } else { "," })?;
                }
                f.write_str(if *only { " and nothing else" } else { "" })
            }
        }
    }
}

/// The arguments of a call, for matching.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a>(&'a RawJson);

impl<'a> Arguments<'a> {
    /// These arguments.
    pub fn of(arguments: &'a RawJson) -> Arguments<'a> {
        Arguments(arguments)
    }

    fn fingerprint(self) -> Fingerprint {
        Fingerprint::of_json(self.0)
    }

    /// Whether there is a member that none of these is about.
    fn has_others(self, wanted: &[(String, Glob)]) -> bool {
        let about = |name: &str, path: &str| path == name || path.split('.').next() == Some(name);
        members(self.0.as_str())
            .any(|(key, _)| !decoded(key).is_some_and(|name| wanted.iter().any(|(path, _)| about(&name, path))))
    }

    /// All values at a path, strings as what they stand for; several where members are repeated, or where a dot can be
    /// a part of a name.
    fn values(self, path: &str) -> Vec<Cow<'a, str>> {
        let named = |object: &'a str, name: &str| -> Vec<&'a str> {
            members(object)
                .filter(|(key, _)| decoded(key).is_some_and(|key| key == name))
                .map(|(_, value)| value)
                .collect()
        };
        let mut found = named(self.0.as_str(), path);
        if path.contains('.') {
            let start = vec![self.0.as_str()];
            found.extend(
                path.split('.')
                    .fold(start, |objects, step| objects.into_iter().flat_map(|object| named(object, step)).collect()),
            );
        }
        found.into_iter().map(|value| decoded(value).unwrap_or_else(|| canonical(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn members_are_found_by_path_and_read_in_one_way_only() {
        for (arguments, path, glob, loose, careful) in [
            (r#"{"path":"/tmp/a"}"#, "path", "/tmp/*", true, true),
            (r#"{"path":"/etc/passwd"}"#, "path", "/tmp/*", false, false),
            (r#"{"p\u0061th":"\/tmp\/a"}"#, "path", "/tmp/*", true, true),
            (r#"{"path":"/tmp/a","path":"/etc/passwd"}"#, "path", "/tmp/*", true, false),
            (r#"{"path":"/etc/passwd","path":"/tmp/a"}"#, "path", "/tmp/*", true, false),
            (r#"{"a":{"b":3}}"#, "a.b", "3", true, true),
            (r#"{"a":{"b":[1, 2]}}"#, "a.b", "[1,2]", true, true),
            (r#"{"a":true}"#, "a", "true", true, true),
            (r#"{"a":"true"}"#, "a", "true", true, true),
            ("{}", "a", "*", false, false),
            ("[]", "a", "*", false, false),
            (r#"{"a.b":"x"}"#, "a.b", "x", true, true),
            (r#"{"a.b":"x","a":{"b":"y"}}"#, "a.b", "x", true, false),
            (r#"{"a":"x"}"#, "a.b", "*", false, false),
        ] {
            let json = RawJson::parse(arguments).unwrap();
            let members = vec![(path.into(), Glob::new(glob))];
            let pattern = ArgumentPattern::Like { members, only: false };
            assert_eq!(pattern.matches(Arguments::of(&json), Careful::No), loose, "{arguments} {glob}");
            assert_eq!(pattern.matches(Arguments::of(&json), Careful::Yes), careful, "carefully: {arguments} {glob}");
        }
    }

    #[test]
    fn nothing_else_means_nothing_else() {
        let member = |path: &str| (path.to_owned(), Glob::new("*"));
        let pattern = ArgumentPattern::Like { members: vec![member("a"), member("b.c")], only: true };
        for (arguments, matches) in [
            (r#"{"a":1,"b":{"c":2}}"#, true),
            (r#"{"a":1,"b":{"c":2},"d":3}"#, false),
            (r#"{"a":1,"b":{"c":2},"d":3}"#, false),
            (r#"{"a":1}"#, false),
        ] {
            let json = RawJson::parse(arguments).unwrap();
            assert_eq!(pattern.matches(Arguments::of(&json), Careful::Yes), matches, "{arguments}");
        }
    }

    #[test]
    fn exact_arguments_are_the_same_in_any_order() {
        let pattern = ArgumentPattern::Exactly(RawJson::parse(r#"{"a":1,"b":2}"#).unwrap());
        for (arguments, same) in
            [(r#"{"b": 2, "a": 1}"#, true), (r#"{"a":1}"#, false), (r#"{"a":1,"b":2,"b":2}"#, false)]
        {
            let json = RawJson::parse(arguments).unwrap();
            assert_eq!(pattern.matches(Arguments::of(&json), Careful::Yes), same, "{arguments}");
        }
    }
}
