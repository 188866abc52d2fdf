//! SQLite databases whose files are moved, deleted or replaced while open.
#![cfg(unix)]

use std::cell::RefCell;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use ecomdb::generator::Scenario;
use ecomdb::{Database, Error, IfExists, NewUser, Period, Unavailable, UserFilter};

use crate::shop::{card, money};

thread_local! {
    /// Renames that this thread does during its next commit.
    static AT_COMMIT: RefCell<Vec<(PathBuf, PathBuf)>> = const { RefCell::new(Vec::new()) };
}

/// A shop with a few users, whose rows are only in the WAL.
struct Moved {
    db: Database,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Moved {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let shop = Self { db: open(&file).unwrap(), file, _folder: folder };
        shop.write(0).unwrap();
        shop
    }

    fn write(&self, n: u32) -> Result<(), Error> {
        self.db.users().create(NewUser::new(&format!("user{n}@example.com"), "Ada", "Lovelace").unwrap()).map(|_| ())
    }

    fn users(&self) -> usize {
        users(&self.db)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        PathBuf::from(format!("{}{suffix}", self.file.display()))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.file.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Asserts that every kind of write, and reads on new connections, fail with this reason.
    fn assert_refused(&self) {
        let refused = [
            self.write(99),
            self.db.write_once(|tx| tx.users().create(NewUser::new("x@example.com", "X", "Y")?)).map(|_| ()),
            self.db.reset(),
            self.db.rebuild(),
            self.db.backup(self.beside(".backup"), IfExists::Refuse),
            self.db.export_all(ecomdb::ExportFormat::Csv, &self.beside(".export"), IfExists::Replace).map(|_| ()),
            generate(&self.db),
            self.db.ready(),
        ];
        for (i, outcome) in refused.into_iter().enumerate() {
            assert!(matches!(outcome, Err(Error::Unavailable(Unavailable::Moved(_)))), "{i}: {outcome:?}");
        }
    }
}

fn open(file: &Path) -> Result<Database, Error> {
    Database::open(&format!("sqlite://{}", file.display()))
}

fn generate(db: &Database) -> Result<(), Error> {
    let small = Scenario::small("2026-01-01T00:00:00Z".parse().unwrap());
    let scenario = Scenario { users: 20, products: 20, orders: 40, ..small };
    db.generate(&scenario, |_| ControlFlow::Continue(())).map(|_| ())
}

fn users(db: &Database) -> usize {
    db.users().list(&UserFilter::default()).unwrap().items.len()
}

/// As many concurrent readers as there are connections.
fn read_on_every_connection(db: &Database) -> Vec<Result<bool, Error>> {
    let start = std::sync::Barrier::new(4);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    db.read(|conn| conn.users().list(&UserFilter::default()).map(|page| !page.items.is_empty()))
                })
            })
            .collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    })
}

#[test]
fn a_database_that_was_moved_is_refused_until_it_is_back_and_loses_nothing() {
    let shop = Moved::new();
    let away = shop.beside(".away");
    fs::rename(&shop.file, &away).unwrap();
    let names = shop.names();

    shop.assert_refused();
    for outcome in read_on_every_connection(&shop.db) {
        assert!(matches!(outcome, Ok(true) | Err(Error::Unavailable(Unavailable::Moved(_)))), "{outcome:?}");
    }
    assert_eq!(shop.names(), names, "nothing is created");

    fs::rename(&away, &shop.file).unwrap();
    shop.write(1).unwrap();
    shop.db.ready().unwrap();
    assert_eq!(shop.users(), 2);
    assert!(shop.db.check().unwrap().is_clean());
}

#[test]
fn a_database_that_was_moved_with_its_log_can_be_opened_where_it_is_now() {
    let shop = Moved::new();
    let folder = tempfile::tempdir_in(shop.file.parent().unwrap().parent().unwrap()).unwrap();
    let moved = folder.path().join("moved.db");
    for suffix in ["-wal", "-shm", ""] {
        fs::rename(shop.beside(suffix), format!("{}{suffix}", moved.display())).unwrap();
    }
    shop.assert_refused();
    assert!(shop.names().is_empty(), "{:?}", shop.names());
    assert_eq!(users(&open(&moved).unwrap()), 1);
}

