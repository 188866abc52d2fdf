//! `ecomdb backup`

use std::path::PathBuf;

use clap::Args;

use super::existing::{if_exists, or_overwrite};
use super::terminal::say;
use super::{Outcome, open_to_read, stop};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The new file.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Replace the file if it exists, unless it is a database in use.
    #[arg(long)]
    overwrite: bool,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    stop::ends_the_program()?;
    open_to_read(url)?.backup(&arguments.file, if_exists(arguments.overwrite)).map_err(or_overwrite)?;
    let file = arguments.file.display();
    match arguments.file.to_str().map(url_of) {
        Some(url) => {
            say(format_args!("{file} has the whole shop; `ecomdb --database {} check` proves it", quoted(url)))
        }
        // The name cannot be expressed in a URL.
        None => say(format_args!("{file} has the whole shop")),
    }
}

/// The URL that opens this file.
fn url_of(file: &str) -> String {
    if file == ":memory:" { format!("sqlite://./{file}") } else { format!("sqlite://{file}") }
}

/// Quotes a word for a shell.
fn quoted(word: String) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if word.bytes().all(is_plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
