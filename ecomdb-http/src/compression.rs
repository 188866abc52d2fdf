//! Compression of responses.

use std::io::{self, Write};

use axum::body::{Bytes, HttpBody};
use axum::http::{HeaderMap, Response, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Smaller responses are sent uncompressed.
const WORTH_IT: u64 = 1024;

pub(crate) fn layer() -> CompressionLayer<impl Predicate> {
    // The fastest level shrinks a page of a list to a tenth; higher levels cost more time than they save.
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(WORTH_IT).and(Compressible))
}

/// Compresses a document once, for all requests.
pub(crate) fn gzip(bytes: &[u8]) -> Bytes {
    let compressed: io::Result<Vec<u8>> = (|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes)?;
        encoder.finish()
    })();
    // Writing to memory does not fail.
    compressed.unwrap_or_default().into()
}

/// Whether the client accepts gzip (RFC 9110, section 12.5.3).
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// Compresses lists, reports and pages, but no response with an ETag: a strong ETag identifies the exact bytes (RFC
/// 9110, section 8.8.3). Those are documents, which are compressed beforehand, and single resources, which are small.
/// Responses with secrets (login, new keys) are below the size limit.
#[derive(Debug, Clone, Copy)]
struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        let headers = response.headers();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_text = ["application/json", "text/", "image/svg"].iter().any(|prefix| kind.starts_with(prefix));
        // An event must be sent immediately.
        is_text && !kind.starts_with("text/event-stream") && !headers.contains_key(header::ETAG)
    }
}
