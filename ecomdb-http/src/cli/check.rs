//! `ecomdb check`

use ecomdb::{CheckResult, Error};

use super::terminal::say;
use super::{Failure, Outcome, open_to_read};

pub(super) fn run(url: &str) -> Outcome {
    let mut lost = None;
    let report = open_to_read(url)?.check_with(|check| {
        tell(check).map_err(|failure| {
            lost = Some(failure);
            Error::RolledBack
        })
    });
    if let Some(failure) = lost {
        return Err(failure);
    }
    let report = report?;
    if report.is_clean() {
        return say(format_args!("all {} rules hold", report.checks.len()));
    }
    let broken = report.checks.iter().filter(|check| !check.findings.is_empty()).count();
    say(format_args!("{broken} of {} rules are broken", report.checks.len()))?;
    Err(Failure::Found)
}

/// Prints the result of a rule, and flushes standard output.
fn tell(check: &CheckResult) -> Outcome {
    let verdict = if check.findings.is_empty() { "ok    " } else { "BROKEN" };
    say(format_args!("{verdict} {} ({} rows)", check.rule, check.compared))?;
    for finding in &check.findings {
        say(format_args!("         {}", finding.message))?;
    }
    Ok(())
}
