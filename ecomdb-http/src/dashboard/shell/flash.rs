//! Messages after a form, shown once on the next page. They travel in a cookie of 30 seconds that holds a word of this
//! program and ids, never text, so that nobody can plant other words.

use axum::http::HeaderMap;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::Response;

use super::cookies::{cookie, set_cookie};

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
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Notice {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None, undo: None }
    }
}

impl Flash {
    /// The words of the message, and how to undo what it is about.
    pub(super) fn notice(self) -> Notice {
        match self {
            Self::LoggedOut {} => Notice::new("You are logged out."),
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
