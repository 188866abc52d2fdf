//! What the rows of each report are.

use super::report::report_rows;

report_rows! {
    /// What the completed orders of a period came to.
    TotalRevenue = ecomdb::TotalRevenue {
        /// Decimal: the sum of their totals.
        total_revenue,
        /// Decimal: what of it was given back in partial refunds.
        refunds,
        /// Decimal: ``total_revenue`` less ``refunds``.
        net_revenue,
        /// int: how many orders.
        orders,
    }

    /// What the completed orders of a calendar month came to.
    MonthlyRevenue = ecomdb::MonthlyRevenue {
        /// str: the month, such as ``"2026-01"``, in UTC.
        month,
        /// Decimal: the sum of the totals.
        total_revenue,
        /// Decimal: what of it was given back in partial refunds.
        refunds,
        /// Decimal: ``total_revenue`` less ``refunds``.
        net_revenue,
        /// int: how many orders.
        orders,
    }

    /// A day, week or month of a trend; only the part of it that lies in the period.
    TrendStep = ecomdb::TrendStep {
        /// date: the day, the Monday of the week, or the first of the month, in the time zone.
        date,
        /// datetime: the first moment, in UTC.
        from_ = from,
        /// datetime: the first moment that is out again, in UTC.
        to,
        /// Decimal: the sum of the totals of completed orders.
        total_revenue,
        /// Decimal: what of it was given back in partial refunds.
        refunds,
        /// Decimal: ``total_revenue`` less ``refunds``.
        net_revenue,
        /// int: how many orders.
        orders,
        /// Decimal | None: ``total_revenue`` of the earlier step that it is compared with.
        previous_total_revenue,
        /// Decimal | None: ``net_revenue`` of the same.
        previous_net_revenue,
        /// int | None: ``orders`` of the same.
        previous_orders,
    }

    /// What a completed order comes to on average.
    AverageOrderValue = ecomdb::AverageOrderValue {
        /// Decimal: ``total_revenue`` divided by ``orders``, rounded half up to the cent; 0.00 without orders.
        average_order_value,
        /// Decimal: the sum of the totals.
        total_revenue,
        /// int: how many orders.
        orders,
    }

    /// A customer, and what they spent.
    TopCustomer = ecomdb::TopCustomer {
        /// int: who.
        user_id,
        /// str: e-mail address.
        email,
        /// str: given name.
        first_name,
        /// str: family name.
        last_name,
        /// Decimal: the sum of the totals of their completed orders.
        total_spent,
        /// int: how many completed orders.
        orders,
    }

    /// Who bought in a month: for the first time, or again.
    NewAndReturning = ecomdb::NewAndReturning {
        /// str: the month, such as ``"2026-01"``, in UTC.
        month,
        /// int: customers whose first completed order ever was placed in this month.
        new_customers,
        /// int: customers whose first completed order was placed in an earlier month.
        returning_customers,
        /// Decimal: what the new ones spent.
        new_revenue,
        /// Decimal: what the returning ones spent.
        returning_revenue,
    }

    /// The customers whose first completed order was placed in the same month, in that month or a later one.
    CohortMonth = ecomdb::CohortMonth {
        /// str: the month in which they first bought, in UTC.
        cohort,
        /// int: how many they are.
        cohort_customers,
        /// str: the month that this is about.
        month,
        /// int: how many months that is after the first one.
        months_since,
        /// int: how many of them have a completed order in it.
        active_customers,
        /// float: ``active_customers`` divided by ``cohort_customers``: 0.0 to 1.0.
        retention,
        /// int: their completed orders in it.
        orders,
        /// Decimal: what those came to.
        revenue,
        /// Decimal: what all of them spent until the end of it, divided by ``cohort_customers``.
        lifetime_value,
    }

    /// How many customers a segment has, and what they came to.
    RfmSegmentSummary = ecomdb::RfmSegmentSummary {
        /// RfmSegment: which one.
        segment,
        /// int: how many customers are in it.
        customers,
        /// int: their completed orders.
        orders,
        /// Decimal: what those came to.
        revenue,
        /// Decimal: ``revenue`` divided by ``customers``, rounded half up to the cent; 0.00 without customers.
        revenue_per_customer,
    }

    /// A customer with scores. Each is 1 to 5: 1 + floor(5 * b / n), where b of the n customers do worse.
    RfmCustomer = ecomdb::RfmCustomer {
        /// int: who.
        user_id,
        /// str: e-mail address.
        email,
        /// date: the day (UTC) of the last completed order.
        last_order,
        /// int: completed orders: the frequency.
        orders,
        /// Decimal: the sum of their totals: the monetary value.
        total_spent,
        /// int: 5 for those who bought last.
        recency_score,
        /// int: 5 for those who bought most often.
        frequency_score,
        /// int: 5 for those who spent most.
        monetary_score,
        /// RfmSegment: what the scores make of them.
        segment,
    }

    /// A product, and how much of it was sold.
    TopProduct = ecomdb::TopProduct {
        /// int: which one.
        product_id,
        /// str: current name.
        product_name,
        /// int: units in completed orders.
        total_units_sold,
    }

    /// A product, and what it brought in.
    ProductRevenue = ecomdb::ProductRevenue {
        /// int: which one.
        product_id,
        /// str: current name.
        product_name,
        /// Decimal: its part of the totals of completed orders, at the prices of then.
        product_revenue,
    }

    /// A category, and what its products brought in.
    CategoryRevenue = ecomdb::CategoryRevenue {
        /// int: which one.
        category_id,
        /// str: name.
        category_name,
        /// Decimal: the part of its products, as they are listed now, in the totals of completed orders.
        category_revenue,
    }

    /// Two products that were bought together.
    BoughtTogether = ecomdb::BoughtTogether {
        /// int: the one with the lower id.
        product_a,
        /// str: current name.
        product_a_name,
        /// int: the other one.
        product_b,
        /// str: current name.
        product_b_name,
        /// int: completed orders, of at most 25 products, with both.
        orders_together,
        /// float: ``orders_together`` divided by all completed orders: 0.0 to 1.0.
        support,
        /// float: ``orders_together`` divided by the completed orders with a.
        confidence_a_to_b,
        /// float: ``orders_together`` divided by the completed orders with b.
        confidence_b_to_a,
        /// float: how many times more often they are bought together than if they had nothing to do with each other.
        lift,
    }

    /// How a product sells, and how long its stock lasts.
    SellThrough = ecomdb::SellThrough {
        /// int: which one.
        product_id,
        /// str: name.
        product_name,
        /// int: units in completed orders of the period.
        units_sold,
        /// int: units in stock now.
        stock,
        /// float: ``units_sold`` divided by ``units_sold`` + ``stock``: 0.0 to 1.0.
        sell_through,
        /// float: how many days the stock lasts at the rate of the period.
        days_of_cover,
    }

    /// A product that is to be reordered.
    LowInventory = ecomdb::LowInventory {
        /// int: which one.
        product_id,
        /// str: name.
        product_name,
        /// str: stock keeping unit.
        sku,
        /// int: units in stock now.
        stock,
        /// int: reorder level: at or below this many units, the product is low on stock.
        reorder_level,
    }

    /// An unpaid order.
    UnpaidOrder = ecomdb::UnpaidOrder {
        /// int: which one.
        order_id,
        /// int: user id of the buyer.
        user_id,
        /// str: their address.
        email,
        /// Decimal: what it comes to.
        total,
        /// datetime: when it was placed, in UTC.
        placed_at,
        /// int: how many attempts to pay it there were.
        payment_attempts,
    }

    /// How many of the orders of a period came so far.
    FunnelStep = ecomdb::FunnelStep {
        /// FunnelStage: how far.
        stage,
        /// int: how many orders.
        orders,
        /// Decimal: the sum of their totals.
        amount,
        /// float: ``orders`` divided by the orders that were placed: 0.0 to 1.0.
        share_of_placed,
    }
}
