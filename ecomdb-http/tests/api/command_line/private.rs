//! Files with secrets are readable by their owner only, and unfinished files are removed.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Served, ecomdb, post_user, run};

const SMALL: [&str; 7] = ["generate", "--users", "5", "--products", "5", "--orders", "10"];

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(file: &Path) -> u32 {
    file.metadata().unwrap().permissions().mode() & 0o777
}

fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn only_the_owner_can_read_a_database_a_backup_an_export_and_csv() {
    let folder = tempfile::tempdir().unwrap();
    let server = Served::start(folder.path(), &[]);
    assert_eq!(post_user(server.address, "ada@example.com"), 201);
    for command in [
        vec!["backup", "monday.db"],
        vec!["export", "--into", "."],
        vec!["export", "--into", ".", "--format", "ndjson"],
        [&SMALL[..], &["--csv", ".", "--overwrite"]].concat(),
    ] {
        assert_eq!(run(folder.path(), &command).0, 0, "{command:?}");
    }
    let names = names(folder.path());
    for name in ["shop.db", "shop.db-wal", "shop.db-shm", "monday.db", "orders.csv", "orders.ndjson"] {
        assert!(names.iter().any(|found| found == name), "{name} is not among {names:?}");
    }
    for name in &names {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
    drop(server);
}

#[test]
fn a_database_file_that_is_there_keeps_its_mode_and_a_server_warns_of_its_readers() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let file = folder.path().join("shop.db");
    for (given, warns) in [(0o600, false), (0o640, true), (0o604, true)] {
        set_mode(&file, given);
        let log = folder.path().join("log");
        let command = ecomdb(folder.path(), &["serve", "--bind", "127.0.0.1:0"]);
        let server = Served::spawn(command, Some(std::fs::File::create(&log).unwrap()));
        assert_eq!(server.stop("-TERM"), 0);
        assert_eq!(mode(&file), given);
        let said = std::fs::read_to_string(log).unwrap();
        assert_eq!(said.contains("chmod 600"), warns, "{given:o}: {said}");
    }
}

#[test]
fn no_planted_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    symlink(&elsewhere, folder.path().join("shop.db")).unwrap();
    let (code, _, err) = run(folder.path(), &["migrate"]);
    assert!(code == 1 && err.contains("shop.db") && err.contains("link"), "{err}");
    assert!(!elsewhere.exists());

    std::fs::remove_file(folder.path().join("shop.db")).unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let csv = folder.path().join("csv");
    std::fs::create_dir(&csv).unwrap();
    for name in ["users.csv", "users.csv.part", "orders.csv", "orders.csv.part"] {
        symlink(&elsewhere, csv.join(name)).unwrap();
    }
    for command in [["export", "--into", "csv"].as_slice(), &[&SMALL[..], &["--csv", "csv"]].concat()] {
        let (code, _, err) = run(folder.path(), command);
        assert!(code == 1 && err.contains("users.csv: it exists already"), "{err}");
        assert_eq!(run(folder.path(), &[command, &["--overwrite"]].concat()).0, 0);
    }
    assert!(!elsewhere.exists());
    assert!(csv.join("users.csv").symlink_metadata().unwrap().is_file());
}

/// Sends the signal as soon as the command has created an unfinished file in the folder `out`; returns its output. If
/// the command finishes before, it is started again.
fn interrupt(folder: &Path, arguments: &[&str], signal: &str) -> String {
    let out = folder.join("out");
    loop {
        std::fs::create_dir(&out).unwrap();
        let mut command = ecomdb(folder, arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && !names(&out).iter().any(|name| name.contains(".part")) {
            std::thread::yield_now();
        }
        let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        let output = child.wait_with_output().unwrap();
        let left = names(&out);
        assert!(left.iter().all(|name| !name.contains(".part")), "{arguments:?}: {left:?}");
        std::fs::remove_dir_all(&out).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => assert!(!left.is_empty(), "{arguments:?}"),
            Some(1) => {
                assert!(left.is_empty(), "{arguments:?}: {left:?}");
                return said;
            }
            other => panic!("{arguments:?}: {other:?} {said}"),
        }
    }
}

#[test]
fn an_interrupted_export_or_backup_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["generate", "--preset", "demo"]).0, 0);
    for arguments in [["export", "--into", "out"].as_slice(), &["backup", "out/monday.db"]] {
        for signal in ["-INT", "-TERM"] {
            assert_eq!(interrupt(folder.path(), arguments, signal), "error: interrupted: no file was written\n");
        }
    }
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

/// Verified with `systemd-analyze`, if installed.
#[test]
fn the_unit_in_the_documentation_hands_secrets_to_the_service_alone() {
    let text = include_str!("../../../../docs/operations.md");
    let unit = text.split_once("```ini\n[Unit]").unwrap().1.split_once("```").unwrap().0;
    let unit = format!("[Unit]{unit}").replace("/usr/local/bin/ecomdb", env!("CARGO_BIN_EXE_ecomdb"));
    for line in
        ["UMask=0077", "LoadCredential=shop.toml:/etc/ecomdb/shop.toml", "LoadCredential=key.pem:/etc/ecomdb/key.pem"]
    {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    assert!(unit.contains(" --config %d/shop.toml serve ") && unit.contains(" --tls-key %d/key.pem\n"), "{unit}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecomdb.service");
    std::fs::write(&file, unit).unwrap();
    match Command::new("systemd-analyze").arg("verify").arg(&file).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("ecomdb.service"), "{said}");
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

/// Root ignores permissions, so the program runs as another user then.
#[test]
fn a_folder_without_permission_is_not_one_without_a_database() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;

    let (folder, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let program = bin.path().join("ecomdb");
    std::fs::copy(env!("CARGO_BIN_EXE_ecomdb"), &program).unwrap();
    set_mode(bin.path(), 0o755);
    set_mode(folder.path(), 0o000);
    let is_root = folder.path().metadata().unwrap().uid() == 0;
    for command in ["check", "migrate"] {
        let mut ecomdb = Command::new(&program);
        ecomdb.arg("--database").arg(format!("sqlite://{}/shop.db", folder.path().display())).arg(command);
        ecomdb.current_dir("/");
        if is_root {
            ecomdb.uid(65_534).gid(65_534);
        }
        let output = ecomdb.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("Permission denied") && !said.contains("there is no"), "{said}");
    }
    set_mode(folder.path(), 0o700);
}

#[test]
fn a_configuration_or_key_that_others_can_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("shop.toml"), "database = \"mysql://ada:secret@localhost/shop\"\n").unwrap();
    std::fs::write(path("key.pem"), "no key\n").unwrap();
    std::fs::write(path("certificate.pem"), "no certificate\n").unwrap();
    let print = ["serve", "--print-config", "--config", "shop.toml"];
    let serve = ["serve", "--tls-key", "key.pem", "--tls-certificate", "certificate.pem"];
    for (mode, warns) in [(0o644, true), (0o640, false), (0o600, false)] {
        for (file, command) in [("shop.toml", print.as_slice()), ("key.pem", &serve)] {
            set_mode(&path(file), mode);
            let (_, _, err) = run(folder.path(), command);
            assert_eq!(
                err.contains(&format!("every user of this machine can read it: chmod 600 {file}")),
                warns,
                "{err}"
            );
        }
    }
}
