use ecomdb::{
    Error, Forbidden, Limit, NewApiKey, NewOrder, NewRefund, NewVoucher, OrderId, PageRequest, Password, Role, Scope,
    User, UserId, UserPatch,
};

use crate::shop::{Shop, card, invalid_fields, money};

behaviours! {
    a_dossier_has_everything_about_a_person_and_no_secrets
    orders_come_in_pages_of_at_most_100
    a_customer_gets_the_own_dossier_only
    a_dossier_takes_the_scopes_of_its_parts
    an_anonymised_user_has_a_dossier_without_names
    a_dossier_takes_no_cursor_of_another_list
}

const PASSWORD: &str = "correct horse battery";

fn member(shop: &Shop, role: Role) -> User {
    let user = shop.user();
    shop.accounts().set_password(user.id, &Password::new(PASSWORD).unwrap()).unwrap();
    shop.accounts().set_role(user.id, role).unwrap()
}

/// The caller with a new session of this user.
fn session(shop: &Shop, user: &User) -> ecomdb::Caller {
    let login = shop.accounts().log_in(&user.email, PASSWORD).unwrap();
    shop.accounts().authenticate(login.token.expose()).unwrap()
}

/// The caller with a new API key of this user.
fn key(shop: &Shop, user: UserId, scopes: &[Scope]) -> ecomdb::Caller {
    let key = NewApiKey::builder(user, "my orders", scopes.iter().copied()).build().unwrap();
    let (token, _) = shop.accounts().create_key(key).unwrap();
    shop.accounts().authenticate(token.expose()).unwrap()
}

fn all() -> PageRequest {
    PageRequest::default()
}

fn a_dossier_has_everything_about_a_person_and_no_secrets(shop: &Shop) {
    let (ada, lamp) = (member(shop, Role::Customer), shop.product("10.00", 9));
    let _key = key(shop, ada.id, &[Scope::OrdersRead]);
    let _session = session(shop, &ada);
    let voucher = NewVoucher::percent("SPRING", money("10")).build().unwrap();
    let voucher = shop.vouchers().create(voucher).unwrap();
    let order = NewOrder::builder(ada.id).item(lamp.id, 2).voucher("spring").shipping("Post", money("3.00"));
    let order = shop.orders().place(order.payment(card()).build().unwrap()).unwrap();
    shop.payments().refund(order.id, NewRefund::builder("broken").amount(money("1.00")).build().unwrap()).unwrap();
    let other = shop.paid_order(&shop.user(), &[(lamp.id, 1)]);
    let now = shop.users().update(ada.id, UserPatch::default().last_name("King").email("king@example.com")).unwrap();

    let dossier = shop.users().dossier(ada.id, &all()).unwrap();
    assert_eq!((&dossier.user, dossier.has_password), (&now, true));
    let [before] = &dossier.former_names[..] else { panic!("{dossier:?}") };
    assert_eq!((&before.email, &before.last_name), (&ada.email, &ada.last_name));
    assert_eq!(dossier.sessions.as_ref().map(Vec::len), Some(1));
    assert_eq!(dossier.api_keys.as_ref().map(|keys| keys[0].name.as_str()), Some("my orders"));
    let [use_] = &dossier.voucher_uses[..] else { panic!("{dossier:?}") };
    assert_eq!((use_.voucher_id, use_.code.as_str(), use_.used), (voucher.id, "SPRING", 1));
    assert_eq!((dossier.orders.clone(), dossier.next.clone()), (vec![shop.order_now(order.id)], None));
    assert_ne!(dossier.orders[0].id, other.id);

    let json = serde_json::to_string(&dossier).unwrap();
    for secret in ["argon2", "hash"] {
        assert!(!json.contains(secret), "{json}");
    }
    assert_eq!(serde_json::from_str::<ecomdb::Dossier>(&json).unwrap(), dossier);
}

