//! The generator's progress on the terminal.

use std::io::IsTerminal;
use std::time::Duration;

use ecomdb::generator::{Progress, Step};
use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::note;

/// A progress bar on a terminal, otherwise lines: at most one per second, and none if the work is done at once.
pub(super) enum Display {
    Bar(ProgressBar),
    Lines { next: Duration, step: Step },
}

const BETWEEN_LINES: Duration = Duration::from_secs(1);

impl Display {
    pub(super) fn new(orders: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { next: BETWEEN_LINES, step: Step::Rows };
        }
        let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} orders, {elapsed} {msg}");
        Self::Bar(ProgressBar::new(orders).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        let doing = doing(progress);
        match self {
            Self::Bar(bar) => {
                bar.set_position(progress.orders);
                bar.set_message(doing);
            }
            Self::Lines { next, step } => {
                if progress.elapsed < *next && progress.step == *step || progress.elapsed < BETWEEN_LINES {
                    return;
                }
                (*next, *step) = (progress.elapsed + BETWEEN_LINES.max(progress.elapsed / 10), progress.step);
                note(format_args!("{} of {} orders, {doing}", progress.orders, progress.of));
            }
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn doing(progress: &Progress) -> String {
    let left = match progress.remaining() {
        Some(left) => format!(", {} s to the last order", left.as_secs_f64().ceil()),
        None => String::new(),
    };
    match progress.step {
        Step::Rows => format!("{:.0} rows/s{left}", progress.rate()),
        Step::Loading => format!("loaded by the server{left}"),
        Step::Reports => "summing up the sales".to_owned(),
        Step::Indexes => "making indexes".to_owned(),
        _ => "saving".to_owned(),
    }
}
