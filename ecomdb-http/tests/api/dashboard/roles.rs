//! Every page, with its status for every kind of caller; see `auth::matrix`.

use axum::http::Method;
use ecomdb::Database;
use ecomdb::Scope::*;

use crate::auth::matrix::Line;
use crate::support::TestApp;

/// Customers see no page, whatever the scopes of their role are. Whoever is not logged in is led to the login, or keeps
/// what they entered. The statuses are for: anonymous, Ada, Grace, staff, admin, the key without the scope, the key with
/// it.
#[rustfmt::skip]
const LINES: &[Line] = &[
    // The shell
    ("POST /theme", "/theme", "theme=dark", None, [303, 303, 303, 303, 303, 303, 303]),
    ("GET /login", "/login", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("POST /login", "/login", "email=ada%40example.com&password=correct+horse+battery", None, [303, 303, 303, 303, 303, 303, 303]),
    ("POST /logout", "/logout", "", None, [303, 303, 303, 303, 303, 403, 403]),
    // Overview
    ("GET /", "/", "", Some(ReportsRead), [303, 403, 403, 200, 200, 403, 200]),
];

/// The lines above, and one for the files, whose addresses have hashes.
pub(crate) fn lines() -> Vec<Line> {
    let db = Database::open("sqlite::memory:").unwrap();
    let page = TestApp::guarded(db).ask(Method::GET, "/login", &[], "");
    let asset = page.text.split('"').find(|text| text.starts_with("/assets/") && text.ends_with(".css")).unwrap().to_owned();
    let asset: Line = ("GET /assets/{file}", asset.leak(), "", None, [200; 7]);
    LINES.iter().copied().chain([asset]).collect()
}
