//! The OpenAPI document: it matches the router, is complete, and its examples are real.

mod examples;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::Value;

use crate::support::TestApp;

/// The document as clients receive it.
pub(crate) fn document(app: &TestApp) -> Value {
    app.get("/api/openapi.json").good(200)
}

/// Every operation of the document: path, upper-case method, and its object.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            found.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    found
}

/// Follows a `$ref`, if the value is one.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{value}")),
        None => value,
    }
}

#[test]
fn the_document_has_every_route_and_no_other() {
    let app = TestApp::shop_with_sales();
    let document = document(&app);
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations(&document) {
        methods.entry(path).or_default().insert(method);
    }
    for (path, methods) in &mut methods {
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let answer = app.ask(Method::OPTIONS, &path.replace("{id}", "1"), &[], "");
        assert_eq!(answer.status, 204, "{path}");
        let allowed: BTreeSet<String> = answer.header("Allow").split(',').map(str::to_owned).collect();
        assert_eq!(&allowed, methods, "{path}");
    }
    let for_people = ["/api", "/docs", "/docs/{file}", "/api/openapi.json", "/problems/{kind}"];
    let of_dashboard: BTreeSet<&str> = crate::dashboard::roles::lines().iter().map(|line| path(line.0)).collect();
    let routed = ecomdb_http::routes().into_iter().map(|(_, path)| path);
    let routed: BTreeSet<_> = routed.filter(|path| !of_dashboard.contains(path)).map(str::to_owned).collect();
    assert_eq!(routed, methods.into_keys().chain(for_people.map(str::to_owned)).collect());
}

/// The path of a route such as `GET /api`.
fn path(route: &'static str) -> &'static str {
    route.split_once(' ').unwrap().1
}

#[test]
fn no_parameter_of_a_query_can_be_null() {
    let app = TestApp::empty();
    let document = document(&app);
    let mut seen = 0;
    for (path, method, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            if parameter["in"] == "query" {
                seen += 1;
                let schema = resolved(&document, &parameter["schema"]).to_string();
                assert!(!schema.contains("null"), "{method} {path}: {} is {schema}", parameter["name"]);
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn every_operation_is_described_with_examples_and_problems() {
    for app in [TestApp::empty(), TestApp::guarded(TestApp::empty().db)] {
        expect_descriptions(&document(&app));
    }
}

fn expect_descriptions(document: &Value) {
    assert_eq!(document["openapi"], "3.1.0");
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        for text in ["summary", "description"] {
            assert!(operation[text].as_str().is_some_and(|text| !text.is_empty()), "{id} has no {text}");
        }
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{id}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(document, parameter);
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{id}: {parameter}");
            assert!(parameter["schema"].is_object(), "{id}: {parameter}");
        }
        for content in operation["requestBody"]["content"].as_object().into_iter().flat_map(|all| all.values()) {
            assert!(content["example"].is_object(), "{id} has no example of its body");
        }
        assert_eq!(operation["requestBody"].is_object(), operation["responses"].get("415").is_some(), "{id}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = resolved(document, response);
            let content = &response["content"];
            match status.as_str() {
                "204" | "304" | "431" => assert!(content.is_null(), "{id} {status}"),
                "200" | "201" => {
                    let example = content.as_object().unwrap().values().next().map(|content| &content["example"]);
                    assert!(example.is_some_and(|example| !example.is_null()), "{id} has no example of its answer");
                }
                _ => {
                    let examples = &content["application/problem+json"]["examples"];
                    for example in examples.as_object().unwrap().values() {
                        assert_eq!(example["value"]["status"].to_string(), *status, "{id}: {example}");
                    }
                }
            }
        }
        assert!(ids.insert(id.clone()), "there are two operations {id}");
        assert!(operation["responses"].get("500").is_some() || path == "/healthz", "{method} {path}");
    }
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let app = TestApp::empty();
    let document = document(&app);
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                assert!(resolved(document, value).is_object());
                fields.values().for_each(|field| check(document, field));
            }
            Value::Array(items) => items.iter().for_each(|item| check(document, item)),
            _ => {}
        }
    }
    check(&document, &document);
}

#[test]
fn what_a_patch_does_not_name_has_no_default() {
    let document = document(&TestApp::empty());
    for patch in ["UserPatch", "CategoryPatch", "ProductPatch"] {
        let schema = &document["components"]["schemas"][patch];
        assert_eq!(schema["additionalProperties"], false, "{patch}");
        assert!(schema["required"].is_null(), "{patch}");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property.get("default").is_none(), "{patch}.{name}: {property}");
        }
    }
}

#[test]
fn the_words_of_the_metric_dictionary_describe_the_reports() {
    let app = TestApp::empty();
    let document = document(&app);
    let described: Vec<String> =
        operations(&document).into_iter().map(|(_, _, operation)| operation["description"].to_string()).collect();
    for metric in ecomdb::metrics::ALL {
        assert!(described.iter().any(|words| words.contains(metric)), "no report is described by {metric:?}");
    }
}
