//! The cost of HTTP: the server's throughput over real sockets, against the library's in one process and against a
//! handler that returns a constant of the same size. Server, peer and load share the machine.
//!
//! `cargo bench -p ecomdb-http --bench requests`; the environment variable REQUESTS sets the requests per measurement.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ecomdb::{Database, Money, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, ProductId, UserId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 64;
const PRODUCTS: usize = 1_000;
const USERS: usize = 1_000;
/// Set in the peer's process: the response that it serves.
const CONSTANT: &str = "ECOMDB_BENCH_CONSTANT";

fn main() {
    if let Ok(answer) = std::env::var(CONSTANT) {
        return serve_constant(answer);
    }
    let requests: usize = std::env::var("REQUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    println!(
        "{CONNECTIONS} connections, kept alive, {requests} requests a measurement, one machine for server and load"
    );
    println!("SQLite: journal_mode=WAL, synchronous=FULL; orders of 3 items, paid at once\n");

    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let db = shop(&url);
    let library = threads(requests, |n| drop(db.orders().place(order(n)).unwrap()));
    let sample = db.orders().get(ecomdb::OrderId::new(1)).unwrap();
    let (order_size, product_size) = (
        serde_json::to_string(&sample).unwrap(),
        serde_json::to_string(&db.products().get(ProductId::new(1)).unwrap()).unwrap(),
    );
    drop(db);

    let server = Server::start(Command::new(env!("CARGO_BIN_EXE_ecomdb")).args(["--database", &url]).args([
        "serve",
        "--bind",
        "127.0.0.1:0",
    ]));
    let posts = server.load(requests, post);
    let orders = server.load(requests, |n| get(&format!("/api/orders/{}", n % requests + 1)));
    let products = server.load(requests, |n| get(&format!("/api/products/{}", n % PRODUCTS + 1)));
    drop(server);

    print("the library, 64 callers", &library, None);
    print("POST /api/orders", &posts, Some(&library));
    println!();
    for (what, rates, answer) in
        [("GET /api/orders/{id}", orders, order_size), ("GET /api/products/{id}", products, product_size)]
    {
        let size = answer.len();
        let peer = Server::start(Command::new(std::env::current_exe().unwrap()).env(CONSTANT, answer));
        let constant = peer.load(requests, |_| get("/"));
        print(&format!("axum, a constant of {size} bytes"), &constant, None);
        print(what, &rates, Some(&constant));
        println!();
    }
}

/// A shop with enough stock for all orders.
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

/// The throughput of so many calls, with one thread per connection.
fn threads(calls: usize, call: impl Fn(usize) + Sync) -> Rates {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut times = Vec::with_capacity(calls);
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= calls {
                return times;
            }
            let started = Instant::now();
            call(n);
            times.push(started.elapsed());
        }
    };
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(some)).collect();
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

    fn load(&self, requests: usize, request: impl Fn(usize) -> String) -> Rates {
        let requests: Arc<Vec<String>> = Arc::new((0..requests).map(request).collect());
        let next = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
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
