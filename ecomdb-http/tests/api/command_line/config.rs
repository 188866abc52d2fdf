//! Flags, variables and the configuration file.

use std::path::Path;

use super::{ecomdb, run};

fn write(folder: &Path, text: &str) {
    std::fs::write(folder.join("shop.toml"), text).unwrap();
}

/// The line of a setting in `--print-config`.
fn setting(printed: &str, name: &str) -> String {
    let begins = format!("{name} = ");
    printed.lines().find_map(|line| line.strip_prefix(&begins)).unwrap_or("none").to_owned()
}

#[test]
fn flags_are_stronger_than_variables_and_variables_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "timeout = 5\ngrace = 6\nmax_body = 7\nhost = [\"a.example\", \"b.example\"]\ndemo = true\n");
    let mut command = ecomdb(folder.path(), &["--config", "shop.toml", "serve", "--print-config", "--timeout", "50"]);
    command.env("ECOMDB_TIMEOUT", "51").env("ECOMDB_GRACE", "60");
    let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for (name, line) in [
        ("timeout", "50 # given as a flag"),
        ("grace", "60 # from ECOMDB_GRACE"),
        ("max_body", "7 # from shop.toml"),
        ("host", r#"["a.example", "b.example"] # from shop.toml"#),
        ("demo", "true # from shop.toml"),
        ("max_in_flight", "256 # default"),
    ] {
        assert_eq!(setting(&printed, name), line, "{printed}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was created");
}

/// The commands with settings, with arguments that let each run in a folder with a shop.
const COMMANDS: [&[&str]; 5] =
    [&["serve", "--print-config"], GENERATE, &["export", "users"], &["report", "total-revenue"], &["check"]];
const GENERATE: &[&str] = &[
    "generate",
    "--csv",
    "made",
    "--overwrite",
    "--preset",
    "small",
    "--users",
    "9",
    "--products",
    "9",
    "--orders",
    "9",
];

/// The environment variables in the help of a command.
fn variables(folder: &Path, command: &str) -> Vec<String> {
    let (_, help, _) = run(folder, &[command, "--help"]);
    // Lines are broken at any space.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next()).map(str::to_owned).collect()
}

#[test]
fn an_empty_variable_is_no_setting() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    for command in COMMANDS {
        let all = variables(folder.path(), command[0]);
        assert!(all.contains(&"ECOMDB_DATABASE_URL".to_owned()), "{all:?}");
        let without = ecomdb(folder.path(), command).env_remove("ECOMDB_LOG").output().unwrap();
        let empty = ecomdb(folder.path(), command).envs(all.iter().map(|name| (name, ""))).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let printed = text(&empty.stdout).replace("warn # from ECOMDB_LOG", "info # default");
        assert_eq!(printed, text(&without.stdout), "{command:?}: {}", text(&empty.stderr));
        assert_eq!(empty.status.code(), Some(0), "{command:?}: {}", text(&empty.stderr));
    }
    write(folder.path(), "timeout = 5\nauth = \"on\"\n");
    let mut command = ecomdb(folder.path(), &["--config", "shop.toml", "serve", "--print-config"]);
    let printed = command.env("ECOMDB_TIMEOUT", "").env("ECOMDB_AUTH", "").output().unwrap().stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert_eq!(setting(&printed, "timeout"), "5 # from shop.toml");
    assert_eq!(setting(&printed, "auth"), "\"on\" # from shop.toml");
}

#[test]
fn a_switch_is_on_or_off_in_every_word_for_that() {
    let folder = tempfile::tempdir().unwrap();
    let on = ["on", "true", "yes", "1", "ON", "True"].map(|word| (word, true));
    let off = ["off", "false", "no", "0", "OFF", "False"].map(|word| (word, false));
    for (word, is_on) in on.into_iter().chain(off) {
        let mut command = ecomdb(folder.path(), &["serve", "--print-config"]);
        let printed = String::from_utf8(command.env("ECOMDB_DEMO", word).output().unwrap().stdout).unwrap();
        assert_eq!(setting(&printed, "demo"), format!("{is_on} # from ECOMDB_DEMO"), "{word}");
        write(folder.path(), &format!("demo = \"{word}\"\n"));
        let (_, printed, _) = run(folder.path(), &["--config", "shop.toml", "serve", "--print-config"]);
        assert!(setting(&printed, "demo").starts_with(&is_on.to_string()), "{word}: {printed}");

        // An incomplete certificate stops the server, whether or not --auth allows the address.
        let serve = ["serve", "--bind", "0.0.0.0:0", "--tls-key", "none.pem"];
        let stopped_by = if is_on { "--tls-certificate" } else { "authentication is off" };
        let (_, _, err) = run(folder.path(), &[serve.as_slice(), &["--auth", word]].concat());
        assert!(err.contains(stopped_by), "{word}: {err}");
        let by_variable = ecomdb(folder.path(), &serve).env("ECOMDB_AUTH", word).output().unwrap().stderr;
        assert!(String::from_utf8_lossy(&by_variable).contains(stopped_by), "{word}");
    }
    write(folder.path(), "demo = 1\n");
    let (_, printed, _) = run(folder.path(), &["--config", "shop.toml", "serve", "--print-config"]);
    assert_eq!(setting(&printed, "demo"), "true # from shop.toml");
    let report = |word: &str| ecomdb(folder.path(), GENERATE).env("ECOMDB_REPORT", word).output().unwrap();
    assert_eq!(report("1").stdout, report("yes").stdout);
    assert_ne!(report("1").stdout, report("0").stdout);
    assert_eq!(report("maybe").status.code(), Some(2));
}

