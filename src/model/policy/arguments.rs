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
    /// These members with values like these, whatever else there is. A member is a path (`a.b`); a value that is not
    /// a string is compared in its one spelling.
    Like(Vec<(String, Glob)>),
    /// Exactly these arguments.
    Exactly(RawJson),
}

impl ArgumentPattern {
    /// How much it says: 0 nothing, 1 and more the number of members, the most for exact ones.
    pub(super) fn exactness(&self) -> usize {
        match self {
            ArgumentPattern::Any => 0,
            ArgumentPattern::Like(members) => members.len(),
            ArgumentPattern::Exactly(_) => usize::MAX,
        }
    }

    /// Whether the arguments are such. `careful`: a person must be able to rely on it, so a value that can be read in
    /// two ways is none that it is like.
    pub fn matches(&self, arguments: Arguments<'_>, careful: Careful) -> bool {
        match self {
            ArgumentPattern::Any => true,
            ArgumentPattern::Exactly(wanted) => Fingerprint::of_json(wanted) == arguments.fingerprint(),
            ArgumentPattern::Like(wanted) => wanted.iter().all(|(path, glob)| {
                let values = arguments.values(path);
                match careful {
                    // Two members of one name: the server may look at either.
                    Careful::Yes => values.len() == 1 && glob.matches(&values[0], careful),
                    Careful::No => values.iter().any(|value| glob.matches(value, careful)),
                }
            }),
        }
    }
}

impl fmt::Display for ArgumentPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgumentPattern::Any => Ok(()),
            ArgumentPattern::Exactly(_) => f.write_str(" with exactly these arguments"),
            ArgumentPattern::Like(members) => {
                for (n, (path, glob)) in members.iter().enumerate() {
                    write!(f, "{} {path} = {glob}", if n == 0 { " with" } else { "," })?;
                }
                Ok(())
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

    /// All values at a path, strings as what they stand for; several where members are repeated.
    fn values(self, path: &str) -> Vec<Cow<'a, str>> {
        let mut found: Vec<&'a str> = vec![self.0.as_str()];
        for step in path.split('.') {
            let named = |(key, _): &(&str, &str)| decoded(key).is_some_and(|key| key == step);
            found = found
                .into_iter()
                .flat_map(|object| members(object).filter(named).map(|(_, value)| value).collect::<Vec<_>>())
                .collect();
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
            (r#"{"a":"x"}"#, "a.b", "*", false, false),
        ] {
            let json = RawJson::parse(arguments).unwrap();
            let pattern = ArgumentPattern::Like(vec![(path.into(), Glob::new(glob))]);
            assert_eq!(pattern.matches(Arguments::of(&json), Careful::No), loose, "{arguments} {glob}");
            assert_eq!(pattern.matches(Arguments::of(&json), Careful::Yes), careful, "carefully: {arguments} {glob}");
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
