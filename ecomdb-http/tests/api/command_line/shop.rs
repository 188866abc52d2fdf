//! `ecomdb shop`

use super::run;

#[test]
fn the_settings_are_shown_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let (code, out, err) = run(folder.path(), &["shop"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "name       Shop\ncurrency   EUR\ntime zone  UTC\n");
    let (code, out, err) = run(folder.path(), &["shop", "--name", "Lamps & more", "--time-zone", "Europe/Zurich"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "name       Lamps & more\ncurrency   EUR\ntime zone  Europe/Zurich\n");
    assert_eq!(run(folder.path(), &["shop"]).1, out);
}

#[test]
fn settings_that_are_not_allowed_are_named_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    let (code, out, err) = run(folder.path(), &["shop", "--name", "Lamps", "--currency", "JPY", "--time-zone", "Mars"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("currency: must be the ISO 4217 code of a currency with 2 decimals"), "{err}");
    assert!(err.contains("time_zone: must be an IANA time zone"), "{err}");
    assert!(run(folder.path(), &["shop"]).1.contains("name       Shop"));
}
