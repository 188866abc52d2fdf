use ecomdb::{Conflict, NewUser, UserFilter, UserId, UserPatch, UserStatus};

use crate::shop::{Shop, conflict, invalid_fields};

behaviours! {
    a_created_user_can_be_read_back
    an_address_is_normalised
    the_same_address_in_other_case_is_a_conflict_that_names_the_field
    one_address_in_several_spellings_is_one_user
    different_names_of_hosts_stay_different
    an_address_with_what_cannot_be_seen_is_refused
    what_is_no_address_alone_is_refused
    names_are_stored_composed
    names_keep_the_joiners_and_variants_that_they_need
    a_name_without_anything_that_can_be_seen_or_with_what_cannot_is_refused
    names_keep_quotes_and_emoji
    names_of_no_or_300_characters_or_with_nul_are_refused
    a_missing_user_is_not_found
    a_patch_changes_what_it_names_and_nothing_else
    a_patch_of_nothing_changes_nothing
    a_patch_with_what_is_so_already_changes_nothing
    a_patch_with_the_address_of_another_user_changes_nothing
    a_user_may_keep_the_own_address
    a_user_without_orders_can_be_deleted
    a_user_with_orders_cannot_be_deleted
    an_anonymised_user_keeps_the_orders_and_loses_the_name
    a_disabled_user_cannot_order
    users_are_found_by_a_part_of_name_or_address
    a_text_to_look_for_that_no_user_can_have_is_refused
}

fn a_created_user_can_be_read_back(shop: &Shop) {
    let created = shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    assert_eq!(shop.users().get(created.id).unwrap(), created);
    assert_eq!(created.status, UserStatus::Active);
}

fn an_address_is_normalised(shop: &Shop) {
    let ada = shop.users().create(NewUser::new("  Ada@Example.COM ", " Ada ", "Lovelace").unwrap()).unwrap();
    assert_eq!((ada.email.as_str(), ada.first_name.as_str()), ("ada@example.com", "Ada"));
}

fn the_same_address_in_other_case_is_a_conflict_that_names_the_field(shop: &Shop) {
    shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let again = shop.users().create(NewUser::new("ADA@EXAMPLE.COM", "Ada", "Byron").unwrap());
    let expected = Conflict::Duplicate { entity: "user", field: "email", value: "\"ada@example.com\"".to_owned() };
    assert_eq!(conflict(again), expected);
    assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items.len(), 1);
}

fn one_address_in_several_spellings_is_one_user(shop: &Shop) {
    for (address, spellings) in [
        ("jos\u{e9}@example.com", ["JOSE\u{301}@EXAMPLE.COM", "Jos\u{c9}@example.com"]),
        (
            "\u{3bf}\u{3b4}\u{3bf}\u{3c2}@example.com",
            ["\u{39f}\u{394}\u{39f}\u{3a3}@example.com", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}@example.com"],
        ),
        ("ada@m\u{fc}nchen.example", ["ada@xn--mnchen-3ya.example", "ADA@MU\u{308}NCHEN\u{3002}example"]),
        ("stra\u{df}e@example.com", ["STRASSE@example.com", "stra\u{1e9e}e@example.com"]),
    ] {
        let user = shop.users().create(NewUser::new(address, "Ada", "Lovelace").unwrap()).unwrap();
        let other = shop.user();
        for spelling in spellings {
            let again = conflict(shop.users().create(NewUser::new(spelling, "Ada", "Byron").unwrap()));
            assert!(matches!(again, Conflict::Duplicate { field: "email", .. }), "{spelling}: {again:?}");
            let taken = UserPatch::default().email(spelling.to_owned());
            assert!(conflict(shop.users().update(other.id, taken)).to_string().contains("email"), "{spelling}");
            assert_eq!(shop.users().find(spelling).unwrap().as_ref(), Some(&user), "{spelling}");
            let text = UserFilter::default().search(spelling.to_owned());
            assert_eq!(shop.users().list(&text).unwrap().items, std::slice::from_ref(&user), "{spelling}");
        }
    }
}

