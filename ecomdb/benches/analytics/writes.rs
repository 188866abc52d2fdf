//! Costs of the sales queue and of folding for placing orders.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use ecomdb::{Database, Limit, NewOrder, NewPayment, PaymentMethod, Period, ProductId, UserId};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use crate::shops;

/// Orders of one round; fewer than make writers fold on their own.
const ORDERS: usize = 800;
const ROUNDS: usize = 24;

#[derive(Clone, Copy)]
enum Queue {
    /// Events are dropped: the queue is replaced by a view with an empty trigger.
    None,
    /// Events are queued.
    Waiting,
    /// Events are queued, and ten reports per second fold them.
    Folded,
}

pub(crate) fn run() {
    let origin = shops::path(100_000);
    // A directory in memory can be given, because a busy disk distorts the measurement.
    let folder = std::env::var_os("ECOMDB_BENCH_COPIES").map_or_else(|| origin.with_file_name(""), PathBuf::from);
    let copy = folder.join("analytics-writes.db");
    folds(&origin, &copy);
    println!(
        "\nplacing orders that are paid at once, 3 lines each, on a shop of 100,000 orders; median of {ROUNDS} rounds"
    );
    for threads in [1, 8] {
        let (mut times, mut cpu) = ([const { Vec::new() }; 3], [0.0; 3]);
        for round in 0..ROUNDS {
            // Alternate the order.
            for i in 0..3 {
                let i = (i + round) % 3;
                let queue = [Queue::None, Queue::Waiting, Queue::Folded][i];
                let (wall, used) = time(&origin, &copy, queue, threads, round as u64);
                times[i].push(wall);
                cpu[i] += used;
            }
        }
        let [none, waiting, folded] = times.map(|mut times| {
            times.sort();
            times[ROUNDS / 2].as_secs_f64() * 1e6 / ORDERS as f64
        });
        println!(
            "{threads} threads: {none:.1} us an order without the queue, {waiting:.1} with it ({:.3}x), \
             {folded:.1} with 10 reports a second ({:.3}x)",
            waiting / none,
            folded / none
        );
        let each = cpu.map(|cpu| cpu * 1e6 / (ORDERS * ROUNDS) as f64);
        println!(
            "           CPU: {:.1} us without the queue, {:.1} with it ({:.3}x), {:.1} with reports ({:.3}x)",
            each[0],
            each[1],
            each[1] / each[0],
            each[2],
            each[2] / each[0]
        );
    }
}

/// Duration of folding without concurrent writers.
fn folds(origin: &Path, copy: &Path) {
    for events in [1, 10, 100, 800] {
        let mut times = Vec::new();
        let db = fresh(origin, copy);
        for round in 0..9 {
            let db = if events * 9 < 1_000 { db.clone() } else { shops::open(copy) };
            sell(&db, 1, events, round);
            let started = Instant::now();
            assert_eq!(db.fold().unwrap(), events);
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        println!("folding {events} orders: {:.0} us, {:.1} us each", times[4], times[4] / events as f64);
    }
}

fn fresh(origin: &Path, copy: &Path) -> Database {
    for leftover in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{leftover}", copy.display()));
    }
    std::fs::copy(origin, copy).unwrap();
    shops::open(copy)
}

fn time(origin: &Path, copy: &Path, queue: Queue, threads: usize, seed: u64) -> (Duration, f64) {
    let db = fresh(origin, copy);
    if let Queue::None = queue {
        db.write(|conn| {
            Ok::<_, ecomdb::Error>(conn.batch_execute(
                "ALTER TABLE sales_events RENAME TO sales_events_away;
                 CREATE VIEW sales_events AS SELECT * FROM sales_events_away;
                 CREATE TRIGGER goes_nowhere INSTEAD OF INSERT ON sales_events BEGIN SELECT 1; END;",
            )?)
        })
        .unwrap();
    }
    // Warm up the page caches.
    sell(&db, threads, 160 / threads, 1_000 + seed);
    db.fold().ok();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if let Queue::Folded = queue {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    db.analytics().top_customers(&Period::ALL, Limit::default()).unwrap();
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        }
        let (started, used) = (Instant::now(), cpu_seconds());
        sell(&db, threads, ORDERS / threads, seed);
        let measured = (started.elapsed(), cpu_seconds() - used);
        done.store(true, Ordering::Relaxed);
        measured
    })
}

/// Processor time used by all threads of this process, in seconds; 0 if the system does not report it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: Vec<f64> = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

fn sell(db: &Database, threads: usize, orders: usize, seed: u64) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(seed * 100 + thread as u64);
                let mut sold = 0;
                while sold < orders {
                    let user = UserId::new(random.random_range(1..20_000));
                    let products = (0..3).map(|_| (ProductId::new(random.random_range(1..10_000)), 1));
                    let order =
                        NewOrder::builder(user).items(products).payment(NewPayment::captured(PaymentMethod::Card));
                    // Some products are sold out or archived, and some users disabled.
                    sold += usize::from(db.orders().place(order.build().unwrap()).is_ok());
                }
            });
        }
    });
}