fn orders_come_in_pages_of_at_most_100(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 1_000));
    let placed: Vec<OrderId> = (0..103).map(|_| shop.pending_order(&ada, &[(lamp.id, 1)]).id).collect();
    let page = |request: PageRequest| {
        let dossier = shop.users().dossier(ada.id, &request).unwrap();
        assert_eq!(dossier.user, ada);
        let ids: Vec<OrderId> = dossier.orders.iter().map(|order| order.id).collect();
        (ids, dossier.previous, dossier.next)
    };
    let most = || PageRequest::default().limit(Limit::new(Limit::MAX).unwrap());
    let (first, before, next) = page(most());
    assert_eq!((&first[..], before), (&placed[..100], None));
    let (rest, back, end) = page(most().after(next.unwrap()));
    assert_eq!((&rest[..], end), (&placed[100..], None));
    assert_eq!(page(most().before(back.unwrap())).0, first);
    let two = PageRequest::default().limit(Limit::new(2).unwrap());
    assert_eq!(page(two).0, placed[..2]);
}

fn a_customer_gets_the_own_dossier_only(shop: &Shop) {
    let (ada, bob, lamp) = (member(shop, Role::Customer), shop.user(), shop.product("1.00", 9));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let caller = session(shop, &ada);
    let mine = shop.on_behalf_of(&caller).users().dossier(ada.id, &all()).unwrap();
    assert_eq!((mine.orders.len(), mine.orders[0].id), (1, order.id));
    let sessions: Vec<bool> = mine.sessions.unwrap().iter().map(|session| session.current).collect();
    assert_eq!((sessions, mine.api_keys), (vec![true], Some(Vec::new())));
    let his = shop.on_behalf_of(&caller).users().dossier(bob.id, &all());
    assert!(matches!(his, Err(Error::NotFound { .. })), "{his:?}");
}

fn a_dossier_takes_the_scopes_of_its_parts(shop: &Shop) {
    let (ada, staff, admin) = (member(shop, Role::Customer), member(shop, Role::Staff), member(shop, Role::Admin));
    let dossier = |caller: &ecomdb::Caller| shop.on_behalf_of(caller).users().dossier(ada.id, &all());
    let has_account = |caller: &ecomdb::Caller| {
        let dossier = dossier(caller).unwrap();
        (dossier.sessions.is_some(), dossier.api_keys.is_some())
    };
    // Accounts are managed by admins, with a session.
    assert_eq!(has_account(&session(shop, &staff)), (false, false));
    assert_eq!(has_account(&session(shop, &admin)), (true, true));
    let both = [Scope::UsersRead, Scope::OrdersRead];
    assert_eq!(has_account(&key(shop, admin.id, &[both[0], both[1], Scope::UsersManage])), (false, false));
    assert_eq!(has_account(&key(shop, ada.id, &both)), (false, false));
    // Without orders it would not be everything.
    for missing in both {
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|scope| *scope != missing).collect();
        let refused = dossier(&key(shop, admin.id, &others));
        assert!(matches!(&refused, Err(Error::Forbidden(Forbidden::Scope(scope))) if *scope == missing), "{refused:?}");
    }
}

fn an_anonymised_user_has_a_dossier_without_names(shop: &Shop) {
    let (ada, lamp) = (member(shop, Role::Customer), shop.product("1.00", 9));
    let _session = session(shop, &ada);
    shop.pending_order(&ada, &[(lamp.id, 1)]);
    shop.users().update(ada.id, UserPatch::default().last_name("King")).unwrap();
    shop.users().anonymise(ada.id).unwrap();
    let dossier = shop.users().dossier(ada.id, &all()).unwrap();
    let json = serde_json::to_string(&dossier).unwrap();
    for text in ["Lovelace", "King", &ada.email] {
        assert!(!json.contains(text), "{json}");
    }
    assert_eq!((dossier.has_password, dossier.sessions, dossier.orders.len()), (false, Some(Vec::new()), 1));
}

fn a_dossier_takes_no_cursor_of_another_list(shop: &Shop) {
    let (ada, bob, lamp) = (shop.user(), shop.user(), shop.product("1.00", 9));
    for user in [&ada, &ada, &bob, &bob] {
        shop.pending_order(user, &[(lamp.id, 1)]);
    }
    let one = || PageRequest::default().limit(Limit::new(1).unwrap());
    let next = shop.users().dossier(ada.id, &one()).unwrap().next.unwrap();
    assert_eq!(invalid_fields(shop.users().dossier(bob.id, &one().after(next))), ["cursor"]);
}
