//! Speed of generating a shop: alone, as CSV, and into each engine, compared with the fastest loading by hand in the
//! same run. Each measurement runs in its own process, so that its peak memory is known.
//!
//! `cargo bench -p ecomdb --bench generator`. The environment variable ORDERS sets the size (default 1,000,000),
//! DIRECTORY the place of the databases, and PARTS the further parts: `check` checks the shop; `sqlite`, `mysql` and
//! `postgres` compare with loaders that hold all rows in memory. The servers are included with
//! `--features mysql,postgres` and the variables ECOMDB_TEST_MYSQL_URL and ECOMDB_TEST_POSTGRES_URL, as set by
//! `python3 tests/servers.py --durable -- cargo bench ...`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod peers;

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ecomdb::Database;
use ecomdb::generator::{Dataset, OrderBundle, Progress, Scenario};

const PART: &str = "ECOMDB_BENCH_PART";

fn main() {
    let Ok(part) = std::env::var(PART) else { return report() };
    let folder = std::env::var("DIRECTORY").unwrap();
    let folder = Path::new(&folder);
    let (seconds, rows) = match part.as_str() {
        "generation alone" => alone(),
        "CSV to /dev/null, 1 thread" => csv(1),
        "CSV to /dev/null, 2 threads" => csv(2),
        "SQLite" => generate(&format!("sqlite://{}", folder.join("ours.db").display())),
        "the same, checked" => peers::check(folder),
        "SQLite by hand" => peers::sqlite(folder, 1),
        "SQLite by hand, 100 at once" => peers::sqlite(folder, 100),
        "text files" => peers::files(folder),
        "MariaDB" => generate(&peers::servers::fresh_mysql("ours")),
        "MariaDB, LOAD DATA LOCAL" => peers::mysql(folder),
        "PostgreSQL" => generate(&peers::servers::fresh_postgres("ours")),
        "PostgreSQL, COPY" => peers::postgres(folder, false),
        "PostgreSQL, COPY, then indexes" => peers::postgres(folder, true),
        _ => panic!("there is no part {part}"),
    };
    println!("{seconds} {rows} {}", peak_memory());
}

fn report() {
    let place = std::env::var("DIRECTORY").unwrap_or_else(|_| "/var/tmp".to_owned());
    let folder = tempfile::Builder::new().prefix("ecomdb-bench-").tempdir_in(place).unwrap();
    println!("{} orders and all that hangs on them\n", scenario().orders);
    let run = |part: &str| measure(part, folder.path());
    run("generation alone");
    // Take the best of three, because other programs disturb such short runs.
    let best = |part: &str| (0..3).map(|_| run(part)).fold(f64::MAX, f64::min);
    let one = best("CSV to /dev/null, 1 thread");
    let two = best("CSV to /dev/null, 2 threads");
    println!("    {:.2}x of one thread (at least 1.6)\n", one / two);

    let ours = run("SQLite");
    let parts = std::env::var("PARTS").unwrap_or_else(|_| "check sqlite mysql postgres".to_owned());
    let wanted = |part| parts.split(' ').any(|name| name == part);
    if wanted("check") {
        run("the same, checked");
    }
    if wanted("sqlite") {
        let hand = run("SQLite by hand");
        let at_once = run("SQLite by hand, 100 at once");
        println!("    {:.2}x and {:.2}x of the time by hand (at most 1.6)\n", ours / hand, ours / at_once);
    }
    let mysql = wanted("mysql") && peers::servers::mysql_url().is_some();
    let postgres = wanted("postgres") && peers::servers::postgres_url().is_some();
    if mysql || postgres {
        run("text files");
    }
    if mysql {
        let ours = run("MariaDB");
        let files = run("MariaDB, LOAD DATA LOCAL");
        println!("    {:.2}x of the rate of LOAD DATA LOCAL (at least 0.7)\n", files / ours);
    }
    if postgres {
        let ours = run("PostgreSQL");
        let files = run("PostgreSQL, COPY");
        let later = run("PostgreSQL, COPY, then indexes");
        println!("    {:.2}x and {:.2}x of the rate of COPY (at least 0.8)\n", files / ours, later / ours);
    }
}

/// Runs a part in its own process and returns its duration in seconds.
fn measure(part: &str, folder: &Path) -> f64 {
    print!("{part:<32}");
    std::io::stdout().flush().unwrap();
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).env(PART, part).env("DIRECTORY", folder).output().unwrap();
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{part}: {notes}");
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = text.lines().last().unwrap().split(' ').collect();
    let (seconds, rows): (f64, f64) = (words[0].parse().unwrap(), words[1].parse().unwrap());
    println!("{seconds:8.2} s {:10.0} rows/s {:>6} MB peak", rows / seconds, words[2]);
    notes.lines().for_each(|note| println!("    {note}"));
    seconds
}

fn scenario() -> Scenario {
    let orders = std::env::var("ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let to = "2026-01-01T00:00:00Z".parse().unwrap();
    Scenario { orders, users: orders / 5, ..Scenario::large(to) }
}

fn alone() -> (f64, u64) {
    let started = Instant::now();
    let dataset = Dataset::new(scenario()).unwrap();
    let mut rows = dataset.categories().count() + dataset.products().count() + dataset.price_changes().count();
    rows += dataset.users().count();
    let (mut keeper, mut orders) = (dataset.stock_keeper(), dataset.orders());
    let (mut bundle, mut movements) = (OrderBundle::new(), Vec::new());
    while orders.fill_next(&mut bundle) {
        keeper.order(&bundle, &mut movements);
        rows += 1 + bundle.items.len() + bundle.payments.len() + bundle.refunds.len() + movements.len();
        movements.clear();
    }
    keeper.finish(&mut movements);
    rows += movements.len() + keeper.inventory().count();
    (started.elapsed().as_secs_f64(), rows as u64)
}

fn csv(threads: usize) -> (f64, u64) {
    let started = Instant::now();
    let dataset = Dataset::new(scenario()).unwrap();
    let mut out = std::fs::File::create("/dev/null").unwrap();
    let summary = dataset.csv(threads, |_, text| out.write_all(text)).unwrap();
    (started.elapsed().as_secs_f64(), summary.all_rows())
}

fn generate(url: &str) -> (f64, u64) {
    let db = Database::open(url).unwrap();
    let (started, processor) = (Instant::now(), processor_time());
    let mut last = None;
    let step = |progress: Progress| {
        if last != Some(progress.step) {
            eprintln!("{:?} from {:.2} s", progress.step, progress.elapsed.as_secs_f64());
            last = Some(progress.step);
        }
        ControlFlow::Continue(())
    };
    let summary = db.generate(&scenario(), step).unwrap();
    eprintln!("{:.2} s of processor time", processor_time() - processor);
    (started.elapsed().as_secs_f64(), summary.all_rows())
}

/// Processor time used by all threads of this process, in seconds; 0 if the system does not report it.
fn processor_time() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = status.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Peak memory in MB; 0 if the system does not report it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|n| n.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1_000
}
