//! The application on a real socket, and a minimal HTTP client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;

use ecomdb::Database;
use ecomdb_http::{App, app};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A server on a free loopback port; stops on request or when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<bool>>,
}

impl Server {
    pub(crate) fn start(db: Database) -> Self {
        Self::over(App::new(db), ecomdb_http::Server::new())
    }

    pub(crate) fn over(state: App, server: ecomdb_http::Server) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = async move {
            let stop = async { drop(stopped.await) };
            server.serve(listener, app(state), stop).await
        };
        let thread = std::thread::spawn(move || runtime.block_on(serving));
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    /// Signals it to stop, without waiting.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until it has stopped with every request answered.
    pub(crate) fn join(self) {
        assert!(self.join_whatever_is_left());
    }

    /// Waits until it has stopped; returns whether every request was answered.
    pub(crate) fn join_whatever_is_left(mut self) -> bool {
        self.stop();
        self.thread.take().unwrap().join().unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
        exchange(self.address, &head, body.as_bytes())
    }
}

/// Sends a request on a new connection; returns the status and the rest of the response.
pub(crate) fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{head}Host: {address}\r\nConnection: close\r\n\r\n").unwrap();
    stream.write_all(body).unwrap();
    read_answer(&mut stream)
}

/// Reads until the server closes the connection.
pub(crate) fn read_answer(stream: &mut TcpStream) -> (u16, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status =
        answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or_else(|| panic!("{answer:?}"));
    (status.parse().unwrap(), answer)
}
