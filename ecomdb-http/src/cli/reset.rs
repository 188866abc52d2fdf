//! `ecomdb reset`

use std::io::IsTerminal;

use clap::Args;

use super::terminal::{ask, say};
use super::{Failure, Outcome, open_existing};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Do not ask. Deliberately without an environment variable: one that is set for another command must not delete a
    /// shop.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    if !arguments.yes && !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "reset deletes every row of the shop: say --yes on the command line if that is meant".to_owned(),
        ));
    }
    let database = open_existing(url)?;
    if !arguments.yes {
        let answer = ask("This deletes every row of the shop. Type yes to go on:");
        if answer.ok().as_deref() != Some("yes") {
            return Err(Failure::Failed("nothing was deleted".to_owned()));
        }
    }
    database.reset()?;
    say("the shop is empty")
}
