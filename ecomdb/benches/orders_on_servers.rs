//! Cost of an order on MariaDB and PostgreSQL, compared with a program that sends a statement per line, and with the library
//! without batches, in the same run on the same server.
//!
//! `python3 tests/servers.py --durable -- cargo bench -p ecomdb --features mysql,postgres --bench orders_on_servers`.
//! The environment variable ORDERS sets the number of orders per measurement, CALLERS the number of concurrent callers,
//! CONNECTIONS that of the connections (as many as callers), and ROUND_TRIP the time of a round trip to the server in
//! microseconds (that of the machine itself).
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "orders_on_servers/far.rs"]
mod far;
#[path = "orders_on_servers/per_line.rs"]
mod per_line;
#[path = "peers/servers.rs"]
#[allow(dead_code, reason = "the bench of the generator uses all of it")]
mod servers;

use self::per_line::Sending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ecomdb::{
    Address, AdjustmentKind, Connection, Database, Money, NewOrder, NewPayment, NewProduct, NewUser, NewVoucher,
    PaymentMethod, ProductId, UserId,
};

const PRODUCTS: usize = 1_000;
const USERS: usize = 1_000;

fn main() {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (orders, callers) = (number("ORDERS", 8_000), number("CALLERS", 16));
    let connections = number("CONNECTIONS", callers);
    let round_trip = Duration::from_micros(number("ROUND_TRIP", 0) as u64);
    let load = Load { orders, callers, connections, round_trip };
    println!(
        "orders of 3 items, paid at once, {PRODUCTS} products, {USERS} users, {callers} callers, {connections} \
         connections, {round_trip:?} more for a round trip, {orders} orders a measurement\n"
    );
    if servers::mysql_url().is_some() {
        compare("MariaDB", MARIADB, &servers::fresh_mysql, &load);
    }
    if servers::postgres_url().is_some() {
        compare("PostgreSQL", POSTGRESQL, &servers::fresh_postgres, &load);
    }
}

/// What is measured.
struct Load {
    orders: usize,
    callers: usize,
    connections: usize,
    round_trip: Duration,
}

/// Queries for the durability of commits and the number of conflicts.
struct Questions {
    settings: &'static str,
    deadlocks: &'static str,
}

const MARIADB: Questions = Questions {
    settings: "SELECT CONCAT('version ', VERSION(), ', innodb_flush_log_at_trx_commit=', \
               @@innodb_flush_log_at_trx_commit, ', sync_binlog=', @@sync_binlog, ', log_bin=', @@log_bin, \
               ', innodb_doublewrite=', @@innodb_doublewrite, ', innodb_flush_method=', @@innodb_flush_method) AS answer",
    deadlocks: "SELECT CONCAT(variable_value) AS answer FROM information_schema.global_status \
                WHERE variable_name = 'INNODB_DEADLOCKS'",
};

const POSTGRESQL: Questions = Questions {
    settings: "SELECT CONCAT('version ', current_setting('server_version'), ', fsync=', current_setting('fsync'), \
               ', synchronous_commit=', current_setting('synchronous_commit'), ', full_page_writes=', \
               current_setting('full_page_writes'), ', wal_sync_method=', current_setting('wal_sync_method')) AS answer",
    deadlocks: "SELECT CAST(SUM(deadlocks) AS TEXT) AS answer FROM pg_stat_database",
};

