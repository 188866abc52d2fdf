//! `ecomdb report` and `ecomdb rebuild`; the figures follow from the orders of `support::sales::sell`.

use ecomdb::{Database, Report};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::run;
use crate::support::{TestApp, sales};

fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    sales::sell(&Database::open(&format!("sqlite://{}", path.display())).unwrap());
    folder
}

/// The output of a report, with its arguments separated by blanks.
#[track_caller]
fn report(folder: &TempDir, arguments: &str) -> String {
    let arguments: Vec<&str> = std::iter::once("report").chain(arguments.split(' ')).collect();
    let (code, out, err) = run(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
    out
}

#[test]
fn without_a_name_the_reports_and_their_metrics_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(folder.path(), &["report"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let listed: Vec<_> = out.lines().skip(2).take_while(|line| !line.is_empty()).collect();
    let names: Vec<_> = Report::ALL.iter().map(|report| report.as_str()).collect();
    assert_eq!(listed.iter().map(|line| line.split_whitespace().next().unwrap()).collect::<Vec<_>>(), names);
    for metric in ecomdb::metrics::ALL {
        assert!(out.contains(metric), "{metric}");
    }
}

#[test]
fn a_table_has_its_numbers_to_the_right() {
    let folder = shop();
    assert_eq!(
        report(&folder, "top-customers"),
        "\
user id   email               first name   last name   total spent   orders
───────────────────────────────────────────────────────────────────────────
      1   ada@example.com     Ada          Lovelace         174.48        2
      2   grace@example.com   Grace        Hopper            42.49        1
"
    );
    assert_eq!(
        report(&folder, "funnel"),
        "\
stage               orders   amount   share of placed
─────────────────────────────────────────────────────
placed                   6   271.96             1.000
payment_attempted        5   259.46             0.833
paid                     4   229.47             0.667
refunded                 1    12.50             0.167
"
    );
}

#[test]
fn a_trend_is_printed_in_its_time_zone_beside_the_period_before() {
    let folder = shop();
    let trend = "revenue-trend --granularity month --from 2026-02-01 --to 2026-03-01";
    assert_eq!(
        report(&folder, &format!("{trend} --tz Europe/Berlin --compare previous")),
        "\
date         total revenue   refunds   net revenue   orders   previous total revenue   previous net revenue   previous orders
─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
2026-02-01           67.49      5.00         62.49        2                   149.48                 149.48                 1
"
    );
    assert_eq!(
        report(&folder, &format!("{trend} --csv")),
        "date,from,to,total_revenue,refunds,net_revenue,orders\n\
         2026-02-01,2026-02-01T00:00:00.000000Z,2026-03-01T00:00:00.000000Z,25.00,5.00,20.00,1\n"
    );
}

#[test]
fn a_period_can_begin_and_end_with_a_month_or_a_year() {
    let folder = shop();
    let days = report(&folder, "top-products --from 2026-02-01 --to 2026-03-01");
    assert_ne!(days, report(&folder, "top-products"));
    assert_eq!(days, report(&folder, "top-products --from 2026-02 --to 2026-03"));
    let year = report(&folder, "monthly-revenue --from 2026 --to 2027");
    assert_eq!(year, report(&folder, "monthly-revenue --from 2026-01-01 --to 2027-01-01"));
}

#[test]
fn csv_has_exact_values_and_quotes_what_needs_it() {
    let folder = shop();
    let path = folder.path().join("shop.db");
    let db = Database::open(&format!("sqlite://{}", path.display())).unwrap();
    let name = ecomdb::ProductPatch::default().name("Atlas, \"large\"");
    db.products().update(ecomdb::ProductId::new(3), name).unwrap();
    drop(db);
    assert_eq!(
        report(&folder, "bought-together --csv"),
        "product_a,product_a_name,product_b,product_b_name,orders_together,support,confidence_a_to_b,\
         confidence_b_to_a,lift\n\
         1,Desk lamp,2,Floor lamp,1,0.3333333333333333,0.5,1.0,1.5\n\
         1,Desk lamp,3,\"Atlas, \"\"large\"\"\",1,0.3333333333333333,0.5,0.5,0.75\n"
    );
    assert_eq!(
        report(&folder, "total-revenue --csv"),
        "total_revenue,refunds,net_revenue,orders\n216.97,5.00,211.97,3\n"
    );
}

#[test]
fn csv_of_a_report_is_no_formula_in_a_spreadsheet_and_an_export_is_exact() {
    let folder = shop();
    let path = folder.path().join("shop.db");
    let db = Database::open(&format!("sqlite://{}", path.display())).unwrap();
    let name = ecomdb::ProductPatch::default().name("=HYPERLINK(A1)");
    db.products().update(ecomdb::ProductId::new(3), name).unwrap();
    drop(db);
    let (exact, safe) = (",=HYPERLINK(A1),", ",'=HYPERLINK(A1),");
    for (command, cell) in [
        ("report top-products --csv", safe),
        ("report top-products --csv --raw", exact),
        ("export top-products", exact),
        ("export top-products --for-spreadsheet", safe),
        ("export products", exact),
        ("export products --for-spreadsheet --format csv", safe),
    ] {
        let (code, out, err) = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
        assert_eq!((code, err.as_str()), (0, ""), "{command}");
        assert!(out.contains(cell), "{command}: {out}");
    }
    for (command, hint) in [
        ("report top-products --raw", "--csv"),
        ("export products --for-spreadsheet --format ndjson", "--for-spreadsheet is for csv, not for ndjson"),
        ("export products --format xlsx", "must be one of csv, ndjson, not \"xlsx\""),
    ] {
        let (code, out, err) = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
        assert_eq!((code, out.as_str()), (2, ""), "{command}");
        assert!(err.contains(hint), "{command}: {err}");
    }
}

#[test]
fn json_is_what_the_api_answers_for_every_report() {
    let folder = shop();
    let app = TestApp::shop_with_sales();
    for name in Report::ALL {
        let mut parameters: Vec<(&str, &str)> = name.requires().map(|parameter| (parameter, "1")).into_iter().collect();
        if name.takes().contains(&"from") {
            parameters.extend([("from", "2026-01-01"), ("to", "2026-03-01")]);
        }
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = app.get(&format!("/api/analytics/{name}?{}", query.join("&"))).good(200);
        let options = parameters.iter().map(|(name, value)| format!(" --{} {value}", name.replace('_', "-")));
        let options: String = options.collect();
        let printed = report(&folder, &format!("{name}{options} --json"));
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), answer, "{name}");
        let first_line = report(&folder, &format!("{name}{options} --csv")).lines().next().unwrap().to_owned();
        let columns: Vec<_> = first_line.split(',').map(str::to_owned).collect();
        match answer.get(0).unwrap_or(&answer).as_object() {
            Some(row) => assert_eq!(columns, row.keys().cloned().collect::<Vec<_>>(), "{name}"),
            // No order of this shop has a voucher.
            None => assert_eq!(*name, Report::VoucherSales),
        }
    }
    let total = report(&folder, "total-revenue --json");
    assert_eq!(
        total,
        "{\n  \"total_revenue\": \"216.97\",\n  \"refunds\": \"5.00\",\n  \"net_revenue\": \"211.97\",\n  \"orders\": 3\n}\n"
    );
    let lost = report(&folder, "rfm-customers --segment lost --limit 1 --json");
    assert_eq!(serde_json::from_str::<Value>(&lost).unwrap()[0]["user_id"], json!(2));
}

