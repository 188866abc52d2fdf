//! Login and logout over HTTP.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use ecomdb::{Database, Role, UserId, UserPatch, UserStatus};
use ecomdb_http::App;
use serde_json::{Value, json};

use crate::support::people::{PASSWORD, employ, give_password, session};
use crate::support::{Answer, TestApp, sales};

const ADA: UserId = UserId::new(1);
/// More attempts than any limit allows, even if they take long on a busy machine.
const SURELY_TOO_MANY: usize = 200;

/// The shop of [`sales::furnish`], in which Ada can log in.
fn shop() -> TestApp {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    give_password(&db, ADA);
    TestApp::guarded(db)
}

fn log_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post("/api/auth/login", &json!({"email": email, "password": password}))
}

#[test]
fn who_logs_in_is_known_by_the_token_until_logging_out() {
    let app = shop();
    let login = log_in(&app, "Ada@example.com", PASSWORD).good(200);
    assert_eq!(login["user"]["id"], 1);
    assert!(login["expires_at"].as_str().unwrap().ends_with('Z'), "{login}");
    let token = login["token"].as_str().unwrap();
    let me = app.ask_as(token, Method::GET, "/api/auth/me", None).good(200);
    assert_eq!((&me["user"], &me["role"], &me["credential"]), (&login["user"], &json!("customer"), &json!("session")));
    assert!(me["scopes"].as_array().unwrap().contains(&json!("orders:write")), "{me}");
    assert_eq!(app.ask_as(token, Method::POST, "/api/auth/logout", None).status.as_u16(), 204);
    let answer = app.ask_as(token, Method::GET, "/api/auth/me", None);
    answer.problem(401, "unauthenticated");
    assert_eq!(answer.header("WWW-Authenticate"), "Bearer realm=\"ecomdb\", error=\"invalid_token\"");
}

#[test]
fn without_a_token_nothing_of_the_shop_is_told() {
    let app = shop();
    for headers in [vec![], vec![("Authorization", "Basic YWRhOmFkYQ==")], vec![("Authorization", "Bearer")]] {
        let answer = app.ask(Method::GET, "/api/users/1", &headers, "");
        answer.problem(401, "unauthenticated");
        assert_eq!(answer.header("WWW-Authenticate"), "Bearer realm=\"ecomdb\"");
    }
    let two = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")];
    app.ask(Method::GET, "/api/users/1", &two, "").problem(401, "unauthenticated");
}

#[test]
fn logins_that_fail_are_all_answered_alike() {
    let app = shop();
    employ(&app.db, "gone@example.com", Role::Admin);
    let disabled = UserPatch::default().status(UserStatus::Disabled);
    app.db.users().update(UserId::new(3), disabled).unwrap();
    let log_in = |email: &str, password: &str| {
        let mut answer = log_in(&app, email, password);
        assert!(answer.headers.remove("x-request-id").is_some());
        answer
    };
    let wrong = log_in("ada@example.com", "a wrong password");
    wrong.problem(401, "wrong-login");
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("grace@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("ada@example.com", ""),
    ] {
        let answer = log_in(email, password);
        assert_eq!(
            (answer.status, &answer.headers, &answer.text),
            (wrong.status, &wrong.headers, &wrong.text),
            "{email}"
        );
    }
}

#[test]
fn who_guesses_is_stopped_whether_the_account_exists_or_not_and_others_are_not() {
    let app = shop();
    for email in ["ada@example.com", "nobody@example.com"] {
        let mut guesses = std::iter::repeat_with(|| log_in(&app, email, "a guess")).take(SURELY_TOO_MANY);
        let refused = guesses.find(|answer| answer.status != 401).unwrap();
        refused.problem(429, "too-many-attempts");
        let answer = log_in(&app, &email.to_uppercase(), PASSWORD);
        answer.problem(429, "too-many-attempts");
        let seconds: u64 = answer.header("Retry-After").parse().unwrap();
        assert!((1..=31).contains(&seconds), "{seconds}");
    }
    give_password(&app.db, UserId::new(2));
    log_in(&app, "grace@example.com", PASSWORD).good(200);
}

#[test]
fn an_address_is_counted_before_the_body_is_read() {
    let app = shop();
    let log_in = |body: &'static str| {
        let peer: SocketAddr = "192.0.2.1:4711".parse().unwrap();
        let request = Request::post("/api/auth/login").extension(ConnectInfo(peer)).header("Host", "localhost");
        app.send(request.header("Content-Type", "application/json").body(body.into()).unwrap())
    };
    let mut attempts = std::iter::repeat_with(|| log_in("no JSON")).take(SURELY_TOO_MANY);
    attempts.find(|answer| answer.status != 400).unwrap().problem(429, "too-many-attempts");
}

#[test]
fn a_login_has_a_body_of_four_kibibytes_at_the_most() {
    let app = shop();
    let body = |length: usize| {
        let login = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
        format!("{login}{}", " ".repeat(length - login.len()))
    };
    app.post_text("/api/auth/login", body(4097)).problem(413, "body-too-large");
    app.post_text("/api/auth/login", body(4096)).good(200);
}

