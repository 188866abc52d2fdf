//! Headers of this API that HTTP does not define.

use axum::http::HeaderName;

/// The id of a request, of the response as well.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The number of rows of a list on all pages.
pub(crate) const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
