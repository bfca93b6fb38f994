//! A skill that a server publishes: [`Skill`], its entry, and whether a file is what the entry says.
//!
//! The extension `io.modelcontextprotocol/skills`: `skills/list` and `skills/get` give entries, the files are resources. That
//! a digest fits says that entry and file belong together, never that either of them can be trusted.

mod frontmatter;
#[cfg(test)]
mod tests;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::json::RawJson;

/// The name of the extension.
pub const EXTENSION: &str = "io.modelcontextprotocol/skills";
/// Files that a skill may have.
pub const FILES: usize = 512;
/// Bytes that its files may have together.
pub const BYTES: u64 = 16 * 1024 * 1024;
/// What the main file of each skill is called.
const MAIN: &str = "SKILL.md";

/// What tells a skill from the others of its server: its URI without what all of them begin and end with.
pub fn path(uri: &str) -> &str {
    let path = uri.strip_prefix("skill://").unwrap_or(uri);
    let root = path.strip_suffix(MAIN).and_then(|root| root.strip_suffix('/'));
    root.filter(|root| !root.is_empty()).unwrap_or(path)
}

/// One skill, as its entry has it.
#[derive(Clone, PartialEq, Debug)]
pub struct Skill {
    /// The URI of its main file: its name at this server.
    pub uri: String,
    /// What it is called. A label: two skills can have the same.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its files.
    pub files: Files,
    /// What is odd about the entry but keeps nobody from using it.
    pub remarks: Vec<String>,
    frontmatter: Value,
}

/// The files of a skill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Files {
    /// All of them.
    Listed(Vec<SkillFile>),
    /// They are made up as they are read, so that nothing can be checked.
    Dynamic,
}

/// One file of a skill.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SkillFile {
    /// The resource.
    pub uri: String,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// Its length in bytes.
    pub size: u64,
}

impl Skill {
    /// Reads an entry. The error says why it must not be used.
    pub fn read(entry: &RawJson) -> Result<Skill, String> {
        let entry = entry.to_value().map_err(|why| format!("its entry cannot be read: {why}"))?;
        let uri = entry["uri"].as_str().ok_or("it has no `uri`")?.to_owned();
        let root = uri.strip_suffix(MAIN).and_then(|root| root.strip_suffix('/'));
        let root = root.ok_or("its `uri` does not end with /SKILL.md")?;
        let frontmatter = entry["frontmatter"].clone();
        if !frontmatter.is_object() {
            return Err("it has no `frontmatter`".into());
        }
        let text = |key: &str| frontmatter[key].as_str().map(str::to_owned);
        let name = text("name").ok_or("its `frontmatter` has no `name`")?;
        let description = text("description").ok_or("its `frontmatter` has no `description`")?;
        let files = match &entry["resources"] {
            Value::String(word) if word == "dynamic" => Files::Dynamic,
            Value::Array(files) => Files::Listed(listed(files, &uri, root)?),
            _ => return Err("its `resources` are neither a list nor \"dynamic\"".into()),
        };
        let mut remarks = Vec::new();
        if root.rsplit('/').next() != Some(name.as_str()) {
            remarks.push(format!("it is called {name}, but its directory is not"));
        }
        if !is_name(&name) {
            remarks.push("its name is not of lower-case letters, digits and single hyphens".into());
        }
        Ok(Skill { uri, name, description, files, remarks, frontmatter })
    }

    /// The URI of one of its files: by its URI or its path in the skill, the main file for none.
    pub fn file(&self, wanted: Option<&str>) -> Result<&str, String> {
        let Some(wanted) = wanted else { return Ok(&self.uri) };
        let root = self.uri.strip_suffix(MAIN).unwrap_or_default();
        let is_it = |uri: &str| uri == wanted || uri.strip_prefix(root) == Some(wanted);
        match &self.files {
            Files::Listed(files) => match files.iter().find(|file| is_it(&file.uri)) {
                Some(file) => Ok(&file.uri),
                None => Err(format!("{wanted} is not a file of the skill {}", self.name)),
            },
            Files::Dynamic if is_it(&self.uri) => Ok(&self.uri),
            Files::Dynamic => {
                Err(format!("the skill {} does not list its files; `resources read` reads any", self.name))
            }
        }
    }

