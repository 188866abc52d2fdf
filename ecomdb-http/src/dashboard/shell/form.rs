//! Forms: their entries, the values read from them, and their errors.

use axum::extract::{FromRequest, Request};
use ecomdb::{FieldError, IdempotencyKey};
use rand::RngExt as _;

use super::edit::originals;
use super::entries::{Entries, Fields, FromEntries, Kept};
use super::paths::own_path;
use crate::current;
use crate::problem::{Problem, kinds};
use crate::repeats::FormSent;
use crate::state::Shared;

/// Name of the hidden field with the idempotency key.
const KEY: &str = "key";
/// Name of the hidden field with the path to return to.
const RETURN: &str = "return";
/// Name of the hidden field of a form that is shown again after a new login.
pub(super) const RESUMED: &str = "resumed";

/// A sent form, or one that is shown for the first time. `T` is the value read from its entries.
#[derive(Debug)]
pub(crate) struct Form<T> {
    entries: Entries,
    errors: Vec<FieldError>,
    value: Option<T>,
    key: String,
    return_to: Option<String>,
}

impl<T> Form<T> {
    /// A form that is shown for the first time, with these entries, and that leads back to `return_to`.
    pub(crate) fn new(entries: Entries, return_to: &str) -> Self {
        let return_to = own_path(return_to).map(str::to_owned);
        Self { entries, errors: Vec::new(), value: None, key: new_key(), return_to }
    }

    /// The value, unless a field is wrong.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.value.take()
    }

    /// The first entry of this name.
    pub(crate) fn entry(&self, name: &str) -> &str {
        self.entries.value(name)
    }

    /// All entries.
    pub(crate) const fn entries(&self) -> &Entries {
        &self.entries
    }

    /// All entries, to change them before the form is shown again.
    pub(crate) const fn entries_mut(&mut self) -> &mut Entries {
        &mut self.entries
    }

    /// Names and values of the hidden fields with the original values of an edit.
    pub(crate) fn originals(&self) -> impl Iterator<Item = (&str, &str)> {
        originals(&self.entries)
    }

    /// Whether a checkbox is ticked.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.entries.has(name)
    }

    /// Whether this value is selected.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.entries.values(name).any(|given| given == value)
    }

    /// The error of a field.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }

    /// All errors. An error of the whole form has no field.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The idempotency key as text, for the hidden field.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The idempotency key, if the form has a valid one.
    pub(crate) fn idempotency_key(&self) -> Option<IdempotencyKey> {
        IdempotencyKey::new(self.key.as_str()).ok()
    }

    /// The form as sent by the current caller, for operations without an idempotency key of the library.
    pub(crate) fn once(&self) -> Option<FormSent> {
        FormSent::new(current::caller().and_then(|caller| caller.user()), &self.key, &self.entries)
    }

    /// The path to return to, if the form names a path of this server.
    pub(crate) fn return_path(&self, otherwise: &str) -> String {
        self.return_to.as_deref().unwrap_or(otherwise).to_owned()
    }

    /// The path to return to, for the hidden field; may be empty.
    pub(crate) fn returns(&self) -> &str {
        self.return_to.as_deref().unwrap_or_default()
    }

    /// Notes an error of a field, or, with an empty `field`, of the whole form.
    pub(crate) fn note(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Notes why the shop refused the form, so that it can be shown again. Returns problems that do not concern the
    /// entries.
    pub(crate) fn refuse(&mut self, problem: Problem) -> Result<(), Problem> {
        if problem.is(&kinds::KEY_REUSED) {
            self.key = new_key();
            self.note("", "this form was already sent with other entries: check what it did before you send it again");
            return Ok(());
        }
        if !matches!(problem.kind().status(), 409 | 412 | 422) {
            return Err(problem);
        }
        match problem.errors() {
            [] => self.note("", problem.detail()),
            errors => errors.iter().for_each(|error| {
                // Without a form around it, the message names its field.
                let message = error.message.strip_prefix(&error.field).and_then(|rest| rest.strip_prefix(": "));
                self.note(&error.field, message.unwrap_or(&error.message));
            }),
        }
        Ok(())
    }

    /// The errors as a problem, for forms without a page of their own.
    pub(crate) fn into_problem(self) -> Problem {
        match self.errors.iter().find(|error| error.field.is_empty()) {
            Some(error) => Problem::new(&kinds::INVALID, error.message.clone()),
            None => Problem::fields(&kinds::INVALID, self.errors),
        }
    }
}

