//! `/problems/{kind}`: the target of a problem's `type`.

use ecomdb::quoted;

use crate::extract::Segment;
use crate::problem::{Problem, kinds};

pub(crate) async fn explain_problem(Segment(slug): Segment) -> Result<String, Problem> {
    match kinds::ALL.iter().find(|kind| kind.slug() == slug) {
        Some(kind) => Ok(format!("{}: {}.\n\n{}\n", kind.status(), kind.title(), kind.remedy())),
        None => Err(Problem::new(&kinds::NO_ROUTE, format!("there is no problem {}", quoted(&slug)))),
    }
}
