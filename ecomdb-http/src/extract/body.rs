//! Bodies: JSON, and the forms of the dashboard.

use std::fmt;
use std::marker::PhantomData;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use super::message::translate;
use crate::budget::{Budget, Reservation};
use crate::problem::{Problem, kinds};
use crate::state::{App, Shared};

/// How many bytes of an oversized body are read and discarded before the response. A client still sending when the
/// connection closes would see a reset instead of the response.
const DRAINED: usize = 16 * 1024 * 1024;

/// An `application/json` body of a request or response. A PATCH may also use `application/merge-patch+json` (RFC 7396).
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        Self::read(request, app, app.largest_body()).await
    }
}

impl<T: DeserializeOwned> Json<T> {
    /// Reads a body of at most `limit` bytes.
    pub(crate) async fn read(request: Request, app: &App, limit: usize) -> Result<Self, Problem> {
        let is_patch = request.method() == Method::PATCH;
        expect_json(request.headers(), is_patch)?;
        expect_plain(request.headers())?;
        // The reservation lasts until the body is parsed.
        let (body, _held) = complete(request, app, limit).await?;
        parse(&body).map(Self)
    }
}

/// Reads an `application/x-www-form-urlencoded` body of at most `limit` bytes: its names and values, in their order.
pub(crate) async fn read_form(request: Request, app: &App, limit: usize) -> Result<Vec<(String, String)>, Problem> {
    const TYPE: &str = "application/x-www-form-urlencoded";
    let given = essence(request.headers());
    if given.as_deref() != Some(TYPE) {
        return Err(Problem::new(&kinds::NOT_JSON, format!("the body must be {TYPE}")));
    }
    expect_plain(request.headers())?;
    let (body, _held) = complete(request, app, limit).await?;
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

/// Reads the whole body, within the limits of time and size.
async fn complete(request: Request, app: &App, limit: usize) -> Result<(Vec<u8>, Reservation<'_>), Problem> {
    let limit = limit.min(app.largest_body());
    let received = tokio::time::timeout(app.patience(), receive(request, limit, app.budget())).await;
    received.map_err(|_| too_slow(app.patience().as_secs()))?
}

/// The media type of the body, in lower case and without parameters.
fn essence(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    given.and_then(|value| value.split(';').next()).map(|essence| essence.trim().to_ascii_lowercase())
}

fn expect_json(headers: &HeaderMap, is_patch: bool) -> Result<(), Problem> {
    match essence(headers).as_deref() {
        Some("application/json") => Ok(()),
        Some("application/merge-patch+json") if is_patch => Ok(()),
        Some(other) => Err(Problem::new(&kinds::NOT_JSON, format!("the body must be application/json, not {other}"))),
        None => Err(Problem::new(&kinds::NOT_JSON, "the header Content-Type: application/json is missing")),
    }
}

/// Refuses compressed bodies, which would otherwise be reported as broken JSON.
fn expect_plain(headers: &HeaderMap) -> Result<(), Problem> {
    let is_plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(is_plain) {
        return Ok(());
    }
    let problem =
        Problem::field(&kinds::NOT_JSON, "Content-Encoding", "must be absent: bodies are read uncompressed only");
    Err(problem.with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")))
}

async fn receive(request: Request, limit: usize, budget: &Budget) -> Result<(Vec<u8>, Reservation<'_>), Problem> {
    let headers = request.headers();
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let waits_for_leave = headers.contains_key(header::EXPECT);
    if waits_for_leave && announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let mut body = request.into_body();
    let (mut read, mut held) = (Vec::new(), budget.reserve());
    while let Some(chunk) = next_chunk(&mut body).await? {
        let length = read.len() + chunk.len();
        let room = if length > limit { Err(too_large(limit)) } else { held.grow(capacity(length, limit)) };
        if let Err(refusal) = room {
            drop((read, held));
            drain(body).await;
            return Err(refusal);
        }
        read.reserve_exact(capacity(length, limit) - read.len());
        read.extend_from_slice(&chunk);
    }
    Ok((read, held))
}

/// The buffer size for a body of `length` bytes: it grows by doubling, so that a body of many chunks is not copied for
/// each.
fn capacity(length: usize, limit: usize) -> usize {
    length.next_power_of_two().min(limit)
}

async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    match body.frame().await {
        None => Ok(None),
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(error)) => {
            tracing::debug!(%error, "a body ended early");
            Err(Problem::new(&kinds::MALFORMED, "the body ended early"))
        }
    }
}

async fn drain(mut body: Body) {
    let mut drained = 0;
    while let Ok(Some(chunk)) = next_chunk(&mut body).await {
        drained += chunk.len();
        if drained > DRAINED {
            return;
        }
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::new(&kinds::TOO_LARGE, format!("the body must have at most {limit} bytes"))
}

fn too_slow(seconds: u64) -> Problem {
    let words = format!("the body was not complete after {seconds} seconds");
    // Otherwise the rest of the body would be read as the next request.
    Problem::new(&kinds::TOO_SLOW, words).with_header(header::CONNECTION, HeaderValue::from_static("close"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.trim_ascii().is_empty() {
        return Err(Problem::new(&kinds::MALFORMED, "the body is empty; a JSON object is expected"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(refusal)?;
    json.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn refusal(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = field(error.path());
    let error = error.into_inner();
    let text = error.to_string();
    // A number outside of f64's range is valid JSON.
    let is_readable = error.classify() == Category::Data || text.starts_with("number out of range");
    if !is_readable {
        return not_json(&error);
    }
    let complaint = translate(&text);
    let field = match complaint.field {
        Some(field) if path.is_empty() => field,
        Some(field) => format!("{path}.{field}"),
        None => path,
    };
    Problem::field(&kinds::INVALID, field, complaint.message)
}

/// The path of an error, such as `items[0].quantity`; empty for the body as a whole.
fn field(path: &serde_path_to_error::Path) -> String {
    let path = path.to_string();
    // serde_json passes arbitrary-precision numbers as an object with one field of this name.
    let path = path.split(".$serde_json").next().unwrap_or_default();
    if path == "." { String::new() } else { path.to_owned() }
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::new(&kinds::MALFORMED, format!("the body is not JSON: {error}"))
}

/// A JSON object. serde alone would also accept an array of the fields' values.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// A merge patch field that may be absent but not null: use with `#[serde(default, deserialize_with = "present")]`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
