//! `ecomdb check` prints each rule right after it was checked.

use diesel::connection::SimpleConnection as _;
use ecomdb::Database;

use super::run;

/// An empty shop.
fn clean_shop() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    (folder, db)
}

/// A shop without the table of the price history, so that the rule about it fails.
fn shop() -> tempfile::TempDir {
    let (folder, db) = clean_shop();
    db.write(|tx| Ok::<_, ecomdb::Error>(tx.batch_execute("DROP TABLE price_changes")?)).unwrap();
    folder
}

#[test]
fn the_rules_that_were_checked_before_one_that_cannot_be_are_printed() {
    let (code, out, err) = run(shop().path(), &["check"]);
    assert_eq!(code, 1);
    assert!(err.starts_with("error: ") && err.contains("price_changes"), "{err}");
    let (clean, _db) = clean_shop();
    let (_, all, _) = run(clean.path(), &["check"]);
    let before = all.lines().position(|line| line.contains("price history")).unwrap();
    assert_eq!(out.lines().collect::<Vec<_>>(), all.lines().take(before).collect::<Vec<_>>());
    assert!(before > 0 && out.lines().all(|line| line.starts_with("ok     ")), "{out}");
}

/// The first line appears before the rule that fails begins; otherwise only the failure would appear.
#[cfg(target_os = "linux")]
#[test]
fn a_rule_is_written_to_the_standard_output_before_the_next_one_is_checked() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = super::ecomdb(shop().path(), &["check"]).stdout(full).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(err, "error: the output cannot be written: No space left on device (os error 28)\n");
    assert_eq!(output.status.code(), Some(1));
}
