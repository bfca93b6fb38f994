//! A rule as it is written in the rules' file.

use std::fmt::Write as _;

use super::Rule;
use super::arguments::ArgumentPattern;
use super::glob::Glob;

impl Rule {
    /// The rule as TOML, with `remark` above it: one `[[rules]]` table.
    pub fn to_toml(&self, remark: &str) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail. A remark stays in its line.
        let remark: String = remark.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(out, "# {remark}\n[[rules]]");
        let _ = writeln!(out, "server = {}", quoted(self.server.as_str()));
        let _ = writeln!(out, "tool = {}", quoted(self.tool.as_str()));
        if !self.except.is_empty() {
            let names: Vec<String> = self.except.iter().map(Glob::as_str).map(quoted).collect();
            let _ = writeln!(out, "except = [{}]", names.join(", "));
        }
        for (name, wanted) in [
            ("read_only", self.claims.read_only),
            ("destructive", self.claims.destructive),
            ("idempotent", self.claims.idempotent),
            ("open_world", self.claims.open_world),
        ] {
            if let Some(wanted) = wanted {
                let _ = writeln!(out, "{name} = {wanted}");
            }
        }
        match &self.arguments {
            ArgumentPattern::Any => {}
            ArgumentPattern::Exactly(arguments) => {
                let _ = writeln!(out, "exactly = {}", quoted(arguments.as_str()));
            }
            ArgumentPattern::Like { members, only } => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(path, glob)| format!("{} = {}", quoted(path), quoted(glob.as_str())))
                    .collect();
                let _ = writeln!(out, "arguments = {{ {} }}", members.join(", "));
                if *only {
                    out.push_str("only = true\n");
                }
            }
        }
        let _ = writeln!(out, "verdict = {}", quoted(self.verdict.word()));
        if let Some(bound) = self.bound {
            let _ = writeln!(out, "definition = \"{}\"\norigin = \"{}\"", bound.definition, bound.origin);
        }
        out
    }
}

/// A TOML string. JSON's escapes are TOML's, but TOML wants one more.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
