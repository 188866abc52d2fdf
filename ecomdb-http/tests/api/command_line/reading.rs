//! Commands that only read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ecomdb::Report;

use super::run;

/// Every file: its name, when it was changed, and its bytes.
fn listing(folder: &Path) -> Vec<(PathBuf, SystemTime, Vec<u8>)> {
    let file = |entry: fs::DirEntry| {
        (entry.path(), entry.metadata().unwrap().modified().unwrap(), fs::read(entry.path()).unwrap())
    };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| file(entry.unwrap())).collect();
    files.sort();
    files
}

/// A shop with sales that wait to be folded.
fn shop(folder: &Path) {
    let (code, _, err) = run(folder, &["generate", "--preset", "small", "--orders", "200", "--users", "30"]);
    assert_eq!(code, 0, "{err}");
}

/// The commands, writing where they write into another folder.
fn commands(elsewhere: &Path) -> Vec<Vec<String>> {
    let there = |name: &str| elsewhere.join(name).display().to_string();
    let mut commands = vec![
        vec!["check".to_owned()],
        vec!["export".to_owned(), "orders".to_owned()],
        vec!["export".to_owned(), "--into".to_owned(), there("tables")],
        vec!["backup".to_owned(), there("copy.db")],
        vec!["user".to_owned(), "list".to_owned()],
    ];
    commands.extend(Report::ALL.iter().map(|report| vec!["report".to_owned(), report.to_string()]));
    commands
}

#[test]
fn commands_that_only_read_change_no_byte() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    shop(folder.path());
    let before = listing(folder.path());
    for command in commands(elsewhere.path()) {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let (code, _, err) = run(folder.path(), &arguments);
        assert_eq!(code, 0, "{command:?}: {err}");
        assert!(listing(folder.path()) == before, "{command:?}");
    }
}

/// As somebody whom the permissions bind, if the tests run as root.
#[cfg(unix)]
#[test]
fn commands_that_only_read_do_so_where_nothing_can_be_written() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    const NOBODY: u32 = 65_534;
    let allow = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    shop(folder.path());
    let before = listing(folder.path());
    let root = folder.path().metadata().unwrap().uid() == 0;
    // The tests' own folder may be closed to others.
    let program = elsewhere.path().join("ecomdb");
    fs::copy(env!("CARGO_BIN_EXE_ecomdb"), &program).unwrap();
    allow(elsewhere.path(), 0o777);
    allow(&folder.path().join("shop.db"), 0o444);
    allow(folder.path(), 0o555);
    let run = |arguments: &[&str]| {
        let mut child = std::process::Command::new(&program);
        child.args(arguments).current_dir(folder.path()).env_remove("ECOMDB_DATABASE_URL");
        if root {
            child.uid(NOBODY).gid(NOBODY);
        }
        let output = child.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for command in commands(elsewhere.path()) {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let (code, err) = run(&arguments);
        assert_eq!(code, Some(0), "{command:?}: {err}");
    }
    let (code, err) = run(&["rebuild"]);
    assert!(code == Some(1) && err.contains("the database can only be read"), "{err}");
    allow(folder.path(), 0o755);
    assert!(listing(folder.path()) == before);
}
