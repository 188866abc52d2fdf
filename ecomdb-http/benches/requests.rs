//! The cost of HTTP: the server's throughput over real sockets, against the library's in one process and against a
//! handler that returns a constant of the same size. Then the first report after all those orders, and the memory of the
//! server. Server, peer and load share the machine.
//!
//! `cargo bench -p ecomdb-http --bench requests` measures on SQLite, and also on MariaDB and PostgreSQL if it is built
//! with their features and run by `python3 tests/servers.py --durable -- PROGRAM --bench`. The environment variable
//! REQUESTS sets the requests per measurement, CONNECTIONS the concurrent clients, and SERVER another `ecomdb` to measure,
//! such as that of an older commit.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../../ecomdb/benches/peers/servers.rs"]
mod servers;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ecomdb::{
    Database, Limit, Money, NewOrder, NewPayment, NewProduct, NewUser, OrderId, PageRequest, PaymentMethod,
    ProductFilter, ProductId, UserId,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PRODUCTS: usize = 1_000;
const USERS: usize = 1_000;
/// Lists have many rows, so fewer requests suffice.
const REQUESTS_PER_LIST: usize = 10;
/// Set in the peer's process: the file with the response that it serves.
const CONSTANT: &str = "ECOMDB_BENCH_CONSTANT";

fn main() {
    if let Ok(answer) = std::env::var(CONSTANT) {
        return serve_constant(std::fs::read_to_string(answer).unwrap());
    }
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let load = Load { requests: number("REQUESTS", 20_000), connections: number("CONNECTIONS", 64) };
    println!(
        "{} connections, kept alive, {} requests a measurement, one machine for server and load",
        load.connections, load.requests
    );
    println!("Orders of 3 items, paid at once. SQLite: journal_mode=WAL, synchronous=FULL\n");
    let folder = tempfile::tempdir().unwrap();
    compare("SQLite", &format!("sqlite://{}", folder.path().join("shop.db").display()), load);
    if servers::mysql_url().is_some() {
        compare("MariaDB", &servers::fresh_mysql("requests"), load);
    }
    if servers::postgres_url().is_some() {
        compare("PostgreSQL", &servers::fresh_postgres("requests"), load);
    }
}

/// What is measured.
#[derive(Clone, Copy)]
struct Load {
    requests: usize,
    connections: usize,
}

fn compare(engine: &str, url: &str, load: Load) {
    let Load { requests, connections } = load;
    let db = shop(url);
    let library = threads(load, |n| drop(db.orders().place(order(n)).unwrap()));
    let thousand = ProductFilter::default().page(PageRequest::default().limit(Limit::new(PRODUCTS as i64).unwrap()));
    let [of_order, of_product, of_list] = [
        serde_json::to_string(&db.orders().get(OrderId::new(1)).unwrap()).unwrap(),
        serde_json::to_string(&db.products().get(ProductId::new(1)).unwrap()).unwrap(),
        serde_json::to_string(&db.products().list(&thousand).unwrap().items).unwrap(),
    ];
    drop(db);

    let program = std::env::var("SERVER").unwrap_or(env!("CARGO_BIN_EXE_ecomdb").to_owned());
    let arguments = ["--database", url, "serve", "--bind", "127.0.0.1:0"];
    let server = Server::start(Command::new(program).args(arguments).args(["--max-connections-per-address", "1000"]));
    let posts = server.load(load, post);
    let reports = ["/api/analytics/total-revenue", "/api/analytics/bought-together"];
    let reports = reports.map(|path| (path, server.once(path)));
    let orders = server.load(load, |n| get(&format!("/api/orders/{}", n % requests + 1)));
    let products = server.load(load, |n| get(&format!("/api/products/{}", n % PRODUCTS + 1)));
    let lists = Load { requests: (requests / REQUESTS_PER_LIST).max(connections), ..load };
    let thousand = server.load(lists, |_| get(&format!("/api/products?limit={PRODUCTS}")));
    let memory = server.memory();
    drop(server);

    println!("{engine}");
    print(&format!("the library, {connections} callers"), &library, None);
    print("POST /api/orders", &posts, Some(&library));
    for (path, took) in reports {
        println!("  first {path} after {requests} orders: {took:.1?}");
    }
    for (what, rates, load, answer) in [
        ("GET /api/orders/{id}", orders, load, of_order),
        ("GET /api/products/{id}", products, load, of_product),
        ("GET /api/products?limit=1000", thousand, lists, of_list),
    ] {
        let size = answer.len();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), answer).unwrap();
        let peer = Server::start(Command::new(std::env::current_exe().unwrap()).env(CONSTANT, file.path()));
        let constant = peer.load(load, |_| get("/"));
        print(&format!("axum, a constant of {size} bytes"), &constant, None);
        print(what, &rates, Some(&constant));
    }
    println!("  memory of the server: {memory}\n");
}

