//! Output that cannot be written is a failure; a closed pipe is not.

use std::fs::File;
use std::path::Path;
use std::process::{Output, Stdio};

use super::{ecomdb, run};

/// Every command, with arguments that make it write to standard output.
const COMMANDS: &[(&str, &[&str])] = &[
    ("serve", &["--bind", "127.0.0.1:0"]),
    ("serve", &["--print-config"]),
    ("generate", &["--users", "5", "--products", "5", "--orders", "10"]),
    ("generate", &["--users", "5", "--products", "5", "--orders", "10", "--csv", "csv"]),
    ("export", &["users"]),
    ("export", &["total-revenue", "--format", "ndjson"]),
    ("backup", &["copy.db"]),
    ("migrate", &[]),
    ("reset", &["--yes"]),
    ("check", &[]),
    ("rebuild", &[]),
    ("expire", &[]),
    ("report", &[]),
    ("report", &["total-revenue"]),
    ("report", &["total-revenue", "--json"]),
    ("report", &["total-revenue", "--csv"]),
    ("shop", &[]),
    ("shop", &["--name", "Lamps"]),
    ("user create", &["--email", "grace@example.com", "--first-name", "Grace", "--last-name", "Hopper"]),
    ("user list", &[]),
    ("user set-role", &["1", "staff"]),
    ("user set-password", &["1"]),
    ("user disable", &["1"]),
    ("user dossier", &["1"]),
    ("user anonymise", &["1", "--yes"]),
    ("user enable", &["1"]),
    ("api-key create", &["--user", "1", "--name", "till", "--scopes", "orders:read"]),
    ("api-key list", &[]),
    ("api-key revoke", &["1"]),
    ("completions", &["bash"]),
];

/// The commands in the program's help, subcommands included.
pub(super) fn commands(folder: &Path, above: &[&str]) -> Vec<String> {
    let (code, help, _) = run(folder, &[above, &["--help"]].concat());
    assert_eq!(code, 0, "{above:?}");
    let Some((_, list)) = help.split_once("Commands:\n") else { return vec![above.join(" ")] };
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        // Names are indented by two blanks; continuation lines of descriptions by more.
        line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split(' ').next()
    });
    let names = names.filter(|name| *name != "help");
    names.flat_map(|name| commands(folder, &[above, &[name]].concat())).collect()
}

/// A shop with a user and an API key.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let user = ["user", "create", "--email", "ada@example.com", "--first-name", "Ada", "--last-name", "L"];
    assert_eq!(run(folder.path(), &user).0, 0);
    let key = ["api-key", "create", "--user", "1", "--name", "key", "--scopes", "orders:read"];
    assert_eq!(run(folder.path(), &key).0, 0);
    folder
}

fn run_into(out: impl Into<Stdio>, arguments: &[&str]) -> (i32, String) {
    let Output { status, stderr, .. } = ecomdb(shop().path(), arguments).stdout(out).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

fn words<'a>((command, arguments): &(&'a str, &'a [&'a str])) -> Vec<&'a str> {
    command.split(' ').chain(arguments.iter().copied()).collect()
}

#[test]
fn every_command_is_tried_here() {
    let folder = tempfile::tempdir().unwrap();
    for command in commands(folder.path(), &[]) {
        assert!(COMMANDS.iter().any(|(name, _)| *name == command), "{command} has no line in COMMANDS");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_lost_is_a_failure_of_every_command() {
    let helps = ["help", "--help", "--version", "help user", "serve --help"].map(|help| (help, [].as_slice()));
    for command in COMMANDS.iter().chain(&helps) {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, err) = run_into(full, &words(command));
        assert_eq!(code, 1, "{command:?}: {err}");
        assert!(err.contains("error: the output cannot be written: No space left on device"), "{command:?}: {err}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    // A server does not exit.
    for command in COMMANDS.iter().filter(|(name, arguments)| *name != "serve" || arguments.len() == 1) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, err) = run_into(writer, &words(command));
        assert!(code == 0 && !err.contains("error"), "{command:?}: {code} {err}");
    }
}
