//! `/login`, `/logout`, and pages and forms without a session.

use axum::http::Method;
use ecomdb::{Database, Role, UserId};

use super::visitor::Visitor;
use crate::support::people::{PASSWORD, employ, give_password};
use crate::support::{TestApp, sales};

const ADA: UserId = UserId::new(1);

/// A shop with authentication and a member of the staff (user 3).
fn shop() -> TestApp {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    employ(&db, "staff@example.com", Role::Staff);
    TestApp::guarded(db)
}

const STAFF: UserId = UserId::new(3);

fn login<'a>(password: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("email", "staff@example.com"), ("password", password)], more].concat()
}

#[test]
fn whoever_is_not_logged_in_is_led_to_the_login_and_back() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let led = visitor.get("/?period=7d");
    assert_eq!((led.status.as_u16(), led.header("Location")), (303, "/login?return=%2F%3Fperiod%3D7d"));
    let form = visitor.get(led.header("Location"));
    form.page(200);
    let back = visitor.post("/login", &login(PASSWORD, &[("return", &form.input("return"))]));
    assert_eq!((back.status.as_u16(), back.header("Location")), (303, "/?period=7d"));
    assert!(back.header("Set-Cookie").contains("HttpOnly; SameSite=Strict"), "{}", back.header("Set-Cookie"));
    assert!(visitor.get("/").page(200).contains("Some Body"));
}

#[test]
fn the_login_leads_to_paths_of_this_server_only() {
    let app = shop();
    for foreign in ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/\t/evil"] {
        let back = Visitor::new(&app).post("/login", &login(PASSWORD, &[("return", foreign)]));
        assert_eq!((back.status.as_u16(), back.header("Location")), (303, "/"), "{foreign}");
    }
}

#[test]
fn a_wrong_password_says_so_keeps_the_address_and_counts() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let again = visitor.post("/login", &login("a guess", &[("return", "/orders")]));
    assert!(again.page(401).contains("The e-mail address or the password is wrong."));
    assert_eq!((again.input("email"), again.input("return")), ("staff@example.com".into(), "/orders".into()));
    assert_eq!((again.input("password"), again.header("WWW-Authenticate")), (String::new(), ""));
    assert!(!again.text.contains("a guess"));
    while visitor.post("/login", &login("a guess", &[])).status == 401 {}
    let locked = visitor.post("/login", &login(PASSWORD, &[]));
    assert!(locked.page(429).contains("Too many login attempts"));
    assert!(locked.header("Retry-After").parse::<u32>().unwrap() > 0);
}

#[test]
fn a_logout_ends_the_session_and_empties_the_cache() {
    let app = shop();
    let visitor = Visitor::new(&app);
    visitor.post("/login", &login(PASSWORD, &[]));
    let out = visitor.post("/logout", &[]);
    assert_eq!((out.status.as_u16(), out.header("Location")), (303, "/login"));
    assert_eq!(out.header("Clear-Site-Data"), "\"cache\"");
    assert_eq!(visitor.cookie("ecomdb_session"), None);
    assert!(visitor.get("/login").page(200).contains("You are logged out."));
    assert_eq!(visitor.get("/").status, 303);
}

#[test]
fn a_form_that_is_sent_after_the_session_ended_is_kept() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let entries =
        [("key", "k1"), ("return", "/orders/7"), ("amount", "12.50"), ("note", "<b>&"), ("password", "secret")];
    let asked = visitor.post("/theme-that-needs-a-session", &entries);
    asked.page(404);
    let asked = visitor.post("/logout", &entries);
    asked.page(401);
    assert!(!asked.text.contains("secret"), "a password is never sent back");
    let (resume, kept) = (asked.input("resume"), asked.input("kept"));
    assert_eq!(resume, "/logout");
    let wrong = visitor.post("/login", &login("a guess", &[("resume", &resume), ("kept", &kept)]));
    assert_eq!((wrong.input("resume"), wrong.input("kept")), (resume.clone(), kept.clone()));
    let back = visitor.post("/login", &login(PASSWORD, &[("resume", &resume), ("kept", &kept)]));
    back.page(200);
    assert!(back.text.contains("action=\"/logout\""));
    for (name, value) in &entries[..4] {
        assert_eq!(back.input(name), *value);
    }
    assert_eq!(back.input("resumed"), "1");
}

#[test]
fn a_button_that_is_pressed_after_the_session_ended_leads_to_the_login() {
    let app = shop();
    let led = Visitor::new(&app).post("/logout", &[("key", "k1"), ("return", "/orders")]);
    assert_eq!((led.status.as_u16(), led.header("Location")), (303, "/login?return=%2Forders"));
}

#[test]
fn a_link_on_another_site_leads_to_the_page() {
    let app = shop();
    let visitor = Visitor::of(&app, STAFF);
    for site in ["cross-site", "same-site"] {
        // The browser withholds the Strict cookie.
        let first = Visitor::new(&app).send(Method::GET, "/", &[("Sec-Fetch-Site", site)], String::new());
        assert!(first.page(200).contains("<meta http-equiv=\"refresh\" content=\"0\">"), "{site}");
    }
    assert!(visitor.get("/").page(200).contains("Overview"));
}

#[test]
fn a_customer_is_told_that_the_dashboard_is_for_staff() {
    let app = shop();
    give_password(&app.db, ADA);
    let ada = Visitor::of(&app, ADA);
    let page = ada.get("/");
    assert!(page.page(403).contains("The dashboard is for the people who work in the shop."));
    assert!(!page.text.contains("<nav"));
    assert_eq!(ada.post("/logout", &[]).status, 303);
    assert_eq!(ada.get("/").status, 303);
}

#[test]
fn without_authentication_everybody_is_the_operator_and_a_line_says_so() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/");
    assert!(page.page(200).contains("Authentication is off"));
    assert!(!page.text.contains("Log out"));
    for answer in [visitor.get("/login"), visitor.post("/login", &login(PASSWORD, &[]))] {
        assert_eq!((answer.status.as_u16(), answer.header("Location")), (303, "/"));
    }
    assert_eq!(
        Visitor::new(&app).send(Method::GET, "/", &[("Sec-Fetch-Site", "cross-site")], String::new()).status,
        200
    );
}

#[test]
fn a_page_of_another_site_cannot_log_anyone_in_or_out() {
    let app = shop();
    let visitor = Visitor::of(&app, STAFF);
    for headers in [[("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")], [("Origin", "null")]] {
        for path in ["/login", "/logout", "/theme"] {
            let headers = [&headers[..], &[("Content-Type", "application/x-www-form-urlencoded")]].concat();
            let refused = visitor.send(Method::POST, path, &headers, "theme=dark".to_owned());
            assert!(refused.page(403).contains("Cross-site request"), "{path}");
        }
    }
    visitor.get("/").page(200);
}