impl<T: FromEntries> Form<T> {
    /// Reads a form that was sent.
    fn sent(mut entries: Entries) -> Self {
        let (key, return_to) = (entries.value(KEY).to_owned(), own_path(entries.value(RETURN)).map(str::to_owned));
        let is_resumed = entries.has(RESUMED);
        entries.remove(|name| [KEY, RETURN, RESUMED].contains(&name));
        let mut errors = Vec::new();
        let value = T::from_entries(&mut Fields::new(&entries, &mut errors));
        let mut form = Self { entries, errors, value, key, return_to };
        if is_resumed {
            form.note("", "you have logged in again: check the entries, then send them");
        }
        form.value = form.value.take().filter(|_| form.errors.is_empty());
        form
    }
}

impl<T: FromEntries> FromRequest<Shared> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        let kept = request.extensions().get::<Kept>().cloned();
        let entries = Entries::read(request, app, app.largest_body()).await?;
        if let Some(kept) = kept {
            kept.keep(&entries);
        }
        Ok(Self::sent(entries))
    }
}

/// A random idempotency key.
pub(super) fn new_key() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

#[cfg(test)]
mod tests {
    use ecomdb::Money;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Payment {
        amount: Money,
        note: Option<String>,
    }

    impl FromEntries for Payment {
        fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
            let (amount, note) = (fields.required("amount"), fields.optional("note"));
            Some(Self { amount: amount?, note: note? })
        }
    }

    fn sent(pairs: &[(&str, &str)]) -> Form<Payment> {
        Form::sent(pairs.iter().copied().collect())
    }

    #[test]
    fn a_form_is_its_value_and_where_to_return() {
        let mut form = sent(&[("key", "k1"), ("return", "/orders?page=2"), ("amount", " 12.50 "), ("note", "")]);
        assert_eq!(form.take(), Some(Payment { amount: Money::from_minor(1250), note: None }));
        assert_eq!((form.key(), form.return_path("/").as_str()), ("k1", "/orders?page=2"));
        assert_eq!(sent(&[("return", "//evil.example")]).return_path("/orders"), "/orders");
    }

    #[test]
    fn what_is_wrong_is_named_and_the_entries_are_kept() {
        let mut form = sent(&[("amount", "a lot"), ("note", "for Ada")]);
        assert_eq!(form.take(), None);
        assert!(form.error("amount").unwrap().starts_with("must be a decimal amount"));
        assert_eq!((form.entry("amount"), form.entry("note"), form.error("note")), ("a lot", "for Ada", None));
        assert_eq!(sent(&[]).error("amount"), Some("must be given"));
    }

    #[test]
    fn a_form_that_comes_back_after_a_login_is_shown_before_it_counts() {
        let mut form = sent(&[("resumed", "1"), ("key", "k1"), ("amount", "12.50")]);
        assert_eq!(form.take(), None);
        assert_eq!((form.errors().len(), form.entry("amount"), form.key()), (1, "12.50", "k1"));
    }

    #[test]
    fn only_what_concerns_the_entries_is_noted() {
        let mut form = sent(&[("amount", "1")]);
        form.refuse(Problem::field(&kinds::INVALID, "amount", "must be less")).unwrap();
        assert_eq!(form.error("amount"), Some("must be less"));
        form.refuse(Problem::new(&kinds::OVERPAYMENT, "5.00 are due")).unwrap();
        assert_eq!(form.error(""), Some("5.00 are due"));
        assert!(form.refuse(Problem::new(&kinds::OVERLOADED, "later")).unwrap_err().is(&kinds::OVERLOADED));
        assert!(form.refuse(Problem::new(&kinds::NOT_FOUND, "no order 7")).is_err());
    }

    #[test]
    fn a_key_that_was_used_for_other_entries_is_replaced() {
        let mut form = sent(&[("key", "k1"), ("amount", "1")]);
        form.refuse(Problem::new(&kinds::KEY_REUSED, "reused")).unwrap();
        assert!(form.key() != "k1" && form.key().len() == 32, "{}", form.key());
    }
}
