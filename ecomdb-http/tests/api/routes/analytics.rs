//! `/api/analytics`; the figures follow from the orders of `support::sales::sell`.

use ecomdb::Report;
use serde_json::{Value, json};

use crate::support::TestApp;

/// A report on the shop with sales.
#[track_caller]
fn report(query: &str) -> Value {
    TestApp::shop_with_sales().get(&format!("/api/analytics/{query}")).good(200)
}

/// Some fields of each row.
fn columns(rows: &Value, fields: &[&str]) -> Value {
    let row = |row: &Value| fields.iter().map(|field| row[*field].clone()).collect();
    rows.as_array().unwrap().iter().map(row).collect::<Vec<Value>>().into()
}

#[test]
fn total_revenue_counts_completed_orders() {
    assert_eq!(
        report("total-revenue"),
        json!({"total_revenue": "216.97", "refunds": "5.00", "net_revenue": "211.97", "orders": 3})
    );
    assert_eq!(
        report("total-revenue?from=2026-02-01&to=2026-03-01"),
        json!({"total_revenue": "25.00", "refunds": "5.00", "net_revenue": "20.00", "orders": 1})
    );
}

#[test]
fn monthly_revenue_has_a_row_for_each_month_with_orders() {
    assert_eq!(
        report("monthly-revenue"),
        json!([
            {"month": "2026-01", "total_revenue": "191.97", "refunds": "0.00", "net_revenue": "191.97", "orders": 2},
            {"month": "2026-02", "total_revenue": "25.00", "refunds": "5.00", "net_revenue": "20.00", "orders": 1},
        ])
    );
}

#[test]
fn the_average_order_is_rounded_to_the_cent() {
    assert_eq!(
        report("average-order-value"),
        json!({"average_order_value": "72.32", "total_revenue": "216.97", "orders": 3})
    );
}

#[test]
fn customers_are_ranked_by_what_they_spent_and_by_their_orders() {
    let (ada, grace) = (
        json!({"user_id": 1, "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace",
               "total_spent": "174.48", "orders": 2}),
        json!({"user_id": 2, "email": "grace@example.com", "first_name": "Grace", "last_name": "Hopper",
               "total_spent": "42.49", "orders": 1}),
    );
    assert_eq!(report("top-customers"), json!([ada, grace]));
    assert_eq!(report("orders-per-user"), json!([ada, grace]));
    assert_eq!(report("top-customers?limit=1"), json!([ada]));
    let fields = ["user_id", "orders"];
    assert_eq!(columns(&report("orders-per-user?to=2026-02-01"), &fields), json!([[1, 1], [2, 1]]));
}

#[test]
fn products_and_categories_are_ranked() {
    assert_eq!(
        report("top-products"),
        json!([
            {"product_id": 1, "product_name": "Desk lamp", "total_units_sold": 3},
            {"product_id": 3, "product_name": "Atlas", "total_units_sold": 3},
            {"product_id": 2, "product_name": "Floor lamp", "total_units_sold": 1},
        ])
    );
    assert_eq!(
        report("revenue-by-product?limit=2"),
        json!([
            {"product_id": 1, "product_name": "Desk lamp", "product_revenue": "89.97"},
            {"product_id": 2, "product_name": "Floor lamp", "product_revenue": "89.50"},
        ])
    );
    assert_eq!(
        report("revenue-by-category"),
        json!([
            {"category_id": 1, "category_name": "Lamps", "category_revenue": "179.47"},
            {"category_id": 2, "category_name": "Books", "category_revenue": "37.50"},
        ])
    );
}

#[test]
fn a_month_has_new_and_returning_customers() {
    assert_eq!(
        report("new-and-returning-customers"),
        json!([
            {"month": "2026-01", "new_customers": 2, "returning_customers": 0, "new_revenue": "191.97",
             "returning_revenue": "0.00"},
            {"month": "2026-02", "new_customers": 0, "returning_customers": 1, "new_revenue": "0.00",
             "returning_revenue": "25.00"},
        ])
    );
}

