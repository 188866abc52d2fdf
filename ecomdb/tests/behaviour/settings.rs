//! Settings of the shop.

use ecomdb::{Conflict, Currency, Role, Scope, ShopPatch, TimeZone};

use crate::shop::{Shop, conflict, invalid_fields};

behaviours! {
    a_new_shop_has_settings
    settings_are_changed_and_those_that_are_not_named_stay
    all_wrong_settings_are_named_at_once_and_nothing_changes
    settings_are_changed_only_if_they_are_as_expected
    settings_are_a_part_of_a_transaction
    everybody_reads_the_settings_and_only_an_admin_changes_them
    a_reset_shop_has_the_settings_of_a_new_one
    settings_that_another_program_spoiled_are_an_error
}

fn a_new_shop_has_settings(shop: &Shop) {
    let settings = shop.shop().get().unwrap();
    let euro: Currency = "EUR".parse().unwrap();
    assert_eq!((settings.name.as_str(), settings.currency, settings.time_zone), ("Shop", euro, TimeZone::UTC));
}

fn settings_are_changed_and_those_that_are_not_named_stay(shop: &Shop) {
    let patch = ShopPatch::default().name(" Lampes de\u{301}co ").currency("CHF").time_zone("Europe/Zurich");
    let changed = shop.shop().update(patch).unwrap();
    assert_eq!(changed.name, "Lampes d\u{e9}co");
    assert_eq!((changed.currency.code(), changed.time_zone.to_string().as_str()), ("CHF", "Europe/Zurich"));
    assert_eq!(shop.shop().get().unwrap(), changed);
    let renamed = shop.shop().update(ShopPatch::default().name("Lamps")).unwrap();
    assert_eq!(
        (renamed.name.as_str(), renamed.currency, renamed.time_zone),
        ("Lamps", changed.currency, changed.time_zone)
    );
    assert_eq!(shop.shop().update(ShopPatch::default()).unwrap(), renamed);
    assert_eq!(shop.shop().update(ShopPatch::default().name("Lamps")).unwrap(), renamed);
    shop.expect_clean();
}

fn all_wrong_settings_are_named_at_once_and_nothing_changes(shop: &Shop) {
    let before = shop.shop().get().unwrap();
    let wrong = ShopPatch::default().name("").currency("JPY").time_zone("Europe/Atlantis");
    assert_eq!(invalid_fields(shop.shop().update(wrong)), ["name", "currency", "time_zone"]);
    let (longest, too_long) = ("n".repeat(100), "n".repeat(101));
    for name in [too_long.as_str(), "\u{200b}", "a\nb", "a\u{202e}b"] {
        assert_eq!(invalid_fields(shop.shop().update(ShopPatch::default().name(name))), ["name"], "{name:?}");
    }
    assert_eq!(invalid_fields(shop.shop().update(ShopPatch::default().name("Lamps").currency("eur"))), ["currency"]);
    assert_eq!(shop.shop().get().unwrap(), before);
    assert_eq!(shop.shop().update(ShopPatch::default().name(longest.as_str())).unwrap().name, longest);
}

fn settings_are_changed_only_if_they_are_as_expected(shop: &Shop) {
    let read = shop.shop().get().unwrap();
    let rename = |name: &str| {
        let read = read.clone();
        shop.shop().update_if(ShopPatch::default().name(name), move |now| *now == read)
    };
    rename("Lamps").unwrap();
    assert_eq!(conflict(rename("Chairs")), Conflict::Changed { entity: "shop", id: 1 });
    assert_eq!(shop.shop().get().unwrap().name, "Lamps");
}

fn settings_are_a_part_of_a_transaction(shop: &Shop) {
    let outcome = shop.write(|tx| {
        assert_eq!(tx.shop().update(ShopPatch::default().name("Lamps"))?.name, "Lamps");
        assert_eq!(tx.shop().get()?.name, "Lamps");
        Err::<(), _>(ecomdb::Error::RolledBack)
    });
    outcome.unwrap_err();
    assert_eq!(shop.shop().get().unwrap().name, "Shop");
    let name = shop.read(|conn| Ok(conn.shop().get()?.name)).unwrap();
    assert_eq!(name, "Shop");
}

fn everybody_reads_the_settings_and_only_an_admin_changes_them(shop: &Shop) {
    for role in [Role::Customer, Role::Staff, Role::Admin] {
        let token = shop.session_of(&shop.member(role));
        let caller = shop.accounts().authenticate(token.expose()).unwrap();
        let settings = shop.on_behalf_of(&caller).shop();
        assert_eq!(settings.get().unwrap().name, "Shop", "{role}");
        let outcome = shop.on_behalf_of(&caller).shop().update(ShopPatch::default().time_zone("Asia/Kolkata"));
        assert_eq!(outcome.is_ok(), role == Role::Admin, "{role}: {outcome:?}");
        assert_eq!(role.scopes().contains(&Scope::ShopManage), role == Role::Admin);
    }
    assert_eq!(shop.shop().get().unwrap().time_zone.to_string(), "Asia/Kolkata");
}

fn a_reset_shop_has_the_settings_of_a_new_one(shop: &Shop) {
    let new = shop.shop().get().unwrap();
    shop.shop().update(ShopPatch::default().name("Lamps").currency("USD")).unwrap();
    shop.reset().unwrap();
    assert_eq!(shop.shop().get().unwrap(), new);
}

fn settings_that_another_program_spoiled_are_an_error(shop: &Shop) {
    shop.run("UPDATE shop SET currency = 'JPY'");
    let error = shop.shop().get().unwrap_err();
    assert!(matches!(error, ecomdb::Error::Storage(_)) && error.to_string().contains("JPY"), "{error:?}");
}
