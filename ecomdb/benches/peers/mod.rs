//! Loading the same rows by other means: rusqlite by hand, and the servers' own tools. The rows, including rollups,
//! come from the SQLite database made by the previous measurement.

pub(crate) mod servers;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use ecomdb::Database;
use ecomdb::generator::Dataset;
use rusqlite::Connection;
use rusqlite::types::Value;

use self::servers::{fresh_mysql, fresh_postgres, mariadb, psql, script};

/// Name, columns and values of a table.
struct Rows {
    table: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Rows {
    fn count(&self) -> usize {
        self.values.len() / self.columns.len()
    }
}

/// Tables that are empty in a new shop; each comes before those that reference it.
fn tables(conn: &Connection) -> Vec<String> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                 AND name NOT IN ('ecomdb_schema', 'ecomdb_views', 'idempotency_keys', 'sales_folds') ORDER BY rowid";
    conn.prepare(query).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn read(conn: &Connection, table: &str) -> Rows {
    let mut select = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns: Vec<String> = select.column_names().into_iter().map(str::to_owned).collect();
    let (mut values, mut rows) = (Vec::new(), select.query([]).unwrap());
    while let Some(row) = rows.next().unwrap() {
        values.extend((0..columns.len()).map(|place| row.get_unwrap::<_, Value>(place)));
    }
    Rows { table: table.to_owned(), columns, values }
}

/// One transaction with prepared multi-row statements, and indexes and foreign keys at the end, as in careful code by
/// hand.
pub(crate) fn sqlite(folder: &Path, at_once: usize) -> (f64, u64) {
    let source = Connection::open(folder.join("ours.db")).unwrap();
    let all: Vec<Rows> = tables(&source).iter().map(|table| read(&source, table)).collect();
    let path = folder.join(format!("by-hand-{at_once}.db"));
    drop(Database::open(&format!("sqlite://{}", path.display())).unwrap());

    let conn = Connection::open(&path).unwrap();
    let (started, processor) = (Instant::now(), crate::processor_time());
    conn.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
         PRAGMA cache_size = -65536; PRAGMA threads = 1; BEGIN;",
    )
    .unwrap();
    let query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid";
    let indexes: Vec<(String, String)> = {
        let mut select = conn.prepare(query).unwrap();
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    for (name, _) in &indexes {
        conn.execute_batch(&format!("DROP INDEX {name}")).unwrap();
    }
    for rows in &all {
        let width = rows.columns.len();
        let row = format!("({})", vec!["?"; width].join(", "));
        let insert = |many: usize| {
            conn.prepare(&format!("INSERT INTO {} VALUES {}", rows.table, vec![row.as_str(); many].join(", "))).unwrap()
        };
        let (mut many, mut one) = (insert(at_once), insert(1));
        let statements = rows.values.chunks_exact(at_once * width);
        for row in statements.remainder().chunks_exact(width) {
            one.execute(rusqlite::params_from_iter(row)).unwrap();
        }
        for rows in statements {
            many.execute(rusqlite::params_from_iter(rows)).unwrap();
        }
    }
    eprintln!("rows until {:.2} s", started.elapsed().as_secs_f64());
    for (_, statement) in &indexes {
        conn.execute_batch(statement).unwrap();
    }
    conn.execute_batch("COMMIT; PRAGMA journal_mode = WAL;").unwrap();
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{:.2} s of processor time", crate::processor_time() - processor);
    assert_eq!(
        Database::open(&format!("sqlite://{}", path.display())).unwrap().checksums().unwrap(),
        Database::open(&format!("sqlite://{}", folder.join("ours.db").display())).unwrap().checksums().unwrap(),
    );
    // Count without the rollups, as the generator does.
    let rows = all.iter().filter(|rows| !rows.table.starts_with("sales_")).map(Rows::count).sum::<usize>();
    (seconds, rows as u64)
}

/// Runs `check`, the foreign key check and the comparison with the scenario. Returns the number of orders.
pub(crate) fn check(folder: &Path) -> (f64, u64) {
    let (started, path) = (Instant::now(), folder.join("ours.db"));
    let db = Database::open(&format!("sqlite://{}", path.display())).unwrap();
    let report = db.check().unwrap();
    assert!(report.is_clean(), "{report:#?}");
    let dangling = "SELECT COUNT(*) FROM pragma_foreign_key_check";
    let dangling: i64 = Connection::open(path).unwrap().query_row(dangling, [], |row| row.get(0)).unwrap();
    assert_eq!(dangling, 0);
    let dataset = Dataset::new(crate::scenario()).unwrap();
    let realism = dataset.realism_report();
    assert!(realism.is_ok(), "{realism}");
    (started.elapsed().as_secs_f64(), dataset.scenario().orders)
}

/// Text files for both LOAD DATA and COPY: tab-separated, `\N` for NULL.
pub(crate) fn files(folder: &Path) -> (f64, u64) {
    let started = Instant::now();
    let source = Connection::open(folder.join("ours.db")).unwrap();
    let mut count = 0;
    for table in tables(&source) {
        let rows = read(&source, &table);
        let mut text = String::new();
        for row in rows.values.chunks_exact(rows.columns.len()) {
            for (place, value) in row.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "\t" });
                match value {
                    Value::Null => text.push_str("\\N"),
                    Value::Integer(number) => write!(text, "{number}").unwrap(),
                    Value::Text(words) => text.push_str(words),
                    other => panic!("{other:?}"),
                }
            }
            text.push('\n');
        }
        count += rows.count();
        std::fs::write(folder.join(format!("{table}.{}.txt", rows.columns.join("+"))), text).unwrap();
    }
    (started.elapsed().as_secs_f64(), count as u64)
}

