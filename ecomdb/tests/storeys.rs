//! The modules of each crate import only what lies below them: no import goes up, and no modules import each other in a circle.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the library, from the ground up.
const STOREYS: [&str; 25] = [
    // The ground: values, errors, files; then the engines, which know no shop.
    "types",
    "error",
    "files",
    "engine",
    // The shop.
    "schema",
    "constraints",
    "migrations",
    "context",
    "idempotency",
    "shop",
    "search",
    "users",
    "inventory",
    "catalog",
    "vouchers",
    "ordering",
    "payments",
    "analytics",
    "accounts",
    "dossier",
    "tables",
    "check",
    "export",
    "generator",
    // The roof.
    "database",
];

/// What stands before the name of a table in a statement.
const KEYWORDS: [&str; 5] = ["FROM", "INTO", "JOIN", "TABLE", "UPDATE"];

const ENGINES: [&str; 3] = ["sqlite", "mysql", "postgres"];

/// Which modules a module imports, each with the first file that does so.
type Imports = BTreeMap<String, BTreeMap<String, PathBuf>>;

#[test]
fn imports_of_the_library_go_down() {
    let imports = imports(&source("ecomdb"));
    let height = |module: &str| STOREYS.iter().position(|storey| *storey == module);
    let unknown: Vec<&String> = imports.keys().filter(|module| height(module).is_none()).collect();
    assert!(unknown.is_empty(), "modules without a place among the storeys: {unknown:?}");
    let mut upward = Vec::new();
    for (module, imported) in &imports {
        for (other, file) in imported {
            if height(other) > height(module) {
                upward.push(format!("{} imports {other}", file.display()));
            }
        }
    }
    println!("imports upward: {}", upward.len());
    assert!(upward.is_empty(), "imports upward:\n{}", upward.join("\n"));
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    for name in ["ecomdb", "ecomdb-http", "ecomdb-py"] {
        let imports = imports(&source(name));
        let circles = circles(&imports);
        println!("{name}: {} modules, {} in circles", imports.len(), circles.len());
        assert!(circles.is_empty(), "{name}: modules that import each other in circles: {circles:?}");
    }
}

#[test]
fn names_are_imported_from_their_modules_and_not_through_the_root() {
    for name in ["ecomdb", "ecomdb-http", "ecomdb-py"] {
        let source = source(name);
        let exported = exported(&fs::read_to_string(source.join("lib.rs")).unwrap());
        let mut upward = Vec::new();
        for (_, file) in files(&source) {
            let names = first_segments(&fs::read_to_string(&file).unwrap());
            let through_root = names.into_iter().filter(|name| exported.contains(name));
            upward.extend(through_root.map(|name| format!("{} imports crate::{name}", file.display())));
        }
        assert!(upward.is_empty(), "{name}: imports of what the root exports:\n{}", upward.join("\n"));
    }
}

/// Outside of `engine`, the engine is a value: every build has the same code.
#[test]
fn only_the_engines_and_the_root_ask_what_was_compiled_in() {
    let source = source("ecomdb");
    let mut files = Vec::new();
    collect_all(&source, &mut files);
    files.retain(|file| !file.starts_with(source.join("engine")) && *file != source.join("lib.rs"));
    assert!(files.len() > 50, "{files:?}");
    let is_cfg = |line: &&str| ENGINES.iter().any(|engine| line.contains(&format!("feature = \"{engine}\"")));
    let count = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().filter(is_cfg).count();
    let found: Vec<_> = files.iter().map(|file| (file, count(file))).filter(|(_, count)| *count > 0).collect();
    println!("attributes that select an engine: {}", found.iter().map(|(_, count)| count).sum::<usize>());
    assert!(found.is_empty(), "attributes that select an engine: {found:?}");
}

#[test]
fn the_engines_name_no_table_of_the_shop() {
    let source = source("ecomdb");
    let tables = fs::read_to_string(source.join("../migrations/sqlite/0001_base/up.sql")).unwrap();
    let tables: Vec<&str> =
        tables.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.strip_suffix(" (")).collect();
    assert!(tables.len() > 20, "{tables:?}");
    let mut files = Vec::new();
    collect(&source.join("engine"), &mut files);
    for file in files {
        let code = fs::read_to_string(&file).unwrap();
        let lines = without_tests(&code).lines().map(|line| line.split("//").next().unwrap_or_default());
        for (number, line) in lines.enumerate() {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            // "The shop" also means the whole in messages, so its table counts only behind a keyword.
            let is_named = |table: &&&str| match **table {
                "shop" => words.windows(2).any(|pair| KEYWORDS.contains(&pair[0]) && pair[1] == "shop"),
                table => words.contains(&table),
            };
            let named = tables.iter().find(is_named);
            assert!(named.is_none(), "{}:{}: {named:?}", file.display(), number + 1);
        }
    }
}

