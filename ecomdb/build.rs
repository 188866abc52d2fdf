//! Embeds the migrations, and lists which tables, views and indexes they make, so that the library knows its own. A changed one
//! recompiles the crate.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=migrations");
    let mut code = String::new();
    for engine in ["sqlite", "mysql", "postgres"] {
        let mut folders = fs::read_dir(Path::new("migrations").join(engine))?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<PathBuf>>>()?;
        folders.sort();
        let name = engine.to_uppercase();
        // Writing to a String cannot fail.
        let _ = writeln!(code, "#[cfg(feature = {engine:?})]\npub(in crate::engine) const {name}: &[Step] = &[");
        for folder in folders {
            let folder_name = folder.file_name().unwrap_or_default().to_string_lossy();
            let version = folder_name.split('_').next().unwrap_or_default();
            let up = fs::read_to_string(folder.join("up.sql"))?;
            let down = fs::read_to_string(folder.join("down.sql"))?;
            let made = made_by(&up, engine);
            let (up, down) = (batches(&up, engine), batches(&down, engine));
            let _ = writeln!(
                code,
                "    Step {{ name: {folder_name:?}, version: {version:?}, makes: &{made:?}, up: &{up:?}, down: &{down:?} }},"
            );
        }
        code.push_str("];\n");
    }
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("steps.rs"), code)
}

/// What is sent at once. On MySQL it is a statement, which ends with a semicolon at the end of a line.
fn batches(sql: &str, engine: &str) -> Vec<String> {
    if engine != "mysql" {
        return vec![sql.to_owned()];
    }
    let code: Vec<&str> = sql.lines().map(str::trim_end).filter(|line| !line.trim_start().starts_with("--")).collect();
    let code = code.join("\n");
    let statements = code.split(";\n").map(|statement| statement.trim().trim_end_matches(';'));
    statements.filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// The tables, views and indexes that the statements make. On MySQL an index is a part of its table, so its name is not
/// listed.
fn made_by(sql: &str, engine: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let code = code.join(" ").replace('(', " ( ");
    let mut words = code.split_whitespace();
    let mut made = Vec::new();
    while let Some(word) = words.next() {
        if word != "CREATE" {
            continue;
        }
        let kind = words.find(|word| !["OR", "REPLACE", "UNIQUE"].contains(word)).unwrap_or_default();
        let name = words.find(|word| !["IF", "NOT", "EXISTS"].contains(word)).unwrap_or_default();
        if ["TABLE", "VIEW"].contains(&kind) || kind == "INDEX" && engine != "mysql" {
            made.push(name.to_owned());
        }
    }
    made
}
