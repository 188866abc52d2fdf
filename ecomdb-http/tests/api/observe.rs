//! Request ids, log and metrics.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use crate::support::TestApp;

fn id_of(app: &TestApp, given: &str) -> String {
    let headers = [("X-Request-Id", given)];
    app.ask(Method::GET, "/healthz", &headers, "").header("X-Request-Id").to_owned()
}

#[test]
fn every_answer_has_the_id_that_its_request_was_given() {
    let app = TestApp::empty();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(id_of(&app, trace), trace);
    for forged in ["", "two words", "line<script>", &"x".repeat(65)] {
        let own = id_of(&app, forged);
        assert!(own.len() == 16 && own.bytes().all(|digit| digit.is_ascii_hexdigit()), "{forged:?}: {own}");
    }
    let (one, other) = (app.get("/nowhere"), app.get("/nowhere"));
    assert_ne!(one.header("X-Request-Id"), "");
    assert_ne!(one.header("X-Request-Id"), other.header("X-Request-Id"));
}

/// The samples of /metrics, by name and labels.
fn samples(app: &TestApp) -> BTreeMap<String, f64> {
    let answer = app.get("/metrics");
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    assert!(answer.header("Content-Type").starts_with("application/openmetrics-text"));
    assert!(answer.text.ends_with("# EOF\n"), "{}", answer.text);
    let lines = answer.text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

#[test]
fn requests_are_counted_by_route_and_status() {
    let app = TestApp::shop();
    for id in [1, 2, 99, 98, 97] {
        app.get(&format!("/api/users/{id}"));
    }
    app.get("/nowhere/1");
    app.get("/nowhere/2");
    app.ask(Method::from_bytes(b"BREW").unwrap(), "/api/users", &[], "");
    let samples = samples(&app);
    let count = |labels: &str| samples.get(&format!("http_requests_total{{{labels}}}")).copied().unwrap_or(0.0);
    assert_eq!(count(r#"method="GET",route="/api/users/{id}",status="200""#), 2.0, "{samples:?}");
    assert_eq!(count(r#"method="GET",route="/api/users/{id}",status="404""#), 3.0, "{samples:?}");
    assert_eq!(count(r#"method="GET",route="none",status="404""#), 2.0, "{samples:?}");
    assert_eq!(count(r#"method="other",route="/api/users",status="405""#), 1.0, "{samples:?}");
    let timed = r#"http_request_duration_seconds_count{method="GET",route="/api/users/{id}"}"#;
    assert_eq!(samples[timed], 5.0);
    // The scrape itself.
    assert_eq!(samples["http_requests_in_flight"], 1.0);
}

#[test]
fn the_database_tells_what_it_does() {
    let app = TestApp::shop();
    let before = samples(&app);
    let order = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "payment": {"method": "card", "capture": true}});
    app.post("/api/orders", &order).good(201);
    let after = samples(&app);
    assert_eq!(after["ecomdb_writes_total"], before["ecomdb_writes_total"] + 1.0);
    assert_eq!(after["ecomdb_commits_total"], before["ecomdb_commits_total"] + 1.0);
    assert_eq!((before["ecomdb_sales_waiting"], after["ecomdb_sales_waiting"]), (0.0, 1.0));
    assert_eq!(after["ecomdb_writes_waiting"], 0.0);
    assert!(after["ecomdb_connections"] <= after["ecomdb_connections_max"]);
    app.get("/api/analytics/total-revenue").good(200);
    assert_eq!(samples(&app)["ecomdb_sales_waiting"], 0.0);
}

#[test]
fn every_metric_is_explained_in_the_documentation() {
    let documentation = include_str!("../../../docs/operations.md");
    let app = TestApp::empty();
    app.get("/healthz").good(200);
    let text = app.get("/metrics").text;
    let types: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(types.len() >= 10, "{text}");
    for declared in types {
        let (name, kind) = declared.split_once(' ').unwrap();
        let name = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
        assert!(documentation.contains(&format!("| `{name}` | {kind} |")), "{name} ({kind}) is not explained");
    }
}
