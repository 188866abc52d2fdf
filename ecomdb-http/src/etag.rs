//! Strong ETags.

use sha2::{Digest, Sha256};

/// The strong ETag of a resource: a digest of its JSON. It changes with everything that the client can see, also when
/// another resource changed it (a sale changes the stock of a product).
pub(crate) fn etag(body: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let half = |byte: u8| char::from(DIGITS[usize::from(byte & 15)]);
    let digest = Sha256::digest(body);
    let mut etag = String::with_capacity(34);
    etag.push('"');
    for byte in &digest[..16] {
        etag.extend([half(byte >> 4), half(*byte)]);
    }
    etag.push('"');
    etag
}
