//! The shapes of answers.

use axum::http::header::{CONTENT_TYPE, HeaderValue, LINK, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ecomdb::{OnBehalf, Page};
use form_urlencoded::Serializer;
use serde::Serialize;

use crate::extract::Json;
use crate::problem::Problem;
use crate::state::App;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Problem>;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

/// 200, and the value.
pub(crate) fn ok(value: impl Serialize) -> Answer {
    Ok(Json(value).into_response())
}

/// 201, where the new thing is, and the thing.
pub(crate) fn created(location: String, value: impl Serialize) -> Answer {
    let mut response = Json(value).into_response();
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Runs a list, and answers its page as a JSON array, with the address of the next one.
pub(crate) async fn list<T: Serialize + Send + 'static>(
    app: &App,
    uri: &Uri,
    list: impl FnOnce(OnBehalf<'_>) -> ecomdb::Result<Page<T>> + Send + 'static,
) -> Answer {
    let page = app.run(list).await.map_err(Problem::of_query)?;
    let mut response = Json(page.items).into_response();
    if let Some(next) = page.next.and_then(|cursor| next_page(uri, &cursor.to_string())) {
        response.headers_mut().insert(LINK, next);
    }
    Ok(response)
}

/// The address of the same list with another cursor.
fn next_page(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let parameters = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let kept = parameters.filter(|(name, _)| name != "cursor");
    let query = Serializer::new(String::new()).extend_pairs(kept).append_pair("cursor", cursor).finish();
    HeaderValue::try_from(format!("<{}?{query}>; rel=\"next\"", uri.path())).ok()
}
