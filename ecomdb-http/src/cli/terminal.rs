//! What is said on the terminal.

use std::fmt::Display;
use std::io::{self, Write};

/// A line on the standard output. That nobody reads it (`ecomdb check | head -1`) is no error.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on the standard error that is no error.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// What went wrong, on the standard error.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "error: {message}");
}

/// Asks a question, and gives the answer without its line break.
pub(crate) fn ask(question: &str) -> io::Result<String> {
    let mut stderr = io::stderr();
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    first_line().map(|answer| answer.trim().to_owned())
}

/// The next line of the standard input, without its line break.
pub(crate) fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok(line)
}
