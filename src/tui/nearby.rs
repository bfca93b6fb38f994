//! Files near the person, to go with a message: what is below the working directory ([`Listing`]), and what one of them
//! holds. One thread looks; no key waits for it.
//!
//! What nobody means is left out: hidden files, links, directories of builds and packages, and what `.gitignore` files
//! name plainly (`name`, `name/`, `*.ending`; nothing cleverer).

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::mpsc;

use super::input::Input;
use crate::model::chat::{Content, Image};

/// Files that are listed, and entries of directories that are looked at.
const FILES: usize = 10_000;
const LOOKED_AT: usize = 100_000;
/// Directories into each other.
const DEPTH: usize = 24;
/// Bytes of a text that go with a message.
pub(super) const TEXT_MAX: usize = 512 * 1024;
/// Bytes of an image; vendors refuse the whole request for a larger one.
const IMAGE_MAX: u64 = 3_750_000;
/// Bytes of a `.gitignore` that are read.
const IGNORE_MAX: u64 = 64 * 1024;
/// Directories that hold nothing a person wrote.
const NOT_WRITTEN: [&str; 4] = ["node_modules", "target", "__pycache__", "venv"];

/// What is below the working directory, what is near first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    /// The files.
    pub files: Vec<NearFile>,
    /// Whether there are more than were looked at.
    pub cut: bool,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NearFile {
    /// Where, from the working directory, with slashes.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The thread that looks.
pub(super) struct Nearby {
    jobs: std_mpsc::Sender<Job>,
}

enum Job {
    Look,
    Read(String),
}

impl Nearby {
    /// Starts the thread; what it finds goes into `answers`.
    pub(super) fn start(answers: mpsc::UnboundedSender<Input>) -> io::Result<Nearby> {
        let (jobs, waiting) = std_mpsc::channel::<Job>();
        std::thread::Builder::new().name("nearby".into()).spawn(move || {
            for job in waiting {
                let answer = match job {
                    Job::Look => Input::Near(Arc::new(listing(Path::new(".")))),
                    Job::Read(path) => {
                        let content = content(Path::new(&path));
                        Input::FileRead { path, content }
                    }
                };
                answers.send(answer).ok();
            }
        })?;
        Ok(Nearby { jobs })
    }

    /// Lists the files; `Input::Near` is the reply.
    pub(super) fn look(&self) {
        // The thread ends only after this.
        self.jobs.send(Job::Look).ok();
    }

    /// Reads one of them; `Input::FileRead` is the reply.
    pub(super) fn read(&self, path: String) {
        self.jobs.send(Job::Read(path)).ok();
    }
}

/// Names that are left out.
#[derive(Clone, Default)]
struct Ignored {
    names: Vec<String>,
    endings: Vec<String>,
}

impl Ignored {
    /// Takes the plain lines of a directory's `.gitignore` in.
    fn and_of(mut self, directory: &Path) -> Ignored {
        let mut text = String::new();
        let read =
            File::open(directory.join(".gitignore")).and_then(|file| file.take(IGNORE_MAX).read_to_string(&mut text));
        if read.is_err() {
            return self;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!'])) {
            let name = line.trim_start_matches('/').trim_end_matches('/');
            let plain = |name: &str| !name.is_empty() && !name.contains(['/', '*', '?', '[', '\\']);
            match name.strip_prefix("*.") {
                Some(ending) if plain(ending) => self.endings.push(format!(".{ending}")),
                None if plain(name) => self.names.push(name.to_owned()),
                _ => {}
            }
        }
        self
    }

    fn has(&self, name: &str) -> bool {
        name.starts_with('.')
            || self.names.iter().any(|known| known == name)
            || self.endings.iter().any(|ending| name.ends_with(ending))
    }
}

fn listing(root: &Path) -> Listing {
    let mut out = Listing::default();
    let mut looked_at = 0;
    let mut open: VecDeque<(PathBuf, String, usize, Arc<Ignored>)> =
        VecDeque::from([(root.to_owned(), String::new(), 0, Arc::default())]);
    while let Some((directory, prefix, depth, ignored)) = open.pop_front() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        let ignored = Arc::new((*ignored).clone().and_of(&directory));
        let mut here = Vec::new();
        for entry in entries.flatten() {
            looked_at += 1;
            if looked_at > LOOKED_AT {
                out.cut = true;
                break;
            }
            // A name that is no text cannot be typed.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if let (false, Ok(kind)) = (ignored.has(&name), entry.file_type()) {
                here.push((name, kind, entry));
            }
        }
        here.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, kind, entry) in here {
            let path = format!("{prefix}{name}");
            if kind.is_dir() {
                let made = NOT_WRITTEN.contains(&name.as_str()) || entry.path().join("CACHEDIR.TAG").exists();
                if !made && depth < DEPTH {
                    open.push_back((entry.path(), format!("{path}/"), depth + 1, Arc::clone(&ignored)));
                }
            } else if kind.is_file() {
                if out.files.len() >= FILES {
                    out.cut = true;
                    return out;
                }
                let size = entry.metadata().map_or(0, |about| about.len());
                out.files.push(NearFile { path, size });
            }
        }
        if out.cut {
            break;
        }
    }
    out
}

