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
    let url = quoted(format!("sqlite://{file}"));
    say(format_args!("{file} has the whole shop; `ecomdb --database {url} check` proves it"))
}

/// As one word to a shell.
fn quoted(word: String) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if word.bytes().all(is_plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