#[test]
fn a_cohort_has_its_retention_and_lifetime_value() {
    assert_eq!(
        report("cohorts"),
        json!([
            {"cohort": "2026-01", "cohort_customers": 2, "month": "2026-01", "months_since": 0, "active_customers": 2,
             "retention": 1.0, "orders": 2, "revenue": "191.97", "lifetime_value": "95.99"},
            {"cohort": "2026-01", "cohort_customers": 2, "month": "2026-02", "months_since": 1, "active_customers": 1,
             "retention": 0.5, "orders": 1, "revenue": "25.00", "lifetime_value": "108.49"},
        ])
    );
}

#[test]
fn every_customer_is_in_an_rfm_segment() {
    let segments = report("rfm");
    let names = columns(&segments, &["segment"]);
    let expected = "champions loyal potential_loyalists recent need_attention at_risk hibernating lost";
    assert_eq!(names, expected.split(' ').map(|name| json!([name])).collect::<Value>());
    assert_eq!(
        segments[4],
        json!({"segment": "need_attention", "customers": 1, "orders": 2, "revenue": "174.48",
               "revenue_per_customer": "174.48"})
    );
    let fields = ["user_id", "last_order", "recency_score", "frequency_score", "monetary_score", "segment"];
    let (ada, grace) = (json!([1, "2026-02-15", 3, 3, 3, "need_attention"]), json!([2, "2026-01-31", 1, 1, 1, "lost"]));
    assert_eq!(columns(&report("rfm-customers"), &fields), json!([ada, grace]));
    assert_eq!(columns(&report("rfm-customers?limit=1"), &fields), json!([ada]));
    assert_eq!(columns(&report("rfm-customers?segment=lost"), &fields), json!([grace]));
    assert_eq!(report("rfm-customers?segment=champions"), json!([]));
}

#[test]
fn products_that_are_bought_together_have_support_confidence_and_lift() {
    assert_eq!(
        report("bought-together"),
        json!([
            {"product_a": 1, "product_a_name": "Desk lamp", "product_b": 2, "product_b_name": "Floor lamp",
             "orders_together": 1, "support": 1.0 / 3.0, "confidence_a_to_b": 0.5, "confidence_b_to_a": 1.0, "lift": 1.5},
            {"product_a": 1, "product_a_name": "Desk lamp", "product_b": 3, "product_b_name": "Atlas",
             "orders_together": 1, "support": 1.0 / 3.0, "confidence_a_to_b": 0.5, "confidence_b_to_a": 0.5, "lift": 0.75},
        ])
    );
}

#[test]
fn stock_lasts_as_long_as_the_sales_of_the_period_let_it() {
    assert_eq!(
        report("sell-through?from=2026-01-01&to=2026-03-01"),
        json!([
            {"product_id": 1, "product_name": "Desk lamp", "units_sold": 3, "stock": 6, "sell_through": 3.0 / 9.0,
             "days_of_cover": 118.0},
            {"product_id": 2, "product_name": "Floor lamp", "units_sold": 1, "stock": 2, "sell_through": 1.0 / 3.0,
             "days_of_cover": 118.0},
            {"product_id": 3, "product_name": "Atlas", "units_sold": 3, "stock": 97, "sell_through": 0.03,
             "days_of_cover": 97.0 * 59.0 / 3.0},
        ])
    );
}

#[test]
fn what_runs_low_and_what_is_not_paid_is_listed() {
    assert_eq!(
        report("low-inventory"),
        json!([
            {"product_id": 2, "product_name": "Floor lamp", "sku": "FLOOR", "stock": 2, "reorder_level": 5},
            {"product_id": 1, "product_name": "Desk lamp", "sku": "DESK", "stock": 6, "reorder_level": 6},
        ])
    );
    assert_eq!(columns(&report("low-inventory?limit=1"), &["product_id"]), json!([[2]]));
    assert_eq!(
        report("unpaid-orders"),
        json!([{"order_id": 4, "user_id": 2, "email": "grace@example.com", "total": "29.99",
                "placed_at": "2026-02-20T10:00:00Z", "payment_attempts": 1}])
    );
    assert_eq!(report("unpaid-orders?to=2026-02-20"), json!([]));
}

