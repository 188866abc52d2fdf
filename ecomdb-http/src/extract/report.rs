//! The query parameters of reports.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ecomdb::{Granularity, Limit, Period, RfmSegment, TimeZone, Trend, quoted};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::query::{FromText, Query, text};
use crate::openapi::fields;
use crate::problem::Problem;

/// The parsed parameters of a report, in the library's types.
#[derive(Debug)]
pub(crate) struct ReportQuery<P: Parameters>(pub(crate) P::For);

pub(crate) trait Parameters: DeserializeOwned {
    /// The library's type for them.
    type For;

    fn read(self) -> Result<Self::For, Problem>;
}

impl<S: Sync, P: Parameters> FromRequestParts<S> for ReportQuery<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(parameters) = Query::<P>::from_request_parts(parts, state).await?;
        parameters.read().map(Self)
    }
}

/// Reports over orders with `from <= placed_at < to`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeriodQuery {
    /// Only orders placed at or after this time: RFC 3339, or a date, month or year, which begins at midnight UTC.
    #[param(value_type = fields::Time, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time, date, month or year.
    #[param(value_type = fields::Time, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
}

impl Parameters for PeriodQuery {
    type For = Period;

    fn read(self) -> Result<Period, Problem> {
        period(TimeZone::UTC, self.from, self.to)
    }
}

/// Rankings over orders with `from <= placed_at < to`, of at most `limit` rows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct RankingQuery {
    /// Only orders placed at or after this time: RFC 3339, or a date, month or year, which begins at midnight UTC.
    #[param(value_type = fields::Time, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time, date, month or year.
    #[param(value_type = fields::Time, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// Maximum number of rows.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
}

impl Parameters for RankingQuery {
    type For = (Period, Limit);

    fn read(self) -> Result<(Period, Limit), Problem> {
        Ok((period(TimeZone::UTC, self.from, self.to)?, self.limit.unwrap_or_default()))
    }
}

/// Rankings without a period, of at most `limit` rows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct LimitQuery {
    /// Maximum number of rows.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
}

impl Parameters for LimitQuery {
    type For = Limit;

    fn read(self) -> Result<Limit, Problem> {
        Ok(self.limit.unwrap_or_default())
    }
}

/// RFM customers, of one segment or of all.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct SegmentQuery {
    /// Only orders placed at or after this time: RFC 3339, or a date, month or year, which begins at midnight UTC.
    #[param(value_type = fields::Time, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time, date, month or year.
    #[param(value_type = fields::Time, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// Maximum number of rows.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    /// Only customers of this segment.
    #[param(inline)]
    #[serde(deserialize_with = "text")]
    segment: Option<RfmSegment>,
}

impl Parameters for SegmentQuery {
    type For = (Period, Option<RfmSegment>, Limit);

    fn read(self) -> Result<Self::For, Problem> {
        Ok((period(TimeZone::UTC, self.from, self.to)?, self.segment, self.limit.unwrap_or_default()))
    }
}

/// A revenue trend, in the calendar of the time zone `tz`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendQuery {
    /// Only orders placed at or after this time: RFC 3339, or a date, month or year, which begins at midnight in `tz`.
    #[param(value_type = fields::Time, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time, date, month or year.
    #[param(value_type = fields::Time, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// Length of a step; the default is `day`.
    #[param(inline)]
    #[serde(deserialize_with = "text")]
    granularity: Option<Granularity>,
    /// `previous` adds to each step the values of the step one whole period earlier.
    #[param(value_type = fields::Previous, inline)]
    #[serde(deserialize_with = "text")]
    compare: Option<Previous>,
    /// Time zone in which days, weeks and months begin (IANA name); the default is UTC.
    #[param(value_type = fields::Zone, inline, example = "Europe/Berlin")]
    #[serde(deserialize_with = "text")]
    tz: Option<TimeZone>,
}

impl Parameters for TrendQuery {
    type For = Trend;

    fn read(self) -> Result<Trend, Problem> {
        let usual = Trend::default();
        let time_zone = self.tz.unwrap_or(usual.time_zone);
        Ok(Trend {
            period: period(time_zone, self.from, self.to)?,
            granularity: self.granularity.unwrap_or(usual.granularity),
            time_zone,
            compare_previous: self.compare.is_some(),
        })
    }
}

/// The only comparison there is, `previous`.
#[derive(Debug)]
struct Previous;

impl FromText for Previous {
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "previous" { Ok(Self) } else { Err(format!("must be previous, not {}", quoted(text))) }
    }
}

impl FromText for TimeZone {
    fn from_text(text: &str) -> Result<Self, String> {
        // In a query an unescaped plus sign is a space, and Etc/GMT+5 has one.
        let zone = text.replace(' ', "+").parse::<Self>();
        zone.map_err(|invalid| invalid.fields().iter().map(|field| field.message.as_str()).collect())
    }
}

/// The half-open period between two times or dates; a date begins at midnight in the time zone.
pub(crate) fn period(zone: TimeZone, from: Option<String>, to: Option<String>) -> Result<Period, Problem> {
    // In a query an unescaped plus sign is a space, and clients forget to escape the one of an offset.
    let plus = |time: String| if time.contains('T') { time.replace(' ', "+") } else { time };
    let (from, to) = (from.map(plus), to.map(plus));
    Period::parse_in(zone, from.as_deref(), to.as_deref()).map_err(|invalid| Problem::from(invalid).of_query())
}