    /// The paths of its listed files in its directory, in the entry's order.
    pub fn paths(&self) -> Vec<&str> {
        let root = self.uri.strip_suffix(MAIN).unwrap_or_default();
        match &self.files {
            Files::Listed(files) => files.iter().map(|file| file.uri.strip_prefix(root).unwrap_or(&file.uri)).collect(),
            Files::Dynamic => vec![],
        }
    }

    /// The path of its directory without the scheme: what tells it from others of its name.
    pub fn place(&self) -> &str {
        let root = self.uri.strip_suffix(MAIN).unwrap_or(&self.uri).trim_end_matches('/');
        root.split_once("://").map_or(root, |(_, path)| path)
    }

    /// Whether these are the bytes of its file: their length, their digest, and for the main file its frontmatter. What was
    /// checked by digest is given back; `None` where the skill lists no digests.
    pub fn check(&self, uri: &str, bytes: &[u8]) -> Result<Option<&SkillFile>, String> {
        let file = match &self.files {
            Files::Dynamic => None,
            Files::Listed(files) => {
                let file = files.iter().find(|file| file.uri == uri).ok_or("it is not a file of the skill")?;
                if bytes.len() as u64 != file.size {
                    return Err(format!("it has {} bytes, its entry says {}", bytes.len(), file.size));
                }
                let hash = Sha256::digest(bytes);
                let digest = hash.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
                if digest != file.digest {
                    return Err(format!("its digest is {digest}, its entry says {}", file.digest));
                }
                Some(file)
            }
        };
        if uri == self.uri {
            frontmatter::compare(bytes, &self.frontmatter)?;
        }
        Ok(file)
    }

    /// The fields of its frontmatter but for name and description, as JSON.
    pub fn fields(&self) -> Vec<(&str, String)> {
        let fields = self.frontmatter.as_object().into_iter().flatten();
        let others = fields.filter(|(key, _)| !matches!(key.as_str(), "name" | "description"));
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        others.map(|(key, value)| (key.as_str(), shown(value))).collect()
    }
}

/// The files of an entry, all of them as they must be.
fn listed(files: &[Value], main: &str, root: &str) -> Result<Vec<SkillFile>, String> {
    if files.len() > FILES {
        return Err(format!("it has {} files; {FILES} are the limit", files.len()));
    }
    let mut read: Vec<SkillFile> = Vec::with_capacity(files.len());
    for file in files {
        let uri = file["uri"].as_str().ok_or("one of its files has no `uri`")?;
        let digest = file["digest"].as_str().filter(|text| is_digest(text));
        let digest = digest.ok_or_else(|| format!("its file {uri} has no SHA-256 `digest`"))?;
        let size = file["size"].as_u64().ok_or_else(|| format!("its file {uri} has no `size`"))?;
        let path = uri.strip_prefix(root).and_then(|path| path.strip_prefix('/'));
        if !path.is_some_and(|path| path.split('/').all(|part| !matches!(part, "" | "." | ".."))) {
            return Err(format!("its file {uri} is not in its directory"));
        }
        if read.iter().any(|other| other.uri == uri) {
            return Err(format!("its file {uri} is listed twice"));
        }
        read.push(SkillFile { uri: uri.to_owned(), digest: digest.to_owned(), size });
    }
    if !read.iter().any(|file| file.uri == main) {
        return Err("its files do not include SKILL.md".into());
    }
    let total = read.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    if total > BYTES {
        return Err(format!("its files have {total} bytes; {BYTES} are the limit"));
    }
    Ok(read)
}

fn is_digest(text: &str) -> bool {
    let lower_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(lower_hex))
}

/// A name as the Agent Skills specification has it.
fn is_name(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= 64 && name.split('-').all(part)
}
