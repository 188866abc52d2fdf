//! Help, suggestions and completions.

use std::process::Command;

use super::{ecomdb, output, run};

#[test]
fn a_mistyped_command_option_or_name_is_answered_with_a_similar_one() {
    let folder = tempfile::tempdir().unwrap();
    for (line, similar) in [
        ("reprot", "'report'"),
        ("user creat", "'create'"),
        ("report top-product", "'top-products'"),
        ("report top_customers", "'top-customers'"),
        ("report top-products --limt 5", "'--limit'"),
        ("export ordres", "'orders'"),
        ("serve --bnd 127.0.0.1:0", "'--bind'"),
        ("completions bsh", "'bash'"),
    ] {
        let (code, out, err) = run(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!((code, out.as_str()), (2, ""), "{line}");
        let tip = err.lines().find(|line| line.trim().starts_with("tip: ")).unwrap_or_else(|| panic!("{line}: {err}"));
        assert!(tip.contains("similar") && tip.contains(similar), "{line}: {err}");
    }
}

#[test]
fn help_is_wrapped_to_the_width_of_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for columns in [60, 120] {
        let longest_line = |command: &str| {
            let words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).chain(["--help"]).collect();
            let help = ecomdb(folder.path(), &words).env("COLUMNS", columns.to_string()).output().unwrap();
            let help = String::from_utf8(help.stdout).unwrap();
            // A usage is one line.
            let lines = help.lines().filter(|line| !line.starts_with("Usage: "));
            lines.max_by_key(|line| line.chars().count()).unwrap_or_default().to_owned()
        };
        for command in output::commands(folder.path(), &[]).iter().map(String::as_str).chain([""]) {
            let line = longest_line(command);
            assert!(line.chars().count() <= columns, "{command} in {columns} columns: {line}");
        }
        assert!(longest_line("serve").chars().count() > columns - 15, "{columns} columns are used");
    }
}

#[test]
fn completions_of_every_shell_know_the_commands_and_their_options() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, err) = run(folder.path(), &["completions", shell]);
        assert_eq!((code, err.as_str()), (0, ""), "{shell}");
        for word in ["api-key", "idempotency-retention"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // The scripts of other shells do not complete names.
        let has_names = ["revenue-by-category", "price_changes"].iter().all(|name| script.contains(name));
        assert_eq!(has_names, ["bash", "zsh"].contains(&shell), "{shell}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn bash_completes_the_name_of_a_report() {
    let script = format!(
        "source <({} completions bash)\nCOMP_WORDS=(ecomdb report revenue-b) COMP_CWORD=2\n\
         _ecomdb ecomdb revenue-b report\necho \"${{COMPREPLY[@]}}\"",
        env!("CARGO_BIN_EXE_ecomdb")
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "revenue-by-product revenue-by-category\n");
}
