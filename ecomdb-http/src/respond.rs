//! Responses.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, LINK, LOCATION, VARY};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ecomdb::{Cursor, OnBehalf, Page, RowCount};
use form_urlencoded::Serializer;
use serde::Serialize;

use crate::compression;
use crate::etag::etag;
use crate::extract::{IfNoneMatch, Json};
use crate::headers::TOTAL_COUNT;
use crate::problem::Problem;
use crate::state::App;

/// The result of a handler.
pub(crate) type Answer = Result<Response, Problem>;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        respond_with(serde_json::to_vec(&self.0))
    }
}

/// 200 with this body.
fn respond_with(body: serde_json::Result<Vec<u8>>) -> Response {
    match body {
        Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// 200 with a JSON body.
pub(crate) fn ok(value: impl Serialize) -> Answer {
    Ok(Json(value).into_response())
}

/// 200 with the resource and its ETag, or 304 if the client has this version.
pub(crate) fn show(resource: impl Serialize, unless: &IfNoneMatch) -> Answer {
    let mut response = changed(resource)?;
    // The client may cache it, but must revalidate before each use.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if response.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).is_some_and(|etag| unless.has(etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
    }
    Ok(response)
}

/// A response that is the same while the server runs. Its bytes are shared and compressed once.
#[derive(Debug)]
pub(crate) struct Document {
    content_type: HeaderValue,
    plain: Form,
    /// Compressed, if that makes it smaller.
    gzip: Option<Form>,
}

/// The bytes of a document, and their strong ETag.
#[derive(Debug)]
struct Form {
    bytes: Bytes,
    etag: String,
}

impl Form {
    fn new(bytes: Bytes) -> Self {
        Self { etag: etag(&bytes), bytes }
    }
}

impl Document {
    pub(crate) fn new(content_type: &str, bytes: Bytes) -> Self {
        let content_type = HeaderValue::try_from(content_type);
        let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let gzip = Some(compression::gzip(&bytes)).filter(|gzip| gzip.len() < bytes.len());
        Self { content_type, gzip: gzip.map(Form::new), plain: Form::new(bytes) }
    }

    /// 200 with the document, compressed if the client accepts that, or 304 if it has this version.
    pub(crate) fn show(&self, headers: &HeaderMap, unless: &IfNoneMatch) -> Response {
        let compressed = self.gzip.as_ref().filter(|_| compression::takes_gzip(headers));
        let Form { bytes, etag } = compressed.unwrap_or(&self.plain);
        let kept = [
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (VARY, HeaderValue::from_static("accept-encoding")),
            // An ETag is quotes and hexadecimal digits, so it is a valid header value.
            (ETAG, HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""))),
        ];
        if unless.has(etag) {
            return (StatusCode::NOT_MODIFIED, kept).into_response();
        }
        let mut response = (kept, [(CONTENT_TYPE, self.content_type.clone())], bytes.clone()).into_response();
        if compressed.is_some() {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// 200 with the changed resource and its new ETag.
pub(crate) fn changed(resource: impl Serialize) -> Answer {
    let body = serde_json::to_vec(&resource).map_err(Problem::internal)?;
    let etag = HeaderValue::try_from(etag(&body)).map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json")), (ETAG, etag)], body).into_response())
}

/// 201 with Location, the created resource and its ETag.
pub(crate) fn created(location: String, value: impl Serialize) -> Answer {
    let mut response = changed(value)?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Answers one page of a list as a JSON array, with a Link to the next and the previous one, and the number of all rows
/// if it is wanted.
pub(crate) async fn list<F: Send + 'static, T: Serialize + 'static>(
    app: &App,
    uri: &Uri,
    filter: F,
    counts: bool,
    page: fn(OnBehalf<'_>, &F) -> ecomdb::Result<Page<T>>,
    count: fn(OnBehalf<'_>, &F) -> ecomdb::Result<RowCount>,
) -> Answer {
    let read = move |shop: OnBehalf<'_>| {
        let page = page(shop, &filter)?;
        let count = counts.then(|| count(shop, &filter)).transpose()?;
        Ok(Part { body: serde_json::to_vec(&page.items), next: page.next, previous: page.previous, count })
    };
    paged(app, uri, read).await
}

/// A page as JSON, the pages beside it, and the number of rows on all pages if it is wanted.
pub(crate) struct Part {
    pub(crate) body: serde_json::Result<Vec<u8>>,
    pub(crate) next: Option<Cursor>,
    pub(crate) previous: Option<Cursor>,
    pub(crate) count: Option<RowCount>,
}

/// Answers a page. The thread that reads the rows writes the JSON, too. So no more lists of rows are in memory than threads
/// read.
pub(crate) async fn paged(
    app: &App,
    uri: &Uri,
    read: impl FnOnce(OnBehalf<'_>) -> ecomdb::Result<Part> + Send + 'static,
) -> Answer {
    let Part { body, next, previous, count } = app.run(|db| db.run(read)).await.map_err(Problem::of_query)?;
    let mut response = respond_with(body);
    if let Some(links) = links(uri, next.as_ref(), previous.as_ref()) {
        response.headers_mut().insert(LINK, links);
    }
    if let Some(rows) = count {
        let rows = HeaderValue::try_from(rows.to_string()).map_err(Problem::internal)?;
        response.headers_mut().insert(TOTAL_COUNT, rows);
    }
    Ok(response)
}

/// The URLs of the next and the previous page.
fn links(uri: &Uri, next: Option<&Cursor>, previous: Option<&Cursor>) -> Option<HeaderValue> {
    let link = |relation, parameter, cursor: &Cursor| {
        let parameters = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let kept = parameters.filter(|(name, _)| !matches!(name.as_ref(), "cursor" | "before"));
        let query =
            Serializer::new(String::new()).extend_pairs(kept).append_pair(parameter, &cursor.to_string()).finish();
        format!("<{}?{query}>; rel=\"{relation}\"", uri.path())
    };
    let next = next.map(|cursor| link("next", "cursor", cursor));
    let previous = previous.map(|cursor| link("prev", "before", cursor));
    let links: Vec<String> = next.into_iter().chain(previous).collect();
    (!links.is_empty()).then(|| HeaderValue::try_from(links.join(", ")).ok()).flatten()
}
