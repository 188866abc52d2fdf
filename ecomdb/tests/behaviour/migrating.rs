//! Migrations on MariaDB and MySQL, where DDL commits implicitly: a lease keeps a second migrator out, and an
//! interrupted migration can run again.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _, sql_query};
use ecomdb::{Database, Error, MysqlConnection};

use crate::shop::Site;

const RECORDS: &str = "CREATE TABLE ecomdb_schema (
    version VARCHAR(50) NOT NULL PRIMARY KEY, digest VARCHAR(64) NOT NULL,
    started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, finished_at TIMESTAMP NULL)";
/// The lease row of an owner who last renewed it `seconds` ago.
const LEASE: &str = "CREATE TABLE ecomdb_migrating (id BIGINT NOT NULL PRIMARY KEY, owner VARCHAR(64) NOT NULL,
    renewals BIGINT NOT NULL, seconds BIGINT NOT NULL); INSERT INTO ecomdb_migrating VALUES (1, 'another', 7, ";

/// The statements of the first migration.
fn base() -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/mysql/0001_base/up.sql");
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let statements = lines.join("\n");
    let statements = statements.split(";\n").map(|statement| statement.trim().trim_end_matches(';').to_owned());
    statements.filter(|statement| !statement.is_empty()).collect()
}

/// A database in the middle of its first migration, after this number of statements. The digest of the migration is read
/// from a complete one.
fn stopped_after(done: usize, complete: &Site) -> Site {
    let site = Site::mysql();
    let (_, complete) = complete.url.rsplit_once('/').unwrap();
    let begun =
        format!("INSERT INTO ecomdb_schema (version, digest) SELECT version, digest FROM {complete}.ecomdb_schema");
    let script: Vec<String> = [RECORDS.to_owned(), begun].into_iter().chain(base().into_iter().take(done)).collect();
    site.run(&script.join(";\n"));
    site
}

#[test]
fn a_migration_that_stopped_after_any_of_its_statements_runs_again() {
    let complete = Site::mysql();
    complete.open();
    for done in 0..=base().len() {
        let site = stopped_after(done, &complete);
        let db = Database::open(&site.url).unwrap_or_else(|error| panic!("after {done}: {error}"));
        assert_eq!((site.count("staff_changes"), site.count("sales_folds")), (1, 1), "after {done}");
        assert!(db.check().unwrap().is_clean(), "after {done}");
    }
}

#[test]
fn who_opens_a_database_that_another_one_migrates_waits_until_that_is_done() {
    let site = Site::mysql();
    site.run(&format!("{LEASE} 3600)"));
    let released = AtomicBool::new(false);
    thread::scope(|scope| {
        let openers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let db = Database::open(&site.url).unwrap();
                    (released.load(Ordering::SeqCst), db.check().unwrap().is_clean())
                })
            })
            .collect();
        // The other processes are connected; if they did not wait, tables would appear.
        while site.count("information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()") < 3 {}
        for _ in 0..50 {
            assert_eq!(site.names(), 1);
        }
        released.store(true, Ordering::SeqCst);
        site.run("UPDATE ecomdb_migrating SET owner = ''");
        for opener in openers {
            assert_eq!(opener.join().unwrap(), (true, true));
        }
    });
    assert_eq!(site.count("ecomdb_migrating WHERE owner = ''"), 1);
}

#[test]
fn a_migrator_that_died_is_replaced_when_its_lease_is_over() {
    let site = Site::mysql();
    site.run(&format!("{LEASE} 0)"));
    assert!(site.open().check().unwrap().is_clean());
    assert_eq!(site.count("ecomdb_migrating WHERE owner = '' AND renewals > 7"), 1);
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    renewals: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    owner: String,
}

/// A separate connection to the node of `site.url` that holds the locks of these statements.
fn holding(site: &Site, statements: &str) -> MysqlConnection {
    let mut conn = MysqlConnection::establish(&site.url).unwrap();
    conn.batch_execute(statements).unwrap();
    conn
}

/// Waits until `row` exists, which another connection to the same node creates.
fn wait_for(conn: &mut MysqlConnection, row: &str) {
    let count = format!("SELECT COUNT(*) AS renewals, '' AS owner FROM {row}");
    while sql_query(&count).get_result::<Row>(conn).unwrap().renewals == 0 {}
}

/// Waits until a migrator inserts a row, which the held lock blocks. The list may still show the statement of the
/// connection that holds the lock, which has another text.
fn wait_for_a_held_up_write(site: &Site) {
    let writes = "information_schema.processlist \
         WHERE db = DATABASE() AND info LIKE '%INSERT IGNORE INTO sales_folds%' AND id <> CONNECTION_ID()";
    wait_for(&mut holding(site, "DO 0"), writes);
}

