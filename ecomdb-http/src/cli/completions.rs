//! `ecomdb completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::terminal::to_stdout;
use super::{Cli, Outcome};
use ecomdb::Error;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The shell that reads the script.
    shell: Shell,
}

const EXAMPLES: &str = "\
bash: source <(ecomdb completions bash), in ~/.bashrc
zsh:  ecomdb completions zsh > ~/.zfunc/_ecomdb, with ~/.zfunc in fpath before compinit
fish: ecomdb completions fish > ~/.config/fish/completions/ecomdb.fish";

pub(super) fn run(arguments: &Arguments) -> Outcome {
    // In memory first: the generator panics when its output cannot be written.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "ecomdb", &mut script);
    to_stdout(|out| out.write_all(&script).map(|()| script.len() as u64).map_err(Error::Output))
}