#[test]
fn a_file_in_the_place_of_the_database_is_neither_read_nor_written() {
    let shop = Moved::new();
    let (away, other) = (shop.beside(".away"), shop.beside(".other"));
    let log = fs::read(shop.beside("-wal")).unwrap();
    drop(open(&other).unwrap());
    fs::rename(&shop.file, &away).unwrap();
    fs::rename(&other, &shop.file).unwrap();
    let before = fs::read(&shop.file).unwrap();

    shop.assert_refused();
    assert_eq!(fs::read(&shop.file).unwrap(), before);
    assert_eq!(fs::read(shop.beside("-wal")).unwrap(), log);

    let Moved { db, file, _folder } = shop;
    drop(db);
    assert_eq!(fs::read(&file).unwrap(), before, "nor when the database is closed");
    assert!(PathBuf::from(format!("{}-wal", file.display())).exists(), "whoever opened it may use this log");
}

#[test]
fn a_log_that_was_moved_is_used_again_when_it_is_back() {
    let shop = Moved::new();
    let away = shop.beside(".away");
    fs::rename(shop.beside("-wal"), &away).unwrap();
    let names = shop.names();
    shop.assert_refused();
    assert_eq!(shop.names(), names, "no other log is created");
    fs::rename(&away, shop.beside("-wal")).unwrap();
    shop.write(1).unwrap();
    assert_eq!(shop.users(), 2);
}

#[test]
fn what_a_deleted_log_held_is_saved_into_the_database_as_soon_as_it_is_missed() {
    let shop = Moved::new();
    fs::remove_file(shop.beside("-wal")).unwrap();
    shop.assert_refused();
    // What a process would find after this one was killed.
    let copy = shop.beside(".copy");
    fs::copy(&shop.file, &copy).unwrap();
    assert_eq!(users(&open(&copy).unwrap()), 1);
}

#[test]
fn what_a_deleted_log_held_is_saved_when_the_database_is_closed() {
    let Moved { db, file, _folder } = Moved::new();
    fs::remove_file(format!("{}-wal", file.display())).unwrap();
    drop(db);
    assert_eq!(users(&open(&file).unwrap()), 1);
}

#[test]
fn a_database_that_was_deleted_is_not_recreated() {
    let shop = Moved::new();
    fs::remove_file(&shop.file).unwrap();
    let names = shop.names();
    shop.assert_refused();
    assert_eq!(shop.names(), names);
}

#[test]
fn a_database_that_is_loaded_in_bulk_knows_its_new_log() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("shop.db")).unwrap();
    generate(&db).unwrap();
    db.users().create(NewUser::new("x@example.com", "X", "Y").unwrap()).unwrap();
    db.ready().unwrap();
}

#[test]
fn a_log_that_is_deleted_after_a_bulk_load_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("shop.db")).unwrap();
    generate(&db).unwrap();
    fs::remove_file(folder.path().join("shop.db-wal")).unwrap();
    let written = db.users().create(NewUser::new("x@example.com", "X", "Y").unwrap());
    assert!(matches!(written, Err(Error::Unavailable(Unavailable::Moved(_)))), "{written:?}");
}

#[test]
fn a_database_that_is_named_by_a_link_or_from_its_folder_is_found_again() {
    let shop = Moved::new();
    let link = shop.beside(".link");
    std::os::unix::fs::symlink(&shop.file, &link).unwrap();
    let linked = open(&link).unwrap();
    linked.users().create(NewUser::new("x@example.com", "X", "Y").unwrap()).unwrap();
    linked.ready().unwrap();
    assert_eq!(shop.users(), 2);
}

/// Results of several kinds of reads, among them a report that has to fold sales.
#[derive(Debug, PartialEq)]
enum Answer {
    Users(usize),
    Revenue(ecomdb::Money),
    Rules(bool),
}

fn ask(db: &Database) -> Vec<Result<Answer, Error>> {
    let count =
        |conn: &mut ecomdb::Connection| Ok(Answer::Users(conn.users().list(&UserFilter::default())?.items.len()));
    vec![
        db.read(count),
        db.snapshot(count),
        db.analytics().total_revenue(&Period::ALL).map(|total| Answer::Revenue(total.total_revenue)),
        db.check().map(|report| Answer::Rules(report.is_clean())),
    ]
}

