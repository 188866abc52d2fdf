//! `/problems/{kind}`: where the `type` of a problem leads.

use ecomdb::quoted;

use crate::extract::Word;
use crate::problem::{Problem, kinds};

pub(crate) async fn explain_problem(Word(slug): Word) -> Result<String, Problem> {
    match kinds::ALL.iter().find(|kind| kind.slug() == slug) {
        Some(kind) => Ok(format!("{}: {}.\n\n{}\n", kind.status(), kind.title(), kind.remedy())),
        None => Err(Problem::new(&kinds::NO_ROUTE, format!("no problem is called {}", quoted(&slug)))),
    }
}