fn different_names_of_hosts_stay_different(shop: &Shop) {
    for (name, ascii, other) in [
        ("stra\u{df}e.example", "XN--STRAE-OQA.example", "strasse.example"),
        ("\u{3bf}\u{3b4}\u{3cc}\u{3c2}.example", "xn--pxavk3b.example", "\u{3bf}\u{3b4}\u{3cc}\u{3c3}.example"),
    ] {
        let create = |host: &str| shop.users().create(NewUser::new(&format!("Stra\u{df}e@{host}"), "Ada", "Lovelace")?);
        let (user, other_user) = (create(name).unwrap(), create(other).unwrap());
        assert_eq!(
            (user.email.as_str(), other_user.email.as_str()),
            (&*format!("strasse@{name}"), &*format!("strasse@{other}"))
        );
        assert!(matches!(conflict(create(ascii)), Conflict::Duplicate { field: "email", .. }), "{ascii}");
        for part in [name.to_owned(), format!("@{name}"), format!("@{ascii}"), format!("strasse@{ascii}")] {
            let search = UserFilter::default().search(part.clone());
            assert!(shop.users().list(&search).unwrap().items.contains(&user), "{part}");
        }
    }
}

fn an_address_with_what_cannot_be_seen_is_refused(_shop: &Shop) {
    for hidden in "\u{200b}\u{feff}\u{ad}\u{202e}\u{200d}\u{2066}\u{34f}\u{3164}\u{fe0f}\u{e0041}\u{2028}\u{0}\u{e000}\u{378}\u{a0}".chars() {
        let address = format!("a{hidden}da@example.com");
        let error = NewUser::new(&address, "Ada", "Lovelace").unwrap_err();
        let expected = format!("email: must not have the character U+{:04X} there, which cannot be seen", u32::from(hidden));
        assert_eq!(error.to_string(), expected);
    }
}

fn what_is_no_address_alone_is_refused(shop: &Shop) {
    for text in ["<a@b.c>", "Ada <ada@b.c>", "mailto:ada@b.c", "MAILTO:ada@b.c"] {
        let error = NewUser::new(text, "Ada", "Lovelace").unwrap_err();
        assert!(error.to_string().contains("without a name, `<`, `>` or `mailto:`"), "{text}: {error}");
    }
    let long = format!("{}@b.c", "a".repeat(65));
    for text in [
        "",
        "ada",
        "@b.c",
        "ada@",
        "a@b@c",
        "a da@b.c",
        "\"ada\"@b.c",
        "a,b@c.d",
        "a;b@c.d",
        "a:b@c.d",
        "a(b)@c.d",
        "ada@b..c",
        "ada@.b",
        "ada@b.",
        "ada@-b.c",
        "ada@b-.c",
        "ada@b_c",
        "ada@[127.0.0.1]",
        "ada@xn--a.example",
        "ada@b.c/d",
        &long,
    ] {
        let outcome = NewUser::new(text, "Ada", "Lovelace").map_err(ecomdb::Error::from);
        assert_eq!(invalid_fields(outcome), ["email"], "{text:?}");
        assert_eq!(shop.users().find(text).unwrap(), None, "{text:?}");
    }
    for text in [
        "a.b+c@d-e.f",
        "o'hara@b.c",
        "x@localhost",
        "jos\u{e9}@m\u{fc}nchen.example",
        "\u{738b}@\u{4f8b}.\u{516c}\u{53f8}",
    ] {
        assert!(NewUser::new(text, "Ada", "Lovelace").is_ok(), "{text}");
    }
}

fn names_are_stored_composed(shop: &Shop) {
    let user = NewUser::new("jose@example.com", "Jose\u{301}", "A\u{30a}ngstro\u{308}m").unwrap();
    let user = shop.users().create(user).unwrap();
    let read = shop.users().get(user.id).unwrap();
    assert_eq!((read.first_name.as_str(), read.last_name.as_str()), ("Jos\u{e9}", "\u{c5}ngstr\u{f6}m"));
    let found = UserFilter::default().search("Jose\u{301}");
    assert_eq!(shop.users().list(&found).unwrap().items, [read]);
}

