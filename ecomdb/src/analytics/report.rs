//! All reports by name, with their descriptions, parameters and columns.

use super::answer::{Answer, ReportRow};
use super::rows::*;
use super::{RfmSegment, Trend, metrics};
use crate::engine::Column;
use crate::types::text_enum::text_enum;
use crate::types::{Invalid, Limit, Period, ProductId, TimeZone, UserId};

/// Parameters of a report. A report ignores those that it does not [take](Report::takes). The default selects
/// everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Period of any report; granularity, time zone and comparison of a trend.
    pub trend: Trend,
    /// Maximum number of rows; unlimited if `None`.
    pub limit: Option<Limit>,
    /// Only customers of this segment; all if `None`.
    pub segment: Option<RfmSegment>,
    /// Product of a report on one product, which requires it.
    pub product_id: Option<ProductId>,
    /// User of a report on one customer, which requires it.
    pub user_id: Option<UserId>,
}

/// The parameters by the names that the declarations use.
impl Question {
    pub(crate) fn trend(&self) -> Result<&Trend, Invalid> {
        Ok(&self.trend)
    }

    pub(crate) fn period(&self) -> Result<&Period, Invalid> {
        Ok(&self.trend.period)
    }

    pub(crate) fn zone(&self) -> Result<TimeZone, Invalid> {
        Ok(self.trend.time_zone)
    }

    pub(crate) fn limit(&self) -> Result<Limit, Invalid> {
        Ok(self.limit.unwrap_or(Limit::ALL))
    }

    pub(crate) fn segment(&self) -> Result<Option<RfmSegment>, Invalid> {
        Ok(self.segment)
    }

    pub(crate) fn product(&self) -> Result<ProductId, Invalid> {
        self.product_id.ok_or_else(|| Invalid::new("product_id", "is required: the id of a product"))
    }

    pub(crate) fn customer(&self) -> Result<UserId, Invalid> {
        self.user_id.ok_or_else(|| Invalid::new("user_id", "is required: the id of a user"))
    }
}

/// Names of parameters in the REST API.
macro_rules! takes {
    (period) => {
        &["from", "to"]
    };
    (limit) => {
        &["limit"]
    };
    (period limit) => {
        &["from", "to", "limit"]
    };
    (period segment limit) => {
        &["from", "to", "limit", "segment"]
    };
    (trend) => {
        &["from", "to", "granularity", "compare", "tz"]
    };
    (product trend) => {
        &["product_id", "from", "to", "granularity", "compare", "tz"]
    };
    (customer trend) => {
        &["user_id", "from", "to", "granularity", "compare", "tz"]
    };
    (customer zone) => {
        &["user_id", "tz"]
    };
}

/// The parameters that have no default.
const REQUIRED: [&str; 2] = ["product_id", "user_id"];

macro_rules! report {
    ($(
        #[doc = $about:literal] $(#[doc = $more:literal])*
        $variant:ident = $name:literal: $method:ident($($parameter:ident),+) -> $answer:ident $(<$row:ident>)? {
            query: $file:ident::$query:ident, rollups: $rollups:ident, metrics: [$($metric:ident),+],
        }
    )+) => {
        text_enum! {
            /// A report, by its name in the REST API and on the command line.
            ///
            /// ```
            /// use ecomdb::Report;
            ///
            /// let report: Report = "top-customers".parse()?;
            /// assert_eq!(report.about(), "Customers by spend");
            /// assert_eq!(report.takes(), ["from", "to", "limit"]);
            /// assert_eq!(report.columns()[0].name, "user_id");
            /// # Ok::<(), String>(())
            /// ```
            Report {
                $(
                    #[doc = $about]
                    #[doc = ""]
                    $(#[doc = $more])*
                    $variant = $name,
                )+
            }
        }

        impl Report {
            /// Description in one line.
            #[must_use]
            pub fn about(self) -> &'static str {
                let line = match self { $(Self::$variant => $about,)+ };
                line.trim().trim_end_matches('.')
            }

            /// Definitions of its numbers, from [`metrics`](crate::metrics).
            #[must_use]
            pub const fn metrics(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$(metrics::$metric),+],)+ }
            }

            /// Names of the accepted parameters, as in the REST API.
            #[must_use]
            pub const fn takes(self) -> &'static [&'static str] {
                match self { $(Self::$variant => takes!($($parameter)+),)+ }
            }

            /// Name of the parameter that the report requires, one of those that it [takes](Self::takes): the id of a
            /// product or a user.
            #[must_use]
            pub fn requires(self) -> Option<&'static str> {
                self.takes().iter().copied().find(|parameter| REQUIRED.contains(parameter))
            }

            /// Columns of the report. A trend without comparison has no `previous_` columns.
            #[must_use]
            pub const fn columns(self) -> &'static [Column] {
                match self { $(Self::$variant => columns::<$answer $(<$row>)?>(),)+ }
            }

            /// Whether the report always has exactly one row.
            #[must_use]
            pub const fn is_one_row(self) -> bool {
                match self { $(Self::$variant => <$answer $(<$row>)? as Answer>::IS_ONE_ROW,)+ }
            }

            /// Schema of the answer in the REST API, and the schemas that it refers to by their names.
            #[cfg(feature = "utoipa")]
            #[must_use]
            pub fn schema(self) -> (Schema, Vec<(String, Schema)>) {
                match self { $(Self::$variant => schema::<$answer $(<$row>)?>(),)+ }
            }
        }
    };
}

crate::with_reports!(report);

const fn columns<A: Answer>() -> &'static [Column] {
    A::Row::COLUMNS
}

#[cfg(feature = "utoipa")]
type Schema = utoipa::openapi::RefOr<utoipa::openapi::Schema>;

#[cfg(feature = "utoipa")]
fn schema<A: Answer<Row: utoipa::ToSchema>>() -> (Schema, Vec<(String, Schema)>) {
    use utoipa::openapi::{ArrayBuilder, Ref};
    use utoipa::{PartialSchema, ToSchema};

    let name = A::Row::name();
    let row = Ref::from_schema_name(&*name);
    let mut named = vec![(name.into_owned(), A::Row::schema())];
    A::Row::schemas(&mut named);
    let answer = if A::IS_ONE_ROW { row.into() } else { ArrayBuilder::new().items(row).into() };
    (answer, named)
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn the_documentation_lists_every_report() {
        let line = |report: &Report| format!("| `{report}` | {} | {} |\n", report.about(), report.takes().join(", "));
        let lines: String = Report::ALL.iter().map(line).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reports.md");
        let document = std::fs::read_to_string(path).unwrap();
        assert!(document.contains(&lines), "the table of docs/reports.md must be:\n{lines}");
    }
}
