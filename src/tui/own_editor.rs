//! The person's own editor on a text: [`edit`]. `$VISUAL`, else `$EDITOR`, else the system's usual one.
//!
//! The text is in a file of its own that only this user can read, for as long as the editor runs.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tokio::process::{Child, Command};

use super::outcome::Edit;

/// Longer texts are not taken back, in bytes.
const MAX: u64 = 16 * 1024 * 1024;
#[cfg(unix)]
const USUAL: &str = "vi";
#[cfg(not(unix))]
const USUAL: &str = "notepad";

/// An editor at work.
pub(super) struct Editing {
    edit: Edit,
    path: PathBuf,
    child: Child,
}

/// Opens the text in the person's editor; the terminal must be the shell's again. The error is for a person.
pub(super) fn edit(edit: Edit) -> Result<Editing, String> {
    let mut wanted = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    let editor = wanted.find(|value| !value.trim().is_empty()).unwrap_or_else(|| USUAL.to_owned());
    let (path, file) = private_file(edit.extension).map_err(|fault| format!("no place for the text: {fault}"))?;
    let started = write(file, &edit.text).and_then(|()| command(&editor, &path).spawn());
    match started {
        Ok(child) => Ok(Editing { edit, path, child }),
        Err(fault) => {
            std::fs::remove_file(&path).ok();
            Err(format!("{editor} cannot be started ({fault}); $VISUAL or $EDITOR names another editor"))
        }
    }
}

impl Editing {
    /// Waits until the editor ends. Cancel-safe.
    pub(super) async fn ended(&mut self) -> io::Result<std::process::ExitStatus> {
        self.child.wait().await
    }

    /// What came of it. The error is for a person.
    pub(super) fn result(self, status: io::Result<std::process::ExitStatus>) -> (Edit, Result<String, String>) {
        let result = match status {
            Ok(status) if status.success() => read(&self.path, &self.edit.text),
            Ok(status) => Err(match status.code() {
                // What a shell says of a command it does not find.
                Some(127) => "the editor was not found; $VISUAL or $EDITOR names another one".into(),
                Some(code) => format!("the editor ended with {code}; the text is as it was"),
                None => "the editor was killed; the text is as it was".into(),
            }),
            Err(fault) => Err(format!("the editor got lost: {fault}")),
        };
        std::fs::remove_file(&self.path).ok();
        (self.edit, result)
    }
}

/// `$EDITOR` is a piece of shell by tradition: `code --wait`, `"/opt/my editor" -n`.
#[cfg(unix)]
fn command(editor: &str, path: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg("sh").arg(path);
    command
}

#[cfg(not(unix))]
fn command(editor: &str, path: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(editor));
    command.args(words).arg(path);
    command
}

fn private_file(extension: &str) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut tries = 0_u32;
    loop {
        // Somebody else's file of that name is never opened, only avoided.
        let name = format!("mcp-tui-{}-{}-{tries}.{extension}", std::process::id(), crate::journal::now().0);
        let path = std::env::temp_dir().join(name);
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            Err(fault) => return Err(fault),
        }
    }
}

fn write(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())
}

fn read(path: &Path, before: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX + 1).read_to_end(&mut bytes));
    read.map_err(|fault| format!("the text cannot be read back: {fault}"))?;
    if bytes.len() as u64 > MAX {
        return Err("the text is too long: more than 16 MiB; it is as it was".into());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "the text is not UTF-8; it is as it was".to_owned())?;
    // Editors end a file with a line break; the text had none.
    if !before.ends_with('\n') && text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}