fn names_keep_the_joiners_and_variants_that_they_need(shop: &Shop) {
    for (n, name) in [
        "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}", // Persian, with a non-joiner
        "\u{915}\u{94d}\u{200d}\u{937}",                             // Devanagari, a joiner behind a virama
        "\u{9b0}\u{200d}\u{9cd}\u{9af}",                             // Bengali, a joiner before one
        "\u{d28}\u{d4d}\u{200d}",                                    // Malayalam, at the end
        "\u{1f468}\u{1f3fd}\u{200d}\u{1f4bb}",                       // an emoji of several
        "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308} \u{2764}\u{fe0f}",
        "\u{845b}\u{e0100}", // an ideograph in a variant
    ]
    .into_iter()
    .enumerate()
    {
        let user = NewUser::new(&format!("u{n}@example.com"), name, "X").unwrap();
        let user = shop.users().create(user).unwrap();
        assert_eq!(shop.users().get(user.id).unwrap().first_name, name);
    }
    for name in ["Lam\u{200d}ps", "Lam\u{200c}ps", "\u{200d}", "a\u{fe0f}", "\u{1f98b}\u{200d}", "A\u{e0100}"] {
        let outcome = NewUser::new("ada@example.com", name, "X").map_err(ecomdb::Error::from);
        assert_eq!(invalid_fields(outcome), ["first_name"], "{name:?}");
    }
}

fn a_name_without_anything_that_can_be_seen_or_with_what_cannot_is_refused(_shop: &Shop) {
    for name in [
        "\u{a0}\u{3000}",
        "\u{301}",
        "\u{3164}",
        "\u{115f}",
        "\u{2800}",
        "\u{200b}",
        "\u{fe0f}",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{ad}b",
        "a\u{feff}b",
        "a\u{2028}b",
        "a\u{2029}b",
        "a\u{85}b",
        "a\u{e000}b",
        "a\u{378}b",
        "a\u{3164}b",
        "a\u{2066}b",
    ] {
        let outcome = NewUser::new("ada@example.com", name, "Lovelace").map_err(ecomdb::Error::from);
        assert_eq!(invalid_fields(outcome), ["first_name"], "{name:?}");
    }
}

fn names_keep_quotes_and_emoji(shop: &Shop) {
    let user = NewUser::new("o'hara@example.com", "S\"c'a\\rl;--ett", "O’Hara 🦋").unwrap();
    let user = shop.users().create(user).unwrap();
    let read = shop.users().get(user.id).unwrap();
    assert_eq!((read.first_name.as_str(), read.last_name.as_str()), ("S\"c'a\\rl;--ett", "O’Hara 🦋"));
}

fn names_of_no_or_300_characters_or_with_nul_are_refused(_shop: &Shop) {
    for name in ["", "   ", "a\0b", "line\nbreak", &"x".repeat(300)] {
        let outcome = NewUser::new("ada@example.com", name, "Lovelace").map_err(ecomdb::Error::from);
        assert_eq!(invalid_fields(outcome), ["first_name"], "{name:?}");
    }
    assert!(NewUser::new("ada@example.com", &"é".repeat(100), "Lovelace").is_ok());
}

fn a_missing_user_is_not_found(shop: &Shop) {
    for id in [0, -1, 99, i64::MAX] {
        let error = shop.users().get(UserId::new(id)).unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.to_string(), format!("no user has the id {id}"));
    }
}

fn a_patch_changes_what_it_names_and_nothing_else(shop: &Shop) {
    let before = shop.user();
    let patch = UserPatch::default().last_name("King");
    let after = shop.users().update(before.id, patch).unwrap();
    assert_eq!(after.last_name, "King");
    assert_eq!((&after.email, &after.first_name), (&before.email, &before.first_name));
    assert!(after.updated_at > before.updated_at);
}

fn a_patch_of_nothing_changes_nothing(shop: &Shop) {
    let before = shop.user();
    assert_eq!(shop.users().update(before.id, UserPatch::default()).unwrap(), before);
    assert_eq!(shop.users().get(before.id).unwrap(), before);
    assert!(shop.users().update(UserId::new(99), UserPatch::default()).unwrap_err().is_not_found());
}