/// Reads on the existing connection, and on new connections while that one is in use.
fn ask_twice(db: &Database) -> Vec<Result<Answer, Error>> {
    let mut answers = ask(db);
    if let Ok(more) = db.read(|_| Ok::<_, Error>(ask(db))) {
        answers.extend(more);
    }
    answers
}

/// A shop with a paid order of this price that is not folded yet.
fn sell(db: &Database, price: &str) {
    let lamps = db.categories().create("Lamps").unwrap().id;
    let product = ecomdb::NewProduct::builder("Desk lamp", lamps, money(price)).initial_stock(1).build().unwrap();
    let product = db.products().create(product).unwrap().id;
    let user = db.users().list(&UserFilter::default()).unwrap().items[0].id;
    let order = ecomdb::NewOrder::builder(user).item(product, 1).payment(card()).build().unwrap();
    db.orders().place(order).unwrap();
    assert_eq!(db.statistics().unwrap().waiting_sales, 1);
}

/// A name, and a change of the files.
type Exchange = (&'static str, fn(&Moved));

#[test]
fn what_is_read_after_a_file_was_exchanged_is_right_or_refused_and_no_other_file_is_written() {
    let exchanges: [Exchange; 4] = [
        ("the database was replaced", |shop| {
            let other = shop.beside(".other");
            let db = open(&other).unwrap();
            for email in ["x@example.com", "y@example.com"] {
                db.users().create(NewUser::new(email, "X", "Y").unwrap()).unwrap();
            }
            sell(&db, "99.00");
            drop(db);
            fs::rename(&other, &shop.file).unwrap();
        }),
        ("the database was moved away", |shop| fs::rename(&shop.file, shop.beside(".away")).unwrap()),
        ("the log was replaced", |shop| {
            fs::write(shop.beside(".other"), "a shopping list").unwrap();
            fs::rename(shop.beside(".other"), shop.beside("-wal")).unwrap();
        }),
        ("the log was deleted", |shop| fs::remove_file(shop.beside("-wal")).unwrap()),
    ];
    for (exchange, perform) in exchanges {
        let shop = Moved::new();
        sell(&shop.db, "10.00");
        perform(&shop);
        let is_own = |name: &str| name.ends_with("-shm") || (exchange == "the log was deleted" && name == "shop.db");
        let others = |folder: &Path| {
            let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
            let others = names.iter().filter(|path| !is_own(&name(path)));
            others.map(|path| (name(path), fs::read(path).unwrap())).collect::<std::collections::BTreeMap<_, _>>()
        };
        let folder = shop.file.parent().unwrap();
        let before = others(folder);

        let right = [Answer::Users(1), Answer::Revenue(money("10.00")), Answer::Rules(true)];
        let answers = ask_twice(&shop.db);
        for answer in &answers {
            let is_refused = matches!(answer, Err(Error::Unavailable(Unavailable::Moved(_))));
            assert!(
                is_refused || answer.as_ref().is_ok_and(|answer| right.contains(answer)),
                "{exchange}: {answers:?}"
            );
        }
        assert!(others(folder) == before, "{exchange}: {:?}", shop.names());
        shop.assert_refused();
        let Moved { db, file, _folder } = shop;
        drop(db);
        assert!(others(file.parent().unwrap()) == before, "{exchange}: after it was closed");
        if exchange == "the log was deleted" {
            let answers = ask(&open(&file).unwrap());
            assert!(answers.iter().all(|answer| right.contains(answer.as_ref().unwrap())), "{answers:?}");
        }
    }
}

#[test]
fn a_database_that_is_replaced_while_it_is_migrated_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let [file, other, away] = ["shop.db", "other.db", "away.db"].map(|name| folder.path().join(name));
    drop(open(&other).unwrap());
    let before = fs::read(&other).unwrap();
    set_default_instrumentation(|| {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CommitTransaction { .. }) {
                for (from, to) in AT_COMMIT.take() {
                    fs::rename(from, to).unwrap();
                }
            }
        }))
    })
    .unwrap();
    AT_COMMIT.set(vec![(file.clone(), away.clone()), (other, file.clone())]);

    let opened = open(&file);
    assert!(matches!(opened, Err(Error::Unavailable(Unavailable::Moved(_)))), "{opened:?}");
    assert!(away.exists(), "it was replaced");
    assert_eq!(fs::read(&file).unwrap(), before);
}
