//! Saved views: named addresses of the list. They are stored in a cookie of the browser, like bookmarks that the page
//! shows itself.

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use form_urlencoded::Serializer;

use crate::dashboard::shell::{Fields, Form, FromEntries, cookie, own_path, see_other, set_cookie};
use crate::respond::Answer;

const COOKIE: &str = "order_views";

/// A year, in seconds.
const KEPT: u32 = 31_536_000;

/// Maximum number of views, and their maximum size in bytes: browsers drop larger cookies.
const MOST: usize = 12;
const LARGEST: usize = 3_500;

/// Maximum length of a name in characters, and of an address in bytes.
const LONGEST_NAME: usize = 40;
const LONGEST_ADDRESS: usize = 200;

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dashboard) struct View {
    pub(super) name: String,
    /// Path and query of the list.
    pub(super) address: String,
}

impl View {
    /// `None` if it is not a valid view, for example because another program has written the cookie.
    fn new(name: &str, address: &str) -> Option<Self> {
        let is_list = address == "/orders" || address.starts_with("/orders?");
        let is_view = is_list
            && own_path(address).is_some()
            && address.len() <= LONGEST_ADDRESS
            && (1..=LONGEST_NAME).contains(&name.chars().count())
            && !name.chars().any(char::is_control);
        is_view.then(|| Self { name: name.to_owned(), address: address.to_owned() })
    }
}

/// The views of this browser, in the order in which they were saved.
pub(super) fn views(headers: &HeaderMap) -> Vec<View> {
    let text = cookie(headers, COOKIE).unwrap_or_default();
    let views = form_urlencoded::parse(text.as_bytes()).filter_map(|(name, address)| View::new(&name, &address));
    views.take(MOST).collect()
}

/// The views as the value of the cookie.
fn text(views: &[View]) -> String {
    Serializer::new(String::new()).extend_pairs(views.iter().map(|view| (&view.name, &view.address))).finish()
}

fn keep(response: &mut Response, views: &[View]) {
    let seconds = if views.is_empty() { 0 } else { KEPT };
    if let Some(line) = set_cookie(COOKIE, &text(views), seconds, "Strict") {
        response.headers_mut().append(SET_COOKIE, line);
    }
}

impl FromEntries for View {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let (name, address) = (fields.text("name"), fields.text("address"));
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
            fields.note("name", format!("must have 1 to {LONGEST_NAME} characters"));
        }
        let view = Self::new(name, address);
        if view.is_none() {
            fields.note(
                "address",
                format!("must be the address of a list of orders, of at most {LONGEST_ADDRESS} bytes"),
            );
        }
        view
    }
}

/// The name of the view to remove.
pub(in crate::dashboard) struct Removed(String);

impl FromEntries for Removed {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self(fields.text("name").to_owned()))
    }
}

/// Saves a view. It replaces one of the same name.
pub(in crate::dashboard) async fn save_view(headers: HeaderMap, mut form: Form<View>) -> Answer {
    let Some(view) = form.take() else { return Err(form.into_problem()) };
    let mut views = views(&headers);
    views.retain(|other| other.name != view.name);
    let mut response = see_other(&view.address, None)?;
    views.push(view);
    if views.len() > MOST || text(&views).len() > LARGEST {
        form.note("", "there are too many views: remove one first");
        return Err(form.into_problem());
    }
    keep(&mut response, &views);
    Ok(response)
}

/// Removes a view.
pub(in crate::dashboard) async fn remove_view(headers: HeaderMap, mut form: Form<Removed>) -> Answer {
    let Some(Removed(name)) = form.take() else { return Err(form.into_problem()) };
    let mut views = views(&headers);
    views.retain(|view| view.name != name);
    let mut response = see_other(&form.return_path("/orders"), None)?;
    keep(&mut response, &views);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_list_of_orders_under_a_name() {
        assert!(View::new("To pay", "/orders?tab=unpaid").is_some());
        assert!(View::new("All", "/orders").is_some());
        let long = "x".repeat(LONGEST_NAME + 1);
        for (name, address) in [
            ("", "/orders"),
            (long.as_str(), "/orders"),
            ("a\nb", "/orders"),
            ("Evil", "//evil.example"),
            ("Evil", "/ordersX"),
            ("Evil", "/orders/1/cancel"),
            ("Evil", "javascript:alert(1)"),
        ] {
            assert_eq!(View::new(name, address), None, "{name:?} {address}");
        }
        assert_eq!(View::new("Long", &format!("/orders?x={}", "y".repeat(LONGEST_ADDRESS))), None);
    }
}