fn a_patch_with_what_is_so_already_changes_nothing(shop: &Shop) {
    let before = shop.user();
    let same = UserPatch::default()
        .email(before.email.to_uppercase())
        .first_name(format!(" {} ", before.first_name))
        .last_name(&before.last_name)
        .status(before.status);
    assert_eq!(shop.users().update(before.id, same).unwrap(), before);
    assert_eq!(shop.accounts().set_role(before.id, before.role).unwrap(), before);
    assert_eq!(shop.users().get(before.id).unwrap(), before);
}

fn a_patch_with_the_address_of_another_user_changes_nothing(shop: &Shop) {
    let (ada, bob) = (shop.user(), shop.user());
    let patch = UserPatch::default().email(ada.email).first_name("X");
    assert!(matches!(conflict(shop.users().update(bob.id, patch)), Conflict::Duplicate { field: "email", .. }));
    assert_eq!(shop.users().get(bob.id).unwrap(), bob);
}

fn a_user_may_keep_the_own_address(shop: &Shop) {
    let ada = shop.user();
    let patch = UserPatch::default().email(ada.email.to_uppercase());
    assert_eq!(shop.users().update(ada.id, patch).unwrap().email, ada.email);
}

fn a_user_without_orders_can_be_deleted(shop: &Shop) {
    let ada = shop.user();
    shop.users().delete(ada.id).unwrap();
    assert!(shop.users().get(ada.id).unwrap_err().is_not_found());
    assert!(shop.users().delete(ada.id).unwrap_err().is_not_found());
}

fn a_user_with_orders_cannot_be_deleted(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("5.00", 5));
    shop.pending_order(&ada, &[(lamp.id, 1)]);
    let refused = conflict(shop.users().delete(ada.id));
    assert!(matches!(refused, Conflict::InUse { entity: "user", by: "orders", .. }), "{refused:?}");
}

fn an_anonymised_user_keeps_the_orders_and_loses_the_name(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("5.00", 5));
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    let nobody = shop.users().anonymise(ada.id).unwrap();
    assert_eq!((nobody.first_name.as_str(), nobody.status), ("Deleted", UserStatus::Disabled));
    let now = shop.order_now(order.id);
    assert_eq!((now.total, now.buyer.unwrap().email), (order.total, format!("deleted-{}@anonymous.invalid", ada.id)));
}

fn a_disabled_user_cannot_order(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("5.00", 5));
    let disabled = UserPatch::default().status(UserStatus::Disabled);
    shop.users().update(ada.id, disabled).unwrap();
    let refused = conflict(shop.try_order(&ada, &[(lamp.id, 1)]));
    assert_eq!(refused, Conflict::UserDisabled { user_id: ada.id });
    assert_eq!(shop.stock(&lamp), 5);
}

fn users_are_found_by_a_part_of_name_or_address(shop: &Shop) {
    for (email, first, last) in [("ada@x.org", "Ada", "Lovelace"), ("b@y.org", "Bob", "100%_!"), ("c@y.org", "C", "D")]
    {
        shop.users().create(NewUser::new(email, first, last).unwrap()).unwrap();
    }
    let found = |text: &str| {
        let filter = UserFilter::default().search(text.to_owned());
        let users = shop.users().list(&filter).unwrap().items;
        users.into_iter().map(|user| user.first_name).collect::<Vec<_>>()
    };
    assert_eq!(found("LOVE"), ["Ada"]);
    assert_eq!(found("y.org"), ["Bob", "C"]);
    assert_eq!(found("100%_!"), ["Bob"]);
    assert!(found("%").is_empty() && found("_").is_empty() && found("nobody").is_empty());
}

fn a_text_to_look_for_that_no_user_can_have_is_refused(shop: &Shop) {
    for text in ["A\0da", "\0", "line\nbreak", "\u{85}", &"x".repeat(255), &"%".repeat(60_000)] {
        let filter = UserFilter::default().search(text.to_owned());
        assert_eq!(invalid_fields(shop.users().list(&filter)), ["search"], "{text:?}");
    }
    let longest = UserFilter::default().search("%".repeat(254));
    assert!(shop.users().list(&longest).unwrap().items.is_empty());
}