/// A database before the statement of the migration that inserts this row, which is locked.
fn before_the_row() -> (Site, MysqlConnection) {
    let at = base().iter().position(|statement| statement.contains("INTO sales_folds")).unwrap();
    let complete = Site::mysql();
    complete.open();
    let site = stopped_after(at, &complete);
    let holder = holding(&site, "START TRANSACTION; INSERT INTO sales_folds VALUES (1, 0)");
    (site, holder)
}

fn was_taken_over(outcome: ecomdb::Result<Database>) -> bool {
    matches!(outcome, Err(Error::Overloaded("another process has taken over the migration of this database")))
}

#[test]
fn a_migrator_that_lives_is_not_replaced_however_long_a_statement_takes() {
    let (site, mut holder) = before_the_row();
    site.run(&format!("{LEASE} 2); UPDATE ecomdb_migrating SET owner = ''"));
    let row = || {
        let mut conn = holding(&site, "DO 0");
        sql_query("SELECT renewals, owner FROM ecomdb_migrating").get_result::<Row>(&mut conn).unwrap()
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| Database::open(&site.url).map(drop));
        wait_for_a_held_up_write(&site);
        let begun = row();
        let second = scope.spawn(|| Database::open(site.next_url()).map(drop));
        // Six renewals fit into one lease.
        let mut now = row();
        while now.owner == begun.owner && now.renewals < begun.renewals + 15 && !second.is_finished() {
            now = row();
        }
        assert_eq!(now.owner, begun.owner);
        assert!(!second.is_finished());
        holder.batch_execute("COMMIT").unwrap();
        first.join().unwrap().unwrap();
        second.join().unwrap().unwrap();
    });
    assert_eq!(site.count("sales_folds"), 1);
}

#[test]
fn a_migrator_that_was_replaced_while_it_changed_rows_undoes_that_and_stops() {
    let (site, mut holder) = before_the_row();
    thread::scope(|scope| {
        let first = scope.spawn(|| Database::open(&site.url));
        wait_for_a_held_up_write(&site);
        site.run("UPDATE ecomdb_migrating SET owner = 'another', renewals = renewals + 1");
        holder.batch_execute("ROLLBACK").unwrap();
        assert!(was_taken_over(first.join().unwrap()));
    });
    assert_eq!(site.count("sales_folds"), 0);
    assert_eq!(site.count("ecomdb_schema WHERE finished_at IS NOT NULL"), 0);
    assert_eq!(site.count("ecomdb_migrating WHERE owner = 'another'"), 1);
}

#[test]
fn a_migrator_that_was_replaced_while_it_changed_a_view_stops_before_its_next_statement() {
    let site = Site::mysql();
    site.open();
    if site.is_cluster() {
        // On a cluster, DDL does not wait for transactions: it aborts them.
        return;
    }
    site.run("UPDATE ecomdb_views SET digest = 'older'");
    let mut holder = holding(&site, "START TRANSACTION; SELECT COUNT(*) FROM analytics_average_order_value");
    thread::scope(|scope| {
        let first = scope.spawn(|| Database::open(&site.url));
        let waits =
            "information_schema.processlist WHERE db = DATABASE() AND state = 'Waiting for table metadata lock'";
        wait_for(&mut holding(&site, "DO 0"), waits);
        site.run("UPDATE ecomdb_migrating SET owner = 'another', renewals = renewals + 1");
        holder.batch_execute("COMMIT").unwrap();
        assert!(was_taken_over(first.join().unwrap()));
    });
    assert_eq!(site.count("ecomdb_views WHERE digest <> ''"), 0);
    site.run("UPDATE ecomdb_migrating SET owner = ''");
    assert!(site.open().check().unwrap().is_clean());
}

/// The migrating session may write outside transactions; others must not.
#[test]
fn a_connection_that_has_reset_the_shop_is_not_used_again() {
    let site = Site::mysql();
    if site.is_cluster() {
        // On a cluster, sessions do not pipeline, so they need no such guard.
        return;
    }
    let db = Database::builder(&site.url).connections(1).open().unwrap();
    let is_guarded = || {
        let query = "SELECT CAST(@@tx_read_only AS SIGNED) AS renewals, '' AS owner";
        db.read(|conn| Ok::<_, Error>(sql_query(query).get_result::<Row>(conn)?.renewals)).unwrap()
    };
    assert_eq!(is_guarded(), 1);
    db.reset().unwrap();
    assert_eq!(is_guarded(), 1);
}
