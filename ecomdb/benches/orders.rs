//! Cost of an order, compared with the same writes by hand with rusqlite in the same run.
//!
//! `cargo bench -p ecomdb --bench orders [-- cpu|durable|alone|hot|full]`. The environment variable ORDERS sets the number
//! of orders per measurement.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "orders/full.rs"]
mod full;

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use diesel::connection::{Connection as _, SimpleConnection as _};
use ecomdb::{
    Connection, Database, Money, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, ProductId, UserId,
};

const PRODUCTS: usize = 1_000;
const USERS: usize = 1_000;
const CALLERS: usize = 64;
const DURABLE: &str = "SQLite: journal_mode=WAL, synchronous=FULL";

fn main() {
    let orders: usize = std::env::var("ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    println!("orders of 3 items, paid at once, {PRODUCTS} products, {USERS} users, {orders} orders a measurement\n");
    let chosen = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let part = |name: &str, run: &dyn Fn()| {
        if chosen.as_deref().is_none_or(|chosen| chosen == name) {
            run();
        }
    };
    part("cpu", &|| cpu(orders));
    part("durable", &|| durable(orders / 2));
    part("alone", &|| alone(2_000.min(orders)));
    part("hot", &|| hot(orders / 2));
    part("full", &|| full::compare(orders));
}

/// The n-th basket of three different products, the same for all contenders.
fn basket(n: usize) -> (i64, [i64; 3]) {
    let mut state = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize % below) as i64
    };
    let first = draw(PRODUCTS - 2);
    (draw(USERS) + 1, [first + 1, first + 2, first + 3])
}

fn order(n: usize) -> NewOrder {
    let (user, products) = basket(n);
    let items = products.map(|product| (ProductId::new(product), 1));
    let payment = NewPayment::captured(PaymentMethod::Card);
    NewOrder::builder(UserId::new(user)).items(items).payment(payment).build().unwrap()
}

/// A shop with sufficient stock.
fn shop(folder: &Path) -> Database {
    let db = Database::open(&format!("sqlite://{}", folder.join("shop.db").display())).unwrap();
    db.write(|tx| {
        let category = tx.categories().create("All")?.id;
        for n in 0..PRODUCTS {
            let product = NewProduct::builder(format!("Product {n}"), category, Money::from_minor(999 + n as i64));
            tx.products().create(product.initial_stock(100_000_000).build()?)?;
        }
        for n in 0..USERS {
            tx.users().create(NewUser::new(&format!("user{n}@example.com"), "Ada", "Lovelace")?)?;
        }
        Ok::<_, ecomdb::Error>(())
    })
    .unwrap();
    db
}

/// A folder in memory, if there is any.
fn in_memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Places the orders in transactions of 100.
fn place_in_groups(conn: &mut Connection, numbers: Range<usize>, order: impl Fn(usize) -> NewOrder) {
    for group in numbers.clone().step_by(100) {
        let placed: ecomdb::Result<()> = conn.transaction(|tx| {
            for n in group..numbers.end.min(group + 100) {
                tx.orders().place(order(n))?;
            }
            Ok(())
        });
        placed.unwrap();
    }
}

/// Without syncing: transactions of 100 orders, synchronous=OFF.
fn cpu(orders: usize) {
    println!("CPU cost (synchronous=OFF, in memory, transactions of 100 orders)");

    let folder = in_memory();
    drop(shop(folder.path()));
    let by_hand = rate(orders, || {
        let mut peer = Peer::open(folder.path(), "OFF");
        for group in 0..orders / 100 {
            peer.group((group * 100..group * 100 + 100).map(basket));
        }
    });
    let folder = in_memory();
    drop(shop(folder.path()));
    let ours = rate(orders, || {
        let mut conn = direct(folder.path(), "OFF");
        place_in_groups(&mut conn, 0..orders / 100 * 100, order);
    });
    line("rusqlite by hand, the same statements", by_hand, None);
    line("ecomdb", ours, Some(by_hand));
    println!();
}

