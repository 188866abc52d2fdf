//! `/reports`: every report of the library, made from its declaration.

mod chart;
mod customers;
mod question;
mod sales;
mod table;

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use ecomdb::{Error, ExportFormat, Report, ReportRows, RfmSegment, metrics};

use self::question::{Choices, ReportQuery, Subject};
use self::table::{Cards, Table, words};
use super::chart::Markup;
use super::list::{BYTE_ORDER_MARK, csv_attachment};
use super::period::Chooser;
use super::shell::{Section, Shell, Visit, render};
use crate::extract::{Query, Segment};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "reports/list.html")]
struct Reports {
    shell: Shell,
    reports: &'static [Report],
}

/// The list of reports.
pub(super) async fn list_reports(visit: Visit) -> Answer {
    render(&Reports { reports: Report::ALL, shell: visit.page("Reports", Section::Reports) })
}

#[derive(Template)]
#[template(path = "reports/report.html")]
struct Page {
    shell: Shell,
    report: Report,
    /// `None` for reports without a period.
    chooser: Option<Chooser>,
    is_of_all_time: bool,
    /// The calendar of the period and of the steps, in words.
    calendar: String,
    choices: Choices,
    /// The product or customer of a report on one.
    subject: Option<Subject>,
    /// The values of a report with one row.
    cards: Option<Cards>,
    chart: Option<Markup>,
    /// `None` until the required parameters are chosen.
    table: Option<Table>,
    /// The maximum number of rows, if the report may have more.
    limited_to: Option<String>,
    csv: String,
    /// Address of the report with fixed days, which shows the same tomorrow.
    link: String,
}

/// A report as a page, or, if the name ends in `.csv`, all of its rows as CSV.
pub(super) async fn show_report(
    State(app): State<Shared>,
    visit: Visit,
    Segment(name): Segment,
    query: Query<ReportQuery>,
) -> Answer {
    let (name, is_csv) = name.strip_suffix(".csv").map_or((name.as_str(), false), |name| (name, true));
    let report: Report = name
        .parse()
        .map_err(|_| Problem::new(&kinds::NOT_FOUND, "there is no such report; the page Reports lists all"))?;
    let asked = query.0.for_report(report, &visit)?;
    if is_csv { csv(&app, &asked).await } else { page(&app, visit, asked).await }
}

async fn page(app: &App, visit: Visit, asked: question::Selection) -> Answer {
    let (report, subject) = (asked.report, asked.subject());
    let question = asked.question()?;
    let rows = match &subject {
        Some(subject) if subject.id.is_empty() => None,
        _ => Some(app.run(move |db| db.analytics().rows(report, &question)).await.map_err(Problem::of_query)?),
    };
    let takes_limit = report.takes().contains(&"limit");
    let is_full =
        |rows: &ReportRows| takes_limit && i64::try_from(rows.len()).is_ok_and(|rows| rows >= asked.limit.get());
    render(&Page {
        report,
        chooser: asked.chooser(),
        is_of_all_time: asked.is_of_all_time(),
        calendar: asked.calendar(),
        choices: asked.choices(),
        subject,
        cards: rows.as_ref().filter(|_| report.is_one_row()).map(Cards::new),
        chart: rows.as_ref().and_then(|rows| chart::chart(&asked, rows)),
        table: rows.as_ref().map(|rows| Table::new(&asked, rows)),
        limited_to: rows.as_ref().filter(|rows| is_full(rows)).map(|_| super::format::count(asked.limit.get())),
        csv: asked.address(&format!("/reports/{report}.csv")),
        link: asked.permalink(),
        shell: visit.page(report.about(), Section::Reports),
    })
}

/// The definition of a metric, with the names of segments as the page writes them.
fn meaning(metric: &str) -> String {
    let name = |text: String, segment: &RfmSegment| match segment.as_str() {
        word if metric == metrics::RFM_SEGMENT => text.replace(&format!("{word} R"), &format!("{} R", words(word))),
        _ => text,
    };
    RfmSegment::ALL.iter().fold(metric.to_owned(), name)
}

/// All rows, for a spreadsheet.
async fn csv(app: &App, asked: &question::Selection) -> Answer {
    let (report, question) = (asked.report, asked.question_of_all()?);
    let write = move |db: ecomdb::Asynchronous| {
        db.run(move |shop| {
            let mut text = BYTE_ORDER_MARK.as_bytes().to_vec();
            let rows = shop.analytics().rows(report, &question)?;
            rows.write(ExportFormat::Csv.for_spreadsheet()?, &mut text).map_err(Error::Output)?;
            Ok(text)
        })
    };
    let text: Vec<u8> = app.run(write).await.map_err(Problem::of_query)?;
    Ok((csv_attachment(&asked.file_name())?, text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_named_as_in_the_table() {
        let words = meaning(metrics::RFM_SEGMENT);
        assert!(words.contains("Potential loyalists R 4-5 V 2-3") && !words.contains('_'), "{words}");
        assert_eq!(meaning(metrics::REVENUE), metrics::REVENUE);
    }
}
