//! Commands that only read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ecomdb::{
    ApiKeyFilter, Database, IfExists, NewApiKey, NewOrder, NewPayment, PaymentMethod, Period, ProductId, Report, UserId,
};

use super::{Served, ecomdb, get, output, post_user, run};
use crate::support::sales;

/// The commands that may write to the database.
const WRITING: [&str; 14] = [
    "serve",
    "generate",
    "migrate",
    "reset",
    "rebuild",
    "expire",
    "user create",
    "user set-role",
    "user set-password",
    "user disable",
    "user anonymise",
    "user enable",
    "api-key create",
    "api-key revoke",
];

/// Every file: name, modification time, content.
fn listing(folder: &Path) -> Vec<(PathBuf, SystemTime, Vec<u8>)> {
    let file = |entry: fs::DirEntry| {
        (entry.path(), entry.metadata().unwrap().modified().unwrap(), fs::read(entry.path()).unwrap())
    };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| file(entry.unwrap())).collect();
    files.sort();
    files
}

/// A shop in rollback-journal mode, like a backup: a writable connection would switch it to WAL. It has unfolded sales,
/// which a writable report would fold.
fn shop(folder: &Path) {
    let elsewhere = tempfile::tempdir().unwrap();
    let db = Database::open(&url(elsewhere.path())).unwrap();
    sales::sell(&db);
    db.analytics().total_revenue(&Period::ALL).unwrap();
    let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(3), 1);
    db.orders().place(order.payment(NewPayment::captured(PaymentMethod::Card)).build().unwrap()).unwrap();
    let key = NewApiKey::builder(UserId::new(1), "till", vec!["orders:read".parse().unwrap()]).build().unwrap();
    db.accounts().create_key(key).unwrap();
    db.backup(folder.join("shop.db"), IfExists::Refuse).unwrap();
    assert_that_sales_wait(folder);
}

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("shop.db").display())
}

/// Exactly one sale is unfolded.
fn assert_that_sales_wait(folder: &Path) {
    let db = Database::builder(url(folder)).read_only(true).open().unwrap();
    assert_eq!(db.statistics().unwrap().waiting_sales, 1);
    assert_eq!(db.accounts().keys(&ApiKeyFilter::default()).unwrap().items.len(), 1);
}

/// The commands; those that write files write them into another folder.
fn commands(elsewhere: &Path) -> Vec<Vec<String>> {
    let there = |name: &str| elsewhere.join(name).display().to_string();
    let mut commands = vec![
        vec!["check".to_owned()],
        vec!["export".to_owned(), "orders".to_owned()],
        vec!["export".to_owned(), "--into".to_owned(), there("tables")],
        vec!["backup".to_owned(), there("copy.db")],
        vec!["shop".to_owned()],
        vec!["user".to_owned(), "list".to_owned()],
        vec!["user".to_owned(), "dossier".to_owned(), "1".to_owned()],
        vec!["api-key".to_owned(), "list".to_owned()],
    ];
    let report = |report: &Report| {
        let required = report.requires().map(|parameter| format!("--{}=1", parameter.replace('_', "-")));
        ["report".to_owned(), report.to_string()].into_iter().chain(required).collect()
    };
    commands.extend(Report::ALL.iter().map(report));
    commands
}

/// The commands of the program's help; the documentation lists those that only read.
#[test]
fn every_command_either_only_reads_or_may_write() {
    let folder = tempfile::tempdir().unwrap();
    let reading: Vec<String> = commands(folder.path()).iter().map(|words| words.join(" ") + " ").collect();
    let section = include_str!("../../../../docs/operations.md").split_once("### Read-only commands").unwrap().1;
    let sentence = section.split_once(" open a SQLite file read-only").unwrap().0;
    let opening = output::commands(folder.path(), &[]).into_iter().filter(|command| command != "completions");
    for command in opening {
        let reads = reading.iter().any(|words| words.starts_with(&format!("{command} ")));
        assert!(reads != WRITING.contains(&command.as_str()), "{command} has to be in one list");
        assert_eq!(reads, sentence.contains(&format!("`{command}`")), "{command} in docs/operations.md");
    }
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
    assert_that_sales_wait(folder.path());
}

/// Runs as another user if the tests run as root.
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
    // The build directory may be closed to other users.
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

#[test]
fn a_server_that_only_reads_serves_reports_and_lists_and_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let before = listing(folder.path());
    for variable in [None, Some("on")] {
        let flag: &[&str] = if variable.is_some() { &[] } else { &["--read-only"] };
        let mut command = ecomdb(folder.path(), &[&["serve", "--bind", "127.0.0.1:0"], flag].concat());
        command.envs(variable.map(|on| ("ECOMDB_READ_ONLY", on)));
        let server = Served::spawn(command, None);
        let is_ready = || {
            let (status, ready) = get(server.address, "/readyz");
            status == 200 && ready.contains("\"read_only\":true")
        };
        assert!(is_ready());
        let lists = ["/api/orders".to_owned(), "/api/users".to_owned()];
        let reports = Report::ALL.iter().map(|report| format!("/api/analytics/{report}{}", sales::required(*report)));
        for path in lists.into_iter().chain(reports) {
            assert_eq!(get(server.address, &path).0, 200, "{path}");
        }
        assert_eq!(post_user(server.address, "x@example.com"), 503);
        assert!(is_ready(), "it does what it is for");
        assert_eq!(server.stop("-TERM"), 0);
    }
    assert!(listing(folder.path()) == before);
}

#[test]
fn a_server_that_only_reads_needs_a_shop_and_fills_none() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run(folder.path(), &["serve", "--read-only", "--demo"]);
    assert!(code == 2 && err.contains("--demo") && err.contains("--read-only"), "{err}");
    let (code, _, err) = run(folder.path(), &["serve", "--read-only", "--bind", "127.0.0.1:0"]);
    assert!(code == 1 && err.contains("there is no database file"), "{err}");
    assert!(listing(folder.path()).is_empty());
}
