//! Conditional requests: `If-None-Match` and `If-Match` (RFC 9110, section 13).

use axum::extract::FromRequestParts;
use axum::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use serde::Serialize;

use crate::etag::etag;
use crate::problem::{Problem, kinds};

/// `If-None-Match`: send the resource only if its ETag is none of these.
#[derive(Debug)]
pub(crate) struct IfNoneMatch(Option<Tags>);

impl IfNoneMatch {
    /// Whether the client already has this version.
    pub(crate) fn has(&self, etag: &str) -> bool {
        // Weak comparison suffices for If-None-Match (RFC 9110, section 13.1.2).
        self.0.as_ref().is_some_and(|tags| tags.have(|tag| tag.strip_prefix("W/").unwrap_or(tag) == etag))
    }
}

/// `If-Match`: change the resource only if its ETag is one of these.
#[derive(Debug)]
pub(crate) struct IfMatch(Option<Tags>);

impl IfMatch {
    /// Whether the current version of the resource is one that the client expects.
    pub(crate) fn expects(&self, resource: &impl Serialize) -> bool {
        let Some(tags) = &self.0 else { return true };
        serde_json::to_vec(resource).is_ok_and(|body| tags.have(|tag| tag == etag(&body)))
    }
}

#[derive(Debug)]
enum Tags {
    /// `*`: any version.
    Any,
    /// These ETags, quotes and `W/` prefixes included.
    These(Vec<String>),
}

impl Tags {
    fn have(&self, is_it: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| is_it(tag)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        tags(parts, IF_NONE_MATCH, "If-None-Match").map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        tags(parts, IF_MATCH, "If-Match").map(Self)
    }
}

fn tags(parts: &Parts, header: HeaderName, name: &str) -> Result<Option<Tags>, Problem> {
    let lines: Vec<&str> = parts.headers.get_all(header).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let list = lines.join(",");
    if list.trim() == "*" {
        return Ok(Some(Tags::Any));
    }
    parse(&list)
        .map(|tags| Some(Tags::These(tags)))
        .ok_or_else(|| Problem::field(&kinds::MALFORMED, name, "must be * or a comma-separated list of quoted ETags"))
}

/// Parses `"one", W/"two"`. An ETag may contain commas, but no quotes.
fn parse(list: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    let mut rest = list.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (prefix, opaque) = match rest.strip_prefix("W/") {
            Some(opaque) => ("W/", opaque),
            None => ("", rest),
        };
        let (opaque, behind) = opaque.strip_prefix('"')?.split_once('"')?;
        let behind = behind.trim_start_matches([' ', '\t']);
        if opaque.contains(char::is_whitespace) || !(behind.is_empty() || behind.starts_with(',')) {
            return None;
        }
        tags.push(format!("{prefix}\"{opaque}\""));
        rest = behind.trim_start_matches([' ', '\t', ',']);
    }
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags_are_read_and_what_is_none_is_refused() {
        for (list, tags) in [
            (r#""a""#, vec![r#""a""#]),
            (r#""a", W/"b,c" ,"d""#, vec![r#""a""#, r#"W/"b,c""#, r#""d""#]),
            (r#",, "","#, vec![r#""""#]),
        ] {
            assert_eq!(parse(list).unwrap_or_default(), tags, "{list}");
        }
        for list in ["", ",", "a", r#"""#, r#""a" "b""#, r#""a"b"#, r#"w/"a""#, r#""a b""#, r#"*, "a""#] {
            assert_eq!(parse(list), None, "{list}");
        }
    }
}
