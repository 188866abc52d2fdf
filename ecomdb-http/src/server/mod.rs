//! The application on a socket.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How long requests that were accepted before the stop may take after it.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until `stop` is ready, and then until every request that was accepted is answered, for 30 seconds at the
/// most.
///
/// # Errors
/// What the socket says.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = Arc::new(Notify::new());
    let stopped = Arc::clone(&stopping);
    let stop = async move {
        stop.await;
        tracing::info!("finishing the requests that were accepted");
        stopping.notify_one();
    };
    // Answers are written in one piece, so there is nothing to wait for.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let overtime = async move {
        stopped.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stop) => result,
        () = overtime => {
            tracing::warn!("some requests took too long to finish and were given up");
            Ok(())
        }
    }
}