#[test]
fn the_funnel_counts_how_far_orders_came() {
    assert_eq!(
        report("funnel"),
        json!([
            {"stage": "placed", "orders": 6, "amount": "271.96", "share_of_placed": 1.0},
            {"stage": "payment_attempted", "orders": 5, "amount": "259.46", "share_of_placed": 5.0 / 6.0},
            {"stage": "paid", "orders": 4, "amount": "229.47", "share_of_placed": 4.0 / 6.0},
            {"stage": "refunded", "orders": 1, "amount": "12.50", "share_of_placed": 1.0 / 6.0},
        ])
    );
}

#[test]
fn a_trend_has_every_step_and_each_is_in_the_time_zone() {
    let months = |query: &str| {
        let rows = report(&format!("revenue-trend?granularity=month&from=2026-01-01&to=2026-04-01{query}"));
        columns(&rows, &["date", "from", "total_revenue", "orders"])
    };
    assert_eq!(
        months(""),
        json!([
            ["2026-01-01", "2026-01-01T00:00:00Z", "191.97", 2],
            ["2026-02-01", "2026-02-01T00:00:00Z", "25.00", 1],
            ["2026-03-01", "2026-03-01T00:00:00Z", "0.00", 0],
        ])
    );
    // Grace ordered half an hour after midnight in Berlin. Dates in `from` and `to` are Berlin days too.
    let in_berlin = json!([
        ["2026-01-01", "2025-12-31T23:00:00Z", "149.48", 1],
        ["2026-02-01", "2026-01-31T23:00:00Z", "67.49", 2],
        ["2026-03-01", "2026-02-28T23:00:00Z", "0.00", 0],
    ]);
    assert_eq!(months("&tz=Europe/Berlin"), in_berlin);
    let days = report("revenue-trend?from=2026-03-28&to=2026-03-31&tz=Europe/Berlin");
    assert_eq!(
        columns(&days, &["date", "from", "to"]),
        json!([
            ["2026-03-28", "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z"],
            ["2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
            ["2026-03-30", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"],
        ])
    );
    let weeks = report("revenue-trend?granularity=week&tz=Etc/GMT+5");
    assert_eq!(
        columns(&weeks, &["date", "orders"]),
        json!([
            ["2026-01-05", 1],
            ["2026-01-12", 0],
            ["2026-01-19", 0],
            ["2026-01-26", 1],
            ["2026-02-02", 0],
            ["2026-02-09", 1]
        ])
    );
}

#[test]
fn a_trend_is_compared_with_the_period_before_only_when_asked() {
    let february = "revenue-trend?granularity=month&from=2026-02-01&to=2026-03-01";
    let step = json!({"date": "2026-02-01", "from": "2026-02-01T00:00:00Z", "to": "2026-03-01T00:00:00Z",
                      "total_revenue": "25.00", "refunds": "5.00", "net_revenue": "20.00", "orders": 1});
    assert_eq!(report(february), json!([step]));
    let mut compared = step;
    compared["previous_total_revenue"] = json!("191.97");
    compared["previous_net_revenue"] = json!("191.97");
    compared["previous_orders"] = json!(2);
    assert_eq!(report(&format!("{february}&compare=previous")), json!([compared]));
}

#[test]
fn an_empty_shop_has_zeros_and_empty_lists() {
    let app = TestApp::empty();
    let report = |name: &str| app.get(&format!("/api/analytics/{name}")).good(200);
    let zeros = json!({"total_revenue": "0.00", "refunds": "0.00", "net_revenue": "0.00", "orders": 0});
    assert_eq!(report("total-revenue"), zeros);
    let zeros = json!({"average_order_value": "0.00", "total_revenue": "0.00", "orders": 0});
    assert_eq!(report("average-order-value"), zeros);
    let whole = Report::ALL.iter().filter(|report| !report.is_one_row() && report.requires().is_none());
    for name in whole.map(|report| report.as_str()) {
        let expected = match name {
            "rfm" => columns(&report("rfm"), &["customers", "revenue_per_customer"]),
            "funnel" => columns(&report("funnel"), &["orders", "amount", "share_of_placed"]),
            name => report(name),
        };
        let zeros = match name {
            "rfm" => json!(vec![json!([0, "0.00"]); 8]),
            "funnel" => json!(vec![json!([0, "0.00", 0.0]); 4]),
            _ => json!([]),
        };
        assert_eq!(expected, zeros, "{name}");
    }
    let day = report("revenue-trend?from=2026-01-01&to=2026-01-02&compare=previous");
    assert_eq!(columns(&day, &["total_revenue", "orders", "previous_net_revenue"]), json!([["0.00", 0, "0.00"]]));
}

#[test]
fn a_period_ends_before_its_last_moment_and_takes_offsets() {
    let app = TestApp::shop_with_sales();
    let revenue =
        |query: &str| app.get(&format!("/api/analytics/total-revenue?{query}")).good(200)["total_revenue"].clone();
    assert_eq!(revenue("from=2026-02-15T08:00:00Z"), "25.00");
    assert_eq!(revenue("from=2026-02-15T08:00:00.000001Z"), "0.00");
    assert_eq!(revenue("to=2026-01-10T12:00:00Z"), "0.00");
    assert_eq!(revenue("to=2026-01-10T12:00:00.000001Z"), "149.48");
    assert_eq!(revenue("to=2026-01-10T13:00:01%2B01:00"), "149.48");
    assert_eq!(revenue("to=2026-01-10T13:00:00+01:00"), "0.00");
}

#[test]
fn a_period_can_begin_with_the_first_day_of_1970_in_every_time_zone() {
    let app = TestApp::shop_with_sales();
    for zone in ["Europe/Berlin", "Pacific/Kiritimati", "America/New_York", "UTC"] {
        let trend = format!("/api/analytics/revenue-trend?granularity=month&from=1970-01-01&to=1970-03-01&tz={zone}");
        let steps = app.get(&trend).good(200);
        assert_eq!(columns(&steps, &["date", "orders"]), json!([["1970-01-01", 0], ["1970-02-01", 0]]), "{zone}");
    }
}

#[test]
fn a_period_can_begin_and_end_with_a_month_or_a_year() {
    let app = TestApp::shop_with_sales();
    let report = |period: &str| app.get(&format!("/api/analytics/top-customers?{period}")).good(200);
    let february = report("from=2026-02-01&to=2026-03-01");
    assert_ne!(february, report(""));
    assert_eq!(february, report("from=2026-02&to=2026-03"));
    assert_eq!(report("to=2026-01-01"), report("to=2026"));
}

#[test]
fn a_wrong_parameter_is_refused_by_name_and_the_message_says_what_is_allowed() {
    let app = TestApp::empty();
    for (query, field, allowed) in [
        ("total-revenue?from=yesterday", "from", "a day such as 2026-01-31, a month such as 2026-01"),
        ("monthly-revenue?to=2026-13-01", "to", "a day such as 2026-01-31, a month such as 2026-01"),
        ("top-customers?from=2026-02-01&to=2026-01-01", "from", "must be before `to`"),
        ("top-products?limit=0", "limit", "from 1 to 1000"),
        ("revenue-by-product?limit=1001", "limit", "from 1 to 1000"),
        ("low-inventory?limit=all", "limit", "from 1 to 1000"),
        ("total-revenue?limit=1", "limit", "allowed are from, to"),
        ("low-inventory?from=2026-01-01", "from", "allowed are limit"),
        ("monthly-revenue?form=2026-01-01", "form", "allowed are from, to"),
        ("funnel?from=2026-01-01&from=2026-01-02", "from", "once only"),
        ("revenue-trend?granularity=year", "granularity", "day, week, month"),
        ("revenue-trend?compare=next", "compare", "must be previous"),
        ("revenue-trend?tz=Mars/Olympus", "tz", "an IANA time zone such as Europe/Berlin"),
        ("revenue-trend?tz=", "tz", "an IANA time zone such as Europe/Berlin"),
        ("revenue-trend?from=2000-01-01&to=2026-01-01", "from", "at most 4000 steps"),
        ("rfm-customers?segment=best", "segment", "champions, loyal"),
    ] {
        let answer = app.get(&format!("/api/analytics/{query}"));
        assert_eq!(answer.complains_of(400, "malformed-request"), [field], "{query}");
        assert!(answer.text.contains(allowed), "{query}: {}", answer.text);
    }
}

#[test]
fn a_day_of_25_hours_has_25_steps() {
    let app = TestApp::shop_with_sales();
    let day = "/api/analytics/revenue-trend?granularity=hour&from=2026-10-25&to=2026-10-26&tz=Europe/Berlin";
    let steps = app.get(day).good(200);
    assert_eq!(steps.as_array().unwrap().len(), 25);
    assert_eq!(
        (&steps[2]["from"], &steps[3]["from"]),
        (&json!("2026-10-25T00:00:00Z"), &json!("2026-10-25T01:00:00Z"))
    );
    let too_long = app.get("/api/analytics/revenue-trend?granularity=hour&from=2025&to=2026");
    assert_eq!(too_long.complains_of(400, "malformed-request"), ["from"]);
    assert!(too_long.text.contains("at most 4000 steps"), "{}", too_long.text);
}

#[test]
fn a_product_and_a_customer_have_trends_of_their_own() {
    let app = TestApp::shop_with_sales();
    let months = "from=2026-01-01&to=2026-03-01&granularity=month";
    let units = app.get(&format!("/api/analytics/product-trend?product_id=1&{months}")).good(200);
    let sold = app.get("/api/analytics/top-products?from=2026-01-01&to=2026-03-01").good(200);
    let of_lamp = sold.as_array().unwrap().iter().find(|row| row["product_id"] == 1).unwrap();
    let by_month: i64 = units.as_array().unwrap().iter().map(|step| step["units_sold"].as_i64().unwrap()).sum();
    assert_eq!(of_lamp["total_units_sold"], by_month);
    let spent = app.get(&format!("/api/analytics/customer-trend?user_id=1&{months}")).good(200);
    assert_eq!(
        columns(&spent, &["date", "total_spent", "orders"]),
        json!([["2026-01-01", "149.48", 1], ["2026-02-01", "25.00", 1]])
    );
    let value = app.get("/api/analytics/customer-value?user_id=1").good(200);
    assert_eq!((&value["total_spent"], &value["orders"]), (&json!("174.48"), &json!(2)));
    assert_eq!((&value["first_order"], &value["last_order"]), (&json!("2026-01-10"), &json!("2026-02-15")));
}

#[test]
fn a_report_on_one_product_or_customer_names_the_id_that_is_missing_or_unknown() {
    let app = TestApp::shop_with_sales();
    for (report, parameter) in
        [("product-trend", "product_id"), ("customer-trend", "user_id"), ("customer-value", "user_id")]
    {
        let missing = app.get(&format!("/api/analytics/{report}"));
        assert_eq!(missing.complains_of(400, "malformed-request"), [parameter]);
        let wrong = app.get(&format!("/api/analytics/{report}?{parameter}=one"));
        assert_eq!(wrong.complains_of(400, "malformed-request"), [parameter]);
        app.get(&format!("/api/analytics/{report}?{parameter}=99")).problem(404, "not-found");
    }
}

#[test]
fn customers_are_listed_with_what_they_have_bought() {
    let app = TestApp::shop_with_sales();
    let top = app.get("/api/analytics/top-customers").good(200);
    let bought = app.get("/api/analytics/customers?has_ordered=true&count=true");
    assert_eq!(bought.header("x-total-count"), top.as_array().unwrap().len().to_string());
    let columns_of = ["user_id", "email", "total_spent", "orders"];
    assert_eq!(columns(&bought.good(200), &columns_of), columns(&top, &columns_of));
    let ada = app.get("/api/analytics/customers?search=ada&status=active").good(200);
    assert_eq!(ada[0]["last_order"].as_str().map(|time| &time[..10]), Some("2026-02-15"));
    let latest = app.get("/api/analytics/customers?sort=-id&limit=1");
    let earlier = app.get(&latest.next_page().unwrap());
    assert_eq!((&latest.good(200)[0]["user_id"], &earlier.good(200)[0]["user_id"]), (&json!(2), &json!(1)));
    assert_eq!(app.get("/api/analytics/customers?sort=name").complains_of(400, "malformed-request"), ["sort"]);
}
