//! SQLite file names are taken literally, and files are readable by their owner only.

use ecomdb::{Database, Error, ExportFormat, IfExists, NewUser, Table};

/// Names with characters that are special to SQLite, URIs or shells.
const NAMES: [&str; 11] = [
    "file:x.db",
    "a?mode=ro",
    "b#c.db",
    "100%25.db",
    "with space.db",
    "it's.db",
    "-v.db",
    ":memory:.db",
    "é\u{301}.db",
    "a&b=c;d.db",
    "back\\slash.db",
];

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_database_is_in_the_file_of_its_name_and_in_no_other() {
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/{name}", folder.path().display());
        let db = Database::open(&url).unwrap();
        db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
        let mut csv = Vec::new();
        assert_eq!(db.export(Table::Users, ExportFormat::Csv, &mut csv).unwrap(), 1, "{name}");
        assert_eq!(names(folder.path()), [name.to_owned(), format!("{name}-shm"), format!("{name}-wal")]);

        let copy = folder.path().join(format!("copy of {name}"));
        db.backup(&copy, IfExists::Refuse).unwrap();
        drop(db);
        let copy = Database::builder(format!("sqlite://{}", copy.display())).read_only(true).open().unwrap();
        assert_eq!(copy.checksums().unwrap().rows("users"), Some(1), "{name}");
        let db = Database::builder(&url).migrate(false).open().unwrap();
        assert_eq!(db.checksums().unwrap().rows("users"), Some(1), "{name}");
    }
}

#[test]
fn a_database_that_is_not_to_be_migrated_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shop.db", folder.path().display());
    for builder in [Database::builder(&url).migrate(false), Database::builder(&url).read_only(true)] {
        let error = builder.open().unwrap_err();
        assert!(error.to_string().contains("there is no database"), "{error}");
    }
    assert!(names(folder.path()).is_empty());
}

/// A symlink loop stands for a folder without permission, which root could read.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_looked_at_is_not_one_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    for name in ["loop", "loop/shop.db"] {
        let error = Database::open(&format!("sqlite://{}/{name}", folder.path().display())).unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error:?}");
        assert!(error.to_string().contains("symbolic links"), "{error}");
    }
    assert_eq!(names(folder.path()), ["loop"]);
}
