//! Output on the terminal.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use clap::error::Error as Help;
use ecomdb::Error;

use super::{Failure, Outcome};

/// Writes a line to standard output. All commands write through this function, [`to_stdout`] or [`help`], so that lost
/// output is an error.
pub(crate) fn say(line: impl Display) -> Outcome {
    written(writeln!(io::stdout(), "{line}").map_err(Error::Output))
}

/// Writes bulk data to standard output, with a buffer.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> ecomdb::Result<u64>) -> Outcome {
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome = write(&mut out).and_then(|_| out.flush().map_err(Error::Output));
    // Prevents another attempt to write when the buffer is dropped.
    let _ = out.into_parts();
    written(outcome)
}

/// Writes the text of `--help` or `--version` to standard output.
pub(crate) fn help(help: &Help) -> Outcome {
    written(help.print().and_then(|()| io::stdout().flush()).map_err(Error::Output))
}

/// The result of writing to standard output. A closed pipe (`ecomdb check | head -1`) is not a failure; any other error
/// is.
fn written(outcome: ecomdb::Result<()>) -> Outcome {
    match outcome {
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(Failure::from),
    }
}

/// A message on standard error that is not an error.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// An error message on standard error.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "error: {message}");
}

/// Asks a question and returns the answer without its line break.
pub(crate) fn ask(question: &str) -> io::Result<String> {
    let mut stderr = io::stderr();
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    first_line().map(|answer| answer.trim().to_owned())
}

/// The next line of standard input, without its line break.
pub(crate) fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok(line)
}
