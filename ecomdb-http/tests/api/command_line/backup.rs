//! `ecomdb backup`

use std::process::Command;

use super::{Served, get, post_user, run};

#[test]
fn a_served_shop_is_backed_up_and_the_copy_is_a_shop() {
    let folder = tempfile::tempdir().unwrap();
    let server = Served::start(folder.path(), &[]);
    assert_eq!(post_user(server.address, "ada@example.com"), 201);
    let (code, out, err) = run(folder.path(), &["backup", "monday.db"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("monday.db has the whole shop"), "{out}");
    assert_eq!(post_user(server.address, "grace@example.com"), 201);
    server.stop("-TERM");

    let monday = ["--database", "sqlite://monday.db"];
    assert_eq!(run(folder.path(), &[&["check"], monday.as_slice()].concat()).0, 0);
    let server = Served::start(folder.path(), &monday);
    let (_, users) = get(server.address, "/api/users");
    assert!(users.contains("ada@example.com") && !users.contains("grace@example.com"), "{users}");
}

#[test]
fn an_export_and_a_generator_replace_no_file_unless_they_are_told_to() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let users = folder.path().join("tables/users.csv");
    std::fs::create_dir(folder.path().join("tables")).unwrap();
    for command in [
        ["export", "--into", "tables"].as_slice(),
        &["generate", "--preset", "small", "--orders", "10", "--csv", "tables"],
    ] {
        std::fs::write(&users, "a shopping list").unwrap();
        let (code, out, err) = run(folder.path(), command);
        assert_eq!((code, out.as_str()), (1, ""), "{command:?}");
        assert!(err.contains("users.csv: it exists already") && err.contains("--overwrite"), "{err}");
        assert_eq!(std::fs::read_to_string(&users).unwrap(), "a shopping list");
        assert_eq!(run(folder.path(), &[command, &["--overwrite"]].concat()).0, 0, "{command:?}");
        assert!(std::fs::read_to_string(&users).unwrap().starts_with("id,email,"), "{command:?}");
    }
    assert_eq!(run(folder.path(), &["export", "users", "--overwrite"]).0, 2, "it is for files");
}

/// Runs the printed restore command in a shell, after the first database is gone.
#[cfg(unix)]
#[test]
fn what_is_said_of_a_backup_can_be_given_to_a_shell_and_opens_the_copy() {
    for name in ["ada's shop.db", "file:z.db", "a?mode=ro", "50%25#1.db", "$(x) `y`.db", ":memory:", "./-z.db"] {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(folder.path(), &["migrate"]).0, 0);
        let (code, out, err) = run(folder.path(), &["backup", name]);
        assert_eq!(code, 0, "{name}: {err}");
        assert!(folder.path().join(name).is_file(), "{name}");
        let said = out.split_once("; `ecomdb ").unwrap().1.strip_suffix("` proves it\n").unwrap();
        std::fs::remove_file(folder.path().join("shop.db")).unwrap();
        let script = format!("{} {said}", env!("CARGO_BIN_EXE_ecomdb"));
        let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "{name}: only the copy is there");
    }
}

#[test]
fn a_backup_replaces_no_file_unless_it_is_told_to_and_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run(folder.path(), &["backup", "monday.db"]);
    assert!(code == 1 && err.contains("there is no database shop.db"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    std::fs::write(folder.path().join("monday.db"), "a shopping list").unwrap();
    let (code, out, err) = run(folder.path(), &["backup", "monday.db"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        "error: the output cannot be written: monday.db: it exists already; choose another name, or replace it with \
         --overwrite\n"
    );
    assert_eq!(std::fs::read_to_string(folder.path().join("monday.db")).unwrap(), "a shopping list");
    assert_eq!(run(folder.path(), &["backup", "--overwrite", "monday.db"]).0, 0);
    assert_eq!(run(folder.path(), &["check", "--database", "sqlite://monday.db"]).0, 0);
    assert_eq!(run(folder.path(), &["backup"]).0, 2);
}