/// What a file holds, for a model. The error says why it cannot go along.
fn content(path: &Path) -> Result<Content, String> {
    let failed = |fault: io::Error| fault.to_string();
    let about = std::fs::metadata(path).map_err(failed)?;
    // Reading a pipe or a device might never end.
    if !about.is_file() {
        return Err("it is not a file".into());
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.by_ref().take(TEXT_MAX as u64).read_to_end(&mut bytes).map_err(failed)?;
    if let Some(mime) = image(&bytes) {
        if about.len() > IMAGE_MAX {
            return Err("the image is larger than 3.7 MB".into());
        }
        file.take(IMAGE_MAX).read_to_end(&mut bytes).map_err(failed)?;
        return Ok(Content::Image(Image { mime: mime.to_owned(), data: BASE64_STANDARD.encode(&bytes).into() }));
    }
    let more = about.len().saturating_sub(bytes.len() as u64);
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // The limit may have cut a character in two.
        Err(error) if more > 0 && error.utf8_error().error_len().is_none() => {
            let end = error.utf8_error().valid_up_to();
            String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned()
        }
        Err(_) => return Err("neither text nor an image that models read".into()),
    };
    if text.contains('\0') {
        return Err("neither text nor an image that models read".into());
    }
    Ok(Content::Text(if more > 0 { format!("{text}\n[{more} more bytes were left out]") } else { text }))
}

/// What kind of image begins like this, of those that models read.
fn image(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn put(root: &Path, path: &str, bytes: &[u8]) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    #[test]
    fn what_a_person_wrote_is_listed_and_what_is_near_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in [
            "b.md",
            "a.md",
            "src/main.rs",
            "src/deep/x.rs",
            ".env",
            ".git/config",
            "node_modules/x/index.js",
            "out/CACHEDIR.TAG",
            "out/made",
            "gone/x",
            "src/gone/y",
            "a.log",
            "src/b.log",
            "kept/gone.rs",
        ] {
            put(root, path, b"x");
        }
        put(root, ".gitignore", b"# made\ngone/\n*.log\n!a.log\nsrc/deep\n");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc", root.join("link")).unwrap();
        let found = listing(root);
        let paths: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a.md", "b.md", "kept/gone.rs", "src/main.rs", "src/deep/x.rs"]);
        assert!(!found.cut);
        assert_eq!(found.files[0].size, 1);
        assert_eq!(listing(&root.join("none")), Listing::default());
    }

    #[test]
    fn a_directory_without_end_is_cut_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        for at in 0..=FILES {
            put(dir.path(), &format!("{at}"), b"");
        }
        let found = listing(dir.path());
        assert_eq!((found.files.len(), found.cut), (FILES, true));
    }

    #[test]
    fn text_and_images_go_along_and_the_rest_says_why_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let read = |name: &str, bytes: &[u8]| {
            put(root, name, bytes);
            content(&root.join(name))
        };
        assert_eq!(read("a", "a ü".as_bytes()), Ok(Content::Text("a ü".into())));
        assert_eq!(read("empty", b""), Ok(Content::Text(String::new())));
        let why = "neither text nor an image that models read";
        assert_eq!(read("b", b"a\0b"), Err(why.into()));
        assert_eq!(read("c", b"a\xffb"), Err(why.into()));
        let png = read("d.png", b"\x89PNG....").unwrap();
        assert!(matches!(&png, Content::Image(image) if image.mime == "image/png"), "{png:?}");
        assert_eq!(
            read("e.gif", &[b"GIF8".as_slice(), &vec![0; 4_000_000]].concat()),
            Err("the image is larger than 3.7 MB".into())
        );
        // Cut inside a character of two bytes.
        let long = [b"x".as_slice(), "ü".repeat(TEXT_MAX).as_bytes()].concat();
        let Content::Text(text) = read("long", &long).unwrap() else { panic!("text is text") };
        assert!(
            text.ends_with(&format!("ü\n[{} more bytes were left out]", long.len() - TEXT_MAX)),
            "{}",
            &text[text.len() - 60..]
        );
        assert_eq!(content(root), Err("it is not a file".into()));
        assert!(content(&root.join("none")).unwrap_err().contains("No such file") || cfg!(windows));
        #[cfg(unix)]
        assert_eq!(content(Path::new("/dev/zero")), Err("it is not a file".into()));
    }
}
