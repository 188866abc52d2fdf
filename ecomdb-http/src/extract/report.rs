//! What a report is asked for.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ecomdb::{Granularity, Limit, Period, RfmSegment, TimeZone, Trend, quoted};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::query::{FromText, Query, text};
use crate::openapi::fields;
use crate::problem::Problem;

/// What the parameters of a report ask for, as the library takes it.
#[derive(Debug)]
pub(crate) struct Asked<P: Parameters>(pub(crate) P::For);

/// The parameters of a report.
pub(crate) trait Parameters: DeserializeOwned {
    /// What they ask for.
    type For;

    fn read(self) -> Result<Self::For, Problem>;
}

impl<S: Sync, P: Parameters> FromRequestParts<S> for Asked<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(parameters) = Query::<P>::from_request_parts(parts, state).await?;
        parameters.read().map(Self)
    }
}

/// For what is about the orders placed from `from` on and before `to`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct During {
    /// Only orders placed at this time or later: an RFC 3339 time, or a day, which begins in UTC.
    #[param(value_type = fields::Moment, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time or day.
    #[param(value_type = fields::Moment, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
}

impl Parameters for During {
    type For = Period;

    fn read(self) -> Result<Period, Problem> {
        period(TimeZone::UTC, self.from, self.to)
    }
}

/// For a list of at most `limit` rows about such orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ranking {
    /// Only orders placed at this time or later: an RFC 3339 time, or a day, which begins in UTC.
    #[param(value_type = fields::Moment, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time or day.
    #[param(value_type = fields::Moment, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// How many rows at the most.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
}

impl Parameters for Ranking {
    type For = (Period, Limit);

    fn read(self) -> Result<(Period, Limit), Problem> {
        Ok((period(TimeZone::UTC, self.from, self.to)?, self.limit.unwrap_or_default()))
    }
}

/// For a list of at most `limit` rows that is not about orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Top {
    /// How many rows at the most.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
}

impl Parameters for Top {
    type For = Limit;

    fn read(self) -> Result<Limit, Problem> {
        Ok(self.limit.unwrap_or_default())
    }
}

/// For customers, of one segment or of all.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Segment {
    /// Only orders placed at this time or later: an RFC 3339 time, or a day, which begins in UTC.
    #[param(value_type = fields::Moment, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time or day.
    #[param(value_type = fields::Moment, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// How many rows at the most.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    /// Only customers of this segment.
    #[param(inline)]
    #[serde(deserialize_with = "text")]
    segment: Option<RfmSegment>,
}

impl Parameters for Segment {
    type For = (Period, Option<RfmSegment>, Limit);

    fn read(self) -> Result<Self::For, Problem> {
        Ok((period(TimeZone::UTC, self.from, self.to)?, self.segment, self.limit.unwrap_or_default()))
    }
}

/// For a trend, in the calendar of the time zone `tz`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct OverTime {
    /// Only orders placed at this time or later: an RFC 3339 time, or a day, which begins in UTC.
    #[param(value_type = fields::Moment, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time or day.
    #[param(value_type = fields::Moment, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// How long the steps are; a day unless given.
    #[param(inline)]
    #[serde(deserialize_with = "text")]
    granularity: Option<Granularity>,
    /// What to have beside each step: `previous`, as many steps earlier as the trend has.
    #[param(value_type = fields::Previous, inline)]
    #[serde(deserialize_with = "text")]
    compare: Option<Previous>,
    /// The time zone whose days the steps are.
    #[param(value_type = fields::Zone, inline, example = "Europe/Berlin")]
    #[serde(deserialize_with = "text")]
    tz: Option<TimeZone>,
}

impl Parameters for OverTime {
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

/// What a trend can be compared with.
#[derive(Debug)]
struct Previous;

impl FromText for Previous {
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "previous" { Ok(Self) } else { Err(format!("must be previous, not {}", quoted(text))) }
    }
}

impl FromText for TimeZone {
    fn from_text(text: &str) -> Result<Self, String> {
        // As in a time: Etc/GMT+5 has a plus sign.
        let zone = text.replace(' ', "+").parse::<Self>();
        zone.map_err(|invalid| invalid.fields().iter().map(|field| field.message.as_str()).collect())
    }
}

/// A day begins in the time zone.
pub(crate) fn period(zone: TimeZone, from: Option<String>, to: Option<String>) -> Result<Period, Problem> {
    // The plus sign of an offset becomes a space in a query unless it is escaped, and nobody thinks of that.
    let plus = |time: String| if time.contains('T') { time.replace(' ', "+") } else { time };
    let (from, to) = (from.map(plus), to.map(plus));
    Period::parse_in(zone, from.as_deref(), to.as_deref()).map_err(|invalid| Problem::from(invalid).of_query())
}
