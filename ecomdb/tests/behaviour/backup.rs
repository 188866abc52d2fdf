use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use ecomdb::{Database, Error, IfExists, OrderFilter, UserFilter};

use crate::shop::Shop;

fn open(path: &Path) -> Database {
    Database::builder(format!("sqlite://{}", path.display())).migrate(false).open().unwrap()
}

fn names(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into()).collect()
}

#[test]
fn a_backup_has_every_row_and_adds_up() {
    let (shop, folder) = (Shop::sqlite(), tempfile::tempdir().unwrap());
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    shop.paid_order(&ada, &[(lamp.id, 2)]);
    // A name that needs quoting in every context.
    let path = folder.path().join("it's 100%25 ?mode=ro#1.db");
    shop.backup(&path, IfExists::Refuse).unwrap();

    assert_eq!(names(folder.path()), [path.file_name().unwrap()]);
    let plain = folder.path().join("plain.db");
    std::fs::rename(&path, &plain).unwrap();
    let copy = open(&plain);
    assert_eq!(copy.checksums().unwrap(), shop.checksums().unwrap());
    assert!(copy.check().unwrap().is_clean());
    assert_eq!(copy.users().get(ada.id).unwrap(), ada);
    shop.paid_order(&ada, &[(lamp.id, 2)]);
    assert_eq!(copy.orders().list(&OrderFilter::default()).unwrap().items.len(), 1, "it is a copy");
}

#[test]
fn a_backup_while_orders_come_in_is_one_moment_of_the_shop() {
    let (shop, folder) = (Shop::sqlite(), tempfile::tempdir().unwrap());
    let (ada, lamp) = (shop.user(), shop.product("10.00", 1_000_000));
    let (begun, placed, stop) = (AtomicI64::new(0), AtomicI64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    begun.fetch_add(1, Ordering::SeqCst);
                    shop.paid_order(&ada, &[(lamp.id, 1)]);
                    placed.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for round in 0..4 {
            let path = folder.path().join(format!("{round}.db"));
            let before = placed.load(Ordering::SeqCst);
            shop.backup(&path, IfExists::Refuse).unwrap();
            let after = begun.load(Ordering::SeqCst);
            let copy = open(&path);
            assert!(copy.check().unwrap().is_clean());
            let sold = 1_000_000 - copy.inventory().get(lamp.id).unwrap().quantity;
            assert!((before..=after).contains(&sold), "{before} <= {sold} <= {after}");
            // Wait until every shop has placed more orders between two backups.
            while placed.load(Ordering::SeqCst) < before + 8 {
                std::thread::yield_now();
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    shop.expect_clean();
}

#[test]
fn a_shop_in_memory_can_be_backed_up_to_a_file() {
    let (db, folder) = (Database::open("sqlite::memory:").unwrap(), tempfile::tempdir().unwrap());
    db.users().create(ecomdb::NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let path = folder.path().join("shop.db");
    db.backup(&path, IfExists::Refuse).unwrap();
    let users = db.users().list(&UserFilter::default()).unwrap().items;
    drop(db);
    assert_eq!(open(&path).users().list(&UserFilter::default()).unwrap().items, users);
}

#[test]
fn a_backup_that_cannot_be_made_leaves_everything_as_it_was() {
    let (shop, folder) = (Shop::sqlite(), tempfile::tempdir().unwrap());
    let taken = folder.path().join("notes.txt");
    std::fs::write(&taken, "a shopping list").unwrap();
    let own = PathBuf::from(shop.url.strip_prefix("sqlite://").unwrap());
    for (path, why) in [
        (taken.clone(), "notes.txt: it exists already"),
        (own, "shop.db: it exists already"),
        (folder.path().to_owned(), "it exists already"),
        (folder.path().join("nowhere/shop.db"), "its folder does not exist"),
    ] {
        let error = shop.backup(&path, IfExists::Refuse).unwrap_err();
        assert!(matches!(error, Error::Output(_)) && error.to_string().contains(why), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "a shopping list");
    assert_eq!(names(folder.path()), [Path::new("notes.txt")]);
    shop.expect_clean();
}

#[test]
fn a_backup_replaces_a_file_where_that_is_allowed() {
    let (shop, folder) = (Shop::sqlite(), tempfile::tempdir().unwrap());
    shop.user();
    let monday = folder.path().join("monday.db");
    std::fs::write(&monday, "a shopping list").unwrap();
    shop.backup(&monday, IfExists::Replace).unwrap();
    assert_eq!(names(folder.path()), [Path::new("monday.db")]);
    assert_eq!(open(&monday).users().list(&UserFilter::default()).unwrap().items.len(), 1);
    shop.user();
    shop.backup(&monday, IfExists::Replace).unwrap();
    assert_eq!(open(&monday).users().list(&UserFilter::default()).unwrap().items.len(), 2);
}

#[test]
fn a_backup_replaces_no_database_that_is_in_use() {
    let (shop, folder) = (Shop::sqlite(), tempfile::tempdir().unwrap());
    let own = PathBuf::from(shop.url.strip_prefix("sqlite://").unwrap());
    let refused = shop.backup(&own, IfExists::Replace).unwrap_err();
    assert!(refused.to_string().contains("it is the database itself"), "{refused}");
    let monday = folder.path().join("monday.db");
    shop.backup(&monday, IfExists::Refuse).unwrap();
    let used = open(&monday);
    used.users().create(ecomdb::NewUser::new("grace@example.com", "Grace", "Hopper").unwrap()).unwrap();
    let refused = shop.backup(&monday, IfExists::Replace).unwrap_err();
    assert!(refused.to_string().contains("it is a database in use"), "{refused}");
    assert_eq!(used.users().list(&UserFilter::default()).unwrap().items.len(), 1);
    shop.expect_clean();
}

/// Runs the backup command that a server shop prints, in a shell.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn expect_dump(shop: &Shop, restored: &str, variable: &str, file: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    let error = shop.backup(&path, IfExists::Refuse).unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error}");
    assert!(!path.exists());
    let words = error.to_string();
    assert!(!words.contains("p@ss") && !words.contains("p%40ss"), "{words}");
    let command = words.split('`').nth(1).unwrap();
    // There is no terminal to ask for the password.
    let command = command.replace(" --password ", " ");
    let output = std::process::Command::new("sh").args(["-c", &command]).env(variable, "p@ss").output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(restored), "{command}");
}

#[cfg(feature = "mysql")]
#[test]
fn mariadb_is_backed_up_by_the_command_that_the_error_tells() {
    expect_dump(&Shop::mysql(), "CREATE TABLE `orders`", "MYSQL_PWD", "it's a dump.sql");
}

#[cfg(feature = "postgres")]
#[test]
fn postgresql_is_backed_up_by_the_command_that_the_error_tells() {
    expect_dump(&Shop::postgres(), "CREATE TABLE public.orders", "PGPASSWORD", "it's a dump");
}
