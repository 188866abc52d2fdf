//! An HTTP/2 client.

use std::future::poll_fn;

use axum::body::Bytes;
use axum::http::{Method, Request, Response, StatusCode};
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::{Certificate, Server};

pub(crate) fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// A connection.
pub(crate) struct Client {
    pub(crate) requests: SendRequest<Bytes>,
    /// Ends with the connection.
    pub(crate) connection: JoinHandle<Result<(), h2::Error>>,
}

impl Client {
    pub(crate) async fn connect(served: &(Server, Certificate), settings: &mut Builder) -> Self {
        Self::try_connect(served, settings).await.unwrap()
    }

    /// `None` if the server closes the connection before the TLS handshake is done.
    pub(crate) async fn try_connect(
        (server, certificate): &(Server, Certificate),
        settings: &mut Builder,
    ) -> Option<Self> {
        let connector = TlsConnector::from(certificate.client(&[b"h2"]));
        let stream = TcpStream::connect(server.address).await.unwrap();
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.ok()?;
        let (requests, connection) = settings.handshake(stream).await.unwrap();
        Some(Self { requests, connection: tokio::spawn(connection) })
    }

    /// Sends a request head; the caller sends the body.
    pub(crate) async fn begin(
        &mut self,
        method: Method,
        path: &str,
        is_all: bool,
    ) -> (ResponseFuture, SendStream<Bytes>) {
        let request = Request::builder().method(method).uri(format!("https://localhost{path}"));
        self.send_head(request.header("Content-Type", "application/json").body(()).unwrap(), is_all).await
    }

    async fn send_head(&mut self, head: Request<()>, is_all: bool) -> (ResponseFuture, SendStream<Bytes>) {
        poll_fn(|context| self.requests.poll_ready(context)).await.unwrap();
        self.requests.send_request(head, is_all).unwrap()
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<(StatusCode, RecvStream), h2::Error> {
        let (head, body) = self.begin(Method::GET, path, true).await.0.await?.into_parts();
        Ok((head.status, body))
    }

    /// Sends a whole request and returns the whole response.
    pub(crate) async fn ask(&mut self, request: Request<String>) -> Response<String> {
        let (head, body) = request.into_parts();
        let (answer, mut sending) = self.send_head(Request::from_parts(head, ()), body.is_empty()).await;
        send(&mut sending, body.into(), true).await;
        whole(answer).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: String) -> Response<String> {
        let request = Request::post(format!("https://localhost{path}")).header("Content-Type", "application/json");
        self.ask(request.body(body).unwrap()).await
    }

    /// Drops the connection without a GOAWAY.
    pub(crate) async fn close(self) {
        self.connection.abort();
        let _ = self.connection.await;
    }

    /// Waits until the server has closed the connection. The client may be writing then, for instance a PING reply.
    pub(crate) async fn closed(self) {
        let ended = self.connection.await.unwrap();
        assert!(ended.as_ref().err().is_none_or(h2::Error::is_io), "{ended:?}");
    }

    /// Whether the connection still serves requests.
    pub(crate) async fn is_served(&mut self) -> bool {
        self.get("/healthz").await.is_ok_and(|(status, _)| status == 200)
    }
}

/// Sends a body as far as the flow-control window allows. Returns when the last byte has room.
pub(crate) async fn send(body: &mut SendStream<Bytes>, mut bytes: Bytes, is_all: bool) {
    while !bytes.is_empty() {
        body.reserve_capacity(bytes.len());
        let room = poll_fn(|context| body.poll_capacity(context)).await.unwrap().unwrap();
        let piece = bytes.split_to(room.min(bytes.len()));
        body.send_data(piece, is_all && bytes.is_empty()).unwrap();
    }
}

/// The whole response as text.
pub(crate) async fn whole(answer: ResponseFuture) -> Response<String> {
    let (head, body) = answer.await.unwrap().into_parts();
    Response::from_parts(head, String::from_utf8(read(body).await.unwrap()).unwrap())
}

/// Reads a whole body and reopens the window as it goes.
pub(crate) async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut read = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len()).unwrap();
        read.extend_from_slice(&piece);
    }
    Ok(read)
}
