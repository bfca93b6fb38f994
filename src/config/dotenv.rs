//! Environment files (`env_file`): `NAME=value` lines, as other MCP clients read them.

/// The variables of an environment file, or what is wrong with which line.
///
/// Blank lines and `#` comments are skipped, a leading `export` is allowed. `'…'` is text as it is, `"…"` knows
/// `\n`, `\t`, `\"` and `\\`; without quotes a ` #` begins a comment. Nothing is interpolated.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        // The line itself is not repeated in the message: it may hold a secret.
        let (name, value) = line.split_once('=').ok_or_else(|| format!("line {}: expected NAME=value", index + 1))?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(format!("line {}: expected NAME=value", index + 1));
        }
        let value =
            unquote(value.trim()).ok_or_else(|| format!("line {}: {name}: the quote is not closed", index + 1))?;
        variables.push((name.to_owned(), value));
    }
    Ok(variables)
}

fn unquote(value: &str) -> Option<String> {
    if let Some(rest) = value.strip_prefix('\'') {
        return rest.split_once('\'').map(|(inside, _)| inside.to_owned());
    }
    if let Some(rest) = value.strip_prefix('"') {
        let mut inside = String::new();
        let mut chars = rest.chars();
        loop {
            match chars.next()? {
                '"' => return Some(inside),
                '\\' => match chars.next()? {
                    'n' => inside.push('\n'),
                    't' => inside.push('\t'),
                    c @ ('"' | '\\') => inside.push(c),
                    c => inside.extend(['\\', c]),
                },
                c => inside.push(c),
            }
        }
    }
    let plain = value.split(" #").next().unwrap_or_default();
    Some(plain.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let text = "\u{feff}# comment\nA=1\nexport B = two words # said\n\nC='x # y' tail\nD=\"a\\n\\\"b\\\"\\d\"\nE=\r\nF=a=b#c\n";
        let expected =
            [("A", "1"), ("B", "two words"), ("C", "x # y"), ("D", "a\n\"b\"\\d"), ("E", ""), ("F", "a=b#c")];
        let got = parse(text).expect("good");
        let got: Vec<(&str, &str)> = got.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn says_which_line_without_repeating_it() {
        for (text, expected) in [
            ("A=1\nhunter2", "line 2: expected NAME=value"),
            ("=1", "line 1: expected NAME=value"),
            ("A B=1", "line 1: expected NAME=value"),
            ("A=\"hunter2", "line 1: A: the quote is not closed"),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
