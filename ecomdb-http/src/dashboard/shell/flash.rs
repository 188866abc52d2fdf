//! Messages about a form, shown once on the next page. They travel in a cookie for 30 seconds, which holds a message's
//! name and ids, never text, so that an attacker cannot plant other text.

use axum::http::HeaderMap;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::Response;
use ecomdb::Money;

use super::cookies::{cookie, set_cookie};
use super::notice::{
    About, Notice, Undo, category, customer, edit, field, group, ledger, product, user, voucher, words,
};

const COOKIE: &str = "flash";

/// Seconds that a message is kept for the next page.
const KEPT: u32 = 30;

/// The declaration of a message, and its numbers with their names.
struct Parts {
    word: &'static str,
    text: &'static str,
    about: Option<About>,
    numbers: Vec<(&'static str, i64)>,
}

macro_rules! flashes {
    ($($(#[$doc:meta])* $name:ident($($number:ident),*) = $word:literal, $text:literal $(, about $about:ident)?;)+) => {
        /// A message, and the ids and amounts (minor units) in it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Flash {
            $($(#[$doc])* $name { $($number: i64),* },)+
        }

        impl Flash {
            fn parts(self) -> Parts {
                match self {
                    $(Self::$name { $($number),* } => {
                        let numbers = vec![$((stringify!($number), $number)),*];
                        Parts { word: $word, text: $text, about: [$($about as About)?].first().copied(), numbers }
                    })+
                }
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

        /// One message of each kind.
        #[cfg(test)]
        const EACH: &[Flash] = &[$(Flash::$name { $($number: 7),* }),+];
    };
}

// Each message: its name in the cookie, its text with placeholders for its numbers, and what it links to.
flashes! {
    /// The session has ended.
    LoggedOut() = "logged-out", "You are logged out.";
    /// An order was placed.
    OrderPlaced(order) = "order-placed", "Order {order} is placed.";
    /// An order was cancelled.
    OrderCancelled(order) = "order-cancelled", "Order {order} is cancelled.";
    /// A payment of an order was captured.
    PaymentTaken(order, amount) = "payment-taken", "{amount} is taken for order {order}.";
    /// A payment of an order was started.
    PaymentStarted(order, amount) = "payment-started", "{amount} waits to be captured for order {order}.";
    /// A payment of an order was marked as failed.
    PaymentFailed(order, amount) = "payment-failed", "{amount} is marked as failed for order {order}.";
    /// A late payment was given back.
    PaymentReturned(order, amount) = "payment-returned", "{amount} of order {order} is marked as returned.";
    /// The hold of an order was extended.
    HoldExtended(order) = "hold-extended", "The hold of order {order} is extended.";
    /// An address of an order was set or removed.
    AddressChanged(order) = "address-changed", "The addresses of order {order} are changed.";
    /// A part of an order was given back.
    Refunded(order, amount) = "refunded", "{amount} is given back for order {order}.";
    /// A product was created.
    ProductCreated(id) = "product-created", "The product is created.", about product;
    /// A product was changed.
    ProductChanged(id) = "product-changed", "The product is changed.", about product;
    /// Nothing but the price of a product was changed.
    PriceChanged(id, before, now) = "price-changed", "The price is {now} now; it was {before}.", about product;
    /// An archived product was restored.
    ProductArchived(id) = "product-archived", "The product is archived: nobody can order it.", about product;
    /// A product is sold again.
    ProductUnarchived(id) = "product-unarchived", "The product can be ordered again.", about product;
    /// A category was created.
    CategoryCreated(id) = "category-created", "The category is created.", about category;
    /// A category was changed.
    CategoryChanged(id) = "category-changed", "The category is changed.", about category;
    /// A category was moved; the parent 0 is the top level.
    CategoryMoved(id, from, to) = "category-moved", "The category is moved.", about category;
    /// A category was deleted.
    CategoryDeleted() = "category-deleted", "The category is deleted.";
    /// A product group was created.
    GroupCreated(id) = "group-created", "The group is created.", about group;
    /// A product group was changed.
    GroupChanged(id) = "group-changed", "The group is changed.", about group;
    /// A product group was deleted.
    GroupDeleted() = "group-deleted", "The group is deleted.";
    /// A voucher was created.
    VoucherCreated(id) = "voucher-created", "The voucher is created.", about voucher;
    /// A voucher was changed.
    VoucherChanged(id) = "voucher-changed", "The voucher is changed.", about voucher;
    /// A voucher was deleted.
    VoucherDeleted() = "voucher-deleted", "The voucher is deleted.";
    /// A customer was created.
    CustomerCreated(id) = "customer-created", "The customer is created.", about customer;
    /// A customer was changed.
    CustomerChanged(id) = "customer-changed", "The customer is changed.", about customer;
    /// A customer was disabled.
    CustomerDisabled(id) = "customer-disabled", "The customer is disabled: they can neither log in nor order.",
        about customer;
    /// A customer was enabled again.
    CustomerEnabled(id) = "customer-enabled", "The customer can log in and order again.", about customer;
    /// A customer was made anonymous.
    CustomerAnonymised(id) = "customer-anonymised", "The customer is anonymous now.", about customer;
    /// The settings of the shop were changed.
    SettingsChanged() = "settings-changed", "The settings are changed.";
    /// The user's own password was changed, which ends all sessions.
    PasswordChanged() = "password-changed", "Your password is changed. Log in with the new one.";
    /// Sessions were ended.
    SessionsEnded(sessions) = "sessions-ended", "{sessions} ended.";
    /// A member was created.
    MemberCreated(id) = "member-created", "The user is created, and can log in.", about user;
    /// The role of a user was set.
    RoleChanged(id) = "role-changed", "The role is changed, at once.", about user;
    /// The password of a user was set.
    PasswordSet(id) = "password-set", "The password is set, and the sessions of the user have ended.", about user;
    /// A user was disabled.
    UserDisabled(id) = "user-disabled", "The user is disabled, and can neither log in nor order.", about user;
    /// A user was enabled.
    UserEnabled(id) = "user-enabled", "The user is enabled.", about user;
    /// An API key was revoked.
    KeyRevoked(id) = "key-revoked", "The API key {id} is revoked.";
    /// Units were added to the stock of a product, or removed if the number is negative.
    StockBooked(product, units) = "stock-booked", "{units} recorded.", about ledger;
}

/// The form that undoes the change; `None` if it cannot be undone.
fn undo(flash: Flash) -> Option<Undo> {
    let (action, fields) = match flash {
        Flash::PriceChanged { id, before, now } => {
            let [before, now] = [before, now].map(Money::from_minor);
            (format!("/products/{id}/edit"), edit("price", now, before))
        }
        Flash::ProductArchived { id } => (format!("/products/{id}/unarchive"), Vec::new()),
        Flash::ProductUnarchived { id } => (format!("/products/{id}/archive"), Vec::new()),
        Flash::CategoryMoved { id, from, to } => {
            let parent = |id: i64| if id == 0 { String::new() } else { id.to_string() };
            (format!("/categories/{id}/edit"), edit("parent_id", parent(to), parent(from)))
        }
        Flash::CustomerDisabled { id } => (format!("/customers/{id}/enable"), Vec::new()),
        Flash::CustomerEnabled { id } => (format!("/customers/{id}/disable"), Vec::new()),
        Flash::UserDisabled { id } => (format!("/settings/users/{id}/status"), vec![field("status", "active")]),
        Flash::UserEnabled { id } => (format!("/settings/users/{id}/status"), vec![field("status", "disabled")]),
        Flash::StockBooked { product, units } => {
            let back = field("units", units.saturating_neg());
            let fields = vec![field("kind", "adjust"), back, field("note", "Undone")];
            (format!("/inventory/{product}/book"), fields)
        }
        _ => return None,
    };
    Some(Undo { action, fields })
}

impl Flash {
    /// The message, ready to be shown.
    pub(super) fn notice(self) -> Notice {
        let Parts { text, about, numbers, .. } = self.parts();
        let link = about.zip(numbers.first()).map(|(about, (_, id))| about(*id));
        Notice { text: words(text, &numbers), link, undo: undo(self) }
    }

    fn to_text(self) -> String {
        let Parts { word, numbers, .. } = self.parts();
        numbers.iter().fold(word.to_owned(), |text, (_, number)| format!("{text}.{number}"))
    }

    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        cookie(headers, COOKIE).and_then(Self::from_text)
    }

    /// The header that passes it to the next page.
    pub(super) fn header(self) -> Option<HeaderValue> {
        set_cookie(COOKIE, &self.to_text(), KEPT, "Strict")
    }
}

/// The header that deletes the message after it was shown.
pub(super) fn forget(response: &mut Response) {
    if let Some(cookie) = set_cookie(COOKIE, "", 0, "Strict") {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_a_word_of_its_own_and_words_for_its_numbers() {
        for flash in EACH {
            assert_eq!(Flash::from_text(&flash.to_text()), Some(*flash));
            let text = flash.notice().text;
            assert!(text.ends_with('.') && !text.contains('{'), "{text}");
        }
        for text in ["", "order-placed", "order-placed.x", "order-placed.1.2", "logged-out.1", "evil"] {
            assert_eq!(Flash::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_shown_by_what_they_are() {
        for (flash, text) in [
            (Flash::PaymentTaken { order: 7, amount: 123_456 }, "1,234.56 is taken for order 7."),
            (Flash::PriceChanged { id: 1, before: 500, now: 600 }, "The price is 6.00 now; it was 5.00."),
            (Flash::SessionsEnded { sessions: 1 }, "1 session has ended."),
            (Flash::StockBooked { product: 1, units: -3 }, "−3 units are recorded."),
        ] {
            assert_eq!(flash.notice().text, text);
        }
        let undo = Flash::StockBooked { product: 1, units: -3 }.notice().undo.unwrap();
        assert_eq!((undo.action.as_str(), undo.fields[1].1.as_str()), ("/inventory/1/book", "3"));
        assert!(Flash::OrderPlaced { order: 7 }.notice().undo.is_none(), "an order is cancelled, not undone");
    }
}
