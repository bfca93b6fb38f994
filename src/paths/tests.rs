//! Tests of `paths`: which option moves what, and a machine without a home.

use super::*;

fn system() -> System {
    System { config: "/sys/config".into(), state: "/sys/state".into(), data: "/sys/data".into() }
}

fn text(path: Option<&PathBuf>) -> String {
    path.map_or_else(|| "-".to_owned(), |path| path.display().to_string())
}

#[test]
#[cfg(unix)]
fn options_move_the_right_places() {
    let file = Path::new("/f.toml");
    let dir = Path::new("/all");
    for (config, config_dir, expected) in [
        (None, None, "/sys/config/config.toml false /sys/state /sys/state/journal /sys/data"),
        (Some(file), None, "/f.toml true /sys/state /sys/state/journal /sys/data"),
        (None, Some(dir), "/all/config.toml false /all/state /all/state/journal /all/data"),
        (Some(file), Some(dir), "/f.toml true /all/state /all/state/journal /all/data"),
    ] {
        let paths = Paths::choose(config, config_dir, Some(system()));
        let got = format!(
            "{} {} {} {} {}",
            text(paths.config_file.as_ref()),
            paths.config_named,
            text(paths.state_dir.as_ref()),
            text(paths.journal_dir.as_ref()),
            text(paths.data_dir.as_ref())
        );
        assert_eq!(got, expected);
    }
}

#[test]
fn no_home_is_no_panic() {
    let nowhere = Paths::choose(None, None, None);
    assert_eq!(nowhere.config_file, None);
    assert_eq!(nowhere.journal_dir, None);
    let named = Paths::choose(Some(Path::new("f.toml")), None, None);
    assert_eq!(named.config_file, Some("f.toml".into()));
    assert_eq!(named.data_dir, None);
}

#[test]
#[cfg(unix)]
fn new_directories_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let temp = tempfile::tempdir().expect("a temporary directory");
    let deep = temp.path().join("a/b");
    create_private(&deep).expect("made");
    create_private(&deep).expect("already there is fine");
    for dir in [temp.path().join("a"), deep] {
        let mode = std::fs::metadata(&dir).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", dir.display());
    }
}
