//! The streams of one HTTP/2 connection: which are open, and which make no progress.
//!
//! hyper passes a response to h2, which buffers it until the client's window has room. Until then nothing is written to
//! the socket, so a socket timeout does not notice a client that leaves its window closed. Here each piece of a
//! response reports when it is written.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Buf, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

/// A response of at most this many bytes ends with its last piece. A larger one ends, with a frame of its own, when the
/// client has taken all of it; until then its stream can be reset.
const SMALL: usize = 16 * 1024;

/// The streams of one connection, and the executor on which hyper spawns the task of each.
#[derive(Debug, Clone)]
pub(super) struct Streams(Arc<Connection>);

#[derive(Debug)]
struct Connection {
    patience: Duration,
    open: watch::Sender<usize>,
    stuck: Notify,
}

tokio::task_local! {
    /// The response of the stream whose task is running.
    static ANSWER: Arc<Answer>;
}

impl Streams {
    pub(super) fn new(patience: Duration) -> Self {
        Self(Arc::new(Connection { patience, open: watch::Sender::new(0), stuck: Notify::new() }))
    }

    /// Ends when no stream has been open for so long.
    pub(super) async fn idle(&self, patience: Duration) {
        let mut open = self.0.open.subscribe();
        loop {
            let is_idle = *open.borrow_and_update() == 0;
            // The sender lives as long as `self`.
            if !is_idle {
                let _ = open.changed().await;
            } else if timeout(patience, open.changed()).await.is_err() {
                return;
            }
        }
    }

    /// Ends when a client did not take the end of a small response, whose stream can no longer be reset.
    pub(super) async fn stuck(&self) {
        self.0.stuck.notified().await;
    }
}

impl<S: Future<Output = ()> + Send + 'static> Executor<S> for Streams {
    fn execute(&self, stream: S) {
        let open = Open::new(&self.0);
        let answer = Arc::new(Answer::new());
        let stream = ANSWER.scope(Arc::clone(&answer), stream);
        tokio::spawn(async move {
            let patience = open.0.patience;
            {
                let mut stream = pin!(stream);
                tokio::select! {
                    // First, since it hands out the pieces that the other branch waits for.
                    biased;
                    () = &mut stream => {}
                    // Dropping the task makes h2 reset the stream.
                    () = answer.stalled(patience) => return,
                }
            }
            tokio::select! {
                biased;
                () = answer.taken() => {}
                () = answer.stalled(patience) => open.0.stuck.notify_one(),
            }
        });
    }
}

/// An open stream.
struct Open(Arc<Connection>);

impl Open {
    fn new(connection: &Arc<Connection>) -> Self {
        connection.open.send_modify(|open| *open += 1);
        Self(Arc::clone(connection))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

/// How far the client has taken a response.
#[derive(Debug)]
struct Answer(Mutex<Progress>);

#[derive(Debug)]
struct Progress {
    /// Pieces handed to h2 and not written yet.
    pieces: usize,
    /// When a piece was last written, or handed out while none was pending.
    moved: Instant,
    /// The waiting task of the stream.
    waiting: Option<Waker>,
}

impl Answer {
    fn new() -> Self {
        Self(Mutex::new(Progress { pieces: 0, moved: Instant::now(), waiting: None }))
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // A panic leaves the counters valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when pending pieces have made no progress for so long. Poll it after the future that hands them out.
    async fn stalled(&self, patience: Duration) {
        let mut timer: Option<Pin<Box<Sleep>>> = None;
        std::future::poll_fn(|context| {
            loop {
                let deadline = {
                    let progress = self.progress();
                    if progress.pieces == 0 {
                        return Poll::Pending;
                    }
                    progress.moved + patience
                };
                let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
                ready!(timer.as_mut().poll(context));
                if deadline <= Instant::now() {
                    return Poll::Ready(());
                }
                timer.as_mut().reset(deadline);
            }
        })
        .await;
    }

    /// Ends when all pieces are written or dropped by h2.
    async fn taken(&self) {
        std::future::poll_fn(|context| self.poll_taken(context)).await;
    }

    fn poll_taken(&self, context: &Context<'_>) -> Poll<()> {
        let mut progress = self.progress();
        if progress.pieces == 0 {
            return Poll::Ready(());
        }
        progress.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}

/// A response body whose pieces report when they are written.
pub(super) struct Watched {
    body: Body,
    answer: Arc<Answer>,
    given: usize,
}

impl Watched {
    /// Must be called within the stream's task.
    pub(super) fn new(body: Body) -> Self {
        let answer = ANSWER.try_with(Arc::clone).unwrap_or_else(|_| Arc::new(Answer::new()));
        Self { body, answer, given: 0 }
    }
}

impl HttpBody for Watched {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
            return self.answer.poll_taken(context).map(|()| None);
        };
        Poll::Ready(Some(frame.map(|frame| {
            frame.map_data(|bytes| {
                self.given += bytes.len();
                Piece::new(bytes, &self.answer)
            })
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.given <= SMALL && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A piece of a response.
pub(super) struct Piece {
    bytes: Bytes,
    answer: Arc<Answer>,
}

impl Piece {
    fn new(bytes: Bytes, answer: &Arc<Answer>) -> Self {
        let mut progress = answer.progress();
        if progress.pieces == 0 {
            progress.moved = Instant::now();
        }
        progress.pieces += 1;
        drop(progress);
        Self { bytes, answer: Arc::clone(answer) }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, written: usize) {
        self.bytes.advance(written);
        self.answer.progress().moved = Instant::now();
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut progress = self.answer.progress();
        progress.pieces -= 1;
        let waiting = if progress.pieces == 0 { progress.waiting.take() } else { None };
        drop(progress);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}
