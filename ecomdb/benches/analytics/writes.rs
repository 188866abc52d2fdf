//! What the queue and the folding cost those who place orders.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use ecomdb::{Database, Limit, NewOrder, NewPayment, PaymentMethod, Period, ProductId, UserId};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use crate::shops;

/// Orders of one round. Fewer than those after which writers fold on their own.
const ORDERS: usize = 1_000;
const ROUNDS: usize = 9;

#[derive(Clone, Copy)]
enum Queue {
    /// Events go nowhere: a view with a trigger that does nothing is in the place of the queue.
    None,
    /// Events wait.
    Waiting,
    /// Events wait, and ten reports a second fold them.
    Folded,
}

pub(crate) fn run() {
    let origin = shops::path(100_000);
    let copy = origin.with_extension("copy");
    println!(
        "\nplacing orders that are paid at once, 3 lines each, on a shop of 100,000 orders; median of {ROUNDS} rounds"
    );
    for threads in [1, 8] {
        let mut times = [const { Vec::new() }; 3];
        for round in 0..ROUNDS {
            for (queue, times) in [Queue::None, Queue::Waiting, Queue::Folded].into_iter().zip(&mut times) {
                times.push(time(&origin, &copy, queue, threads, round as u64));
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
    }
}

fn time(origin: &Path, copy: &Path, queue: Queue, threads: usize, seed: u64) -> Duration {
    for leftover in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{leftover}", copy.display()));
    }
    std::fs::copy(origin, copy).unwrap();
    let db = shops::open(copy);
    if let Queue::None = queue {
        db.write(|conn| {
            Ok(conn.batch_execute(
                "ALTER TABLE sales_events RENAME TO sales_events_away;
                 CREATE VIEW sales_events AS SELECT * FROM sales_events_away;
                 CREATE TRIGGER goes_nowhere INSTEAD OF INSERT ON sales_events BEGIN SELECT 1; END;",
            )?)
        })
        .unwrap();
    }
    // The page caches fill before the clock starts.
    sell(&db, threads, 40, 1_000 + seed);
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
        let started = Instant::now();
        sell(&db, threads, ORDERS / threads, seed);
        let elapsed = started.elapsed();
        done.store(true, Ordering::Relaxed);
        elapsed
    })
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
