//! `ecomdb generate` and `ecomdb export`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{ecomdb, run};

const SHOP: &[&str] = &["generate", "--preset", "small", "--until", "2026-01-01"];

#[test]
fn every_value_of_a_scenario_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let hours = vec!["1"; 24].join(",");
    let flags = [
        "--users=50",
        "--products=30",
        "--orders=100",
        "--seed=9",
        "--from=2025-12-01",
        "--growth=-0.1",
        "--weekly-season=0",
        "--yearly-season=1",
        "--hours",
        &hours,
        "--buyer-share=1",
        "--repeat-share=0.5",
        "--loyalty=0",
        "--recency=1",
        "--basket-lines=3",
        "--affinity=0",
        "--zipf-exponent=0.5",
        "--unpaid=0.1",
        "--failed-first=0.2",
        "--cancelled=0.1",
        "--refunded=0.1",
        "--partially-refunded=0.1",
        "--price-changes=5",
        "--launches=0.1",
        "--stock-cover-days=10",
        "--restock-lead-days=1",
        "--out-of-stock=0.1",
        "--report",
    ];
    let (code, stdout, stderr) = run(folder.path(), &[SHOP, &flags].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("generated 50 users, 30 products and 100 orders\n"), "{stdout}");
    assert!(stdout.contains("basket_lines: asked 3.0"), "{stdout}");
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

#[test]
fn a_value_out_of_bounds_is_refused_by_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 4] = [
        (&["--basket-lines", "11"], "--basket-lines 11 is out of bounds: allowed is 1 to 10"),
        (&["--unpaid", "0.9", "--cancelled", "0.9"], "--unpaid + --cancelled"),
        (&["--from", "2026-01-01"], "--until"),
        (&["--hours", "1,2"], "24 numbers are needed, not 2"),
    ];
    for (flags, message) in cases {
        let (code, _, stderr) = run(folder.path(), &[SHOP, flags].concat());
        assert!(code == 2 && stderr.contains(message), "{stderr}");
    }
    assert!(!folder.path().join("shop.db").exists());
}

#[test]
fn csv_without_a_database_is_what_the_database_exports() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &[SHOP, &["--csv", "made"]].concat()).0, 0);
    assert!(!folder.path().join("shop.db").exists());
    assert_eq!(run(folder.path(), SHOP).0, 0);
    assert_eq!(run(folder.path(), &["export", "--to", "exported"]).0, 0);
    let mut files = 0;
    for file in std::fs::read_dir(folder.path().join("made")).unwrap() {
        let name = file.unwrap().file_name();
        let text = |place: &str| std::fs::read_to_string(folder.path().join(place).join(&name)).unwrap();
        assert_eq!(text("made"), text("exported"), "{name:?}");
        files += 1;
    }
    assert_eq!(files, 10);

    let (code, stdout, _) = run(folder.path(), &["export", "categories", "--format", "ndjson"]);
    let first: serde_json::Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
    assert_eq!((code, &first["name"]), (0, &"Electronics".into()));
}

#[test]
fn a_generator_that_is_killed_leaves_the_shop_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), SHOP).0, 0);
    let before = run(folder.path(), &["export", "orders"]);

    let mut command = ecomdb(folder.path(), &["generate", "--orders", "500000", "--users", "50000"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let first_line = BufReader::new(child.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(first_line.contains(" of 500000 orders"), "{first_line}");
    child.kill().unwrap();
    child.wait().unwrap();

    assert!(run(folder.path(), &["export", "orders"]) == before);
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

#[test]
fn an_unknown_table_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["export", "secrets"]).0, 2);
    assert_eq!(run(folder.path(), &["export"]).0, 2);
    let (code, _, stderr) = run(folder.path(), &["export", "orders"]);
    assert!(code == 1 && stderr.contains("there is no database shop.db"), "{stderr}");
}
