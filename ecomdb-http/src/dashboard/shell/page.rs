//! Pages as responses, and the values of the layout.

use std::time::Instant;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    SET_COOKIE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::flash::Flash;
use super::form::new_key;
use super::navigation::{Link, Section};
use super::notice::Notice;
use super::paths::own_path;
use super::theme::Theme;
use super::visit::Shop;
use crate::dashboard::assets;
use crate::problem::Problem;
use crate::respond::Answer;

/// Headers of every page. Scripts and styles come from this server's own files only. With `no-referrer`, browsers would
/// send forms with `Origin: null`.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types page",
        ),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    // Not `no-store`, because Back would then load the page again.
    (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
];

/// The values of the layout. Each template has them in its field `shell`.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) section: Option<Section>,
    /// The navigation.
    pub(crate) links: Vec<Link>,
    /// The message of the last form.
    pub(crate) notice: Option<Notice>,
    pub(crate) shop: Shop,
    /// Name of the user; `None` if nobody is logged in.
    pub(crate) user: Option<String>,
    pub(crate) authenticates: bool,
    pub(crate) theme: Theme,
    /// Text in the search box.
    pub(crate) search: String,
    /// Path and query of this page.
    pub(crate) address: String,
    pub(super) started: Instant,
}

impl Shell {
    /// The same values, with this text in the search box.
    pub(crate) fn searching(self, text: impl Into<String>) -> Self {
        Self { search: text.into(), ..self }
    }

    /// The path of a file of the dashboard: `{{ shell.asset("dashboard.css")? }}`.
    pub(crate) fn asset(&self, name: &str) -> Result<&'static str, String> {
        assets::asset(name)
    }

    /// The currency of all amounts; empty if it is not set.
    pub(crate) fn currency(&self) -> &str {
        self.shop.currency.as_deref().unwrap_or_default()
    }

    /// A new idempotency key, for a form without fields.
    pub(crate) fn key(&self) -> String {
        new_key()
    }

    /// Whether this link of the navigation leads to the section of the page.
    pub(crate) fn is_in(&self, link: &Link) -> bool {
        self.section == Some(link.section)
    }

    pub(crate) const fn themes(&self) -> [Theme; 3] {
        Theme::ALL
    }

    /// How long the server took so far, in milliseconds.
    pub(crate) fn took(&self) -> String {
        let micros = self.started.elapsed().as_micros();
        format!("{}.{}", micros / 1000, micros / 100 % 10)
    }
}

/// 200 with this page.
pub(crate) fn render(template: &impl askama::Template) -> Answer {
    page(StatusCode::OK, template)
}

/// 200 with a page that shows a secret once, and must not be cached.
pub(crate) fn once_only(template: &impl askama::Template) -> Answer {
    let mut response = page(StatusCode::OK, template)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// 422 with the page of the form, which shows its entries and errors. The title begins with "Error".
pub(crate) fn refuse_form(template: &impl askama::Template) -> Answer {
    let html = text(template)?.replacen("<title>", "<title>Error: ", 1);
    Ok(html_page(StatusCode::UNPROCESSABLE_ENTITY, html))
}

/// 303 to a path of this server after a form, with a message for the next page.
pub(crate) fn see_other(path: &str, flash: Option<Flash>) -> Answer {
    let location = HeaderValue::try_from(own_path(path).unwrap_or("/")).map_err(Problem::internal)?;
    let mut headers = HeaderMap::from_iter([(LOCATION, location)]);
    if let Some(cookie) = flash.and_then(Flash::header) {
        headers.append(SET_COOKIE, cookie);
    }
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// This page with this status.
pub(crate) fn page(status: StatusCode, template: &impl askama::Template) -> Answer {
    text(template).map(|html| html_page(status, html))
}

fn text(template: &impl askama::Template) -> Result<String, Problem> {
    template.render().map_err(Problem::internal)
}

fn html_page(status: StatusCode, html: String) -> Response {
    (status, HEADERS, html).into_response()
}
