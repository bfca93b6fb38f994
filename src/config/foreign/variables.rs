//! The variables of other clients, rewritten as ours.
//!
//! | theirs | ours |
//! |---|---|
//! | `${VAR}`, `${VAR:-default}`, `${env:VAR}` | `${VAR}`, `${VAR:-default}` |
//! | `${input:api-key}` | `${API_KEY}`, with the input's default if it has one |
//! | `${userHome}` | `${HOME}` (`${USERPROFILE}` on Windows) |
//! | `${workspaceFolder}`, `${workspaceRoot}`, `${cwd}` | the directory of the file, without `.vscode` or `.cursor` |
//! | `${workspaceFolderBasename}`, `${pathSeparator}`, `${/}` | their values |
//! | `${CLAUDE_PROJECT_DIR}` | the same variable, by default the workspace folder |
//!
//! What only the other client can know (`${command:…}`, `${config:…}`, `${file:…}`) leaves the server out; anything
//! else between `${` and `}` stands for itself, as it does there.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use crate::config::interpolate::{Piece, is_name, write};
use crate::config::tree::{Node, Tree};

/// What the variables of one file stand for.
pub(super) struct Dialect {
    pub(super) workspace: PathBuf,
    inputs: BTreeMap<String, Input>,
}

/// A value that VS Code asks its user for.
struct Input {
    default: Option<String>,
    description: Option<String>,
}

impl Dialect {
    pub(super) fn new(file: &Path, tree: &Tree) -> Self {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let mut workspace = file.parent().unwrap_or(Path::new("")).to_owned();
        if matches!(workspace.file_name().and_then(|name| name.to_str()), Some(".vscode" | ".cursor"))
            && let Some(parent) = workspace.parent()
        {
            workspace = parent.to_owned();
        }
        let listed = tree.get("inputs").or_else(|| tree.get("mcp")?.value.get("inputs"));
        let mut inputs = BTreeMap::new();
        if let Some(Node::List(items)) = listed.map(|member| &member.value.node) {
            for item in items {
                let text = |key| super::text(item, key).ok().flatten().map(str::to_owned);
                if let Some(id) = text("id") {
                    let input = Input {
                        default: text("default").filter(|default| !default.is_empty()),
                        description: text("description"),
                    };
                    inputs.insert(id, input);
                }
            }
        }
        Self { workspace, inputs }
    }

    /// A value in our syntax. What its variables stand for, where that needs saying, goes into `explained`.
    pub(super) fn translate(&self, value: &str, explained: &mut BTreeMap<String, String>) -> Result<String, String> {
        let mut pieces = Vec::new();
        let mut rest = value;
        while let Some(start) = rest.find("${") {
            let Some(length) = rest[start..].find('}') else {
                break;
            };
            pieces.push(Piece::Text(rest[..start].to_owned()));
            let whole = &rest[start..=start + length];
            let inside = &whole[2..whole.len() - 1];
            pieces.push(match self.variable(inside, explained)? {
                Some(piece) => piece,
                None => Piece::Text(whole.to_owned()),
            });
            rest = &rest[start + length + 1..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(write(&pieces))
    }

    fn variable(&self, inside: &str, explained: &mut BTreeMap<String, String>) -> Result<Option<Piece>, String> {
        let workspace = || self.workspace.to_string_lossy().into_owned();
        let text = |text: String| Ok(Some(Piece::Text(text)));
        match inside {
            "workspaceFolder" | "workspaceRoot" | "cwd" => return text(workspace()),
            "workspaceFolderBasename" => {
                let name = self.workspace.file_name().unwrap_or_default();
                return text(name.to_string_lossy().into_owned());
            }
            "pathSeparator" | "/" => return text(MAIN_SEPARATOR.to_string()),
            "userHome" => {
                let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
                return Ok(Some(variable(home, None)));
            }
            "CLAUDE_PROJECT_DIR" => return Ok(Some(variable(inside, Some(&workspace())))),
            _ => {}
        }
        if let Some(id) = inside.strip_prefix("input:") {
            let name = input_variable(id);
            let input = self.inputs.get(id);
            let described = input.and_then(|input| input.description.as_deref());
            let described = described.map(|text| format!(": {text}")).unwrap_or_default();
            explained.insert(name.clone(), format!("it answers the input `{id}`{described}"));
            let default = input.and_then(|input| input.default.as_deref());
            return Ok(Some(variable(&name, default)));
        }
        for theirs in ["command:", "config:", "file:"] {
            if inside.starts_with(theirs) {
                return Err(format!("`${{{inside}}}` has a value only in the program this file is for"));
            }
        }
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let name = name.strip_prefix("env:").unwrap_or(name);
        if !is_name(name) {
            return Ok(None);
        }
        if default.is_some_and(|default| default.contains("${")) {
            return Err(format!("the default of `{name}` holds another variable"));
        }
        Ok(Some(variable(name, default)))
    }
}

fn variable(name: &str, default: Option<&str>) -> Piece {
    Piece::Variable { name: name.to_owned(), default: default.map(str::to_owned) }
}

/// The environment variable that answers an input: `api-key` → `API_KEY`.
fn input_variable(id: &str) -> String {
    let mut name: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if !is_name(&name) {
        name.insert(0, '_');
    }
    name
}
