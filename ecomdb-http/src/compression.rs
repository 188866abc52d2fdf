//! Answers that are sent compressed to clients that take that.

use axum::body::HttpBody;
use axum::http::{Response, header};
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Below, it is not worth the work.
const WORTH_IT: u64 = 1024;

pub(crate) fn layer() -> CompressionLayer<impl Predicate> {
    // A page of a list shrinks to a tenth at the fastest level, and no other pays for its time here.
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(WORTH_IT).and(Compressible))
}

/// Lists, reports, pages and the document. A resource of its own has a strong ETag, which stands for its very bytes (RFC
/// 9110, section 8.8.3), and it is small. What has secrets in it is small too: the tokens of the login and of new keys.
#[derive(Debug, Clone, Copy)]
struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        let headers = response.headers();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_text = ["application/json", "text/", "image/svg"].iter().any(|prefix| kind.starts_with(prefix));
        is_text && !headers.contains_key(header::ETAG)
    }
}
