//! A response, and assertions on it.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let is_endless = head.headers.get("Content-Type").is_some_and(|kind| kind == "text/event-stream");
        let body = if is_endless { Bytes::new() } else { to_bytes(body, usize::MAX).await.unwrap() };
        Self { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&body).into_owned() }
    }

    /// A header as text; empty if absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The JSON body of a response with this status.
    #[track_caller]
    pub(crate) fn good(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("Content-Type"), "application/json");
        serde_json::from_str(&self.text).unwrap()
    }

    /// The problem document of a response with this status; checks what all problems have in common.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("Content-Type"), "application/problem+json");
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        problem
    }

    /// The fields in the problem's `errors`.
    #[track_caller]
    pub(crate) fn complains_of(&self, status: u16, kind: &str) -> Vec<String> {
        let problem = self.problem(status, kind);
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty())), "{problem}");
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }

    /// The URL of the next page, from the Link header.
    pub(crate) fn next_page(&self) -> Option<String> {
        self.link("next")
    }

    /// The URL of the previous page, from the Link header.
    pub(crate) fn previous_page(&self) -> Option<String> {
        self.link("prev")
    }

    fn link(&self, relation: &str) -> Option<String> {
        let links = self.headers.get("Link")?.to_str().unwrap();
        let end = format!(">; rel=\"{relation}\"");
        links.split(", ").find_map(|link| Some(link.strip_prefix('<').unwrap().strip_suffix(&end)?.to_owned()))
    }
}
