//! The command line: one file per subcommand.

mod api_key;
mod backup;
mod check;
mod completions;
mod config;
mod existing;
mod expire;
mod export;
mod generate;
mod log;
mod migrate;
mod permissions;
mod progress;
mod rebuild;
mod report;
mod reset;
mod scenario;
mod serve;
mod shop;
mod stop;
mod terminal;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ecomdb::{Database, sqlite_file};

use self::terminal::complain;

/// An e-commerce database: exact money and stock, fast reports, a REST API.
#[derive(Debug, Parser)]
#[command(name = "ecomdb", version, after_help = EXIT_CODES)]
struct Cli {
    /// The database: sqlite://FILE or its path, sqlite::memory:, mysql://USER:PASSWORD@HOST/NAME or
    /// postgres://USER:PASSWORD@HOST/NAME.
    // The value may contain a password, so the help does not show it.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "ECOMDB_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://shop.db"
    )]
    database: String,

    /// A TOML file with the database and settings of `ecomdb serve`, under the names of the flags with `_` for `-`.
    /// Flags and variables take precedence.
    #[arg(long, global = true, value_name = "FILE", env = "ECOMDB_CONFIG")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

/// Parses a switch from the environment, the configuration file or the command line.
fn on_or_off(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err("must be on or off; true, yes and 1 are on, and false, no and 0 are off".to_owned()),
    }
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed (or `check` found something), 2 wrong usage.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the REST API and the dashboard.
    Serve(Box<serve::Arguments>),
    /// Fill a database with a realistic shop, after its existing rows; or write the shop as CSV.
    Generate(Box<generate::Arguments>),
    /// Write a table, a report, or all tables as CSV or JSON lines.
    Export(Box<export::Arguments>),
    /// Copy the database to a new file while it is in use (SQLite; for a server, print the command that does it).
    Backup(backup::Arguments),
    /// Create the database, or migrate its schema.
    Migrate,
    /// Delete all data of the shop; other tables of the database stay.
    Reset(reset::Arguments),
    /// Verify that stock, totals, payments and refunds add up.
    Check,
    /// Rebuild the rollups of the reports from the orders, and the search terms.
    Rebuild,
    /// Cancel orders whose hold has ended, and return their units to stock. `ecomdb serve` does so every 30 seconds.
    Expire,
    /// Print a report; without a name, list them.
    Report(report::Arguments),
    /// Show the settings of the shop, or change those that are given.
    Shop(shop::Arguments),
    /// Create and change users who can log in.
    #[command(subcommand)]
    User(user::Command),
    /// Create, list and revoke API keys.
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Print a script that completes commands and options in a shell; in bash and zsh also names of reports and tables.
    Completions(completions::Arguments),
}

/// An unsuccessful end of a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error; exit code 1.
    Failed(String),
    /// Wrong usage; exit code 2.
    Usage(String),
    /// The command ran and has reported findings; exit code 1.
    Found,
}

impl From<ecomdb::Error> for Failure {
    fn from(error: ecomdb::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The result of a command.
pub(crate) type Outcome = Result<(), Failure>;

/// Runs the command of the command line.
pub(crate) fn run() -> ExitCode {
    let parsed = config::parse();
    match parsed.and_then(|parsed| parsed.map_or(Ok(()), |(cli, matches)| execute(cli, &matches))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Found) => ExitCode::from(1),
        Err(Failure::Failed(message)) => {
            complain(&message);
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

fn execute(Cli { database, command, .. }: Cli, matches: &clap::ArgMatches) -> Outcome {
    match command {
        Command::Serve(arguments) if arguments.print_config => config::print(matches),
        Command::Serve(arguments) => serve::run(&database, &arguments),
        Command::Generate(arguments) => generate::run(&database, &arguments),
        Command::Export(arguments) => export::run(&database, &arguments),
        Command::Backup(arguments) => backup::run(&database, &arguments),
        Command::Migrate => migrate::run(&database),
        Command::Reset(arguments) => reset::run(&database, &arguments),
        Command::Check => check::run(&database),
        Command::Rebuild => rebuild::run(&database),
        Command::Expire => expire::run(&database),
        Command::Report(arguments) => report::run(&database, &arguments),
        Command::Shop(arguments) => shop::run(&database, arguments),
        Command::User(command) => user::run(&database, command),
        Command::ApiKey(command) => api_key::run(&database, command),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

/// Opens an existing database and leaves its schema alone.
fn open_existing(url: &str) -> Result<Database, Failure> {
    refuse_missing_file(url)?;
    Ok(Database::builder(url).migrate(false).open()?)
}

/// Opens the database for a read-only command, which changes nothing in a SQLite file or its folder. On a server,
/// reports still fold queued sales.
fn open_to_read(url: &str) -> Result<Database, Failure> {
    refuse_missing_file(url)?;
    Ok(Database::builder(url).migrate(false).read_only(sqlite_file(url).is_some()).open()?)
}

fn refuse_missing_file(url: &str) -> Outcome {
    let Some(file) = sqlite_file(url) else { return Ok(()) };
    match std::path::Path::new(file).try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Failed(format!(
            "there is no database {file}: name another with --database, or create it with `ecomdb migrate`"
        ))),
        Err(error) => Err(Failure::Failed(format!("the database file {file} cannot be reached: {error}"))),
    }
}