/// A shop with enough stock for all orders.
fn shop(url: &str) -> Database {
    let db = Database::open(url).unwrap();
    db.write(|tx| {
        let category = tx.categories().create("All")?.id;
        for n in 0..PRODUCTS {
            let product = NewProduct::builder(format!("Product {n}"), category, Money::from_minor(999 + n as i64));
            let product = product.description("Made of beech wood. Ready to be used.");
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

/// The n-th order: a user and three consecutive products.
fn basket(n: usize) -> (i64, [i64; 3]) {
    let mixed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let first = mixed as usize % (PRODUCTS - 2) + 1;
    ((mixed >> 16) as i64 % USERS as i64 + 1, [first, first + 1, first + 2].map(|product| product as i64))
}

fn order(n: usize) -> NewOrder {
    let (user, products) = basket(n);
    let items = products.map(|product| (ProductId::new(product), 1));
    let payment = NewPayment::captured(PaymentMethod::Card);
    NewOrder::builder(UserId::new(user)).items(items).payment(payment).build().unwrap()
}

fn post(n: usize) -> String {
    let (user, products) = basket(n);
    let items = products.map(|product| serde_json::json!({"product_id": product, "quantity": 1}));
    let body = serde_json::json!({"user_id": user, "items": items, "payment": {"method": "card", "capture": true}})
        .to_string();
    format!(
        "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

struct Rates {
    a_second: f64,
    p50: Duration,
    p99: Duration,
}

impl Rates {
    fn of(started: Instant, mut times: Vec<Duration>) -> Self {
        let a_second = times.len() as f64 / started.elapsed().as_secs_f64();
        times.sort_unstable();
        Self { a_second, p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
    }
}

fn print(what: &str, rates: &Rates, than: Option<&Rates>) {
    let Rates { a_second, p50, p99 } = rates;
    let ratio = than.map(|than| format!("  {:.2}x", a_second / than.a_second)).unwrap_or_default();
    println!("  {what:<34} {a_second:>9.0} a second  p50 {p50:>9.1?}  p99 {p99:>9.1?}{ratio}");
}

/// The throughput of `load.requests` calls, with one thread per connection.
fn threads(load: Load, call: impl Fn(usize) + Sync) -> Rates {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut times = Vec::with_capacity(load.requests);
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= load.requests {
                return times;
            }
            let started = Instant::now();
            call(n);
            times.push(started.elapsed());
        }
    };
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..load.connections).map(|_| scope.spawn(some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    Rates::of(started, times)
}

/// A server in a process of its own; stopped when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts it and reads its address from its output.
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines
            .filter_map(|line| {
                let (_, rest) = line.split_once("http://")?;
                Some(rest.trim_end_matches('/').to_owned())
            })
            .next()
            .unwrap();
        Self { process, address }
    }

    fn load(&self, load: Load, request: impl Fn(usize) -> String) -> Rates {
        let requests: Arc<Vec<String>> = Arc::new((0..load.requests).map(request).collect());
        let next = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..load.connections {
                let stream = TcpStream::connect(&self.address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                connections.push(stream);
            }
            let started = Instant::now();
            let tasks: Vec<_> = connections
                .into_iter()
                .map(|stream| tokio::spawn(ask(stream, Arc::clone(&requests), Arc::clone(&next))))
                .collect();
            let mut times = Vec::with_capacity(requests.len());
            for task in tasks {
                times.extend(task.await.unwrap());
            }
            Rates::of(started, times)
        })
    }
}

impl Server {
    /// The time of a single GET.
    fn once(&self, path: &str) -> Duration {
        self.load(Load { requests: 1, connections: 1 }, |_| get(path)).p50
    }

    /// Resident memory now and at its highest, as Linux tells it.
    fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Sends requests one after the other on one connection; each response must be a success.
async fn ask(mut stream: TcpStream, requests: Arc<Vec<String>>, next: Arc<AtomicUsize>) -> Vec<Duration> {
    let mut times = Vec::with_capacity(requests.len());
    let mut answer = Vec::with_capacity(8192);
    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
        let started = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        answer.clear();
        let mut whole = None;
        while whole.is_none_or(|whole| answer.len() < whole) {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the server hung up");
            whole = whole.or_else(|| length(&answer));
        }
        times.push(started.elapsed());
        assert!(answer.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&answer));
    }
    times
}

/// The length of a response with its head; `None` while it is incomplete.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).unwrap().to_ascii_lowercase();
    let (_, body) = text.split_once("content-length: ").unwrap();
    Some(head + body.split("\r\n").next()?.parse::<usize>().unwrap())
}

/// The peer: axum with a single handler.
fn serve_constant(answer: String) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let answer: &'static str = answer.leak();
        let handler = move || async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], answer) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        axum::serve(listener, axum::Router::new().route("/", axum::routing::get(handler))).await.unwrap();
    });
}
