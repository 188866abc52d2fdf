//! One connection.
//!
//! Without TLS it speaks HTTP/1.1; with TLS, the protocol agreed on by ALPN. Detecting HTTP/2 from the first bytes
//! would mean an unbounded wait for them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::Service;

use super::lines::{BodyLength, Lines};
use super::streams::{Streams, Watched};
use super::{Server, Tls};
use crate::ending::Ending;

/// Approximate limit of a request head, in bytes: the buffer grows in steps. A larger head gets 431.
const HEAD: usize = 16 * 1024;
/// Limit of header lines in a request.
const HEADERS: usize = 100;

/// Limit of concurrent streams on an HTTP/2 connection.
const STREAMS: u32 = 32;
/// Flow-control window for the request bodies of one connection, in bytes: the protocol's minimum.
const WINDOW: u32 = 65_535;
/// How many bytes of a response h2 buffers before the client has room for them.
const SEND_BUFFER: usize = 64 * 1024;
/// How many streams a client may open and reset before the server has looked at them; beyond that it is disconnected.
const RESETS: usize = 64;
/// How long an idle HTTP/2 connection stays open after the GOAWAY frame.
const FAREWELL: Duration = Duration::from_secs(5);

/// Information that a connection adds to its requests.
#[derive(Debug, Clone)]
pub(super) struct Connected {
    pub(super) peer: SocketAddr,
    pub(super) ending: Ending,
}

/// Serves the connection until it ends. When `stop` changes, it finishes the requests that have begun.
pub(super) async fn serve(
    stream: TcpStream,
    client: Connected,
    app: Router,
    server: Server,
    stop: watch::Receiver<()>,
) {
    let peer = client.peer;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(server.patience));
    let stream = Box::pin(stream);
    let Some(tls) = &server.tls else { return speak_http1(stream, client, app, &server, stop).await };
    match tokio::time::timeout(server.patience, tls.accept(stream)).await {
        Ok(Ok(stream)) if Tls::is_http2(&stream) => speak_http2(stream, client, app, &server, stop).await,
        Ok(Ok(stream)) => speak_http1(stream, client, app, &server, stop).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake timed out"),
    }
}

async fn speak_http1<S>(stream: S, client: Connected, app: Router, server: &Server, mut stop: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let peer = client.peer;
    let length = BodyLength::new();
    let stream = Lines::new(stream, length.clone());
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.patience)
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request| {
                length.note(&request);
                answer(&app, &client, request)
            }),
        );
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        outcome = connection.as_mut() => return end(peer, outcome),
        _ = stop.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    end(peer, connection.await);
}

async fn speak_http2<S>(stream: S, client: Connected, app: Router, server: &Server, mut stop: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let peer = client.peer;
    let streams = Streams::new(server.patience);
    let connection = http2::Builder::new(streams.clone())
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD as u32)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(RESETS)
        .serve_connection(TokioIo::new(stream), service_fn(|request| answer_stream(&app, &client, request)));
    let mut connection = pin!(connection);
    let (mut is_stopping, mut is_leaving) = (false, false);
    loop {
        let patience = if is_leaving { FAREWELL } else { server.patience };
        tokio::select! {
            biased;
            outcome = connection.as_mut() => return end(peer, outcome),
            _ = stop.changed(), if !is_stopping => is_stopping = true,
            () = streams.stuck() => return tracing::debug!(%peer, "the client did not read a response"),
            () = streams.idle(patience) => {
                if is_leaving {
                    return tracing::debug!(%peer, "an idle connection was closed");
                }
                is_leaving = true;
            }
        }
        connection.as_mut().graceful_shutdown();
    }
}

fn answer(
    app: &Router,
    client: &Connected,
    mut request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
    request.extensions_mut().insert(ConnectInfo(client.peer));
    request.extensions_mut().insert(client.ending.clone());
    // A router is always ready.
    app.clone().call(request.map(Body::new))
}

/// hyper does not limit the header lines of HTTP/2 requests.
fn answer_stream(
    app: &Router,
    client: &Connected,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Watched>, Infallible>> + use<> {
    let answering = (request.headers().len() <= HEADERS).then(|| answer(app, client, request));
    async {
        let response = match answering {
            Some(answering) => answering.await?,
            None => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                response
            }
        };
        Ok(response.map(Watched::new))
    }
}

/// Logs at debug level: clients disconnect all the time.
fn end(peer: SocketAddr, outcome: hyper::Result<()>) {
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
