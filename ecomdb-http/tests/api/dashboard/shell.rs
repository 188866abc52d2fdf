//! Shared by all pages: headers, navigation, theme, messages, files.

use axum::body::Body;
use axum::http::{Method, Request};
use ecomdb::{Database, Role};

use super::visitor::Visitor;
use crate::support::people::employ;
use crate::support::{TestApp, sales};

fn guarded() -> TestApp {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    TestApp::guarded(db)
}

#[test]
fn pages_run_scripts_and_styles_of_this_server_only_and_are_cached_by_nobody_else() {
    let app = TestApp::shop();
    let page = Visitor::new(&app).get("/");
    page.page(200);
    assert_eq!(
        page.header("Content-Security-Policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types \
         page"
    );
    assert_eq!(page.header("Cache-Control"), "private, no-cache");
    assert_eq!(page.header("X-Content-Type-Options"), "nosniff");
    assert!(!page.text.contains("src=\"http") && !page.text.contains("href=\"http"));
}

#[test]
fn every_file_is_kept_for_good_under_an_address_of_its_content() {
    let app = TestApp::empty();
    let page = Visitor::new(&app).get("/");
    let links: Vec<_> = page.text.split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert!(links.len() > 1, "{}", page.text);
    for link in links {
        let file = Request::get(link.split('#').next().unwrap()).header("Host", "localhost").body(Body::empty());
        let kept = app.header_of(file.unwrap(), "Cache-Control");
        assert_eq!(kept, "public, max-age=31536000, immutable", "{link}");
    }
    app.get("/assets/dashboard.000000000000.css").page(404);
}

#[test]
fn the_navigation_shows_what_the_caller_may_see() {
    let app = guarded();
    let staff = Visitor::staff(&app).get("/");
    let admin = Visitor::of(&app, employ(&app.db, "admin@example.com", Role::Admin)).get("/");
    for page in [staff, admin] {
        page.page(200);
        assert!(page.text.contains("<a href=\"/\" data-go=\"h\" aria-current=\"page\">"));
        assert!(page.text.contains("href=\"/orders\""));
    }
    assert!(!Visitor::new(&app).get("/login").text.contains("<nav"));
}

#[test]
fn the_theme_is_a_cookie_that_the_server_renders() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    assert!(visitor.get("/").page(200).contains("data-theme=\"auto\""));
    let set = visitor.post("/theme", &[("theme", "dark"), ("return", "/?period=7d")]);
    assert_eq!((set.status.as_u16(), set.header("Location")), (303, "/?period=7d"));
    assert_eq!(set.header("Set-Cookie"), "theme=dark; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax");
    assert!(visitor.get("/").page(200).contains("data-theme=\"dark\""));
    let wrong = visitor.post("/theme", &[("theme", "blue")]);
    assert!(wrong.page(422).contains("must be one of auto, light, dark"));
    visitor.keep("theme", "\"><script>");
    assert!(visitor.get("/").page(200).contains("data-theme=\"auto\""));
    let foreign = visitor.post("/theme", &[("theme", "light"), ("return", "//evil.example")]);
    assert_eq!(foreign.header("Location"), "/");
}

#[test]
fn a_message_is_shown_once_and_not_to_a_refresh_in_the_background() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    visitor.keep("flash", "logged-out");
    let refresh = [("Sec-Fetch-Site", "same-origin"), ("x-ecomdb-refresh", "1")];
    assert!(!visitor.send(Method::GET, "/", &refresh, String::new()).text.contains("You are logged out."));
    assert!(visitor.get("/").page(200).contains("You are logged out."));
    assert!(!visitor.get("/").page(200).contains("You are logged out."));
    for unknown in ["gone", "logged-out.1", "", "<b>"] {
        visitor.keep("flash", unknown);
        assert!(!visitor.get("/").page(200).contains("class=\"flash\""), "{unknown}");
    }
}
