//! Detecting changes.

use std::thread::sleep;
use std::time::Duration;

use ecomdb::{
    Changes, Engine, NewPayment, NewRefund, OrderId, PaymentMethod, ProductPatch, ShopPatch, UserPatch, UserStatus,
};

use crate::shop::{Shop, card};

behaviours! {
    every_change_of_the_shop_is_noticed_once
    changes_by_another_process_are_noticed
    what_was_only_read_is_no_change
    after_an_error_changes_may_have_been_missed
}

/// Polls until nothing has changed; on PostgreSQL once, because transactions of other tests count there.
fn settle(shop: &Shop, changes: &mut Changes) {
    while changes.look().unwrap() && shop.engine() != Engine::Postgres {
        sleep(Duration::from_millis(100));
    }
}

/// Whether the step is detected.
fn notices(shop: &Shop, changes: &mut Changes, step: impl FnOnce()) -> bool {
    settle(shop, changes);
    step();
    changes.look().unwrap()
}

fn every_change_of_the_shop_is_noticed_once(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    let mut changes = shop.changes();
    assert!(!changes.look().unwrap(), "the first look");
    let pending = || shop.pending_order(&ada, &[(lamp.id, 1)]).id;
    let (to_cancel, to_pay) = (pending(), pending());
    let payment = shop.payments().create(pending(), NewPayment::pending(PaymentMethod::Card)).unwrap();
    let paid: OrderId = shop.paid_order(&ada, &[(lamp.id, 1)]).id;
    let steps: [(&str, &dyn Fn()); 11] = [
        ("an order", &|| {
            pending();
        }),
        ("a payment", &|| drop(shop.payments().create(to_pay, card()).unwrap())),
        ("a payment that failed", &|| drop(shop.payments().fail(payment.id).unwrap())),
        ("a cancelled order", &|| drop(shop.orders().cancel(to_cancel).unwrap())),
        ("a refund", &|| drop(shop.payments().refund(paid, NewRefund::builder("late").build().unwrap()).unwrap())),
        ("a new user", &|| drop(shop.user())),
        ("a disabled user", &|| {
            drop(shop.users().update(ada.id, UserPatch::default().status(UserStatus::Disabled)).unwrap());
        }),
        ("a name", &|| drop(shop.products().update(lamp.id, ProductPatch::default().name("Lamp")).unwrap())),
        ("a category", &|| drop(shop.category())),
        ("a delivery", &|| drop(shop.inventory().restock(lamp.id, 5, None).unwrap())),
        ("a setting", &|| drop(shop.shop().update(ShopPatch::default().name("Lamps")).unwrap())),
    ];
    for (what, step) in steps {
        assert!(notices(shop, &mut changes, step), "{what}");
    }
    settle(shop, &mut changes);
}

fn changes_by_another_process_are_noticed(shop: &Shop) {
    let other = shop.open_again();
    let mut changes = shop.changes();
    changes.look().unwrap();
    assert!(notices(shop, &mut changes, || drop(other.categories().create("Lamps").unwrap())));
    let mut later = other.changes();
    later.look().unwrap();
    assert!(notices(shop, &mut later, || drop(shop.categories().create("Chairs").unwrap())));
}

fn what_was_only_read_is_no_change(shop: &Shop) {
    if shop.engine() == Engine::Postgres {
        return; // Other transactions of the server count.
    }
    let mut changes = shop.changes();
    settle(shop, &mut changes);
    assert!(!notices(shop, &mut changes, || drop(shop.shop().get().unwrap())));
}

fn after_an_error_changes_may_have_been_missed(shop: &Shop) {
    if shop.engine() != Engine::Sqlite {
        return; // A server of all tests cannot be taken away.
    }
    let file = ecomdb::sqlite_file(&shop.url).unwrap().to_owned();
    let elsewhere = format!("{file}-elsewhere");
    let mut changes = shop.changes();
    settle(shop, &mut changes);
    std::fs::rename(&file, &elsewhere).unwrap();
    changes.look().unwrap_err();
    std::fs::rename(&elsewhere, &file).unwrap();
    assert!(changes.look().unwrap());
    assert!(!changes.look().unwrap());
}
