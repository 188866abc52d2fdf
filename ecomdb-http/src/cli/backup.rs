//! `ecomdb backup`

use std::path::PathBuf;

use clap::Args;

use super::terminal::say;
use super::{Outcome, open_existing};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The new file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    open_existing(url)?.backup(&arguments.file)?;
    let file = arguments.file.display();
    say(format_args!("{file} has the whole shop; `ecomdb --database sqlite://{file} check` proves it"));
    Ok(())
}
