//! The entries of a form, unchanged.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use ecomdb::{FieldError, Invalid};
use form_urlencoded::Serializer;

use crate::extract::{FromText, read_form};
use crate::problem::Problem;
use crate::state::App;

/// Names and values of a form, in order. A name may have several values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Entries(Vec<(String, String)>);

impl Entries {
    pub(crate) async fn read(request: Request, app: &App, limit: usize) -> Result<Self, Problem> {
        read_form(request, app, limit).await.map(Self)
    }

    /// Reads the result of [`Entries::encoded`].
    pub(crate) fn decoded(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The entries encoded as one text.
    pub(crate) fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// All names and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first value of this name; empty if there is none.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    /// All values of this name.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs().filter(move |(given, _)| *given == name).map(|(_, value)| value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// Replaces all values of this name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(|given| given == name);
        self.0.push((name.to_owned(), value.into()));
    }

    pub(super) fn remove(&mut self, is_unwanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| !is_unwanted(name));
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Entries {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// The meaning of a form, read from its entries.
pub(crate) trait FromEntries: Sized {
    /// The value, or `None`. Wrong fields are noted; a value that is returned all the same is discarded.
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self>;
}

/// A form without fields, only a button.
impl FromEntries for () {
    fn from_entries(_: &mut Fields<'_>) -> Option<Self> {
        Some(())
    }
}

/// Reads fields, and notes the wrong ones.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    entries: &'a Entries,
    errors: &'a mut Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(entries: &'a Entries, errors: &'a mut Vec<FieldError>) -> Self {
        Self { entries, errors }
    }

    /// The entries, unparsed.
    pub(crate) const fn entries(&self) -> &'a Entries {
        self.entries
    }

    /// The value as text, without white space around it.
    pub(crate) fn text(&self, name: &str) -> &'a str {
        self.entries.value(name).trim()
    }

    /// The value as text of several lines, which browsers send with CRLF.
    pub(crate) fn lines(&self, name: &str) -> String {
        self.text(name).replace("\r\n", "\n")
    }

    /// Whether a checkbox is ticked.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.entries.has(name)
    }

    /// The value of a required field.
    pub(crate) fn required<T: FromText>(&mut self, name: &str) -> Option<T> {
        let value = self.optional(name)?;
        if value.is_none() {
            self.note(name, "must be given");
        }
        value
    }

    /// The value of an optional field. The inner `None` means that it was left empty, the outer one that it is wrong.
    pub(crate) fn optional<T: FromText>(&mut self, name: &str) -> Option<Option<T>> {
        match self.text(name) {
            "" => Some(None),
            text => match T::from_text(text) {
                Ok(value) => Some(Some(value)),
                Err(message) => {
                    self.note(name, message);
                    None
                }
            },
        }
    }

    /// A value of the library, or its errors noted at the fields of the same names.
    pub(crate) fn check<T>(&mut self, outcome: Result<T, Invalid>) -> Option<T> {
        outcome.map_err(|invalid| self.errors.extend(invalid.fields().iter().cloned())).ok()
    }

    /// Notes what is wrong with a field.
    pub(crate) fn note(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }
}

/// The place where a form leaves its entries for the page of an error; an extension of the request.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<OnceLock<Entries>>);

impl Kept {
    pub(super) fn keep(&self, entries: &Entries) {
        // Only the first form of a request is read.
        let _ = self.0.set(without_secrets(entries.clone()));
    }

    pub(super) fn entries(&self) -> Option<&Entries> {
        self.0.get()
    }
}

/// The entries without passwords, which are never sent back.
pub(super) fn without_secrets(mut entries: Entries) -> Entries {
    entries.remove(|name| name.contains("password"));
    entries
}
