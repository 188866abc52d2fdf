//! `/`: the overview.

use askama::Template;

use super::shell::{Section, Shell, Visit, render};
use crate::respond::Answer;

#[derive(Template)]
#[template(path = "overview/overview.html")]
struct Overview {
    shell: Shell,
}

/// The overview.
pub(super) async fn show_overview(visit: Visit) -> Answer {
    render(&Overview { shell: visit.page("Overview", Section::Overview) })
}
