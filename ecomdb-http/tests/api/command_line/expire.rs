//! `ecomdb expire`, and the sweep of `ecomdb serve`.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ecomdb::{CancelReason, Database, NewOrder, NewProduct, NewUser, OrderId};

use super::{Served, run};

/// A shop in which two holds ended long ago.
fn shop(folder: &Path) -> Database {
    let url = format!("sqlite://{}", folder.join("shop.db").display());
    let long_ago: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let db = Database::builder(&url).clock(move || long_ago).open().unwrap();
    let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let lamps = db.categories().create("Lamps").unwrap();
    let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse().unwrap()).initial_stock(3).build().unwrap();
    let lamp = db.products().create(lamp).unwrap();
    for _ in 0..2 {
        db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).hold(15).build().unwrap()).unwrap();
    }
    db
}

#[test]
fn orders_whose_hold_has_ended_are_expired() {
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path());
    assert_eq!(run(folder.path(), &["expire"]), (0, "2 orders expired\n".to_owned(), String::new()));
    assert_eq!(db.orders().get(OrderId::new(1)).unwrap().cancel_reason, Some(CancelReason::Expired));
    assert_eq!(run(folder.path(), &["expire"]).1, "0 orders expired\n");
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

#[test]
fn a_server_expires_orders_as_long_as_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path());
    let is_expired = |id| db.orders().get(OrderId::new(id)).unwrap().cancel_reason == Some(CancelReason::Expired);
    let server = Served::start(folder.path(), &["--read-only"]);
    assert_eq!(server.stop("-TERM"), 0);
    assert!(!is_expired(1), "who only reads expires nothing");
    let server = Served::start(folder.path(), &[]);
    while !(is_expired(1) && is_expired(2)) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.stop("-TERM"), 0);
}
