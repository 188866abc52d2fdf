//! The SQL views return what the reports return.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use ecomdb::*;

use crate::history::{Stage, live};
use crate::shop::Shop;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Columns of a view, one text per row. `$` marks amounts, shown in minor units; `#` marks ratios, shown in millionths.
fn rows(shop: &Shop, view: &str, columns: &[&str], order: &str) -> Vec<String> {
    let int = match shop.engine() {
        Engine::Sqlite => "INTEGER",
        Engine::Postgres => "BIGINT",
        _ => "SIGNED",
    };
    let column = |column: &&str| match column.strip_suffix('$') {
        Some(amount) => format!("CAST(ROUND({amount} * 100) AS {int})"),
        None => match column.strip_suffix('#') {
            Some(ratio) if int == "INTEGER" => format!("CAST({ratio} * 1000000 AS {int})"),
            Some(ratio) => format!("CAST(FLOOR({ratio} * 1000000) AS {int})"),
            None => (*column).to_owned(),
        },
    };
    let columns = columns.iter().map(column).collect::<Vec<_>>().join(", ' ', ");
    let select = format!("SELECT CONCAT('', {columns}) AS line FROM analytics_{view} ORDER BY {order}");
    let lines: Vec<Line> = shop.read(|conn| Ok(diesel::sql_query(&select).load(conn)?)).unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

behaviours! {
    fn views_say_what_reports_say(shop) {
        let stage = Stage::new(shop, 40, 30);
        live(shop, &stage, 11, 900, 2);
        let (all, limit) = (&Period::ALL, Limit::new(1_000).unwrap());
        let reports = || shop.analytics();
        let cents = |amount: Money| amount.minor();

        let total = reports().total_revenue(all).unwrap();
        let columns = ["total_revenue$", "refunds$", "net_revenue$", "orders"];
        let line = format!(
            "{} {} {} {}",
            cents(total.total_revenue), cents(total.refunds), cents(total.net_revenue), total.orders
        );
        assert_eq!(rows(shop, "total_revenue", &columns, "1"), [line]);

        let average = reports().average_order_value(all).unwrap();
        let line = format!("{} {}", cents(average.average_order_value), average.orders);
        assert_eq!(rows(shop, "average_order_value", &["average_order_value$", "orders"], "1"), [line]);

                let months = reports().monthly_revenue(all).unwrap().into_iter().map(|row| {
            format!("{} {} {} {} {}", row.month, cents(row.total_revenue), cents(row.refunds), cents(row.net_revenue), row.orders)
        });
        let columns = ["month", "total_revenue$", "refunds$", "net_revenue$", "orders"];
        assert_eq!(rows(shop, "monthly_revenue", &columns, "month"), months.collect::<Vec<_>>());

        let days = reports().revenue_trend(&Trend::default()).unwrap().into_iter().filter(|row| row.orders > 0);
        let days = days.map(|row| format!("{} {} {}", row.date, cents(row.total_revenue), row.orders));
        assert_eq!(rows(shop, "daily_revenue", &["day", "total_revenue$", "orders"], "day"), days.collect::<Vec<_>>());

        let customer = |row: TopCustomer| format!("{} {} {} {}", row.user_id, row.email, cents(row.total_spent), row.orders);
        let columns = ["user_id", "email", "total_spent$", "orders"];
        let top: Vec<_> = reports().top_customers(all, limit).unwrap().into_iter().map(customer).collect();
        assert_eq!(rows(shop, "top_customers", &columns, "total_spent DESC, user_id"), top);
        let top: Vec<_> = reports().orders_per_user(all, limit).unwrap().into_iter().map(customer).collect();
        assert_eq!(rows(shop, "orders_per_user", &columns, "orders DESC, user_id"), top);

        let products = reports().top_products(all, limit).unwrap().into_iter();
        let products = products.map(|row| format!("{} {} {}", row.product_id, row.product_name, row.total_units_sold));
        let columns = ["product_id", "product_name", "total_units_sold"];
        assert_eq!(rows(shop, "top_products", &columns, "total_units_sold DESC, product_id"), products.collect::<Vec<_>>());
        let products = reports().revenue_by_product(all, limit).unwrap().into_iter();
        let products = products.map(|row| format!("{} {}", row.product_id, cents(row.product_revenue)));
        let columns = ["product_id", "product_revenue$"];
        assert_eq!(rows(shop, "revenue_by_product", &columns, "product_revenue DESC, product_id"), products.collect::<Vec<_>>());
        let categories = reports().revenue_by_category(all, limit).unwrap().into_iter();
        let categories = categories.map(|row| format!("{} {} {}", row.category_id, row.category_name, cents(row.category_revenue)));
        let columns = ["category_id", "category_name", "category_revenue$"];
        assert_eq!(rows(shop, "revenue_by_category", &columns, "category_revenue DESC, category_id"), categories.collect::<Vec<_>>());

        let months = reports().new_and_returning_customers(all).unwrap().into_iter().map(|row| {
            let revenue = (cents(row.new_revenue), cents(row.returning_revenue));
            format!("{} {} {} {} {}", row.month, row.new_customers, row.returning_customers, revenue.0, revenue.1)
        });
        let columns = ["month", "new_customers", "returning_customers", "new_revenue$", "returning_revenue$"];
        assert_eq!(rows(shop, "new_and_returning_customers", &columns, "month"), months.collect::<Vec<_>>());

        let cohorts = reports().cohorts(all).unwrap().into_iter().filter(|row| row.active_customers > 0).map(|row| {
            let counts = format!("{} {} {}", row.cohort_customers, row.active_customers, row.orders);
            format!("{} {} {counts} {} {}", row.cohort, row.month, cents(row.revenue), cents(row.lifetime_value))
        });
        let columns = ["cohort", "month", "cohort_customers", "active_customers", "orders", "revenue$", "lifetime_value$"];
        assert_eq!(rows(shop, "cohorts", &columns, "cohort, month"), cohorts.collect::<Vec<_>>());

        let mut scored = reports().rfm_customers(all, None, limit).unwrap();
        scored.sort_by_key(|row| row.user_id);
        let scored = scored.into_iter().map(|row| {
            let scores = format!("{} {} {}", row.recency_score, row.frequency_score, row.monetary_score);
            format!("{} {} {} {} {scores} {}", row.user_id, row.last_order, row.orders, cents(row.total_spent), row.segment)
        });
        let columns =
            ["user_id", "last_order", "orders", "total_spent$", "recency_score", "frequency_score", "monetary_score", "segment"];
        assert_eq!(rows(shop, "rfm", &columns, "user_id"), scored.collect::<Vec<_>>());

        let pairs = reports().bought_together(all, limit).unwrap().into_iter();
        let pairs = pairs.map(|row| {
            // Engines print quotients differently, so they are compared as integers.
            let lift = (row.lift * 1e6).floor();
            format!("{} {} {} {lift}", row.product_a, row.product_b, row.orders_together)
        });
        let columns = ["product_a", "product_b", "orders_together", "lift#"];
        let order = "orders_together DESC, product_a, product_b LIMIT 1000";
        assert_eq!(rows(shop, "bought_together", &columns, order), pairs.collect::<Vec<_>>());

        let low = reports().low_inventory(limit).unwrap().into_iter().map(|row| format!("{} {}", row.product_id, row.stock));
        let order = "stock - reorder_level, product_id";
        assert_eq!(rows(shop, "low_inventory", &["product_id", "stock"], order), low.collect::<Vec<_>>());
        let unpaid = reports().unpaid_orders(all, limit).unwrap().into_iter();
        let unpaid = unpaid.map(|row| format!("{} {} {} {}", row.order_id, row.email, cents(row.total), row.payment_attempts));
        let columns = ["order_id", "email", "total$", "payment_attempts"];
        assert_eq!(rows(shop, "unpaid_orders", &columns, "order_id"), unpaid.collect::<Vec<_>>());
        let funnel = reports().funnel(all).unwrap().into_iter();
        let funnel: Vec<_> = funnel.map(|row| format!("{} {} {}", row.stage, row.orders, cents(row.amount))).collect();
        let mut stages = rows(shop, "funnel", &["stage", "orders", "amount$"], "1");
        stages.sort_by_key(|line| funnel.iter().position(|other| other == line));
        assert_eq!(stages, funnel);
        let cover = reports().sell_through(all, limit).unwrap();
        assert_eq!(rows(shop, "sell_through", &["product_id"], "product_id").len(), cover.len());
    }

    fn every_metric_has_its_words_beside_the_views(shop) {
        let folder = match shop.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
            _ => "mysql",
        };
        let folder = format!("{}/migrations/views/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        let comments: Vec<String> = files
            .flat_map(|text| {
                text.lines().filter_map(|line| line.strip_prefix("-- ").map(str::to_owned)).collect::<Vec<_>>()
            })
            .collect();
        let comments = comments.join(" ");
        for words in metrics::ALL {
            assert!(comments.contains(words), "{words}");
        }
        let views: Vec<Count> = shop.read(|conn| {
            Ok(diesel::sql_query("SELECT COUNT(*) AS count FROM analytics_total_revenue").load(conn)?)
        }).unwrap();
        assert_eq!(views[0].count, 1);
    }
}
