//! `/live`: server-sent events that say only that something changed. The page then fetches itself again.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::IntoResponse;
use ecomdb::Role;
use hyper::body::Frame;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::auth;
use crate::client::Client;
use crate::ending::Ending;
use crate::live::Listener;
use crate::problem::kinds;
use crate::respond::Answer;
use crate::state::{App, Shared};

/// Interval of keep-alive comments while nothing changes, so that neither side considers the connection dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells nginx not to buffer events.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Sends an event for each change until the session or the server ends. It takes no permit of the database. It does not
/// count as use of the session, which would otherwise never expire.
pub(super) async fn listen(
    State(app): State<Shared>,
    client: Client,
    ending: Option<Extension<Ending>>,
    request: Request,
) -> Answer {
    let token = auth::token(&app, client, &request)?;
    let listener = app.listen(client)?;
    let heard = request.headers().get(LAST_EVENT_ID).cloned();
    let (sender, receiver) = channel(1);
    let mut stream = Stream { app: Arc::clone(&app), token, listener, sender, ending: ending.map(|Extension(it)| it) };
    tokio::spawn(async move { stream.run(heard).await });
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("text/event-stream")), UNBUFFERED];
    Ok((headers, Body::new(Events(receiver))).into_response())
}

/// The events of one page.
struct Stream {
    app: Shared,
    /// The session; `None` without authentication.
    token: Option<String>,
    listener: Listener,
    sender: Sender<Bytes>,
    ending: Option<Ending>,
}

/// The next thing to do.
enum Next {
    Change,
    Nothing,
    End,
}

impl Stream {
    /// `heard` is the last event that the page received before it lost the connection.
    async fn run(&mut self, heard: Option<HeaderValue>) {
        tokio::select! {
            () = self.listener.begun() => {}
            () = self.sender.closed() => return,
            () = begun(&mut self.ending) => return,
        }
        let id = self.listener.latest();
        let has_missed_something = heard.is_some_and(|heard| heard != id.as_str());
        let hello = if has_missed_something { event(&id) } else { format!("id: {id}\n\n") };
        if !self.send(format!("retry: 5000\n{hello}")).await {
            return;
        }
        loop {
            let next = self.next().await;
            if matches!(next, Next::End) || !may_listen(&self.app, self.token.as_deref()).await {
                return;
            }
            let text = match next {
                Next::Change => event(&self.listener.latest()),
                _ => ":\n\n".to_owned(),
            };
            if !self.send(text).await {
                return;
            }
        }
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            () = self.sender.closed() => Next::End,
            () = begun(&mut self.ending) => Next::End,
            () = self.listener.changed() => Next::Change,
            () = tokio::time::sleep(SIGN_OF_LIFE) => Next::Nothing,
        }
    }

    /// Whether the text was sent before the page was closed or the server stopped.
    async fn send(&mut self, text: String) -> bool {
        tokio::select! {
            sent = self.sender.send(text.into()) => sent.is_ok(),
            () = begun(&mut self.ending) => false,
        }
    }
}

async fn begun(ending: &mut Option<Ending>) {
    match ending {
        Some(ending) => ending.begun().await,
        None => std::future::pending().await,
    }
}

fn event(id: &str) -> String {
    format!("id: {id}\ndata: changed\n\n")
}

/// Whether the session is still valid and its user still staff. It also goes on while the database does not answer.
async fn may_listen(app: &App, token: Option<&str>) -> bool {
    let Some(token) = token.map(str::to_owned) else { return true };
    match app.read_as_operator(move |db| db.run(move |shop| shop.accounts().recognise(&token))).await {
        Ok((caller, _)) => caller.role() != Role::Customer,
        Err(problem) => !problem.is(&kinds::UNAUTHENTICATED),
    }
}

/// A body made of the events that a task sends.
struct Events(Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
