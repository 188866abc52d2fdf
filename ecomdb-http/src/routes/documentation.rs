//! Swagger UI at `/docs`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{IntoResponse, Redirect, Response};
use ecomdb::quoted;
use utoipa_swagger_ui::Config;

use crate::extract::{IfNoneMatch, Segment};
use crate::problem::{Problem, kinds};
use crate::respond::Document;

/// Files of Swagger UI, prepared on first use. Their number is bounded: unknown names are not stored.
static FILES: LazyLock<Mutex<HashMap<String, Arc<Document>>>> = LazyLock::new(Mutex::default);

static PAGE: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let page = Config::from("/api/openapi.json").display_operation_id(true).filter(true);
    // By default Swagger UI sends the document to an online validator.
    Arc::new(page.validator_url("none").try_it_out_enabled(true).default_models_expand_depth(0))
});

/// Everything comes from this server. Swagger UI needs inline styles and `data:` images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page refers to its files by relative names, so it needs a path below /docs/.
pub(crate) async fn show_page() -> Redirect {
    Redirect::permanent("/docs/index.html")
}

pub(crate) async fn show_file(
    Segment(name): Segment,
    unless: IfNoneMatch,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(([(CONTENT_SECURITY_POLICY, POLICY)], file(&name)?.show(&headers, &unless)).into_response())
}

fn file(name: &str) -> Result<Arc<Document>, Problem> {
    // A panic leaves the map valid: entries are inserted whole.
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = files.get(name) {
        return Ok(Arc::clone(file));
    }
    let Some(file) = utoipa_swagger_ui::serve(name, PAGE.clone()).map_err(Problem::internal)? else {
        return Err(Problem::new(&kinds::NO_ROUTE, format!("the documentation has no file {}", quoted(name))));
    };
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let file = Arc::new(Document::new(&file.content_type, bytes));
    files.insert(name.to_owned(), Arc::clone(&file));
    Ok(file)
}
