//! A browser: it keeps cookies, sends its origin, and fills in forms.

use std::cell::RefCell;
use std::collections::BTreeMap;

use axum::http::Method;
use ecomdb::{Role, UserId};
use form_urlencoded::Serializer;

use crate::support::people::{employ, session};
use crate::support::{Answer, TestApp};

/// A browser on the page of a shop.
pub(crate) struct Visitor<'a> {
    app: &'a TestApp,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl<'a> Visitor<'a> {
    /// An anonymous visitor, or the operator of a server without authentication.
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: RefCell::default() }
    }

    /// The user, logged in.
    pub(crate) fn of(app: &'a TestApp, user: UserId) -> Self {
        let visitor = Self::new(app);
        visitor.keep("ecomdb_session", &session(&app.db, user));
        visitor
    }

    /// A new member of the staff, logged in.
    pub(crate) fn staff(app: &'a TestApp) -> Self {
        Self::of(app, employ(&app.db, "staff@example.com", Role::Staff))
    }

    pub(crate) fn get(&self, uri: &str) -> Answer {
        self.send(Method::GET, uri, &[("Sec-Fetch-Site", "same-origin")], String::new())
    }

    /// Sends a form of these entries.
    pub(crate) fn post(&self, uri: &str, entries: &[(&str, &str)]) -> Answer {
        let body = Serializer::new(String::new()).extend_pairs(entries).finish();
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", "http://localhost"),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        self.send(Method::POST, uri, &headers, body)
    }

    /// Sends a form, and follows the redirect.
    pub(crate) fn submit(&self, uri: &str, entries: &[(&str, &str)]) -> Answer {
        let answer = self.post(uri, entries);
        assert_eq!(answer.status, 303, "{}", answer.text);
        self.get(answer.header("Location"))
    }

    pub(crate) fn send(&self, method: Method, uri: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let cookies: Vec<_> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut all = vec![("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        all.extend(Some(("Cookie", cookies.as_str())).filter(|(_, cookies)| !cookies.is_empty()));
        all.extend(headers);
        let answer = self.app.ask(method, uri, &all, body);
        for line in answer.headers.get_all("Set-Cookie") {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.keep(name, value);
            }
        }
        answer
    }

    pub(crate) fn keep(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }
}

impl Answer {
    /// The text of a page with this status; checks the properties that all pages share.
    #[track_caller]
    pub(crate) fn page(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("Content-Type"), "text/html; charset=utf-8");
        assert_eq!(self.header("Referrer-Policy"), "same-origin");
        assert!(self.header("Content-Security-Policy").contains("script-src 'self'; style-src 'self'"));
        assert!(!self.text.contains("style=\"") && !self.text.contains("<script>"), "{}", self.text);
        &self.text
    }

    /// The value of the first input of this name.
    #[track_caller]
    pub(crate) fn input(&self, name: &str) -> String {
        let named = format!(" name=\"{name}\"");
        // The layout has forms of its own around the page.
        let (_, main) = self.text.split_once("<main").unwrap();
        let element = main.split('<').find(|element| element.contains(&named));
        let element = element.unwrap_or_else(|| panic!("no field {name} in {}", self.text));
        let value = element.split(" value=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
        unescaped(value.unwrap_or_default())
    }

    /// The text of the page without markup.
    pub(crate) fn words(&self) -> String {
        let text = self.text.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        let text = text.collect::<Vec<_>>().join(" ");
        unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")
}
