//! One connection.
//!
//! Without TLS it speaks HTTP/1.1, and with TLS what both sides have agreed on. To find out from the first bytes would
//! mean to wait for them without an end.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tower::Service;

use super::{Server, Tls};

/// About the largest head of a request: the buffer grows in steps. A larger one is answered with 431.
const HEAD: usize = 64 * 1024;
/// The most header lines of a request.
const HEADERS: usize = 100;

/// Serves the connection until its end.
pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, app: Router, server: Server, watcher: Watcher) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(server.patience));
    let stream = Box::pin(stream);
    let Some(tls) = &server.tls else { return speak_http1(stream, peer, app, &server, watcher).await };
    match tokio::time::timeout(server.patience, tls.accept(stream)).await {
        Ok(Ok(stream)) if Tls::is_http2(&stream) => speak_http2(stream, peer, app, &server, watcher).await,
        Ok(Ok(stream)) => speak_http1(stream, peer, app, &server, watcher).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS connection came about"),
        Err(_) => tracing::debug!(%peer, "no TLS connection came about in time"),
    }
}

async fn speak_http1<S>(stream: S, peer: SocketAddr, app: Router, server: &Server, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.patience)
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service_fn(|request| answer(&app, peer, request)));
    end(peer, watcher.watch(connection).await);
}

async fn speak_http2<S>(stream: S, peer: SocketAddr, app: Router, server: &Server, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        // A client that has gone without a word is found out.
        .keep_alive_interval(server.patience)
        .keep_alive_timeout(server.patience)
        .max_header_list_size(HEAD as u32)
        .serve_connection(TokioIo::new(stream), service_fn(|request| answer(&app, peer, request)));
    end(peer, watcher.watch(connection).await);
}

fn answer(
    app: &Router,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
    request.extensions_mut().insert(ConnectInfo(peer));
    // A router is always ready.
    app.clone().call(request.map(Body::new))
}

/// Clients come and go as they like.
fn end(peer: SocketAddr, outcome: hyper::Result<()>) {
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