/// Every order is synced to disk before it is acknowledged.
fn durable(orders: usize) {
    println!("{CALLERS} callers at once ({DURABLE})");
    let fresh = || {
        let folder = tempfile::tempdir().unwrap();
        drop(shop(folder.path()));
        folder
    };
    let folder = fresh();
    let few = orders / 4;
    let uncontended = rate(few, || {
        let mut peer = Peer::open(folder.path(), "FULL");
        (0..few).for_each(|n| peer.group(std::iter::once(basket(n))));
    });
    let folder = fresh();
    let (single, single_times) = from_callers(few, callers_by_hand(folder.path(), 1));
    let folder = fresh();
    let (grouped, grouped_times) = from_callers(orders, callers_by_hand(folder.path(), 512));
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path());
    let (ours, our_times) = from_callers(orders, callers_of(&db, order));
    line("rusqlite, a loop without callers", uncontended, Some(single));
    line("rusqlite, one commit per order", single, None);
    times(single_times);
    line("rusqlite, groups of what waits", grouped, Some(single));
    times(grouped_times);
    line("ecomdb", ours, Some(single));
    times(our_times);
    println!("    ecomdb / rusqlite in groups: {:.2}x\n", ours / grouped);
}

/// A single caller: the writer thread compared with the same transaction on a separate connection.
fn alone(orders: usize) {
    println!("one caller alone ({DURABLE})");
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path());
    let mut conn = direct(folder.path(), "FULL");
    let (mut through, mut without) = (Vec::new(), Vec::new());
    for n in 0..orders {
        let started = Instant::now();
        if n % 2 == 0 {
            db.orders().place(order(n)).unwrap();
            through.push(started.elapsed());
        } else {
            let placed: ecomdb::Result<_> = conn.transaction(|tx| tx.orders().place(order(n)));
            placed.unwrap();
            without.push(started.elapsed());
        }
    }
    let (direct, writer) = (percentiles(without), percentiles(through));
    println!("  {:<42} p50 {:>9.1?}  p99 {:>9.1?}", "on an own connection", direct.0, direct.1);
    let ratio = writer.0.as_secs_f64() / direct.0.as_secs_f64();
    println!("  {:<42} p50 {:>9.1?}  p99 {:>9.1?}  {ratio:.2}x\n", "through the writer", writer.0, writer.1);
}

/// All callers order the same product.
fn hot(orders: usize) {
    println!("{CALLERS} callers, all of one product ({DURABLE})");
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path());
    let one = |product: Option<i64>| {
        move |n: usize| {
            let (user, products) = basket(n);
            let payment = NewPayment::captured(PaymentMethod::Card);
            let product = ProductId::new(product.unwrap_or(products[0]));
            NewOrder::builder(UserId::new(user)).item(product, 1).payment(payment).build().unwrap()
        }
    };
    let (random, random_times) = from_callers(orders, callers_of(&db, one(None)));
    let (same, same_times) = from_callers(orders, callers_of(&db, one(Some(1))));
    line("random products", random, None);
    times(random_times);
    line("one product", same, Some(random));
    times(same_times);
}

/// Places `orders` orders from all callers. Returns the rate, and the duration of each order.
fn from_callers<Caller: FnMut(usize)>(orders: usize, caller: impl Fn() -> Caller + Sync) -> (f64, Vec<Duration>) {
    let next = AtomicUsize::new(0);
    let mut times = Vec::with_capacity(orders);
    let rate = rate(orders, || {
        std::thread::scope(|scope| {
            let place_some = || {
                let mut place = caller();
                let mut times = Vec::with_capacity(orders);
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= orders {
                        return times;
                    }
                    let started = Instant::now();
                    place(n);
                    times.push(started.elapsed());
                }
            };
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(place_some)).collect();
            times.extend(callers.into_iter().flat_map(|caller| caller.join().unwrap()));
        });
    });
    (rate, times)
}

fn callers_of<'a, F>(db: &'a Database, order: F) -> impl Fn() -> Box<dyn FnMut(usize) + 'a> + Sync
where
    F: Fn(usize) -> NewOrder + Copy + Sync + 'a,
{
    move || {
        Box::new(move |n| {
            db.orders().place(order(n)).unwrap();
        })
    }
}

/// By hand: callers send baskets to a thread that commits up to `at_once` queued ones together.
fn callers_by_hand(folder: &Path, at_once: usize) -> impl Fn() -> Box<dyn FnMut(usize)> + Sync + use<> {
    type Waiting = ((i64, [i64; 3]), SyncSender<()>);
    let (queue, waiting): (SyncSender<Waiting>, Receiver<Waiting>) = sync_channel(4096);
    let mut peer = Peer::open(folder, "FULL");
    std::thread::spawn(move || {
        while let Ok(first) = waiting.recv() {
            let group: Vec<Waiting> = std::iter::once(first).chain(waiting.try_iter().take(at_once - 1)).collect();
            peer.group(group.iter().map(|(basket, _)| *basket));
            for (_, caller) in group {
                caller.send(()).unwrap();
            }
        }
    });
    move || {
        let queue = queue.clone();
        let (answer, answered) = sync_channel(1);
        Box::new(move |n| {
            queue.send((basket(n), answer.clone())).unwrap();
            answered.recv().unwrap();
        })
    }
}

