//! The configuration file: settings of `ecomdb serve` under the names of its flags. They replace the defaults of flags
//! whose option and variable are not given, and are validated by the same parsers.
//!
//! The file must be named explicitly: a file found by itself would make a command behave differently in different
//! directories.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use ecomdb::{quoted, redacted};
use toml::{Table, Value};

use super::permissions::warn_of_readers;
use super::serve::usual_rate_limit;
use super::terminal::{complain, help, say};
use super::{Cli, Failure, Outcome, on_or_off};

/// The subcommand whose settings the file may contain, besides the global ones.
const SERVE: &str = "serve";

/// The setting whose default depends on another one (`auth`).
const RATE_LIMIT: &str = "rate_limit";
const AUTH: &str = "auth";

/// Parses the command line, with the configuration file as the source of defaults. Prints help and usage errors itself;
/// returns `None` if only help was requested.
pub(super) fn parse() -> Result<Option<(Cli, clap::ArgMatches)>, Failure> {
    let command = without_empty_variables(Cli::command());
    let command = match file() {
        Some(file) => with_file(command, &file)?,
        None => command,
    };
    let matches = match command.try_get_matches() {
        Ok(matches) => matches,
        Err(wrong) if wrong.use_stderr() => refuse(&wrong),
        Err(asked) => return help(&asked).map(|()| None),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Some((cli, matches)))
}

/// Prints a usage error and exits. A URL in the wrong place is printed without its password.
fn refuse(wrong: &clap::Error) -> ! {
    let text = wrong.render().to_string();
    let is_ours = |(name, _): &(OsString, OsString)| name.to_string_lossy().starts_with("ECOMDB_");
    let variables = std::env::vars_os().filter(is_ours).map(|(_, value)| value);
    let shown = std::env::args_os().chain(variables).fold(text.clone(), |text, word| {
        let word = word.to_string_lossy();
        // Of `--bind=URL`, mask the URL only.
        let value = word.strip_prefix("--").and_then(|flag| flag.split_once('=')).map_or(&*word, |(_, value)| value);
        let safe = redacted(value);
        if safe == value { text } else { text.replace(value, &safe) }
    });
    if shown == text {
        wrong.exit();
    }
    complain(shown.trim_start_matches("error: ").trim_end());
    std::process::exit(wrong.exit_code())
}

/// The configuration file named on the command line, even if the rest of it is invalid.
fn file() -> Option<PathBuf> {
    let command = without_empty_variables(Cli::command());
    let matches = command.ignore_errors(true).try_get_matches().ok()?;
    matches.get_one::<PathBuf>("config").cloned()
}

/// Treats empty variables as unset, so that compose and unit files can disable one.
fn without_empty_variables(command: Command) -> Command {
    let ignore_empty = |argument: Arg| match argument.get_env().and_then(std::env::var_os) {
        Some(value) if value.is_empty() => argument.env(None::<&str>),
        _ => argument,
    };
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = command.mut_args(ignore_empty);
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, without_empty_variables))
}

fn with_file(command: Command, file: &Path) -> Result<Command, Failure> {
    let refuse = |what: String| Failure::Usage(format!("the configuration file {}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| refuse(syntax_error(&text, &error)))?;
    if table.get("database").and_then(Value::as_str).is_some_and(|url| redacted(url) != url) {
        warn_of_readers(file, "a password");
    }
    let (mut command, all) = (command, Cli::command());
    for (key, value) in &table {
        let argument = settings(&all).find(|argument| self::key(argument) == *key).cloned();
        let argument = argument.ok_or_else(|| {
            let known: Vec<String> = settings(&all).map(self::key).collect();
            refuse(format!("there is no setting {key}; there are {}", known.join(", ")))
        })?;
        let values = values(&argument, value).map_err(|wrong| refuse(format!("{key}: {wrong}")))?;
        command = with_default(command, &argument, values);
    }
    Ok(command)
}

/// The syntax error and its line number. The line itself is not shown, since it may contain a password.
fn syntax_error(text: &str, error: &toml::de::Error) -> String {
    let before = &text.as_bytes()[..error.span().map_or(0, |span| span.start.min(text.len()))];
    let line = before.split(|byte| *byte == b'\n').count();
    format!("line {line}: {}", error.message().trim_end())
}

/// The settings that the file may contain.
fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    let shared = command.get_arguments();
    let of_serve = command.find_subcommand(SERVE).into_iter().flat_map(Command::get_arguments);
    let is_setting = |argument: &&Arg| {
        argument.get_env().is_some() && argument.get_long().is_some() && argument.get_id() != "config"
    };
    shared.chain(of_serve).filter(is_setting)
}

/// The key of a setting in the file.
fn key(argument: &Arg) -> String {
    argument.get_long().unwrap_or_default().replace('-', "_")
}

/// Whether a setting is a list.
fn is_list(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Append) || argument.get_value_delimiter().is_some()
}