#[test]
fn an_empty_shop_has_column_names_and_says_that_there_are_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let (code, out, err) = run(folder.path(), &["report", "top-products"]);
    assert_eq!((code, err.lines().count()), (0, 1), "{err}");
    assert!(out.starts_with("product id   product name   total units sold\n"), "{out}");
    assert_eq!(report(&folder, "top-products --csv"), "product_id,product_name,total_units_sold\n");
    assert_eq!(report(&folder, "top-products --json"), "[]\n");
}

#[test]
fn a_question_that_makes_no_sense_is_wrong_usage() {
    let folder = shop();
    for (arguments, hint) in [
        ("sales", "possible values: total-revenue, monthly-revenue"),
        ("total-revenue --limit 5", "total-revenue does not take --limit; it can have --from, --to"),
        ("top-products --tz UTC", "does not take --tz"),
        ("low-inventory --from 2026-01-01", "it can have --limit"),
        ("top-products --from yesterday", "--from must be a day such as 2026-01-31"),
        ("top-products --from 2026-02-01 --to 2026-01-01", "--from must be before"),
        ("top-products --limit 0", "from 1 to 1000"),
        ("revenue-trend --granularity year", "day, week, month"),
        ("revenue-trend --compare next", "previous"),
        ("revenue-trend --tz Mars/Olympus", "an IANA time zone such as Europe/Berlin"),
        ("revenue-trend --from 2000-01-01 --to 2026-01-01", "at most 4000 steps"),
        ("rfm-customers --segment best", "champions, loyal"),
        ("funnel --json --csv", "cannot be used with"),
    ] {
        let arguments: Vec<&str> = std::iter::once("report").chain(arguments.split(' ')).collect();
        let (code, out, err) = run(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("error: ") && err.contains(hint), "{arguments:?}: {err}");
    }
}

#[test]
fn a_shop_that_is_not_there_has_no_report() {
    let folder = tempfile::tempdir().unwrap();
    for command in [["report", "funnel"].as_slice(), &["rebuild"]] {
        let (code, out, err) = run(folder.path(), command);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.contains("there is no database shop.db"), "{err}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn a_rebuild_says_what_it_found_and_changes_no_report() {
    let folder = shop();
    let before = report(&folder, "cohorts");
    let (code, out, err) = run(folder.path(), &["rebuild"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "rollups and search terms rebuilt: 3 completed orders, 216.97 of revenue\n");
    assert_eq!(report(&folder, "cohorts"), before);
}

#[test]
fn a_trend_by_hour_shows_when_each_hour_begins() {
    let folder = shop();
    let printed =
        report(&folder, "revenue-trend --granularity hour --from 2026-01-10T12:00:00Z --to 2026-01-10T14:00:00Z");
    assert_eq!(
        printed,
        "\
date         from                   total revenue   refunds   net revenue   orders
──────────────────────────────────────────────────────────────────────────────────
2026-01-10   2026-01-10T12:00:00Z          149.48      0.00        149.48        1
2026-01-10   2026-01-10T13:00:00Z            0.00      0.00          0.00        0
"
    );
}

#[test]
fn a_report_on_one_product_or_customer_needs_its_id() {
    let folder = shop();
    for (name, option) in
        [("product-trend", "--product-id"), ("customer-trend", "--user-id"), ("customer-value", "--user-id")]
    {
        let (code, out, err) = run(folder.path(), &["report", name]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(err.contains(&format!("{name} needs {option}")), "{err}");
        let (code, _, err) = run(folder.path(), &["report", name, option, "99"]);
        assert!(code == 1 && err.contains("has the id 99"), "{err}");
    }
    let (code, _, err) = run(folder.path(), &["report", "total-revenue", "--user-id", "1"]);
    assert!(code == 2 && err.contains("does not take --user-id; it can have --from, --to"), "{err}");
}
