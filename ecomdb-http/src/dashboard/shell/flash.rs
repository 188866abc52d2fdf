//! Messages after a form, shown once on the next page. They travel in a cookie of 30 seconds that holds a word of this
//! program and ids, never text, so that nobody can plant other words.

use axum::http::HeaderMap;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::Response;
use ecomdb::Money;

use super::cookies::{cookie, set_cookie};
use crate::dashboard::format::{counted, money};

const COOKIE: &str = "flash";

/// How long a message waits for the next page, in seconds.
const KEPT: u32 = 30;

macro_rules! flashes {
    ($($(#[$doc:meta])* $name:ident($($number:ident),*) = $word:literal;)+) => {
        /// A message, and the ids and amounts (minor units) in it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Flash {
            $($(#[$doc])* $name { $($number: i64),* },)+
        }

        impl Flash {
            fn to_text(self) -> String {
                let (word, numbers): (&str, Vec<i64>) = match self {
                    $(Self::$name { $($number),* } => ($word, vec![$($number),*]),)+
                };
                numbers.iter().fold(word.to_owned(), |text, number| format!("{text}.{number}"))
            }

            fn from_text(text: &str) -> Option<Self> {
                let (word, numbers) = text.split_once('.').unwrap_or((text, ""));
                let mut numbers = numbers.split('.').filter(|number| !number.is_empty()).map(str::parse::<i64>);
                let flash = match word {
                    $($word => {
                        $(let $number = numbers.next()?.ok()?;)*
                        Self::$name { $($number),* }
                    })+
                    _ => return None,
                };
                numbers.next().is_none().then_some(flash)
            }
        }
    };
}

flashes! {
    /// The session has ended.
    LoggedOut() = "logged-out";
    /// An order was placed.
    OrderPlaced(order) = "order-placed";
    /// An order was cancelled.
    OrderCancelled(order) = "order-cancelled";
    /// A payment of an order was captured.
    PaymentTaken(order, amount) = "payment-taken";
    /// A payment of an order was started.
    PaymentStarted(order, amount) = "payment-started";
    /// A payment of an order was marked as failed.
    PaymentFailed(order, amount) = "payment-failed";
    /// A part of an order was given back.
    Refunded(order, amount) = "refunded";
    /// A product was created.
    ProductCreated(id) = "product-created";
    /// A product was changed.
    ProductChanged(id) = "product-changed";
    /// Nothing but the price of a product was changed.
    PriceChanged(id, before, now) = "price-changed";
    /// A product was archived.
    ProductArchived(id) = "product-archived";
    /// A product is sold again.
    ProductUnarchived(id) = "product-unarchived";
    /// A category was created.
    CategoryCreated(id) = "category-created";
    /// A category was changed.
    CategoryChanged(id) = "category-changed";
    /// A category was moved; 0 stands for the top level.
    CategoryMoved(id, from, to) = "category-moved";
    /// A category was deleted.
    CategoryDeleted() = "category-deleted";
    /// A customer was created.
    CustomerCreated(id) = "customer-created";
    /// A customer was changed.
    CustomerChanged(id) = "customer-changed";
    /// A customer was disabled.
    CustomerDisabled(id) = "customer-disabled";
    /// A customer was enabled again.
    CustomerEnabled(id) = "customer-enabled";
    /// A customer was made anonymous.
    CustomerAnonymised(id) = "customer-anonymised";
    /// The settings of the shop were changed.
    SettingsChanged() = "settings-changed";
    /// The own password was changed, which ends all sessions.
    PasswordChanged() = "password-changed";
    /// Sessions were ended.
    SessionsEnded(count) = "sessions-ended";
    /// A user who can log in was created.
    MemberCreated(id) = "member-created";
    /// The role of a user was set.
    RoleChanged(id) = "role-changed";
    /// The password of a user was set.
    PasswordSet(id) = "password-set";
    /// A user was disabled.
    UserDisabled(id) = "user-disabled";
    /// A user was enabled.
    UserEnabled(id) = "user-enabled";
    /// An API key was revoked.
    KeyRevoked(id) = "key-revoked";
    /// Units were added to the stock of a product, or removed if the number is negative.
    StockBooked(product, units) = "stock-booked";
}

/// A message as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) text: String,
    /// Address and label of a link to what the message is about.
    pub(crate) link: Option<(String, String)>,
    pub(crate) undo: Option<Undo>,
}

/// The inverse form of a change.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    pub(crate) action: String,
    /// Names and values of its hidden fields.
    pub(crate) fields: Vec<(String, String)>,
}

impl Notice {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None, undo: None }
    }

    /// With a link to what it is about.
    fn about(self, link: (String, String)) -> Self {
        Self { link: Some(link), ..self }
    }

    /// With a form that undoes it.
    fn undo(self, action: String, fields: Vec<(String, String)>) -> Self {
        Self { undo: Some(Undo { action, fields }), ..self }
    }
}

/// `40.00 is taken for order 7.`
fn about_money(order: i64, amount: i64, what: &str) -> Notice {
    Notice::new(format!("{} {what} order {order}.", money(Money::from_minor(amount))))
}

fn product(id: i64) -> (String, String) {
    (format!("/products/{id}"), format!("Product {id}"))
}

fn user(id: i64) -> (String, String) {
    (format!("/settings/users/{id}"), format!("User {id}"))
}

fn category(id: i64) -> (String, String) {
    (format!("/categories#category-{id}"), format!("Category {id}"))
}