/// Alternates between the contenders, each with its own shop, so that a server that slows down does so for all.
fn compare(engine: &str, ask: Questions, fresh: &dyn Fn(&str) -> String, load: &Load) {
    const ROUNDS: usize = 4;
    const PEERS: [(&str, &str, Sending); 2] = [
        ("diesel", "a statement for each line, as Diesel sends them", Sending::AsDieselDoes),
        ("prepared", "a statement for each line, all prepared", Sending::AllPrepared),
    ];
    let Load { orders, callers, connections, round_trip } = *load;
    // Filled and checked without the delay, which would take longer than the measurement.
    let shops = ["ours", "full", "alone", PEERS[0].0, PEERS[1].0].map(|name| {
        let near = fresh(name);
        (shop(&near), far::away(&near, round_trip))
    });
    let [ours, full, alone, peers @ ..] = shops.each_ref().map(|(_, away)| away);
    let open = |url: &String| Database::builder(url).connections(connections as u32).open().unwrap();
    let (ours, full) = (open(ours), open(full));
    // Too few connections for batches, so each order is placed alone.
    let alone: Vec<_> = (0..connections).map(|_| Database::builder(alone).connections(1).open().unwrap()).collect();
    println!("{engine}: {}", answer(&ours, ask.settings));
    let peers = peers.map(|url| (0..connections).map(|_| Mutex::new(per_line::connect(url))).collect::<Vec<_>>());
    let deadlocks = || answer(&ours, ask.deadlocks).parse::<i64>().unwrap();
    let mut by_peers = [Measured::default(), Measured::default()];
    let (mut by_orders_alone, mut by_ecomdb) = (Measured::default(), Measured::default());
    let mut with_terms = Measured::default();
    for round in 0..ROUNDS {
        let numbers = round * orders / ROUNDS..(round + 1) * orders / ROUNDS;
        for (measured, ((_, _, sending), peers)) in by_peers.iter_mut().zip(PEERS.iter().zip(&peers)) {
            let place = |caller: usize, n| {
                per_line::place(&mut peers[caller % connections].lock().unwrap(), *sending, basket(n));
            };
            measured.measure(numbers.clone(), callers, &deadlocks, place);
        }
        by_orders_alone.measure(numbers.clone(), callers, &deadlocks, |caller, n| {
            alone[caller % connections].orders().place(order(n)).unwrap();
        });
        by_ecomdb.measure(numbers.clone(), callers, &deadlocks, |_, n| {
            ours.orders().place(order(n)).unwrap();
        });
        with_terms.measure(numbers, callers, &deadlocks, |_, n| {
            full.orders().place(order_with_terms(n)).unwrap();
        });
    }
    for (db, _) in &shops {
        assert!(db.check().unwrap().is_clean());
        assert_eq!(db.analytics().total_revenue(&ecomdb::Period::ALL).unwrap().orders, orders as i64);
    }
    let rate = by_ecomdb.rate();
    let names = PEERS.iter().map(|(_, what, _)| *what).chain(["ecomdb, each order alone"]);
    for (measured, what) in by_peers.iter_mut().chain([&mut by_orders_alone]).zip(names) {
        let ratio = rate / measured.rate();
        measured.tell(what, &format!("  ecomdb makes {ratio:.2}x"));
    }
    let ratio = with_terms.rate() / rate;
    by_ecomdb.tell("ecomdb", "");
    with_terms.tell("ecomdb, with address, shipping, tax and voucher", &format!("  {ratio:.2}x of a plain order\n"));
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

/// The same order with terms.
fn order_with_terms(n: usize) -> NewOrder {
    let (user, products) = basket(n);
    let items = products.map(|product| (ProductId::new(product), 1));
    let order = NewOrder::builder(UserId::new(user)).items(items).voucher("MANY10");
    let address = Address::builder("Ada Lovelace", "12 St James's Square\nFlat 2", "London", "GB").postcode("SW1Y 4JH");
    let order = order.shipping_address(address).shipping("Standard", Money::from_minor(490));
    let order = order.adjustment(AdjustmentKind::Tax, "VAT 19 %", Money::from_minor(400), true);
    order.payment(NewPayment::captured(PaymentMethod::Card)).build().unwrap()
}

/// A shop with sufficient stock.
fn shop(url: &str) -> Database {
    let db = Database::open(url).unwrap();
    db.write(|tx| {
        let category = tx.categories().create("All")?.id;
        for n in 0..PRODUCTS {
            let product = NewProduct::builder(format!("Product {n}"), category, Money::from_minor(999 + n as i64));
            tx.products().create(product.initial_stock(100_000_000).build()?)?;
        }
        for n in 0..USERS {
            tx.users().create(NewUser::new(&format!("user{n}@example.com"), "Ada", "Lovelace")?)?;
        }
        // Its uses are counted in its row.
        let many = NewVoucher::percent("MANY10", Money::from_minor(1_000)).usage_limit(1_000_000_000);
        tx.vouchers().create(many.build()?)?;
        Ok::<_, ecomdb::Error>(())
    })
    .unwrap();
    db
}

fn answer(db: &Database, question: &str) -> String {
    use diesel::RunQueryDsl as _;

    #[derive(diesel::QueryableByName)]
    struct Answer {
        #[diesel(sql_type = diesel::sql_types::Text)]
        answer: String,
    }
    let rows: Vec<Answer> = db
        .read(|conn| {
            Ok::<_, ecomdb::Error>(match conn {
                Connection::Mysql(own) => diesel::sql_query(question).load(own)?,
                Connection::Postgres(own) => diesel::sql_query(question).load(own)?,
                _ => Vec::new(),
            })
        })
        .unwrap();
    rows.into_iter().next().unwrap().answer
}

/// Durations of single orders and of all together.
#[derive(Default)]
struct Measured {
    each: Vec<Duration>,
    together: Duration,
    deadlocks: i64,
}

impl Measured {
    fn measure(
        &mut self,
        numbers: std::ops::Range<usize>,
        callers: usize,
        deadlocks: &dyn Fn() -> i64,
        place: impl Fn(usize, usize) + Sync,
    ) {
        let before = deadlocks();
        let next = AtomicUsize::new(numbers.start);
        let started = Instant::now();
        let each: Vec<Vec<Duration>> = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..callers)
                .map(|caller| {
                    let (next, place) = (&next, &place);
                    scope.spawn(move || {
                        let mut each = Vec::new();
                        loop {
                            let n = next.fetch_add(1, Ordering::Relaxed);
                            if n >= numbers.end {
                                return each;
                            }
                            let started = Instant::now();
                            place(caller, n);
                            each.push(started.elapsed());
                        }
                    })
                })
                .collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        self.together += started.elapsed();
        self.each.extend(each.into_iter().flatten());
        self.deadlocks += deadlocks() - before;
    }

    fn rate(&self) -> f64 {
        self.each.len() as f64 / self.together.as_secs_f64()
    }

    fn tell(&mut self, what: &str, end: &str) {
        self.each.sort_unstable();
        let at = |percent: usize| self.each[self.each.len() * percent / 100];
        let (rate, p50, p99, deadlocks) = (self.rate(), at(50), at(99), self.deadlocks);
        println!("  {what:<48} {rate:>7.0} orders/s  p50 {p50:>8.1?}  p99 {p99:>8.1?}  {deadlocks} deadlocks{end}");
    }
}
