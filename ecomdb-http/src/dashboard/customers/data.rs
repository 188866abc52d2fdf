//! Everything that is stored about a customer, as a JSON file.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::IntoResponse;
use ecomdb::{DossierJson, PageRequest, UserId};
use tokio::sync::mpsc::{Sender, channel};

use crate::current;
use crate::dashboard::list::{Chunks, attachment};
use crate::extract::{Id, NoQuery};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::{App, Shared};

/// All data of a customer. Orders are read page by page while they are sent, so memory does not grow with their number. A
/// problem with the first page is the answer. A problem with a later page breaks the response off, so that the client does not
/// take the file for complete.
pub(in crate::dashboard) async fn export_customer(State(app): State<Shared>, Id(id): Id<UserId>, _: NoQuery) -> Answer {
    let mut json = DossierJson::default();
    let first = read(&app, id, PageRequest::default(), &mut json).await?;
    let headers = attachment(&format!("customer-{id}.json"), "application/json")?;
    let (sender, receiver) = channel(1);
    let sending = async move { send(&app, id, json, first, &sender).await };
    tokio::spawn(current::Context::current().scope(sending));
    Ok((headers, Body::new(Chunks(receiver))).into_response())
}

/// The text of a page, and the request for the next one.
type Part = (Vec<u8>, Option<PageRequest>);

async fn read(app: &App, id: UserId, page: PageRequest, json: &mut DossierJson) -> Result<Part, Problem> {
    let dossier = app.run(|db| db.users().dossier(id, &page)).await?;
    let mut text = Vec::new();
    let next = json.page(dossier, &mut text).map_err(Problem::internal)?;
    Ok((text, next))
}

/// Sends the pages until the last one, or until the client disconnects.
async fn send(app: &App, id: UserId, mut json: DossierJson, first: Part, sender: &Sender<io::Result<Bytes>>) {
    let (mut text, mut next) = first;
    loop {
        if sender.send(Ok(text.into())).await.is_err() {
            return;
        }
        let Some(page) = next else { return };
        (text, next) = match read(app, id, page, &mut json).await {
            Ok(part) => part,
            Err(problem) => {
                // The client may have disconnected, too.
                let _ = sender.send(Err(io::Error::other(problem.detail().to_owned()))).await;
                return;
            }
        };
    }
}
