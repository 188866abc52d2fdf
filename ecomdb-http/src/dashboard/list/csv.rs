//! All rows of a list as CSV for spreadsheets. Pages are read while they are sent, so memory does not grow with the
//! list.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDate, Utc};
use ecomdb::{Asynchronous, Cell, Cells, Csv, Limit, Page, PageRequest, Pending};
use hyper::body::Frame;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::current;
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::{App, Shared};

/// Byte order mark, by which spreadsheets recognise UTF-8.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The cell of a column for a row.
type CellOf<T> = fn(&T) -> Cell<'_>;

/// The file of a list.
pub(crate) struct Sheet<T: 'static> {
    /// Name of the file, without its date and extension.
    pub(crate) name: &'static str,
    /// Names and cells of the columns.
    pub(crate) columns: &'static [(&'static str, CellOf<T>)],
}

/// The cell of a number; empty for `None`.
pub(crate) fn maybe_int(number: Option<i64>) -> Cell<'static> {
    number.map_or(Cell::Null, Cell::Int)
}

/// The cell of a time; empty for `None`.
pub(crate) fn maybe_time(time: Option<DateTime<Utc>>) -> Cell<'static> {
    time.map_or(Cell::Null, |time| Cell::Time(time.timestamp_micros()))
}

/// Sends all rows of the list; `fetch` reads a page. A problem with the first page is the answer. A problem with a
/// later page breaks the response off, so that the client does not take the file for complete.
pub(crate) async fn csv<T: Send + 'static>(
    app: Shared,
    today: NaiveDate,
    sheet: Sheet<T>,
    fetch: impl Fn(&Asynchronous, PageRequest) -> Pending<Page<T>> + Send + Sync + 'static,
) -> Answer {
    let first = read(&app, &fetch, PageRequest::default()).await.map_err(Problem::of_query)?;
    let headers = csv_attachment(&format!("{}-{today}", sheet.name))?;
    let (sender, receiver) = channel(1);
    let sending = async move { send(&app, &sheet, &fetch, first, &sender).await };
    tokio::spawn(current::Context::current().scope(sending));
    Ok((headers, Body::new(Chunks(receiver))).into_response())
}

/// The headers of a CSV file with this name.
pub(crate) fn csv_attachment(name: &str) -> Result<[(HeaderName, HeaderValue); 3], Problem> {
    attachment(&format!("{name}.csv"), "text/csv; charset=utf-8")
}

/// The headers of a file that is downloaded.
pub(crate) fn attachment(name: &str, content_type: &'static str) -> Result<[(HeaderName, HeaderValue); 3], Problem> {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    Ok([
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CONTENT_DISPOSITION, disposition.map_err(Problem::internal)?),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ])
}

async fn read<T: Send + 'static>(
    app: &App,
    fetch: &impl Fn(&Asynchronous, PageRequest) -> Pending<Page<T>>,
    request: PageRequest,
) -> Result<Page<T>, Problem> {
    let most = Limit::new(Limit::MAX).map_err(Problem::internal)?;
    app.run(|db| fetch(&db, request.limit(most))).await
}

/// Sends the pages until the last one, or until the client disconnects.
async fn send<T: Send + 'static>(
    app: &App,
    sheet: &Sheet<T>,
    fetch: &(impl Fn(&Asynchronous, PageRequest) -> Pending<Page<T>> + Sync),
    first: Page<T>,
    sender: &Sender<io::Result<Bytes>>,
) {
    let mut csv = Csv::for_spreadsheet();
    let mut page = first;
    let mut text = BYTE_ORDER_MARK.as_bytes().to_vec();
    let names: Vec<&str> = sheet.columns.iter().map(|(name, _)| *name).collect();
    csv.header(&names);
    loop {
        for row in &page.items {
            sheet.columns.iter().for_each(|(_, cell)| csv.cell(cell(row)));
            csv.end_row();
        }
        text.append(&mut csv.take());
        if sender.send(Ok(std::mem::take(&mut text).into())).await.is_err() {
            return;
        }
        let Some(next) = page.next else { return };
        page = match read(app, fetch, PageRequest::default().after(next)).await {
            Ok(page) => page,
            Err(problem) => {
                // The client may have disconnected, too.
                let _ = sender.send(Err(io::Error::other(problem.detail().to_owned()))).await;
                return;
            }
        };
    }
}

/// A body made of the chunks that a task sends.
pub(crate) struct Chunks(pub(crate) Receiver<io::Result<Bytes>>);

impl hyper::body::Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}
