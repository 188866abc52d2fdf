//! Migrations on MariaDB and MySQL, where DDL commits implicitly: a lease keeps a second migrator out, and an
//! interrupted migration can run again.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _, sql_query};
use ecomdb::{Database, Error, MysqlConnection};

use crate::shop::Site;

const RECORDS: &str = "CREATE TABLE ecomdb_migrations (
    version VARCHAR(50) NOT NULL PRIMARY KEY, started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMP NULL)";
/// The lease row, of an owner who has not renewed it for so many seconds.
const LEASE: &str = "CREATE TABLE ecomdb_migrating (id BIGINT NOT NULL PRIMARY KEY, owner VARCHAR(64) NOT NULL,
    renewals BIGINT NOT NULL, seconds BIGINT NOT NULL); INSERT INTO ecomdb_migrating VALUES (1, 'another', 7, ";
/// Two paid orders, one partly refunded, in the schema of the sixth migration.
const SALES: &str = "
    INSERT INTO users VALUES (1, 'ada@example.com', 'Ada', 'Lovelace', 'active', '2026-01-01', '2026-01-01');
    INSERT INTO categories VALUES (1, 'Lamps', NULL, '', '2026-01-01');
    INSERT INTO products VALUES (1, 1, 'LAMP', 'Lamp', '', 1000, 'active', '2026-01-01', '2026-01-01');
    INSERT INTO inventory VALUES (1, 8, 0, '2026-01-02');
    INSERT INTO orders VALUES (1, 1, 'completed', 1000, 0, 1, '2026-01-02', '2026-01-02', NULL),
        (2, 1, 'completed', 1000, 400, 1, '2026-01-02', '2026-01-02', NULL);
    INSERT INTO order_items VALUES (1, 1, 1, 1000), (2, 1, 1, 1000);
    INSERT INTO payments VALUES (1, 1, 'card', 'paid', 1000, '2026-01-02', NULL, '2026-01-02'),
        (2, 2, 'card', 'paid', 1000, '2026-01-02', NULL, '2026-01-02');
    INSERT INTO refunds VALUES (1, 2, 2, 400, 'late', 0, '2026-01-03');
    INSERT INTO inventory_movements VALUES (1, 1, 10, 'initial', NULL, NULL, '2026-01-01'),
        (2, 1, -1, 'sale', 1, NULL, '2026-01-02'), (3, 1, -1, 'sale', 2, NULL, '2026-01-02');";

/// The migrations, each with its version and its statements.
fn migrations() -> Vec<(String, Vec<String>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/mysql");
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let migration = |folder: &PathBuf| {
        let version = folder.file_name().unwrap().to_string_lossy()[..4].to_owned();
        let text = fs::read_to_string(folder.join("up.sql")).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let statements = lines.join("\n");
        let statements = statements.split(";\n").map(|statement| statement.trim().trim_end_matches(';').to_owned());
        (version, statements.filter(|statement| !statement.is_empty()).collect())
    };
    folders.iter().map(migration).collect()
}

/// A database in the middle of a migration, with sales older than the rollups.
fn stopped_in(migrations: &[(String, Vec<String>)], at: usize, done: usize) -> Site {
    let site = Site::mysql();
    let mut script = vec![RECORDS.to_owned()];
    for (version, statements) in &migrations[..at] {
        script.extend(statements.iter().cloned());
        script.push(format!("INSERT INTO ecomdb_migrations VALUES ('{version}', DEFAULT, CURRENT_TIMESTAMP)"));
        if version == "0006" {
            script.push(SALES.trim().trim_end_matches(';').to_owned());
        }
    }
    let (version, statements) = &migrations[at];
    script.push(format!("INSERT INTO ecomdb_migrations (version) VALUES ('{version}')"));
    script.extend(statements[..done].iter().cloned());
    site.run(&script.join(";\n"));
    site
}

#[test]
fn a_migration_that_stopped_after_any_of_its_statements_runs_again() {
    let migrations = migrations();
    for (at, (version, statements)) in migrations.iter().enumerate().filter(|(_, (version, _))| **version > *"0006") {
        // Cuts at one view and one rollup table suffice: the others are created alike.
        let cuts =
            (0..=statements.len()).filter(|done| statements.len() < 12 || *done == 1 || done + 5 > statements.len());
        for done in cuts {
            let site = stopped_in(&migrations, at, done);
            let db = Database::open(&site.url).unwrap_or_else(|error| panic!("{version} after {done}: {error}"));
            assert_eq!(site.count("sales_events"), 2, "{version} after {done}");
            assert!(db.check().unwrap().is_clean(), "{version} after {done}");
        }
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

/// A customer's API key from before the column that limits it to the customer's rows.
const KEY: &str = "
    INSERT INTO users (id, email, first_name, last_name, created_at, updated_at)
        VALUES (2, 'bob@example.com', 'Bob', 'Bits', '2026-01-01', '2026-01-01');
    INSERT INTO api_keys (id, user_id, name, token_hash, scopes, created_at) VALUES (1, 2, 'till', 'hash', '', '2026-01-01')";

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

/// Waits until a migrator updates the keys, which the held lock blocks.
fn wait_for_a_held_up_write(site: &Site) {
    let writes = "information_schema.processlist \
         WHERE db = DATABASE() AND info LIKE '%UPDATE api_keys%' AND id <> CONNECTION_ID()";
    wait_for(&mut holding(site, "DO 0"), writes);
}

/// A database in the middle of the last migration that updates rows; the customer's key is locked.
fn before_the_keys(migrations: &[(String, Vec<String>)]) -> (Site, MysqlConnection) {
    let at = migrations.iter().position(|(version, _)| version == "0014").unwrap();
    let site = stopped_in(migrations, at, migrations[at].1.len() - 1);
    site.run(KEY);
    let holder = holding(&site, "START TRANSACTION; UPDATE api_keys SET name = 'desk' WHERE id = 1");
    (site, holder)
}

fn was_taken_over(outcome: ecomdb::Result<Database>) -> bool {
    matches!(outcome, Err(Error::Overloaded("another process has taken over the migration of this database")))
}

#[test]
fn a_migrator_that_lives_is_not_replaced_however_long_a_statement_takes() {
    let (site, mut holder) = before_the_keys(&migrations());
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
    assert_eq!(site.count("api_keys WHERE own_only = 1 AND name = 'desk'"), 1);
}

#[test]
fn a_migrator_that_was_replaced_while_it_changed_rows_undoes_that_and_stops() {
    let (site, mut holder) = before_the_keys(&migrations());
    thread::scope(|scope| {
        let first = scope.spawn(|| Database::open(&site.url));
        wait_for_a_held_up_write(&site);
        site.run("UPDATE ecomdb_migrating SET owner = 'another', renewals = renewals + 1");
        holder.batch_execute("COMMIT").unwrap();
        assert!(was_taken_over(first.join().unwrap()));
    });
    assert_eq!(site.count("api_keys WHERE own_only = 1"), 0);
    assert_eq!(site.count("ecomdb_migrations WHERE version >= '0014' AND finished_at IS NOT NULL"), 0);
    assert_eq!(site.count("ecomdb_migrating WHERE owner = 'another'"), 1);
}

#[test]
fn a_migrator_that_was_replaced_while_it_changed_a_table_stops_before_its_next_statement() {
    let migrations = migrations();
    let at = migrations.iter().position(|(version, _)| version == "0007").unwrap();
    let site = stopped_in(&migrations, at, migrations[at].1.len() - 1);
    if site.is_cluster() {
        // There DDL does not wait for transactions: it aborts them.
        return;
    }
    let mut holder = holding(&site, "START TRANSACTION; SELECT COUNT(*) FROM sales_folded");
    thread::scope(|scope| {
        let first = scope.spawn(|| Database::open(&site.url));
        let waits =
            "information_schema.processlist WHERE db = DATABASE() AND state = 'Waiting for table metadata lock'";
        wait_for(&mut holding(&site, "DO 0"), waits);
        site.run("UPDATE ecomdb_migrating SET owner = 'another', renewals = renewals + 1");
        holder.batch_execute("COMMIT").unwrap();
        assert!(was_taken_over(first.join().unwrap()));
    });
    // Sales that the other migrator has queued and folded are not queued again.
    assert_eq!(site.count("sales_events"), 0);
    site.run("UPDATE ecomdb_migrating SET owner = ''");
    assert!(site.open().check().unwrap().is_clean());
}
