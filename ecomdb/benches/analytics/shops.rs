//! The shops to measure.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ecomdb::Database;
use ecomdb::generator::Scenario;

/// A shop with this number of orders, a fifth as many users, and 10,000 products.
pub(crate) fn path(orders: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("analytics-{orders}.db"));
    if !path.exists() {
        let making = folder.join(format!("analytics-{orders}.making"));
        for leftover in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{leftover}", making.display()));
        }
        let started = Instant::now();
        let to = "2026-01-01T00:00:00Z".parse().unwrap();
        let scenario = Scenario { orders, users: orders / 5, basket_lines: 2.5, ..Scenario::large(to) };
        let db = open(&making);
        db.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
        drop(db);
        std::fs::rename(&making, &path).unwrap();
        println!("made the shop of {orders} orders in {:.1} s", started.elapsed().as_secs_f64());
    }
    path
}

pub(crate) fn open(path: &Path) -> Database {
    Database::open(&format!("sqlite://{}", path.display())).unwrap()
}
