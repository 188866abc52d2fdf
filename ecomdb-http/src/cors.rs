//! Cross-origin requests: allowed for the configured origins only.

use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, Uri};
use ecomdb::quoted;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::headers::{TOTAL_COUNT, X_REQUEST_ID};

/// How long a browser may cache a preflight response.
const REMEMBERED: std::time::Duration = std::time::Duration::from_secs(600);

/// `None` without origins: then no response allows cross-origin use. Cookies are never allowed; such pages send their
/// token in the Authorization header.
pub(crate) fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH];
    let allowed = allowed.into_iter().chain([HeaderName::from_static("idempotency-key"), X_REQUEST_ID]);
    let shown = [header::ETAG, header::LINK, header::LOCATION, header::RETRY_AFTER, TOTAL_COUNT, X_REQUEST_ID];
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.0.clone())))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(allowed.collect::<Vec<_>>())
        .expose_headers(shown)
        .max_age(REMEMBERED);
    Some(layer)
}

/// An origin as browsers send it: `https://shop.example.com`, with the port unless it is the scheme's default.
///
/// ```
/// use ecomdb_http::Origin;
///
/// assert!("https://shop.example.com".parse::<Origin>().is_ok());
/// assert_eq!("https://shop.example.com:443".parse::<Origin>()?.to_string(), "https://shop.example.com");
/// let error = "shop.example.com/basket".parse::<Origin>().unwrap_err();
/// assert!(error.contains("https://shop.example.com"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// Whether an Origin header names this origin.
    pub(crate) fn is(&self, origin: &HeaderValue) -> bool {
        self.0 == origin
    }
}

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || {
            format!(
                "must be an origin, such as https://shop.example.com or http://localhost:3000, not {}",
                quoted(text)
            )
        };
        let uri: Uri = text.parse().map_err(|_| refusal())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(refusal)?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or_else(refusal)?;
        // Browsers send origins in lower case and compare them byte by byte.
        if text != format!("{scheme}://{authority}").to_ascii_lowercase() {
            return Err(refusal());
        }
        // Browsers omit the default port.
        let usual_port = if scheme == "https" { 443 } else { 80 };
        let host = authority.host();
        let origin = match authority.as_str().strip_prefix(host).and_then(|rest| rest.strip_prefix(':')) {
            None => format!("{scheme}://{host}"),
            Some(port) => match port.parse::<u16>().map_err(|_| refusal())? {
                0 => return Err(refusal()),
                port if port == usual_port => format!("{scheme}://{host}"),
                port => format!("{scheme}://{host}:{port}"),
            },
        };
        HeaderValue::try_from(origin).map(Self).map_err(|_| refusal())
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}