/// The files in the order of their tables: (table, columns, path).
fn text_files(folder: &Path) -> Vec<(String, String, String)> {
    let source = Connection::open(folder.join("ours.db")).unwrap();
    let find = |table: String| {
        let start = format!("{table}.");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let name = std::fs::read_dir(folder).unwrap().map(name).find(|name| name.starts_with(&start)).unwrap();
        let columns = name.split('.').nth(1).unwrap().replace('+', ", ");
        (table, columns, folder.join(&name).display().to_string())
    };
    tables(&source).into_iter().map(find).collect()
}

fn count(url: &str) -> u64 {
    Database::open(url).unwrap().checksums().unwrap().all_rows()
}

/// One transaction without constraint checks, as the manual recommends.
pub(crate) fn mysql(folder: &Path) -> (f64, u64) {
    let url = fresh_mysql("files");
    let mut text = "SET unique_checks = 0, foreign_key_checks = 0; BEGIN;\n".to_owned();
    for (table, columns, path) in text_files(folder) {
        writeln!(text, "LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table} CHARACTER SET utf8mb4 ({columns});")
            .unwrap();
    }
    text.push_str("COMMIT;\n");
    let (server, database) = url.rsplit_once('/').unwrap();
    let started = Instant::now();
    script(mariadb(server, &[database]), &text);
    (started.elapsed().as_secs_f64(), count(&url))
}

/// One transaction, into complete tables or with indexes and foreign keys created afterwards.
pub(crate) fn postgres(folder: &Path, indexes_later: bool) -> (f64, u64) {
    let url = fresh_postgres("files");
    let (mut before, mut after) = (String::new(), String::new());
    if indexes_later {
        let query = "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname || '|' || \
                     'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || conname || ' ' || \
                     pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' UNION ALL \
                     SELECT 'DROP INDEX ' || indexname || '|' || indexdef FROM pg_indexes \
                     WHERE schemaname = 'public' AND indexname LIKE '%_idx'";
        let output = psql(&url).args(["-At", "-c", query]).output().unwrap();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let (drop, make) = line.split_once('|').unwrap();
            writeln!(before, "{drop};").unwrap();
            writeln!(after, "{make};").unwrap();
        }
    }
    let mut text = format!("BEGIN;\n{before}");
    for (table, columns, path) in text_files(folder) {
        writeln!(text, "\\copy {table} ({columns}) FROM '{path}'").unwrap();
    }
    writeln!(text, "{after}COMMIT;").unwrap();
    let started = Instant::now();
    script(psql(&url), &text);
    (started.elapsed().as_secs_f64(), count(&url))
}