#[test]
fn a_circle_is_found_with_all_of_its_modules() {
    let file = || PathBuf::from("file.rs");
    let module = |name: &str, imported: &[&str]| {
        (name.to_owned(), imported.iter().map(|other| ((*other).to_owned(), file())).collect())
    };
    let imports = Imports::from([module("a", &["b"]), module("b", &["c"]), module("c", &["b"]), module("d", &["a"])]);
    assert_eq!(circles(&imports), BTreeSet::from(["b".to_owned(), "c".to_owned()]));
}

#[test]
fn every_way_to_name_a_module_is_an_import() {
    let names = |code: &str| first_segments(code).into_iter().collect::<Vec<_>>();
    assert_eq!(names("use crate::users::{User, list};"), ["users"]);
    assert_eq!(names("use crate::{error::Result, User, types::{Email, text::{self}}};"), ["User", "error", "types"]);
    assert_eq!(names("let user = crate::users::get(conn); $crate::engine::sql(x)"), ["engine", "users"]);
    assert_eq!(names("pub(in crate::engine) fn of() {} // crate::roof"), ["engine"]);
    assert_eq!(names("#[cfg(test)]\nmod tests;\nuse crate::engine::sql;"), ["engine"]);
    assert!(
        names("/// [`Database`](crate::Database)\nfn of() {}\n#[cfg(test)]\nmod tests {\nuse crate::roof; }")
            .is_empty()
    );
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src")
}

/// What each module directly below the root imports of the others. The root itself only assembles them.
fn imports(source: &Path) -> Imports {
    let files = files(source);
    let mut imports: Imports = files.iter().map(|(module, _)| (module.clone(), BTreeMap::new())).collect();
    let modules: BTreeSet<String> = imports.keys().cloned().collect();
    for (module, file) in files {
        let names = first_segments(&fs::read_to_string(&file).unwrap());
        for other in names.into_iter().filter(|name| modules.contains(name) && *name != module) {
            imports.entry(module.clone()).or_default().entry(other).or_insert_with(|| file.clone());
        }
    }
    imports
}

/// All files below the root, each with its module directly below it.
fn files(source: &Path) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    collect(source, &mut files);
    let with_module = files.into_iter().map(|file| {
        let first = file.strip_prefix(source).unwrap().components().next().unwrap();
        (first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned(), file)
    });
    with_module.filter(|(module, _)| !["lib", "main"].contains(&module.as_str())).collect()
}

/// The files without tests.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    collect_all(folder, files);
    files.retain(|file| {
        file.strip_prefix(folder)
            .unwrap()
            .components()
            .all(|part| !part.as_os_str().to_string_lossy().starts_with("tests"))
    });
}

fn collect_all(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect_all(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The names that the root exports.
fn exported(root: &str) -> BTreeSet<String> {
    let mut exported = BTreeSet::new();
    for statement in root.split("pub use ").skip(1) {
        let statement = statement.split(';').next().unwrap_or_default();
        // `pub use ::diesel` exports another crate.
        let Some((_, names)) = statement.split_once("::").filter(|(module, _)| !module.is_empty()) else { continue };
        exported.extend(names.split(['{', '}', ',', '\n', ' ']).filter(|name| !name.is_empty()).map(str::to_owned));
    }
    exported
}

/// The code before the module of its unit tests.
fn without_tests(code: &str) -> &str {
    let is_module =
        |item: &str| item.lines().next().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'));
    let tests = code.match_indices("#[cfg(").find(|(at, _)| {
        let item = code[*at..].split_once("]\n");
        item.is_some_and(|(attribute, item)| attribute.contains("test") && is_module(item))
    });
    tests.map_or(code, |(at, _)| &code[..at])
}

/// The first names behind each `crate::` of the code: modules, or what the root exports.
fn first_segments(code: &str) -> BTreeSet<String> {
    let lines = without_tests(code).lines().map(|line| line.split("//").next().unwrap_or_default());
    let code = lines.collect::<Vec<_>>().join(" ");
    let mut segments = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let (mut depth, mut name, mut is_first) = (0_u32, String::new(), true);
        for letter in path.chars() {
            match letter {
                '{' => depth += 1,
                _ if letter.is_alphanumeric() || letter == '_' => {
                    name.push(letter);
                    continue;
                }
                ':' | ' ' | ',' | '}' => {}
                _ => depth = 0,
            }
            if is_first && !name.is_empty() {
                segments.insert(std::mem::take(&mut name));
            }
            name.clear();
            // Within `crate::{...}`, what follows a comma of that list is a first name again.
            is_first = (is_first && letter == '{') || (letter == ',' && depth == 1) || (is_first && letter == ' ');
            if letter == '}' {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 || !path.starts_with('{') {
                break;
            }
        }
        if is_first && !name.is_empty() {
            segments.insert(name);
        }
    }
    segments
}

/// The modules that can be reached from themselves.
fn circles(imports: &Imports) -> BTreeSet<String> {
    let reaches_itself = |start: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(module) = next.pop() {
            for other in imports.get(module).into_iter().flat_map(BTreeMap::keys) {
                if other == start {
                    return true;
                }
                if seen.insert(other) {
                    next.push(other);
                }
            }
        }
        false
    };
    imports.keys().filter(|module| reaches_itself(module)).cloned().collect()
}
