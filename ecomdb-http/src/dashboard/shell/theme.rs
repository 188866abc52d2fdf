//! The theme. It is stored in a cookie and rendered on the server, so that pages do not flash in the other theme.

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;

use super::cookies::{cookie, set_cookie};
use super::entries::{Fields, FromEntries};
use super::form::Form;
use super::page::see_other;
use crate::respond::Answer;

const COOKIE: &str = "theme";

/// A year, in seconds.
const KEPT: u32 = 31_536_000;

/// Colours of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// The preference of the visitor's system.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The value of the cookie and of the attribute `data-theme`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The label in the menu.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Auto => "Like the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The icon in the sprite.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Auto => "sun-moon",
            Self::Light => "sun",
            Self::Dark => "moon",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }

    pub(super) fn of(headers: &HeaderMap) -> Self {
        cookie(headers, COOKIE).and_then(Self::of_word).unwrap_or_default()
    }
}

impl FromEntries for Theme {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let theme = Self::of_word(fields.text("theme"));
        if theme.is_none() {
            fields.note("theme", "must be one of auto, light, dark");
        }
        theme
    }
}

/// Sets the theme, and returns to the open page.
pub(crate) async fn set_theme(mut form: Form<Theme>) -> Answer {
    let Some(theme) = form.take() else { return Err(form.into_problem()) };
    let mut response = see_other(&form.return_path("/"), None)?;
    if let Some(cookie) = set_cookie(COOKIE, theme.word(), KEPT, "Lax") {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
