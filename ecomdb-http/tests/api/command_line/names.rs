//! Names of SQLite files in `--database`, relative to the working directory.
#![cfg(unix)]

use std::path::Path;

use super::run;

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// Names with characters that are special to SQLite or in URLs.
#[test]
fn a_command_uses_the_file_of_exactly_the_name_that_it_was_given_and_no_other() {
    for name in ["file:x.db", "a?b#c%20.db", "file:x.db?mode=memory", ":memory:.db", "with space.db", "-v.db"] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{name}");
        let (code, out, err) = run(folder.path(), &["check", "--database", &url]);
        assert_eq!((code, out.as_str()), (1, ""), "{name}");
        assert!(err.contains(&format!("there is no database {name}")), "{err}");
        assert!(names(folder.path()).is_empty(), "{name}: {:?}", names(folder.path()));
        for command in [["migrate"].as_slice(), &["check"], &["report", "total-revenue"]] {
            let (code, _, err) = run(folder.path(), &[command, &["--database", &url]].concat());
            assert_eq!(code, 0, "{name}: {command:?}: {err}");
            assert_eq!(names(folder.path()), [name], "{command:?}");
        }
    }
}
