//! Sends the requests of the document's examples again. After a change of responses, `ECOMDB_BLESS=1 cargo test`
//! rewrites the example files; review the diff before you commit it.

use std::path::{Path, PathBuf};

use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::RunQueryDsl;
use ecomdb::{Database, Role, UserId};
use ecomdb_http::App;
use serde_json::{Map, Value, json};

use super::{document, operations};
use crate::support::people::{employ, give_password, session};
use crate::support::{Answer, TestApp, sales};

const FILES: [&str; 10] =
    ["analytics", "auth", "catalog", "inventory", "operations", "orders", "payments", "shop", "users", "vouchers"];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/openapi/examples/{file}.json"))
}

fn read(file: &str) -> Map<String, Value> {
    serde_json::from_str(&std::fs::read_to_string(path(file)).unwrap()).unwrap()
}

/// Compares the responses with the file, or rewrites it.
fn settle(file: &str, answered: Map<String, Value>) {
    if std::env::var_os("ECOMDB_BLESS").is_some() {
        std::fs::write(path(file), format!("{:#}\n", Value::from(answered))).unwrap();
        return;
    }
    for (name, written) in read(file) {
        assert_eq!(written, answered[&name], "{name} in {file}.json; to take what is answered now, set ECOMDB_BLESS");
    }
}

/// The shop for an example; with authentication if the example names a user.
fn shop(example: &Value) -> (TestApp, Option<String>) {
    let app = TestApp::shop_with_sales();
    let Some(email) = example["as"].as_str() else { return (app, None) };
    give_password(&app.db, UserId::new(1));
    let admin = employ(&app.db, "admin@example.com", Role::Admin);
    let user =
        [("ada@example.com", UserId::new(1)), ("admin@example.com", admin)].into_iter().find(|who| who.0 == email);
    let token = user.map(|(_, user)| format!("Bearer {}", session(&app.db, user)));
    (TestApp::guarded(app.db), token)
}

/// Sends the example's preparatory requests, then its own.
fn ask((app, token): &(TestApp, Option<String>), usual: &str, example: &Value) -> Answer {
    for earlier in example["before"].as_array().into_iter().flatten() {
        let answer = ask_once(app, token.as_deref(), "POST", earlier);
        let is_expected = answer.status.is_success() || earlier["status"] == answer.status.as_u16();
        assert!(is_expected, "{earlier}: {}", answer.text);
    }
    ask_once(app, token.as_deref(), usual, example)
}

fn ask_once(app: &TestApp, token: Option<&str>, usual: &str, example: &Value) -> Answer {
    let method = Method::from_bytes(example["method"].as_str().unwrap_or(usual).as_bytes()).unwrap();
    let mut headers = vec![("Host", "localhost")];
    headers.extend(token.map(|token| ("Authorization", token)));
    let body = match &example["body"] {
        _ if example["large"] == true => " ".repeat(2 * 1024 * 1024),
        Value::Null => String::new(),
        body => body.to_string(),
    };
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    for (name, value) in example["headers"].as_object().into_iter().flatten() {
        headers.retain(|(usual, _)| usual != name);
        headers.push((name, value.as_str().unwrap()));
    }
    app.ask_exactly(method, example["uri"].as_str().unwrap(), &headers, body)
}

/// The body of a response, with times near now and random numbers replaced by constants.
fn body(answer: &Answer) -> Value {
    let mut body = serde_json::from_str(&answer.text).unwrap_or_default();
    calm(&mut body);
    body
}

fn calm(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| {
            let time = field.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
            if time.is_some_and(|time| (Utc::now() - time).abs() < TimeDelta::hours(1)) {
                *field = json!("2026-03-02T09:30:00.123456Z");
            } else if time.is_some_and(|time| time > Utc::now()) {
                *field = json!("2026-03-09T09:30:00.123456Z");
            }
            if name == "token" {
                let (kind, digits) = field.as_str().unwrap().rsplit_once('_').unwrap();
                *field = json!(format!("{kind}_{}", "5bd1c07e93f2a648".repeat(digits.len() / 16)));
            }
            if name == "days_since_last_order" {
                *field = json!(15);
            }
            if name == "request_id" {
                *field = json!("5bd1c07e93f2a648");
            }
            calm(field);
        }),
        Value::Array(items) => items.iter_mut().for_each(calm),
        _ => {}
    }
}

