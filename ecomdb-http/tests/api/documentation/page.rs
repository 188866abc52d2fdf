//! `/docs`

use axum::http::Method;

use crate::support::TestApp;

#[test]
fn the_page_and_its_files_come_from_the_server_alone() {
    let app = TestApp::empty();
    let redirect = app.get("/docs");
    assert_eq!((redirect.status.as_u16(), redirect.header("Location")), (308, "/docs/index.html"));
    let page = app.get("/docs/index.html");
    assert_eq!((page.status.as_u16(), page.header("Content-Type")), (200, "text/html"));
    assert!(!page.text.contains("://"), "{}", page.text);
    for script in page.text.split("<script").skip(1) {
        assert!(script.split('>').next().unwrap().contains("src="), "an inline script would not run: {script}");
    }
    let policy = page.header("Content-Security-Policy");
    for rule in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    for (file, media_type) in [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")] {
        let answer = app.get(&format!("/docs/{file}"));
        assert_eq!((answer.status.as_u16(), answer.header("Content-Type")), (200, media_type), "{file}");
    }
}

#[test]
fn what_is_no_file_of_the_page_is_not_found() {
    let app = TestApp::empty();
    for file in ["nothing.js", "..%2F..%2FCargo.toml", "%2Fetc%2Fpasswd", "%00"] {
        app.get(&format!("/docs/{file}")).problem(404, "unknown-route");
    }
}

#[test]
fn the_page_and_the_document_are_for_the_names_of_the_server_only() {
    let app = TestApp::empty();
    for uri in ["/docs/index.html", "/api/openapi.json"] {
        app.ask_exactly(Method::GET, uri, &[("Host", "elsewhere.example")], "").problem(421, "misdirected-request");
    }
}