#[test]
fn no_variable_confirms_that_a_shop_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let before = std::fs::read(folder.path().join("shop.db")).unwrap();
    let reset = ecomdb(folder.path(), &["reset"]).env("ECOMDB_YES", "1").output().unwrap();
    assert_eq!(reset.status.code(), Some(2));
    assert!(String::from_utf8(reset.stderr).unwrap().contains("say --yes on the command line"));
    assert_eq!(std::fs::read(folder.path().join("shop.db")).unwrap(), before);
}

#[test]
fn what_is_printed_of_the_rate_limit_is_what_applies() {
    let folder = tempfile::tempdir().unwrap();
    let printed = |flags: &[&str]| {
        let (_, printed, _) = run(folder.path(), &[&["serve", "--print-config"], flags].concat());
        setting(&printed, "rate_limit").to_owned()
    };
    assert_eq!(printed(&[]), "0 # default with auth off");
    assert_eq!(printed(&["--auth", "on"]), "200 # default with auth on");
    assert_eq!(printed(&["--auth", "on", "--rate-limit", "7"]), "7 # given as a flag");
}

#[test]
fn what_is_printed_can_be_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let given = ["serve", "--print-config", "--auth", "on", "--host", "shop.example.com", "--tls-key", "key.pem"];
    let (code, printed, err) = run(folder.path(), &given);
    assert_eq!((code, err.as_str()), (0, ""));
    write(folder.path(), &printed);
    let (code, again, err) = run(folder.path(), &["--config", "shop.toml", "serve", "--print-config"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let settings =
        |text: &str| text.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(settings(&again), settings(&printed));
}

#[test]
fn passwords_are_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (url, shown) in [
        ("postgres://shop:GEHEIM@localhost/shop?sslmode=require", "postgres://***@localhost/shop?sslmode=require"),
        (
            "postgres://localhost/shop?sslmode=require&sslpassword=GEHEIM",
            "postgres://localhost/shop?sslmode=require&sslpassword=***",
        ),
        ("mysql://shop:GEHEIM#GEHEIM@localhost/shop", "mysql://***@localhost/shop"),
        ("mysql://shop:GEHEIM/GEHEIM@localhost/shop", "mysql://***@localhost/shop"),
        ("mysql://shop:GEHEIM?GEHEIM@localhost/shop", "mysql://***@localhost/shop"),
        ("mysql://shop:GEHEIM@GEHEIM@localhost/shop", "mysql://***@localhost/shop"),
        ("mysql:/shop:GEHEIM@localhost/shop", "***@localhost/shop"),
    ] {
        let (code, printed, err) = run(folder.path(), &["--database", url, "serve", "--print-config"]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert_eq!(setting(&printed, "database"), format!("\"{shown}\" # given as a flag"));
        assert!(!printed.contains("GEHEIM"), "{printed}");
    }
}

#[test]
fn no_error_and_no_warning_has_a_part_of_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let specials = ["#", "/", "?", "@", ":1/", "@b/c?d=", "://", "%40"];
    let urls = specials.map(|special| format!("shop:GEHEIM{special}GEHEIM@127.0.0.1:1/shop"));
    let of_servers = urls.iter().flat_map(|url| [format!("mysql://{url}"), format!("postgres://{url}")]);
    let mistyped = ["mysq://shop:GEHEIM@localhost/shop", "mysql:/shop:GEHEIM@localhost/shop", "shop:GEHEIM://a@b/c"];
    for url in &of_servers.chain(mistyped.map(str::to_owned)).collect::<Vec<_>>() {
        let (code, out, err) = run(folder.path(), &["--database", url, "check"]);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.starts_with("error: ") && !err.contains("GEHEIM"), "{url}: {err}");
    }
    for arguments in [
        &["serve", "mysql://shop:GEHEIM#GEHEIM@localhost/shop"],
        &["mysql://shop:GEHEIM@localhost/shop", "check"],
        &["serve", "--bind=mysql://shop:GEHEIM@localhost/shop"],
    ] {
        let (code, out, err) = run(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.starts_with("error: ") && err.contains("'mysql://***@localhost/shop'"), "{err}");
        assert!(!err.contains("GEHEIM"), "{err}");
    }
    write(folder.path(), "bind = \"mysql://shop:GEHEIM@localhost/shop\"\n");
    let (code, out, err) = run(folder.path(), &["--config", "shop.toml", "serve"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("\"mysql://***@localhost/shop\" is not allowed") && !err.contains("GEHEIM"), "{err}");
    for text in ["database = \"mysql://shop:GEHEIM@localhost/shop", "database = mysql://shop:GEHEIM@localhost/shop"] {
        write(folder.path(), &format!("# The shop.\n{text}\n"));
        let (code, out, err) = run(folder.path(), &["--config", "shop.toml", "serve"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.starts_with("error: the configuration file shop.toml: line 2: "), "{err}");
        assert!(!err.contains("GEHEIM") && err.trim_end().lines().count() == 1, "{err}");
    }
}

#[test]
fn what_is_wrong_in_the_file_is_named_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    for (text, words) in [
        ("timeot = 3", "there is no setting timeot; there are database, bind, "),
        ("timeout = 0", r#"timeout: "0" is not allowed: 0 is not in 1..=86400"#),
        ("timeout = 1.5", "timeout: must be a string, a whole number, true or false, not a float"),
        ("timeout = [1, 2]", "timeout: takes one value, not a list"),
        ("timeout =", "line 1: "),
        ("auth = \"maybe\"", r#"auth: "maybe" is not allowed: must be on or off; true, yes and 1 are on"#),
        ("demo = 2", r#"demo: "2" is not allowed: must be on or off"#),
        ("bind = \"8080\"", "127.0.0.1:8080 or [::1]:8080"),
        ("[serve]\ntimeout = 3", "there is no setting serve"),
    ] {
        write(folder.path(), text);
        let (code, out, err) = run(folder.path(), &["--config", "shop.toml", "serve"]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}: {err}");
        assert!(err.starts_with("error: the configuration file shop.toml: ") && err.contains(words), "{text}: {err}");
    }
    let (code, _, err) = run(folder.path(), &["--config", "none.toml", "serve"]);
    assert_eq!(code, 2);
    assert!(err.contains("none.toml: cannot be read"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was created");
}

#[test]
fn other_commands_take_the_database_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "database = \"sqlite://other.db\"\ntimeout = 5\n");
    let (code, _, err) = run(folder.path(), &["--config", "shop.toml", "migrate"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(folder.path().join("other.db").exists());
}

#[test]
fn half_of_a_certificate_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    for (given, missing) in [("--tls-key", "--tls-certificate"), ("--tls-certificate", "--tls-key")] {
        let (code, _, err) = run(folder.path(), &["serve", given, "file.pem"]);
        assert_eq!(code, 2);
        assert!(err.contains(&format!("{given} needs {missing} FILE")), "{err}");
    }
    let (code, _, err) = run(folder.path(), &["serve", "--tls-key", "a.pem", "--tls-certificate", "b.pem"]);
    assert_eq!(code, 1);
    assert!(err.contains("b.pem cannot be read"), "{err}");
}

#[test]
fn every_setting_is_explained_in_the_documentation() {
    let documentation = include_str!("../../../../docs/operations.md");
    let folder = tempfile::tempdir().unwrap();
    let (_, printed, _) = run(folder.path(), &["serve", "--print-config"]);
    let unset = |line: &'_ str| line.strip_prefix("# ")?.strip_suffix(" is not set").map(str::to_owned);
    let name = |line: &str| line.split_once(" = ").map(|(name, _)| name.to_owned()).or_else(|| unset(line));
    let names: Vec<String> = printed.lines().filter_map(name).collect();
    assert!(names.len() >= 14, "{printed}");
    let rows: Vec<&str> = documentation.lines().filter(|line| line.starts_with("| `--")).collect();
    let documented: Vec<String> =
        names.iter().map(|name| format!("| `--{}` | `ECOMDB_", name.replace('_', "-"))).collect();
    assert_eq!(rows.len(), documented.len(), "{rows:?}");
    for (row, expected) in rows.iter().zip(documented) {
        assert!(row.starts_with(&expected), "{row} should begin with {expected}");
    }
}