fn customer(id: i64) -> (String, String) {
    (format!("/customers/{id}"), format!("Customer {id}"))
}

/// The fields of a form that changes a value back, unless it was changed again.
fn edit(field: &str, now: &impl ToString, before: &impl ToString) -> Vec<(String, String)> {
    vec![(field.to_owned(), before.to_string()), (format!("was-{field}"), now.to_string())]
}

impl Flash {
    /// The words of the message, and how to undo what it is about.
    pub(super) fn notice(self) -> Notice {
        match self {
            Self::LoggedOut {} => Notice::new("You are logged out."),
            Self::OrderPlaced { order } => Notice::new(format!("Order {order} is placed.")),
            Self::OrderCancelled { order } => Notice::new(format!("Order {order} is cancelled.")),
            Self::PaymentTaken { order, amount } => about_money(order, amount, "is taken for"),
            Self::PaymentStarted { order, amount } => about_money(order, amount, "waits to be captured for"),
            Self::PaymentFailed { order, amount } => about_money(order, amount, "is marked as failed for"),
            Self::Refunded { order, amount } => about_money(order, amount, "is given back for"),
            Self::ProductCreated { id } => Notice::new("The product is created.").about(product(id)),
            Self::ProductChanged { id } => Notice::new("The product is changed.").about(product(id)),
            Self::PriceChanged { id, before, now } => {
                let [before, now] = [before, now].map(Money::from_minor);
                Notice::new(format!("The price is {} now; it was {}.", money(now), money(before)))
                    .about(product(id))
                    .undo(format!("/products/{id}/edit"), edit("price", &now, &before))
            }
            Self::ProductArchived { id } => Notice::new("The product is archived: nobody can order it.")
                .about(product(id))
                .undo(format!("/products/{id}/unarchive"), Vec::new()),
            Self::ProductUnarchived { id } => Notice::new("The product can be ordered again.")
                .about(product(id))
                .undo(format!("/products/{id}/archive"), Vec::new()),
            Self::CategoryCreated { id } => Notice::new("The category is created.").about(category(id)),
            Self::CategoryChanged { id } => Notice::new("The category is changed.").about(category(id)),
            Self::CategoryMoved { id, from, to } => {
                let parent = |id: i64| if id == 0 { String::new() } else { id.to_string() };
                Notice::new("The category is moved.")
                    .about(category(id))
                    .undo(format!("/categories/{id}/edit"), edit("parent_id", &parent(to), &parent(from)))
            }
            Self::CategoryDeleted {} => Notice::new("The category is deleted."),
            Self::CustomerCreated { id } => Notice::new("The customer is created.").about(customer(id)),
            Self::CustomerChanged { id } => Notice::new("The customer is changed.").about(customer(id)),
            Self::CustomerDisabled { id } => {
                Notice::new("The customer is disabled: they can neither log in nor order.")
                    .about(customer(id))
                    .undo(format!("/customers/{id}/enable"), Vec::new())
            }
            Self::CustomerEnabled { id } => Notice::new("The customer can log in and order again.")
                .about(customer(id))
                .undo(format!("/customers/{id}/disable"), Vec::new()),
            Self::CustomerAnonymised { id } => Notice::new("The customer is anonymous now.").about(customer(id)),
            Self::SettingsChanged {} => Notice::new("The settings are changed."),
            Self::PasswordChanged {} => Notice::new("Your password is changed. Log in with the new one."),
            Self::SessionsEnded { count } => {
                Notice::new(format!("{} ended.", counted(count, "session has", "sessions have")))
            }
            Self::MemberCreated { id } => Notice::new("The user is created, and can log in.").about(user(id)),
            Self::RoleChanged { id } => Notice::new("The role is changed, at once.").about(user(id)),
            Self::PasswordSet { id } => {
                Notice::new("The password is set, and the sessions of the user have ended.").about(user(id))
            }
            Self::UserDisabled { id } => Notice::new("The user is disabled, and can neither log in nor order.")
                .about(user(id))
                .undo(format!("/settings/users/{id}/status"), vec![("status".to_owned(), "active".to_owned())]),
            Self::UserEnabled { id } => Notice::new("The user is enabled.")
                .about(user(id))
                .undo(format!("/settings/users/{id}/status"), vec![("status".to_owned(), "disabled".to_owned())]),
            Self::KeyRevoked { id } => Notice::new(format!("The API key {id} is revoked.")),
            Self::StockBooked { product, units } => {
                let fields = vec![
                    ("kind".to_owned(), "adjust".to_owned()),
                    ("units".to_owned(), units.saturating_neg().to_string()),
                    ("note".to_owned(), "Undone".to_owned()),
                ];
                Notice::new(format!("{} booked.", counted(units, "unit is", "units are")))
                    .about((format!("/inventory/{product}"), "Ledger".to_owned()))
                    .undo(format!("/inventory/{product}/book"), fields)
            }
        }
    }

    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        cookie(headers, COOKIE).and_then(Self::from_text)
    }

    /// The header that hands it to the next page.
    pub(super) fn header(self) -> Option<HeaderValue> {
        set_cookie(COOKIE, &self.to_text(), KEPT, "Strict")
    }
}

/// Deletes the message from the browser that is shown now.
pub(super) fn forget(response: &mut Response) {
    if let Some(cookie) = set_cookie(COOKIE, "", 0, "Strict") {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
