//! The claims of docs/security.md hold, and the tests that it names exist.

use std::path::{Path, PathBuf};

use ecomdb::{Role, Scope};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn document() -> String {
    read("docs/security.md")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// The tests named in a text: file and function.
fn tests(text: &str) -> Vec<(&str, &str)> {
    let code = text.split('`').skip(1).step_by(2);
    code.filter_map(|code| code.split_once("::").filter(|(file, _)| file.ends_with(".rs") || file.ends_with(".py")))
        .collect()
}

#[test]
fn every_test_that_a_document_names_exists() {
    for document in ["docs/security.md", "docs/operations.md"] {
        let text = read(document);
        let named = tests(&text);
        assert!(named.len() > 20, "{document} names {}", named.len());
        for (file, test) in named {
            let source = std::fs::read_to_string(repository().join(file)).unwrap_or_default();
            let begin = if file.ends_with(".rs") { "fn" } else { "def" };
            assert!(source.contains(&format!("{begin} {test}(")), "{document}: {file} has no {test}");
        }
    }
}

#[test]
fn every_risk_is_answered_by_tests() {
    let document = document();
    let risks: Vec<_> = document.split("\n### API").skip(1).collect();
    assert_eq!(risks.len(), 10);
    for (i, risk) in risks.into_iter().enumerate() {
        assert!(risk.starts_with(&format!("{}: ", i + 1)), "{risk}");
        assert!(!tests(risk).is_empty(), "API{}", i + 1);
    }
}

#[test]
fn the_table_of_scopes_is_that_of_the_roles() {
    let document = document();
    let rows: Vec<_> = document.lines().filter(|line| line.starts_with("| `") && line.contains(':')).collect();
    assert_eq!(rows.len(), Scope::ALL.len());
    for (scope, row) in Scope::ALL.iter().zip(rows) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[1], format!("`{scope}`"));
        let says = cells[3..6].iter().map(|cell| *cell != "no").collect::<Vec<_>>();
        let has = Role::ALL.iter().map(|role| role.scopes().contains(scope)).collect::<Vec<_>>();
        assert_eq!(says, has, "{row}");
    }
}

#[test]
fn no_client_of_other_services_is_linked_in() {
    let lock = std::fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    let packages: Vec<_> = lock.lines().filter_map(|line| line.strip_prefix("name = ")).collect();
    assert!(packages.contains(&"\"axum\""), "the lock file is read as it is written");
    for client in ["reqwest", "ureq", "hyper-tls", "hyper-rustls", "isahc", "curl", "attohttpc", "surf", "lettre"] {
        assert!(!packages.contains(&format!("\"{client}\"").as_str()), "{client}");
    }
}
