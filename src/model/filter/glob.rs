//! A name with gaps: [`Glob`], where `*` stands for anything.

/// A pattern for names. Letters match in either case; `*` stands for any text, also none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob(String);

impl Glob {
    /// The pattern as typed.
    pub fn new(pattern: impl Into<String>) -> Glob {
        Glob(pattern.into())
    }

    /// The pattern as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it covers the whole name. Takes at most pattern × name steps: it goes back to the last `*` only.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut p, mut n) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(byte) if byte.eq_ignore_ascii_case(&name[n]) => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some((at, from)) = star else { return false };
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
            }
        }
        pattern[p..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, fits) in [
            ("tools/*", "tools/call", true),
            ("tools/*", "resources/read", false),
            ("*/list", "tools/list", true),
            ("*/list", "notifications/tools/list_changed", false),
            ("*list*", "notifications/tools/list_changed", true),
            ("Demo", "demo", true),
            ("demo", "demo2", false),
            ("a*b*c", "aXbXbc", true),
            ("*", "", true),
            ("", "x", false),
            ("***a", "ba", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_the_product() {
        assert!(!Glob::new("*a".repeat(50)).matches(&"a".repeat(40)));
        assert!(!Glob::new(format!("{}b", "*a".repeat(2_000))).matches(&"a".repeat(10_000)));
    }
}
