//! Rollup rows that a bulk load writes. [`crate::analytics`] defines their contents.

use super::Relation;
use crate::engine::{Cell, Cells, Record};

macro_rules! rollup {
    ($name:ident in $table:literal: $($column:ident),+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name {
            $(pub(crate) $column: i64,)+
        }

        impl Record for $name {
            const PLACE: usize = Relation::$name as usize;
            const NAME: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            #[inline]
            fn cells(&self, out: &mut impl Cells) {
                $(out.cell(Cell::Int(self.$column));)+
                out.end_row();
            }
        }
    };
}

rollup!(MonthSales in "sales_by_month": month, orders, units, revenue, refunded);
rollup!(DaySales in "sales_by_day": day, orders, units, revenue, refunded);
rollup!(QuarterHourSales in "sales_by_quarter_hour": quarter_hour, orders, units, revenue, refunded);
rollup!(ProductSales in "sales_by_product": product_id, orders, units, revenue);
rollup!(ProductMonthSales in "sales_by_product_month": month, product_id, units, revenue);
rollup!(ProductDaySales in "sales_by_product_day": day, product_id, units, revenue);
rollup!(CountryDaySales in "sales_by_country_day": day, country, orders, units, revenue, refunded);
rollup!(CustomerDaySales in "sales_by_customer_day": day, user_id, orders, revenue, refunded);
rollup!(CohortSales in "sales_by_cohort": cohort, month, customers, orders, revenue, refunded);
rollup!(FunnelDays in "funnel_by_day": day, placed, placed_amount, attempted, attempted_amount, paid, paid_amount,
    returned, returned_amount);
rollup!(PairSales in "sales_by_pair": product_a, product_b, orders);
