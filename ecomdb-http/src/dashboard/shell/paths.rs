//! Paths within the dashboard.

use axum::http::Uri;
use form_urlencoded::Serializer;

/// The text, if it is a path of this server, with or without a query. Browsers take `//host` and `/\host` for other
/// hosts, and drop tabs and line breaks.
pub(crate) fn own_path(text: &str) -> Option<&str> {
    let is_own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    let uri = is_own.then(|| text.parse::<Uri>().ok()).flatten()?;
    uri.authority().is_none().then_some(text)
}

/// The path with these parameters as its query; parameters without a value are left out.
pub(crate) fn with_query<'a>(path: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parameters.into_iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_returned_to() {
        for own in ["/", "/orders", "/orders?status=pending&customer=3", "/products/12#stock", "/search?q=%2F%2Fx"] {
            assert_eq!(own_path(own), Some(own));
        }
        for foreign in [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "/\t/evil",
            "/a\\b",
            "javascript:alert(1)",
            "/\n/evil.example",
            "/or ders",
            "/ü",
        ] {
            assert_eq!(own_path(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn a_query_is_encoded_and_has_no_empty_parameters() {
        assert_eq!(with_query("/search", [("q", "a&b c"), ("cursor", "")]), "/search?q=a%26b+c");
        assert_eq!(with_query("/orders", [("status", "")]), "/orders");
    }
}
