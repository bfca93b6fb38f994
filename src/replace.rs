//! Replacing a file whole or not at all: whoever reads it, and whatever fails, sees the old text or the new one.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::paths::create_private;

/// As many as the kernel follows.
const LINKS_FOLLOWED: usize = 40;

/// How many left-over temporary files are stepped over.
const NAMES_TRIED: usize = 100;

/// The file that `path` leads to over symbolic links, whether it is there or not. It is the one to replace: a
/// link into somebody's dotfiles must stay one.
pub(crate) fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_FOLLOWED {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            // Not a link, or nothing there.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                return Ok(path);
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Gives `target` the new text, for this user's eyes alone, and keeps the one from `before` beside it with `.bak`
/// at the end of its name.
pub(crate) fn replace(target: &Path, before: Option<&str>, text: &str) -> io::Result<Option<PathBuf>> {
    if fs::metadata(target).is_ok_and(|found| found.permissions().readonly()) {
        // Renaming over it would work, and would not be what its owner meant.
        return Err(io::Error::new(ErrorKind::PermissionDenied, "the file is read-only"));
    }
    if let Some(parent) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_private(parent)?;
    }
    let backup = match before {
        Some(before) => {
            let backup = with_ending(target, ".bak");
            write_whole(&backup, before)?;
            Some(backup)
        }
        None => None,
    };
    write_whole(target, text)?;
    Ok(backup)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn write_whole(target: &Path, text: &str) -> io::Result<()> {
    let (temporary, file) = create_beside(target)?;
    let written = write_synced(file, text).and_then(|()| fs::rename(&temporary, target));
    if let Err(error) = written {
        // It is of no use to anybody; that it stays behind is the lesser trouble.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_directory(target)
}

/// A new file in the directory of `target`, for this user alone.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut tried = 0;
    loop {
        // A process that died may have had our number, in a container it nearly always has.
        let ending = format!(".{}-{tried}.tmp", std::process::id());
        let temporary = with_ending(target, &ending);
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tried < NAMES_TRIED => {
                tried += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn write_synced(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The new name is on disk only once its directory is.
#[cfg(unix)]
fn sync_directory(of: &Path) -> io::Result<()> {
    let directory = match of.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(directory)?.sync_all() {
        // Some file systems cannot; the text itself is safe there too.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
