//! Log levels and formats.

use std::fs::File;

use super::{Served, ecomdb, get};

#[test]
fn a_long_path_is_logged_shortened() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = ecomdb(folder.path(), &["serve", "--bind", "127.0.0.1:0"]);
    command.env("ECOMDB_LOG", "info");
    let server = Served::spawn(command, Some(File::create(&log).unwrap()));
    assert_eq!(get(server.address, &format!("/nowhere/{}/end", "x".repeat(8_000))).0, 404);
    assert_eq!(server.stop("-TERM"), 0);
    let log = std::fs::read_to_string(log).unwrap();
    let line = log.lines().find(|line| line.contains("/nowhere/xxx")).unwrap();
    assert!(line.contains("xxx/end") && line.len() < 1_000, "{line}");
}