#[test]
fn too_many_passwords_at_once_are_turned_away_with_503() {
    let db = Database::builder("sqlite::memory:").password_hashers(0).open().unwrap();
    let app = TestApp::guarded(db);
    let answer = log_in(&app, "nobody@example.com", PASSWORD);
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("Retry-After"), "1");
}

#[test]
fn a_changed_password_needs_the_present_one_and_ends_all_sessions() {
    let app = shop();
    let (one, other) = (session(&app.db, ADA), session(&app.db, ADA));
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "password": new});
        app.ask_as(&one, Method::PUT, "/api/auth/password", Some(&body))
    };
    change("a guess", "another horse battery").problem(401, "wrong-login");
    assert_eq!(change(PASSWORD, "short").complains_of(422, "invalid"), ["password"]);
    assert_eq!(change(PASSWORD, "another horse battery").status.as_u16(), 204);
    for token in [&one, &other] {
        app.ask_as(token, Method::GET, "/api/auth/me", None).problem(401, "unauthenticated");
    }
    log_in(&app, "ada@example.com", PASSWORD).problem(401, "wrong-login");
    log_in(&app, "ada@example.com", "another horse battery").good(200);
}

#[test]
fn a_password_that_others_guess_and_the_present_one_are_refused_wherever_one_is_set() {
    let app = shop();
    let admin = session(&app.db, employ(&app.db, "admin@example.com", Role::Admin));
    let ada = session(&app.db, ADA);
    for guessed in ["Password1", "ada@example.com", "Ada Lovelace", PASSWORD] {
        let own = json!({"current_password": PASSWORD, "password": guessed});
        let changed = app.ask_as(&ada, Method::PUT, "/api/auth/password", Some(&own));
        assert_eq!(changed.complains_of(422, "invalid"), ["password"], "{guessed}");
        let set = app.ask_as(&admin, Method::PUT, "/api/users/1/password", Some(&json!({"password": guessed})));
        assert_eq!(set.complains_of(422, "invalid"), ["password"], "{guessed}");
    }
    app.ask_as(&ada, Method::GET, "/api/auth/me", None).good(200);
}

#[test]
fn an_admin_gives_roles_and_passwords() {
    let app = shop();
    let admin = session(&app.db, employ(&app.db, "admin@example.com", Role::Admin));
    let put = |path: &str, body: &Value| app.ask_as(&admin, Method::PUT, path, Some(body));
    assert_eq!(put("/api/users/2/role", &json!({"role": "staff"})).good(200)["role"], "staff");
    assert_eq!(put("/api/users/2/role", &json!({"role": "owner"})).complains_of(422, "invalid"), ["role"]);
    assert_eq!(put("/api/users/2/password", &json!({"password": PASSWORD})).status.as_u16(), 204);
    put("/api/users/9/role", &json!({"role": "staff"})).problem(404, "not-found");
    let grace = log_in(&app, "grace@example.com", PASSWORD).good(200);
    let report = app.ask_as(grace["token"].as_str().unwrap(), Method::GET, "/api/analytics/total-revenue", None);
    report.good(200);
}

#[test]
fn a_role_or_password_among_the_fields_of_a_user_is_refused() {
    let app = shop();
    let (ada, admin) = (session(&app.db, ADA), session(&app.db, employ(&app.db, "admin@example.com", Role::Admin)));
    let before = app.contents();
    for field in ["role", "password", "password_hash"] {
        let body = json!({"first_name": "Eve", field: "admin"});
        let answer = app.ask_as(&ada, Method::PATCH, "/api/users/1", Some(&body));
        assert_eq!(answer.complains_of(422, "invalid"), [field]);
        let body = json!({"email": "eve@example.com", "first_name": "Eve", "last_name": "E", field: "admin"});
        let answer = app.ask_as(&admin, Method::POST, "/api/users", Some(&body));
        assert_eq!(answer.complains_of(422, "invalid"), [field]);
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn a_server_without_authentication_says_so_where_it_matters() {
    let app = TestApp::shop();
    log_in(&app, "ada@example.com", PASSWORD).problem(409, "authentication-off");
    for uri in ["/api/auth/me", "/api/auth/api-keys"] {
        app.get(uri).problem(409, "authentication-off");
    }
    app.ask(Method::GET, "/api/users/1", &[("Authorization", "Bearer nonsense")], "").good(200);
    app.ask(
        Method::PUT,
        "/api/users/1/role",
        &[("Content-Type", "application/json")],
        json!({"role": "admin"}).to_string(),
    )
    .good(200);
}

#[test]
fn a_full_server_turns_those_away_who_log_in_too() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).authenticate(true).in_flight(0), db);
    log_in(&app, "ada@example.com", PASSWORD).problem(503, "overloaded");
}
