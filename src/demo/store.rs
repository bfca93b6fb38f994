//! Owns the bookmarks: what a valid one is, the bounds, the search, and the JSON file they may be kept in.
//!
//! Knows nothing of MCP. Every change is made on a copy, saved, and only then becomes what readers see, so that a
//! full disk never leaves memory and file disagreeing.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::seed;

#[cfg(test)]
mod tests;

/// More bookmarks than this are refused: every change copies and writes them all.
pub(super) const MAX_BOOKMARKS: usize = 1_000;
/// Longest URL in bytes.
pub(super) const MAX_URL: usize = 2_048;
/// Longest title in characters.
pub(super) const MAX_TITLE: usize = 200;
/// Most tags on one bookmark.
pub(super) const MAX_TAGS: usize = 10;
/// Longest tag in bytes.
pub(super) const MAX_TAG: usize = 30;
/// A larger file is refused unread. Bookmarks at every bound at once come to about 4 MB.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// One bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bookmark {
    pub(super) id: u64,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) tags: Vec<String>,
}

/// What a new bookmark is made from.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) tags: Vec<String>,
}

/// What shall change about a bookmark; `None` leaves a field alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Edit {
    pub(super) url: Option<String>,
    pub(super) title: Option<String>,
    pub(super) tags: Option<(TagMode, Vec<String>)>,
}

/// How the tags of an [`Edit`] meet the ones already there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TagMode {
    #[default]
    Replace,
    Add,
    Remove,
}

/// Why the store refused. The texts are read by a model, so each says what to do instead.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("there is no bookmark {0}; list_bookmarks shows the ids that exist")]
    Missing(u64),
    #[error("{url} is already bookmark {id}; change it with update_bookmark")]
    Duplicate { id: u64, url: String },
    #[error("the url {0:?} is not usable: it must start with http:// or https://, name a host and hold no spaces")]
    Url(String),
    #[error("the url is {0} bytes long; at most {MAX_URL} are kept")]
    UrlLength(usize),
    #[error("the title must have 1 to {MAX_TITLE} characters and no line breaks, it has {0}")]
    Title(usize),
    #[error("the tag {0:?} is not usable: 1 to {MAX_TAG} of a-z, 0-9 and '-', starting with a letter or digit")]
    Tag(String),
    #[error("{0} tags are too many; a bookmark has at most {MAX_TAGS}")]
    Tags(usize),
    #[error("nothing to change: give at least one of url, title, tags")]
    NothingToChange,
    #[error("{MAX_BOOKMARKS} bookmarks are the most this server keeps; delete some first")]
    Full,
    #[error("the change was not made, because {path} could not be written: {source}", path = path.display())]
    Save { path: PathBuf, source: io::Error },
}

/// Why a bookmark file could not be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("cannot read {path}: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} is not a bookmark file of mcp-tui: {problem}", path = path.display())]
    Damaged { path: PathBuf, problem: String },
}

/// The form of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    next_id: u64,
    bookmarks: Vec<Bookmark>,
}

/// All bookmarks, ordered by id.
#[derive(Debug, Clone)]
pub(super) struct Store {
    bookmarks: Vec<Bookmark>,
    /// Ids are never given out twice, so that a stale one is an error and not another bookmark.
    next_id: u64,
    file: Option<PathBuf>,
}

impl Store {
    /// The bookmarks of `file`; the seed where there is no file yet, or none is wanted.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self, OpenError> {
        let Some(path) = file else {
            return Ok(Self::seeded(None));
        };
        match read_bounded(&path) {
            Ok(bytes) => match parse(&bytes) {
                Ok(File { next_id, bookmarks, .. }) => Ok(Self { bookmarks, next_id, file: Some(path) }),
                Err(problem) => Err(OpenError::Damaged { path, problem }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::seeded(Some(path))),
            Err(source) => Err(OpenError::Read { path, source }),
        }
    }