/// The example of a problem: the operation's own example with some parts replaced.
fn of_problem(usual: &Value, problem: &Value) -> Value {
    let mut example = usual.clone();
    for (name, value) in problem.as_object().unwrap() {
        match (&mut example[name], value) {
            (Value::Array(before), Value::Array(more)) if name == "before" => before.extend(more.iter().cloned()),
            (field, value) => *field = value.clone(),
        }
    }
    example
}

#[test]
fn every_operation_is_answered_as_its_example_says() {
    let document = document(&TestApp::empty());
    let operations = operations(&document);
    let mut unshown: Vec<&str> =
        operations.iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    for file in FILES {
        let mut examples = read(file);
        for (id, example) in &mut examples {
            unshown.retain(|other| other != id);
            let (path, method, operation) =
                operations.iter().find(|(_, _, operation)| operation["operationId"] == **id).unwrap();
            let uri = example["uri"].as_str().unwrap().split('?').next().unwrap().to_owned();
            let path = path.replace("{source}", "erp");
            let (stem, rest) = path.split_once("{id}").unwrap_or((&path, ""));
            assert!(uri.starts_with(stem) && uri.ends_with(rest), "{id}: {uri} is not {path}");

            let answer = ask(&shop(example), method, example);
            assert!(answer.status.is_success(), "{id}: {}", answer.text);
            assert!(operation["responses"].get(answer.status.as_str()).is_some(), "{id}: {}", answer.status);
            let usual = example.clone();
            if answer.status != 204 {
                example["answer"] = body(&answer);
            }
            for (slug, problem) in example.get_mut("problems").and_then(Value::as_object_mut).into_iter().flatten() {
                let answer = ask(&shop(&usual), method, &of_problem(&usual, problem));
                answer.problem(409, slug);
                problem["answer"] = body(&answer);
            }
        }
        settle(file, examples);
    }
    assert!(unshown.is_empty(), "there are no examples of {unshown:?}");
}

#[test]
fn every_kind_of_problem_is_answered_as_its_example_says() {
    let mut examples = read("problems");
    for (slug, example) in &mut examples {
        // Failures of the database at a certain moment cannot be provoked here.
        if example["uri"].is_null() {
            continue;
        }
        let db = Database::open("sqlite::memory:").unwrap();
        sales::sell(&db);
        if example["broken"] == true {
            db.write(|conn| {
                Ok::<_, ecomdb::Error>(diesel::sql_query("ALTER TABLE users RENAME TO people").execute(conn)?)
            })
            .unwrap();
        }
        let state = App::new(db.clone());
        let app = match example["as"].as_str() {
            Some(_) => shop(example),
            None => (TestApp::over(if example["full"] == true { state.in_flight(0) } else { state }, db), None),
        };
        let has_body = !example["body"].is_null() || example["large"] == true;
        let answer = ask(&app, if has_body { "POST" } else { "GET" }, example);
        answer.problem(answer.status.as_u16(), slug);
        example["answer"] = body(&answer);
    }
    settle("problems", examples);
}

#[test]
fn the_examples_of_parameters_are_accepted_together() {
    let app = TestApp::shop_with_sales();
    let voucher = json!({"code": "summer10", "kind": "percent", "value": "10"});
    app.post("/api/vouchers", &voucher).good(201);
    app.post("/api/product-groups", &json!({"name": "T-shirt", "options": ["size"]})).good(201);
    for (path, method, operation) in operations(&document(&app)) {
        // Without authentication there are no API keys to list.
        if method != "GET" || path.starts_with("/api/auth/") {
            continue;
        }
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let shown = parameters.filter(|parameter| parameter["in"] == "query" && !parameter["example"].is_null());
        let query: Vec<String> = shown
            .map(|parameter| {
                let example = &parameter["example"];
                let value = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                format!("{}={value}", parameter["name"].as_str().unwrap())
            })
            .collect();
        let uri = format!("{}?{}", path.replace("{id}", "1"), query.join("&"));
        let answer = app.get(&uri);
        assert_eq!(answer.status.as_u16(), 200, "{uri}: {}", answer.text);
    }
}
