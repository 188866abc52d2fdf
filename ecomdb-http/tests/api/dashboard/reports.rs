//! `/reports` and `/reports/{name}`

use ecomdb::{NewOrder, NewPayment, NewUser, PaymentMethod, ProductId, Report, ShopPatch};

use super::visitor::Visitor;
use crate::support::{Answer, TestApp};

fn get(app: &TestApp, uri: &str) -> Answer {
    let page = Visitor::new(app).get(uri);
    page.page(200);
    page
}

fn csv(app: &TestApp, uri: &str) -> Answer {
    let file = Visitor::new(app).get(uri);
    assert_eq!(file.status, 200, "{}", file.text);
    assert_eq!(file.header("Content-Type"), "text/csv; charset=utf-8");
    file
}

#[test]
fn the_list_has_every_report_with_its_definitions() {
    let app = TestApp::empty();
    let page = get(&app, "/reports");
    for report in Report::ALL {
        let link = format!("<a href=\"/reports/{report}\">{}</a>", report.about());
        assert!(page.text.contains(&link), "{link}");
        assert!(is_defined(&page, *report), "{report}");
    }
}

/// Whether the page has the definitions of the metrics. It writes the names of segments as words.
fn is_defined(page: &Answer, report: Report) -> bool {
    let words = page.words().to_lowercase();
    report.metrics().iter().all(|metric| words.contains(&metric.to_lowercase().replace('_', " ")))
}

#[test]
fn every_report_is_a_page_and_a_file_with_and_without_sales() {
    for app in [TestApp::shop(), TestApp::shop_with_sales()] {
        for report in Report::ALL {
            let query = report.requires().map_or_else(String::new, |id| format!("?{id}=1"));
            let page = get(&app, &format!("/reports/{report}{query}"));
            assert!(page.text.contains(&format!("<h1>{}</h1>", report.about())), "{report}");
            assert!(is_defined(&page, *report), "{report}");
            let file = csv(&app, &format!("/reports/{report}.csv{query}"));
            let header = format!("\u{feff}{}", report.columns()[0].name);
            assert!(file.text.starts_with(&header), "{report}: {}", file.text);
        }
    }
}

#[test]
fn a_ranking_has_bars_and_links() {
    let app = TestApp::shop_with_sales();
    let page = get(&app, "/reports/revenue-by-product?from=2026-01-01&to=2026-01-31");
    assert!(page.words().contains("Desk lamp 89.97 Floor lamp 89.50 Atlas 12.50"), "{}", page.words());
    assert!(page.words().contains("Desk lamp is first with 89.97."));
    assert!(page.text.contains("<a href=\"/products/1\">Desk lamp</a>"));
    assert!(page.text.contains("<rect class=\"bar series-1\" x=\"0%\" y=\"19\" width=\"78%\" height=\"10\"/>"));
    let first = get(&app, "/reports/revenue-by-product?from=2026-01-01&to=2026-01-31&limit=1");
    assert!(first.words().contains("These are the first 1 rows. The CSV has all."));
    assert!(!first.words().contains("Floor lamp"));
}

#[test]
fn days_are_those_of_the_shop_and_the_last_one_counts() {
    let app = TestApp::shop_with_sales();
    let january = "/reports/total-revenue?from=2026-01-01&to=2026-01-31";
    assert!(get(&app, january).words().contains("Total revenue 191.97"));
    app.db.shop().update(ShopPatch::default().time_zone("Europe/Berlin")).unwrap();
    let page = get(&app, january);
    assert!(page.words().contains("Total revenue 149.48"), "{}", page.words());
    assert!(page.words().contains("Days in Europe/Berlin."));
}

#[test]
fn months_of_utc_are_labelled_and_cut_by_utc() {
    let app = TestApp::shop_with_sales();
    app.db.shop().update(ShopPatch::default().time_zone("Europe/Berlin")).unwrap();
    for report in [Report::MonthlyRevenue, Report::NewAndReturningCustomers, Report::Cohorts] {
        let words = get(&app, &format!("/reports/{report}")).words();
        assert!(words.contains("Days and calendar months are those of UTC, not of the shop's time zone."), "{report}");
        assert!(words.contains("(UTC)"), "{report}");
    }
    let january = get(&app, "/reports/monthly-revenue?from=2026-01-01&to=2026-01-31").words();
    assert!(january.contains("2026-01 191.97"), "{january}");
}

#[test]
fn a_trend_has_steps_of_any_length_and_the_period_before() {
    let app = TestApp::shop_with_sales();
    let weeks = get(&app, "/reports/revenue-trend?from=2026-02-02&to=2026-02-15&granularity=week");
    assert!(weeks.words().contains("Week of 2 Feb 2026 0.00 0.00 Week of 9 Feb 2026 20.00 42.49"), "{}", weeks.words());
    assert!(weeks.words().contains("Net revenue fell 53 % to 20.00."));
    assert!(weeks.text.contains("class=\"line previous series-1\""));
    let hours = get(&app, "/reports/revenue-trend?from=2026-02-15&to=2026-02-15").words();
    assert!(hours.contains("15 Feb 2026, 08:00 25.00 5.00 20.00 1"), "{hours}");
}