    fn seeded(file: Option<PathBuf>) -> Self {
        let bookmarks: Vec<_> = (1..)
            .zip(seed::BOOKMARKS)
            .map(|(id, &(url, title, tags))| Bookmark {
                id,
                url: url.to_owned(),
                title: title.to_owned(),
                tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            })
            .collect();
        Self { next_id: bookmarks.len() as u64 + 1, bookmarks, file }
    }

    /// Every bookmark, oldest first.
    pub(super) fn all(&self) -> &[Bookmark] {
        &self.bookmarks
    }

    /// One bookmark.
    pub(super) fn get(&self, id: u64) -> Result<&Bookmark, StoreError> {
        self.position(id).map(|at| &self.bookmarks[at])
    }

    /// Every tag in use, with how many bookmarks carry it.
    pub(super) fn tags(&self) -> BTreeMap<&str, usize> {
        let mut tags = BTreeMap::new();
        for tag in self.bookmarks.iter().flat_map(|bookmark| &bookmark.tags) {
            *tags.entry(tag.as_str()).or_default() += 1;
        }
        tags
    }

    /// Bookmarks in which each word of `query` occurs somewhere (title, URL or tags, whatever its case).
    pub(super) fn search(&self, query: &str, tag: Option<&str>) -> Vec<&Bookmark> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        self.bookmarks
            .iter()
            .filter(|bookmark| tag.is_none_or(|tag| bookmark.has_tag(tag)))
            .filter(|bookmark| {
                let text = format!("{} {} {}", bookmark.title, bookmark.url, bookmark.tags.join(" ")).to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
            .collect()
    }

    /// Adds a bookmark and returns it with its new id.
    pub(super) fn add(&mut self, draft: Draft) -> Result<Bookmark, StoreError> {
        if self.bookmarks.len() >= MAX_BOOKMARKS {
            return Err(StoreError::Full);
        }
        let bookmark = Bookmark {
            id: self.next_id,
            url: checked_url(&draft.url)?,
            title: checked_title(&draft.title)?,
            tags: checked_tags(&draft.tags)?,
        };
        self.refuse_duplicate(&bookmark)?;
        let mut next = self.clone();
        next.next_id += 1;
        next.bookmarks.push(bookmark.clone());
        self.replace_with(next)?;
        Ok(bookmark)
    }

    /// Changes a bookmark; returns what it was and what it is.
    pub(super) fn update(&mut self, id: u64, edit: Edit) -> Result<(Bookmark, Bookmark), StoreError> {
        let at = self.position(id)?;
        if edit.url.is_none() && edit.title.is_none() && edit.tags.is_none() {
            return Err(StoreError::NothingToChange);
        }
        let before = self.bookmarks[at].clone();
        let mut after = before.clone();
        if let Some(url) = edit.url {
            after.url = checked_url(&url)?;
        }
        if let Some(title) = edit.title {
            after.title = checked_title(&title)?;
        }
        if let Some((mode, tags)) = edit.tags {
            let tags = checked_tags(&tags)?;
            after.tags = match mode {
                TagMode::Replace => tags,
                TagMode::Add => checked_tags(&[after.tags, tags].concat())?,
                TagMode::Remove => after.tags.into_iter().filter(|tag| !tags.contains(tag)).collect(),
            };
        }
        self.refuse_duplicate(&after)?;
        let mut next = self.clone();
        next.bookmarks[at] = after.clone();
        self.replace_with(next)?;
        Ok((before, after))
    }

    /// Removes a bookmark and returns it.
    pub(super) fn remove(&mut self, id: u64) -> Result<Bookmark, StoreError> {
        let at = self.position(id)?;
        let mut next = self.clone();
        let gone = next.bookmarks.remove(at);
        self.replace_with(next)?;
        Ok(gone)
    }

    fn position(&self, id: u64) -> Result<usize, StoreError> {
        self.bookmarks.binary_search_by_key(&id, |bookmark| bookmark.id).map_err(|_| StoreError::Missing(id))
    }

    fn refuse_duplicate(&self, new: &Bookmark) -> Result<(), StoreError> {
        match self.bookmarks.iter().find(|old| old.url == new.url && old.id != new.id) {
            Some(old) => Err(StoreError::Duplicate { id: old.id, url: new.url.clone() }),
            None => Ok(()),
        }
    }

    fn replace_with(&mut self, next: Self) -> Result<(), StoreError> {
        if let Some(path) = &next.file {
            next.save(path).map_err(|source| StoreError::Save { path: path.clone(), source })?;
        }
        *self = next;
        Ok(())
    }

    /// Writes a temporary file beside `path` and renames it: a reader sees the old or the new file, never half of one.
    fn save(&self, path: &Path) -> io::Result<()> {
        let file = File { version: 1, next_id: self.next_id, bookmarks: self.bookmarks.clone() };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let written = (|| {
            let mut out = fs::File::create(&temporary)?;
            serde_json::to_writer_pretty(&mut out, &file)?;
            out.write_all(b"\n")?;
            out.sync_all()?;
            fs::rename(&temporary, path)
        })();
        if written.is_err() {
            // The error worth telling is the first one; a leftover temporary file harms nobody.
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

impl Bookmark {
    /// Whether the bookmark carries `tag`.
    pub(super) fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if length > MAX_FILE {
        return Err(io::Error::other(format!("{length} bytes are more than the {MAX_FILE} this server reads")));
    }
    fs::read(path)
}

/// Everything the rest of the program relies on is checked here, because a person may have edited the file.
fn parse(bytes: &[u8]) -> Result<File, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if file.version != 1 {
        return Err(format!("its version is {}, this program knows version 1", file.version));
    }
    if file.bookmarks.len() > MAX_BOOKMARKS {
        return Err(format!("it holds {} bookmarks, at most {MAX_BOOKMARKS} are kept", file.bookmarks.len()));
    }
    let mut last = 0;
    for Bookmark { id, url, title, tags } in &file.bookmarks {
        if *id <= last || *id >= file.next_id {
            return Err(format!("the id {id} is out of order (ids grow, and stay below next_id)"));
        }
        last = *id;
        let sound = checked_url(url).and(checked_title(title)).and_then(|_| checked_tags(tags));
        match sound {
            Ok(normal) if normal == *tags => {}
            Ok(_) => return Err(format!("bookmark {id}: tags must be lower case and without doubles")),
            Err(error) => return Err(format!("bookmark {id}: {error}")),
        }
    }
    Ok(file)
}

fn checked_url(url: &str) -> Result<String, StoreError> {
    let url = url.trim();
    if url.len() > MAX_URL {
        return Err(StoreError::UrlLength(url.len()));
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host_given = rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_alphanumeric() || first == '['));
    if !host_given || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(StoreError::Url(url.to_owned()));
    }
    Ok(url.to_owned())
}

fn checked_title(title: &str) -> Result<String, StoreError> {
    let title = title.trim();
    let length = title.chars().count();
    if length == 0 || length > MAX_TITLE || title.contains(char::is_control) {
        return Err(StoreError::Title(length));
    }
    Ok(title.to_owned())
}

/// One tag in its normal form. Only characters that need no escaping in a resource URI are allowed.
pub(super) fn checked_tag(tag: &str) -> Result<String, StoreError> {
    let normal = tag.trim().to_ascii_lowercase();
    let starts_well = normal.starts_with(|first: char| first.is_ascii_alphanumeric());
    let sound = normal.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if normal.len() > MAX_TAG || !starts_well || !sound {
        return Err(StoreError::Tag(tag.to_owned()));
    }
    Ok(normal)
}

fn checked_tags(tags: &[String]) -> Result<Vec<String>, StoreError> {
    let mut normal: Vec<String> = Vec::new();
    for tag in tags {
        let tag = checked_tag(tag)?;
        if !normal.contains(&tag) {
            normal.push(tag);
        }
        if normal.len() > MAX_TAGS {
            return Err(StoreError::Tags(tags.len()));
        }
    }
    Ok(normal)
}