/// A value as arguments of its flag, if the flag accepts it.
fn values(argument: &Arg, value: &Value) -> Result<Vec<String>, String> {
    let values: Vec<String> = match value {
        Value::Array(values) if is_list(argument) => values.iter().map(word).collect::<Result<_, _>>()?,
        Value::Array(_) => return Err("takes one value, not a list".to_owned()),
        value => vec![word(value)?],
    };
    for value in &values {
        check(argument, value)?;
    }
    Ok(values)
}

fn word(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(answer) => Ok(answer.to_string()),
        other => Err(format!("must be a string, a whole number, true or false, not a {}", other.type_str())),
    }
}

/// Validates the value with the flag's own parser.
fn check(argument: &Arg, value: &str) -> Result<(), String> {
    // The flag alone, without its variable and its relations to other flags.
    let alone = argument.clone().env(None::<&str>).action(ArgAction::Set).num_args(1).required(false);
    let flag = format!("--{}={value}", argument.get_long().unwrap_or_default());
    let Err(error) = Command::new("file").arg(alone).try_get_matches_from(["file", &flag]) else { return Ok(()) };
    let text = error.render().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    // "error: invalid value '0' for '--timeout <SECONDS>': 0 is not in 1..=86400"
    let reason = lines.join(" ");
    let reason = reason.split_once("': ").map_or(reason.as_str(), |(_, reason)| reason);
    let reason = reason.split_once("[possible").map_or(reason.to_owned(), |(_, values)| format!("[possible{values}"));
    let (shown, reason) = (redacted(value), reason.replace(value, &redacted(value)));
    Err(format!("{} is not allowed: {reason}", quoted(&shown)))
}

fn with_default(command: Command, argument: &Arg, values: Vec<String>) -> Command {
    let id = argument.get_id().clone();
    let is_shared = command.get_arguments().any(|shared| *shared.get_id() == id);
    let set = |argument: Arg| argument.default_values(values);
    if is_shared {
        return command.mut_arg(id, set);
    }
    command.mut_subcommand(SERVE, |serve| serve.mut_arg(id, set))
}

/// Prints the effective settings of `ecomdb serve` as a configuration file.
pub(super) fn print(matches: &clap::ArgMatches) -> Outcome {
    use clap::parser::ValueSource::{CommandLine, DefaultValue, EnvVariable};

    let command = Cli::command();
    let file = matches.get_one::<PathBuf>("config");
    let usual = |argument: &Arg| argument.get_default_values().to_vec();
    let serve = matches.subcommand_matches(SERVE).unwrap_or(matches);
    let mut text = String::new();
    for argument in settings(&command) {
        let id = argument.get_id().as_str();
        let given: Vec<_> = serve.get_raw(id).into_iter().flatten().collect();
        let source = match serve.value_source(id) {
            Some(CommandLine) => "given as a flag".to_owned(),
            Some(EnvVariable) => format!("from {}", argument.get_env().unwrap_or_default().display()),
            Some(DefaultValue) if file.is_some() && usual(argument) != given => {
                format!("from {}", file.map(|file| file.display().to_string()).unwrap_or_default())
            }
            _ => "default".to_owned(),
        };
        let shown = given.iter().map(|value| {
            let value = value.to_string_lossy();
            if argument.is_hide_env_values_set() { redacted(&value) } else { value.into_owned() }
        });
        let shown: Vec<Value> = shown.map(|value| typed(argument, value)).collect();
        let key = key(argument);
        // Writing to a String cannot fail.
        let _ = match (is_list(argument), shown.as_slice()) {
            (true, values) => writeln!(text, "{key} = {} # {source}", Value::Array(values.to_vec())),
            (false, [value, ..]) => writeln!(text, "{key} = {value} # {source}"),
            (false, []) if id == RATE_LIMIT => {
                let authenticates = serve.get_one::<bool>(AUTH).copied().unwrap_or_default();
                let state = if authenticates { "on" } else { "off" };
                writeln!(text, "{key} = {} # default with auth {state}", usual_rate_limit(authenticates))
            }
            (false, []) => writeln!(text, "# {key} is not set"),
        };
    }
    say(text.trim_end())
}

/// Numbers and switches keep their TOML types.
fn typed(argument: &Arg, value: String) -> Value {
    let is_switch = !argument.get_action().takes_values();
    match (value.parse::<i64>(), on_or_off(&value)) {
        (_, Ok(on)) if is_switch => Value::Boolean(on),
        (Ok(number), _) => Value::Integer(number),
        _ => Value::String(value),
    }
}