#[test]
fn cohorts_are_a_heat_map_and_segments_a_grid_that_leads_to_their_customers() {
    let app = TestApp::shop_with_sales();
    let cohorts = get(&app, "/reports/cohorts");
    assert!(cohorts.words().contains("2026-01 2 100.0 % 50.0 %"), "{}", cohorts.words());
    assert!(cohorts.text.contains("<td class=\"num heat-7\">50.0\u{a0}%</td>"));
    let segments = get(&app, "/reports/rfm");
    let link = "/reports/rfm-customers?period=all&amp;segment=at_risk";
    assert!(segments.text.contains(link), "{}", segments.text);
    let customers = get(&app, "/reports/rfm-customers?period=all&segment=at_risk");
    assert!(customers.text.contains("segment=at_risk\" aria-current=\"true\""), "{}", customers.text);
}

#[test]
fn a_funnel_says_what_was_lost_and_pairs_what_their_lift_is() {
    let app = TestApp::shop_with_sales();
    let funnel = get(&app, "/reports/funnel?from=2026-01-01&to=2026-02-28").words();
    assert!(funnel.contains("4 of 6 orders were paid in full."), "{funnel}");
    assert!(funnel.contains("−1 (16.7 %) without a payment attempt"), "{funnel}");
    assert!(funnel.contains("−1 (16.7 %) not paid in full"), "{funnel}");
    let pairs = get(&app, "/reports/bought-together");
    assert!(pairs.words().contains("Desk lamp + Floor lamp 1.50 ×"), "{}", pairs.words());
    assert!(pairs.text.contains("<line class=\"reference\""));
}

#[test]
fn a_report_on_one_product_or_customer_asks_for_it() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let asks = visitor.get("/reports/product-trend?from=2026-01-01&to=2026-01-31");
    assert!(asks.page(200).contains("name=\"product_id\" value=\"\""), "{}", asks.text);
    assert!(!asks.text.contains("<figure"));
    let lamps = get(&app, "/reports/product-trend?product_id=1&from=2026-01-01&to=2026-01-31");
    assert!(lamps.words().contains("Product revenue rose from nothing to 89.97."), "{}", lamps.words());
    assert!(lamps.text.contains("href=\"/products/1\""));
    let ada = get(&app, "/reports/customer-value?user_id=1").words();
    assert!(ada.contains("Total spent 174.48") && ada.contains("Orders 2"), "{ada}");
    visitor.get("/reports/product-trend.csv").page(400);
    visitor.get("/reports/product-trend?product_id=99").page(404);
}

#[test]
fn a_file_has_all_rows_and_no_formulas() {
    let app = TestApp::shop_with_sales();
    let mallory = NewUser::new("mallory@example.com", "=HYPERLINK(\"https://evil.example\")", "M").unwrap();
    let mallory = app.db.users().create(mallory).unwrap().id;
    let order = NewOrder::builder(mallory).item(ProductId::new(3), 1);
    app.db.orders().place(order.payment(NewPayment::captured(PaymentMethod::Card)).build().unwrap()).unwrap();
    let file = csv(&app, "/reports/top-customers.csv?period=all&limit=1");
    assert_eq!(
        file.text,
        "\u{feff}user_id,email,first_name,last_name,total_spent,orders\n\
         1,ada@example.com,Ada,Lovelace,174.48,2\n\
         2,grace@example.com,Grace,Hopper,42.49,1\n\
         3,mallory@example.com,\"'=HYPERLINK(\"\"https://evil.example\"\")\",M,12.50,1\n"
    );
    let february = csv(&app, "/reports/top-customers.csv?from=2026-02-01&to=2026-02-28");
    let name = "attachment; filename=\"top-customers-2026-02-01-2026-02-28.csv\"";
    assert_eq!(february.header("Content-Disposition"), name);
}

#[test]
fn the_page_links_to_the_file_and_to_days_that_stay() {
    let app = TestApp::shop_with_sales();
    let page = get(&app, "/reports/top-products?from=2026-02-01&to=2026-02-28&limit=10");
    for link in [
        "/reports/top-products.csv?from=2026-02-01&#38;to=2026-02-28&#38;limit=10",
        "/reports/top-products?from=2026-02-01&#38;to=2026-02-28&#38;limit=10",
    ] {
        assert!(page.text.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[test]
fn what_a_report_does_not_take_is_refused() {
    let app = TestApp::empty();
    let visitor = Visitor::new(&app);
    for (uri, message) in [
        ("/reports/top-customers?segment=lost", "is no parameter of top-customers"),
        ("/reports/low-inventory?period=all", "is no parameter of low-inventory"),
        ("/reports/total-revenue?limit=1", "is no parameter of total-revenue"),
        ("/reports/top-customers?limit=0", "must be a whole number from 1 to 1000"),
        ("/reports/revenue-trend?granularity=minute", "must be one of hour, day, week, month"),
        ("/reports/revenue-trend?from=1980-01-01&granularity=day", "must leave at most 4000 steps"),
    ] {
        let page = visitor.get(uri);
        page.page(400);
        assert!(page.words().contains(message), "{uri}: {}", page.words());
    }
    assert!(visitor.get("/reports/profit").page(404).contains("no such report"));
    visitor.get("/reports/profit.csv").page(404);
}
