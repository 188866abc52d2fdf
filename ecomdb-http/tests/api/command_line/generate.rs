//! `ecomdb generate` and `ecomdb export`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

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
        "--expired=0.1",
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
    assert!(stdout.contains("basket_lines        asked  3.0"), "{stdout}");
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

#[test]
fn a_value_out_of_bounds_is_refused_by_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 4] = [
        (&["--basket-lines", "11"], "--basket-lines 11 is out of bounds: allowed is 1 to 10"),
        (&["--unpaid", "0.9", "--cancelled", "0.9"], "--unpaid + --cancelled"),
        (&["--from", "2026-01-01"], "--until"),
        (&["--hours", "1,2"], "must be 24 numbers, one for each hour, not 2"),
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
    assert_eq!(run(folder.path(), &["export", "--into", "exported"]).0, 0);
    let mut files = 0;
    for file in std::fs::read_dir(folder.path().join("made")).unwrap() {
        let name = file.unwrap().file_name();
        let text = |place: &str| std::fs::read_to_string(folder.path().join(place).join(&name)).unwrap();
        assert_eq!(text("made"), text("exported"), "{name:?}");
        files += 1;
    }
    assert_eq!(files, 19);

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

/// The output of a large generator run that is interrupted right after its start.
#[cfg(unix)]
#[track_caller]
fn interrupted(folder: &Path, flags: &[&str]) -> String {
    let arguments = [&["generate", "--orders", "500000", "--users", "50000"], flags].concat();
    let mut child = ecomdb(folder, &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first_line = lines.next().unwrap().unwrap();
    assert!(first_line.contains(" of 500000 orders"), "{first_line}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    said.join("\n")
}

#[cfg(unix)]
#[test]
fn ctrl_c_undoes_what_was_generated() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), SHOP).0, 0);
    let before = run(folder.path(), &["export", "orders"]);
    let said = interrupted(folder.path(), &[]);
    assert!(said.contains("stopping") && said.ends_with("error: stopped before it was done: everything is as it was"));
    assert!(run(folder.path(), &["export", "orders"]) == before);
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_half_of_a_csv_file() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("csv");
    std::fs::create_dir(&csv).unwrap();
    std::fs::write(csv.join("orders.csv"), "mine").unwrap();
    interrupted(folder.path(), &["--csv", "csv", "--overwrite"]);
    let names: Vec<_> = std::fs::read_dir(&csv).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["orders.csv"]);
    assert_eq!(std::fs::read_to_string(csv.join("orders.csv")).unwrap(), "mine");
}

#[test]
fn a_report_is_exported_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), SHOP).0, 0);
    for report in ["revenue-trend --granularity month --tz Europe/Berlin", "funnel", "rfm-customers --segment lost"] {
        let words: Vec<&str> = report.split(' ').collect();
        let exported = run(folder.path(), &[&["export"], &words[..]].concat());
        assert_eq!(exported, run(folder.path(), &[&["report", "--csv"], &words[..]].concat()), "{report}");
        assert!(exported.1.lines().count() > 2, "{report}");
    }
    // An export contains the whole ranking, and a report only its first rows.
    let (code, all, _) = run(folder.path(), &["export", "top-products"]);
    let (_, first, _) = run(folder.path(), &["report", "top-products", "--csv"]);
    assert_eq!((code, first.lines().count()), (0, 51));
    assert!(all.starts_with(&first) && all.lines().count() > 80, "{all}");
    let (_, one, _) = run(folder.path(), &["export", "total-revenue", "--format", "ndjson"]);
    let (_, json, _) = run(folder.path(), &["report", "total-revenue", "--json"]);
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(&one), value(&json));
}

#[test]
fn a_question_that_only_a_report_can_answer_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, hint) in [
        (vec!["export", "orders", "--from", "2026-01-01"], "the table orders does not take --from"),
        (vec!["export", "--into", "csv", "--limit", "3"], "--into does not take --limit"),
        (vec!["export", "funnel", "--limit", "3"], "funnel does not take --limit; it can have --from, --to"),
        (vec!["export", "funnel", "--into", "csv"], "cannot be used with"),
    ] {
        let (code, out, err) = run(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("error: ") && err.contains(hint), "{arguments:?}: {err}");
    }
}

#[test]
fn an_unknown_table_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = run(folder.path(), &["export", "secrets"]);
    assert!(code == 2 && stderr.contains("values: users, ") && stderr.contains(", top-customers, "), "{stderr}");
    assert_eq!(run(folder.path(), &["export"]).0, 2);
    let (code, _, stderr) = run(folder.path(), &["export", "orders"]);
    assert!(code == 1 && stderr.contains("there is no database shop.db"), "{stderr}");
}
