//! Query parameters. Unknown ones are refused: a mistyped filter must not list everything.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ecomdb::{
    CategoryId, Cursor, ExternalId, Invalid, Limit, OrderId, ProductGroupId, ProductId, UserId, VoucherId, quoted,
};
use ecomdb::{
    CustomerSort, Granularity, Money, OrderSort, OrderStatus, ParseMoneyError, PaymentMethod, PaymentState,
    PaymentStatus, ProductSort, ProductStatus, RfmSegment, Role, UserSort, UserStatus, VoucherKind,
};
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use super::message::translate;
use crate::problem::{Problem, kinds};

/// The query parameters, as a struct that denies unknown fields.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query into a struct that denies unknown fields.
pub(super) fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    if let Some((name, _)) = pairs.iter().find(|(_, value)| value.chars().any(char::is_control)) {
        return Err(refusal(name.clone(), "must not contain control characters"));
    }
    let pairs = MapDeserializer::<_, serde::de::value::Error>::new(pairs.into_iter());
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let complaint = translate(&error.into_inner().to_string());
        refusal(complaint.field.unwrap_or(path), complaint.message)
    })
}

pub(crate) fn refusal<'a>(parameter: impl Into<Cow<'a, str>>, message: impl Into<String>) -> Problem {
    Problem::field(&kinds::MALFORMED, parameter.into(), message)
}

/// No query parameters.
#[derive(Debug)]
pub(crate) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).next() {
            Some((name, _)) => Err(refusal(name, "is unknown; this route has no query parameters")),
            None => Ok(Self),
        }
    }
}

/// Parses a query parameter from its text: use with `#[serde(default, deserialize_with = "text")]`.
pub(crate) fn text<'de, T: FromText, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    T::from_text(&text).map(Some).map_err(D::Error::custom)
}

/// Like [`text`], for the filter of a page, whose form sends an empty text for an empty field.
pub(crate) fn entered<'de, T: FromText, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some).map_err(D::Error::custom) }
}

/// A value that can be parsed from a query parameter.
pub(crate) trait FromText: Sized {
    /// The value, or a message that says what is allowed.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl FromText for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl FromText for Limit {
    fn from_text(text: &str) -> Result<Self, String> {
        let out_of_range = || format!("must be a whole number from 1 to {}, not {}", Self::MAX, quoted(text));
        let rows = text.parse().map_err(|_| out_of_range())?;
        Self::new(rows).map_err(|_| out_of_range())
    }
}

impl FromText for i64 {
    fn from_text(text: &str) -> Result<Self, String> {
        // Accept the minus sign that pages show, because people copy it.
        let number = text.replace('\u{2212}', "-").parse();
        number.map_err(|_| format!("must be a whole number, not {}", quoted(text)))
    }
}

impl FromText for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("must be true or false, not {}", quoted(text)))
    }
}

macro_rules! from_str {
    ($($type:ty => $message:expr),+ $(,)?) => {$(
        impl FromText for $type {
            fn from_text(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error| $message(error, text))
            }
        }
    )+};
}

fn no_id(_: std::num::ParseIntError, text: &str) -> String {
    format!("must be a whole number, not {}", quoted(text))
}

fn no_value(invalid: Invalid, _: &str) -> String {
    invalid.fields().first().map(|field| field.message.clone()).unwrap_or_default()
}

fn no_word(message: String, _: &str) -> String {
    message
}

fn no_amount(error: ParseMoneyError, _: &str) -> String {
    error.to_string()
}

from_str! {
    UserId => no_id,
    CategoryId => no_id,
    OrderId => no_id,
    ProductId => no_id,
    ProductGroupId => no_id,
    Cursor => no_value,
    ExternalId => no_value,
    Money => no_amount,
    OrderSort => no_word,
    OrderStatus => no_word,
    PaymentMethod => no_word,
    PaymentState => no_word,
    PaymentStatus => no_word,
    ProductSort => no_word,
    ProductStatus => no_word,
    Role => no_word,
    CustomerSort => no_word,
    Granularity => no_word,
    RfmSegment => no_word,
    UserSort => no_word,
    UserStatus => no_word,
    VoucherId => no_id,
    VoucherKind => no_word,
}