/// A connection with the library's settings, as an application would open it.
fn direct(folder: &Path, synchronous: &str) -> Connection {
    let mut conn = diesel::SqliteConnection::establish(folder.join("shop.db").to_str().unwrap()).unwrap();
    conn.batch_execute(&settings(synchronous)).unwrap();
    Connection::Sqlite(conn)
}

fn settings(synchronous: &str) -> String {
    format!(
        "PRAGMA busy_timeout = 20000; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
    )
}

/// The same writes by hand, with cached statements.
struct Peer {
    conn: rusqlite::Connection,
}

impl Peer {
    fn open(folder: &Path, synchronous: &str) -> Self {
        let conn = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
        conn.execute_batch(&settings(synchronous)).unwrap();
        conn.set_prepared_statement_cache_capacity(64);
        Self { conn }
    }

    fn group(&mut self, baskets: impl Iterator<Item = (i64, [i64; 3])>) {
        let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
        for (user, products) in baskets {
            tx.prepare_cached("SAVEPOINT operation").unwrap().execute([]).unwrap();
            order_by_hand(&tx, user, products);
            tx.prepare_cached("RELEASE operation").unwrap().execute([]).unwrap();
        }
        tx.commit().unwrap();
    }
}

fn order_by_hand(tx: &rusqlite::Connection, user: i64, [a, b, c]: [i64; 3]) {
    let now = 1_767_225_600_000_000_i64;
    let status: String = tx
        .prepare_cached(
            "SELECT id, email, first_name, last_name, status, created_at, updated_at FROM users WHERE id = ?",
        )
        .unwrap()
        .query_row([user], |row| row.get(4))
        .unwrap();
    assert_eq!(status, "active");
    let mut offer = tx
        .prepare_cached(
            "SELECT p.id, p.name, p.sku, p.price, p.status, i.quantity FROM inventory i \
             JOIN products p ON p.id = i.product_id WHERE i.product_id = ?",
        )
        .unwrap();
    let prices = [a, b, c].map(|product| -> i64 {
        let price = offer.query_row([product], |row| {
            let (_name, _sku): (String, String) = (row.get(1)?, row.get(2)?);
            assert!(row.get::<_, String>(4)? == "active" && row.get::<_, i64>(5)? > 0);
            row.get(3)
        });
        price.unwrap()
    });
    let total: i64 = prices.iter().sum();
    tx.prepare_cached(
        "INSERT INTO orders (user_id, status, total, paid, refunded, item_count, placed_at, completed_at) \
         VALUES (?, 'completed', ?, ?, 0, 3, ?, ?)",
    )
    .unwrap()
    .execute(rusqlite::params![user, total, total, now, now])
    .unwrap();
    let order = tx.last_insert_rowid();
    tx.prepare_cached(
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)",
    )
    .unwrap()
    .execute([order, a, 1, prices[0], order, b, 1, prices[1], order, c, 1, prices[2]])
    .unwrap();
    let mut take = tx
        .prepare_cached(
            "UPDATE inventory SET quantity = quantity + ?, updated_at = ? WHERE product_id = ? AND quantity + ? >= 0",
        )
        .unwrap();
    for product in [a, b, c] {
        assert_eq!(take.execute(rusqlite::params![-1, now, product, -1]).unwrap(), 1);
    }
    tx.prepare_cached("INSERT INTO sales_events (order_id, sign, refunded) VALUES (?, 1, 0)")
        .unwrap()
        .execute([order])
        .unwrap();
    tx.prepare_cached(
        "INSERT INTO payments (order_id, method, status, amount, paid_at, reference, created_at) \
         VALUES (?, 'card', 'paid', ?, ?, NULL, ?)",
    )
    .unwrap()
    .execute(rusqlite::params![order, total, now, now])
    .unwrap();
    assert!(tx.last_insert_rowid() > 0);
}

/// Orders per second.
fn rate(orders: usize, work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    orders as f64 / started.elapsed().as_secs_f64()
}

fn line(what: &str, rate: f64, than: Option<f64>) {
    let ratio = than.map(|than| format!("  {:.2}x", rate / than)).unwrap_or_default();
    println!("  {what:<42} {rate:>9.0} orders/s{ratio}");
}

fn times(times: Vec<Duration>) {
    let (p50, p99) = percentiles(times);
    println!("  {:<42} p50 {p50:>9.1?}  p99 {p99:>9.1?}", "");
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
