//! Embeds the migrations and views of the engines that are compiled in, and lists which tables, views and indexes they
//! make, so that the library knows its own. A changed one recompiles the crate.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=migrations");
    let mut code = String::new();
    for engine in ["sqlite", "mysql", "postgres"] {
        let name = engine.to_uppercase();
        let (mut steps, mut views) = (String::new(), String::new());
        if env::var_os(format!("CARGO_FEATURE_{name}")).is_some() {
            for folder in entries(&Path::new("migrations").join(engine))? {
                steps += &step(&folder, engine)?;
            }
            for file in entries(&Path::new("migrations/views").join(engine))? {
                views += &view(&file)?;
            }
        }
        // Writing to a String cannot fail.
        let _ = writeln!(code, "static {name}: Schema = Schema {{ steps: &[\n{steps}], views: &[\n{views}] }};");
    }
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("migrations.rs"), code)
}

/// The entries of a folder, by name.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    Ok(entries)
}

fn step(folder: &Path, engine: &str) -> io::Result<String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let up = fs::read_to_string(folder.join("up.sql"))?;
    let down = fs::read_to_string(folder.join("down.sql"))?;
    let made = made_by(&up, engine);
    let (up, down) = (batches(&up, engine), batches(&down, engine));
    Ok(format!("    Step {{ name: {name:?}, makes: &{made:?}, up: &{up:?}, down: &{down:?} }},\n"))
}

/// The leading comment of the file describes the view; the rest is its query.
fn view(file: &Path) -> io::Result<String> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(file)?;
    let (comments, query): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--"));
    let comment = comments.iter().map(|line| line.trim_start_matches('-').trim()).collect::<Vec<_>>().join(" ");
    let query = query.join("\n");
    let query = query.trim().trim_end_matches(';');
    Ok(format!("    View {{ name: {name:?}, comment: {comment:?}, query: {query:?} }},\n"))
}

/// The batches in which a migration is sent. On MySQL each is one statement, which ends with a semicolon at the end of a
/// line.
fn batches(sql: &str, engine: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().map(str::trim_end).filter(|line| !line.trim_start().starts_with("--")).collect();
    let code = code.join("\n");
    if engine != "mysql" {
        // PostgreSQL refuses a batch without a statement.
        return if code.trim().is_empty() { Vec::new() } else { vec![sql.to_owned()] };
    }
    let statements = code.split(";\n").map(|statement| statement.trim().trim_end_matches(';'));
    statements.filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// The tables and indexes that the statements make. On MySQL an index is a part of its table, so its name is not
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
        let kind = words.find(|word| *word != "UNIQUE").unwrap_or_default();
        let name = words.find(|word| !["IF", "NOT", "EXISTS"].contains(word)).unwrap_or_default();
        if kind == "TABLE" || kind == "INDEX" && engine != "mysql" {
            made.push(name.to_owned());
        }
    }
    made
}
