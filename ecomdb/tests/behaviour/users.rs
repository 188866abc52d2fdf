use ecomdb::{Conflict, NewUser, UserFilter, UserId, UserPatch, UserStatus};

use crate::shop::{conflict, invalid_fields};

behaviours! {
    fn a_created_user_can_be_read_back(shop) {
        let created = shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
        assert_eq!(shop.users().get(created.id).unwrap(), created);
        assert_eq!(created.status, UserStatus::Active);
    }

    fn an_address_is_normalised(shop) {
        let ada = shop.users().create(NewUser::new("  Ada@Example.COM ", " Ada ", "Lovelace").unwrap()).unwrap();
        assert_eq!((ada.email.as_str(), ada.first_name.as_str()), ("ada@example.com", "Ada"));
    }

    fn the_same_address_in_other_case_is_a_conflict_that_names_the_field(shop) {
        shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
        let again = shop.users().create(NewUser::new("ADA@EXAMPLE.COM", "Ada", "Byron").unwrap());
        let expected = Conflict::Duplicate { entity: "user", field: "email", value: "\"ada@example.com\"".to_owned() };
        assert_eq!(conflict(again), expected);
        assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items.len(), 1);
    }

    fn names_keep_quotes_and_emoji(shop) {
        let user = NewUser::new("o'hara@example.com", "S\"c'a\\rl;--ett", "O’Hara 🦋").unwrap();
        let user = shop.users().create(user).unwrap();
        let read = shop.users().get(user.id).unwrap();
        assert_eq!((read.first_name.as_str(), read.last_name.as_str()), ("S\"c'a\\rl;--ett", "O’Hara 🦋"));
    }

    fn names_of_no_or_300_characters_or_with_nul_are_refused(_shop) {
        for name in ["", "   ", "a\0b", "line\nbreak", &"x".repeat(300)] {
            let outcome = NewUser::new("ada@example.com", name, "Lovelace").map_err(ecomdb::Error::from);
            assert_eq!(invalid_fields(outcome), ["first_name"], "{name:?}");
        }
        assert!(NewUser::new("ada@example.com", &"é".repeat(100), "Lovelace").is_ok());
    }

    fn a_missing_user_is_not_found(shop) {
        for id in [0, -1, 99, i64::MAX] {
            let error = shop.users().get(UserId::new(id)).unwrap_err();
            assert!(error.is_not_found());
            assert_eq!(error.to_string(), format!("no user has the id {id}"));
        }
    }

    fn a_patch_changes_what_it_names_and_nothing_else(shop) {
        let before = shop.user();
        let patch = UserPatch { last_name: Some("King".to_owned()), ..UserPatch::default() };
        let after = shop.users().update(before.id, patch).unwrap();
        assert_eq!(after.last_name, "King");
        assert_eq!((&after.email, &after.first_name), (&before.email, &before.first_name));
        assert!(after.updated_at > before.updated_at);
    }

    fn a_patch_of_nothing_changes_nothing(shop) {
        let before = shop.user();
        assert_eq!(shop.users().update(before.id, UserPatch::default()).unwrap(), before);
        assert_eq!(shop.users().get(before.id).unwrap(), before);
        assert!(shop.users().update(UserId::new(99), UserPatch::default()).unwrap_err().is_not_found());
    }

    fn a_patch_with_the_address_of_another_user_changes_nothing(shop) {
        let (ada, bob) = (shop.user(), shop.user());
        let patch = UserPatch { email: Some(ada.email), first_name: Some("X".to_owned()), ..UserPatch::default() };
        assert!(matches!(conflict(shop.users().update(bob.id, patch)), Conflict::Duplicate { field: "email", .. }));
        assert_eq!(shop.users().get(bob.id).unwrap(), bob);
    }

    fn a_user_may_keep_the_own_address(shop) {
        let ada = shop.user();
        let patch = UserPatch { email: Some(ada.email.to_uppercase()), ..UserPatch::default() };
        assert_eq!(shop.users().update(ada.id, patch).unwrap().email, ada.email);
    }

    fn a_user_without_orders_can_be_deleted(shop) {
        let ada = shop.user();
        shop.users().delete(ada.id).unwrap();
        assert!(shop.users().get(ada.id).unwrap_err().is_not_found());
        assert!(shop.users().delete(ada.id).unwrap_err().is_not_found());
    }

    fn a_user_with_orders_cannot_be_deleted(shop) {
        let (ada, lamp) = (shop.user(), shop.product("5.00", 5));
        shop.pending_order(&ada, &[(lamp.id, 1)]);
        let refused = conflict(shop.users().delete(ada.id));
        assert!(matches!(refused, Conflict::InUse { entity: "user", by: "orders", .. }), "{refused:?}");
    }

    fn an_anonymised_user_keeps_the_orders_and_loses_the_name(shop) {
        let (ada, lamp) = (shop.user(), shop.product("5.00", 5));
        let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
        let nobody = shop.users().anonymise(ada.id).unwrap();
        assert_eq!((nobody.first_name.as_str(), nobody.status), ("Deleted", UserStatus::Disabled));
        let now = shop.order_now(order.id);
        assert_eq!((now.total, now.user.unwrap().email), (order.total, format!("deleted-{}@anonymous.invalid", ada.id)));
    }

    fn a_disabled_user_cannot_order(shop) {
        let (ada, lamp) = (shop.user(), shop.product("5.00", 5));
        let disabled = UserPatch { status: Some(UserStatus::Disabled), ..UserPatch::default() };
        shop.users().update(ada.id, disabled).unwrap();
        let refused = conflict(shop.try_order(&ada, &[(lamp.id, 1)]));
        assert_eq!(refused, Conflict::Inactive { entity: "user", id: ada.id.get(), status: "disabled" });
        assert_eq!(shop.stock(&lamp), 5);
    }

    fn users_are_found_by_a_part_of_name_or_address(shop) {
        for (email, first, last) in [("ada@x.org", "Ada", "Lovelace"), ("b@y.org", "Bob", "100%_!"), ("c@y.org", "C", "D")] {
            shop.users().create(NewUser::new(email, first, last).unwrap()).unwrap();
        }
        let found = |text: &str| {
            let filter = UserFilter { text: Some(text.to_owned()), ..UserFilter::default() };
            let users = shop.users().list(&filter).unwrap().items;
            users.into_iter().map(|user| user.first_name).collect::<Vec<_>>()
        };
        assert_eq!(found("LOVE"), ["Ada"]);
        assert_eq!(found("y.org"), ["Bob", "C"]);
        assert_eq!(found("0%_!"), ["Bob"], "the wild cards of LIKE are text");
        assert!(found("%").len() == 1 && found("nobody").is_empty());
    }

    fn a_text_to_look_for_that_no_user_can_have_is_refused(shop) {
        for text in ["A\0da", "\0", "line\nbreak", "\u{85}", &"x".repeat(255), &"%".repeat(60_000)] {
            let filter = UserFilter { text: Some(text.to_owned()), ..UserFilter::default() };
            assert_eq!(invalid_fields(shop.users().list(&filter)), ["text"], "{text:?}");
        }
        let longest = UserFilter { text: Some("%".repeat(254)), ..UserFilter::default() };
        assert!(shop.users().list(&longest).unwrap().items.is_empty());
    }
}
