//! What each kind of caller sees of products, orders and stock.

use ecomdb::{
    Caller, Conflict, Error, Forbidden, NewApiKey, NewPayment, NewProduct, NewRefund, OrderStatus, PageRequest,
    Password, PaymentMethod, Product, ProductFilter, ProductPatch, ProductStatus, Role, Scope, User, UserFilter,
};

use crate::shop::{Shop, card_of, conflict, money};

const PASSWORD: &str = "correct horse battery";

/// A new user of this role, logged in.
fn caller(shop: &Shop, role: Role) -> (User, Caller) {
    let user = shop.user();
    shop.accounts().set_password(user.id, &Password::new(PASSWORD).unwrap()).unwrap();
    let user = shop.accounts().set_role(user.id, role).unwrap();
    let login = shop.accounts().log_in(&user.email, PASSWORD).unwrap();
    (user, shop.accounts().authenticate(login.token.expose()).unwrap())
}

/// The token of an API key of the user with these scopes.
fn key(shop: &Shop, user: &User, scopes: &[Scope]) -> String {
    let key = NewApiKey::builder(user.id, "program", scopes.iter().copied()).build().unwrap();
    shop.accounts().create_key(key).unwrap().0.expose().to_owned()
}

/// An API key of a new user of this role, with these scopes.
fn program(shop: &Shop, role: Role, scopes: &[Scope]) -> Caller {
    let user = shop.accounts().set_role(shop.user().id, role).unwrap();
    shop.accounts().authenticate(&key(shop, &user, scopes)).unwrap()
}

fn archive(shop: &Shop, product: &Product) {
    let archived = ProductPatch::default().status(ProductStatus::Archived);
    shop.products().update(product.id, archived).unwrap();
}

/// The stock fields of a product.
fn levels(product: &Product) -> (bool, Option<i64>, Option<i64>) {
    (product.in_stock, product.stock, product.reorder_level)
}

behaviours! {
    a_customer_sees_whether_a_product_is_in_stock_and_not_how_much_of_it
    an_archived_product_does_not_exist_for_a_customer
    products_are_counted_by_category_as_far_as_the_caller_sees_them
    stock_levels_need_their_scope_whatever_else_a_key_may
    a_customer_who_orders_too_much_hears_how_many_there_are_only_if_they_are_few
    the_buyer_is_told_to_those_who_may_read_orders
    to_cancel_what_was_paid_in_part_needs_what_giving_money_back_needs
    the_key_of_a_customer_stays_limited_to_what_is_its_own_when_the_customer_is_promoted
}

fn a_customer_sees_whether_a_product_is_in_stock_and_not_how_much_of_it(shop: &Shop) {
    let ((_, customer), (_, staff)) = (caller(shop, Role::Customer), caller(shop, Role::Staff));
    let (lamp, bulb) = (shop.product("5.00", 7), shop.product("1.00", 0));
    let of_customer = || shop.on_behalf_of(&customer).products();
    assert_eq!(levels(&of_customer().get(lamp.id).unwrap()), (true, None, None));
    let listed = of_customer().list(&ProductFilter::default()).unwrap().items;
    assert_eq!(listed.iter().map(levels).collect::<Vec<_>>(), [(true, None, None), (false, None, None)]);
    let there = ProductFilter::default().in_stock(true);
    assert_eq!(of_customer().list(&there).unwrap().items[0].id, lamp.id);
    let of_staff = shop.on_behalf_of(&staff).products().get(bulb.id).unwrap();
    assert_eq!(levels(&of_staff), (false, Some(0), Some(0)));
}

fn an_archived_product_does_not_exist_for_a_customer(shop: &Shop) {
    let ((_, customer), (_, staff)) = (caller(shop, Role::Customer), caller(shop, Role::Staff));
    let (lamp, old) = (shop.product("5.00", 7), shop.product("5.00", 7));
    archive(shop, &old);
    let of_customer = || shop.on_behalf_of(&customer).products();
    assert!(of_customer().get(old.id).unwrap_err().is_not_found());
    assert!(of_customer().price_history(old.id, &PageRequest::default()).unwrap_err().is_not_found());
    let ids = |filter: &ProductFilter| -> Vec<_> {
        of_customer().list(filter).unwrap().items.iter().map(|product| product.id).collect()
    };
    assert_eq!(ids(&ProductFilter::default()), [lamp.id]);
    assert!(ids(&ProductFilter::default().status(ProductStatus::Archived)).is_empty());
    let of_staff = || shop.on_behalf_of(&staff).products();
    assert_eq!(of_staff().get(old.id).unwrap().status, ProductStatus::Archived);
    assert_eq!(of_staff().list(&ProductFilter::default()).unwrap().items.len(), 2);
}

fn stock_levels_need_their_scope_whatever_else_a_key_may(shop: &Shop) {
    let blind = program(shop, Role::Admin, &[Scope::CatalogRead, Scope::CatalogWrite]);
    let seeing = program(shop, Role::Admin, &[Scope::CatalogRead, Scope::CatalogWrite, Scope::InventoryRead]);
    for (program, stock, reorder_level) in [(blind, None, None), (seeing, Some(7), Some(2))] {
        let products = || shop.on_behalf_of(&program).products();
        let lamp = NewProduct::builder("Lamp", shop.category().id, money("5.00")).initial_stock(7).reorder_level(2);
        let made = products().create(lamp.build().unwrap()).unwrap();
        let seen = products().get(made.id).unwrap();
        let patch = ProductPatch::default().price(money("6.00"));
        let as_seen = move |now: &Product| *now == seen;
        let changed = products().update_if(made.id, patch, as_seen).unwrap();
        for product in [made, changed] {
            assert_eq!(levels(&product), (true, stock, reorder_level));
        }
    }
}

fn a_customer_who_orders_too_much_hears_how_many_there_are_only_if_they_are_few(shop: &Shop) {
    let ((ada, customer), (_, staff)) = (caller(shop, Role::Customer), caller(shop, Role::Staff));
    let (many, few) = (shop.product("1.00", 11), shop.product("1.00", 10));
    let refused = |caller: &Caller, product: &Product| {
        let order = ecomdb::NewOrder::builder(ada.id).item(product.id, 1_000).build().unwrap();
        conflict(shop.on_behalf_of(caller).orders().place(order))
    };
    let shortage = |product: &Product, available| Conflict::InsufficientStock {
        product_id: product.id,
        requested: 1_000,
        available,
    };
    assert_eq!(refused(&customer, &many), shortage(&many, None));
    assert_eq!(refused(&customer, &few), shortage(&few, Some(10)));
    assert_eq!(refused(&staff, &many), shortage(&many, Some(11)));
    assert!(!refused(&customer, &many).to_string().contains("11"));
}

fn the_buyer_is_told_to_those_who_may_read_orders(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("5.00", 100));
    let settling = program(shop, Role::Admin, &[Scope::PaymentsSettle]);
    let placing = program(shop, Role::Admin, &[Scope::OrdersWrite]);
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    let refund = || NewRefund::builder("late").amount(money("1.00")).build().unwrap();
    let once = ecomdb::IdempotencyKey::new("refund-1").unwrap();
    let settled = || shop.on_behalf_of(&settling).payments();
    for _ in 0..2 {
        let refunded = settled().idempotent(&once).refund(order.id, refund()).unwrap();
        assert_eq!((refunded.refunded, refunded.user_id, refunded.buyer), (money("1.00"), ada.id, None));
    }
    let new = ecomdb::NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
    let placed = shop.on_behalf_of(&placing).orders().place(new).unwrap();
    assert_eq!((placed.user_id, placed.buyer), (ada.id, None));
    assert_eq!(shop.on_behalf_of(&placing).orders().cancel(placed.id).unwrap().buyer, None);
    let reading = program(shop, Role::Staff, &[Scope::PaymentsSettle, Scope::OrdersRead]);
    let refunded = shop.on_behalf_of(&reading).payments().refund(order.id, refund()).unwrap();
    assert_eq!(refunded.buyer.unwrap().email, ada.email);
}

fn to_cancel_what_was_paid_in_part_needs_what_giving_money_back_needs(shop: &Shop) {
    let ((ada, customer), (_, staff)) = (caller(shop, Role::Customer), caller(shop, Role::Staff));
    let lamp = shop.product("5.00", 10);
    let order = shop.pending_order(&ada, &[(lamp.id, 2)]);
    let waiting = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    shop.payments().create(order.id, card_of("1.00")).unwrap();
    let placing = program(shop, Role::Admin, &[Scope::OrdersRead, Scope::OrdersWrite]);
    let before = shop.order_now(order.id);
    for caller in [&customer, &placing] {
        let refused = shop.on_behalf_of(caller).orders().cancel(order.id);
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Scope(Scope::PaymentsSettle)))), "{refused:?}");
    }
    assert_eq!((shop.order_now(order.id), shop.stock(&lamp)), (before, 8), "nothing has changed");
    assert_eq!(shop.payments().get(waiting.id).unwrap(), waiting);
    let cancelled = shop.on_behalf_of(&staff).orders().cancel(order.id).unwrap();
    assert_eq!((cancelled.status, cancelled.refunded), (OrderStatus::Cancelled, money("1.00")));
    let unpaid = shop.pending_order(&ada, &[(lamp.id, 2)]);
    shop.on_behalf_of(&customer).orders().cancel(unpaid.id).unwrap();
    shop.expect_clean();
}

fn the_key_of_a_customer_stays_limited_to_what_is_its_own_when_the_customer_is_promoted(shop: &Shop) {
    let (ada, bob, lamp) = (shop.user(), shop.user(), shop.product("5.00", 10));
    let scopes = [Scope::CatalogRead, Scope::UsersRead, Scope::OrdersRead, Scope::OrdersWrite];
    let old = key(shop, &ada, &scopes);
    let others = shop.pending_order(&bob, &[(lamp.id, 1)]);
    let ada = shop.accounts().set_role(ada.id, Role::Admin).unwrap();
    let new = key(shop, &ada, &scopes);
    let seen = |token: &str| {
        let caller = shop.accounts().authenticate(token).unwrap();
        let shop = shop.on_behalf_of(&caller);
        let users = shop.users().list(&UserFilter::default()).unwrap().items.len();
        (users, shop.orders().get(others.id).is_ok(), shop.orders().cancel(others.id).is_ok())
    };
    assert_eq!(seen(&old), (1, false, false));
    assert_eq!(seen(&new), (2, true, true));
    shop.accounts().set_role(ada.id, Role::Customer).unwrap();
    assert_eq!(seen(&new), (1, false, false), "as long as its user is a customer");
    shop.accounts().set_role(ada.id, Role::Staff).unwrap();
    assert_eq!(seen(&old), (1, false, false));
}

fn products_are_counted_by_category_as_far_as_the_caller_sees_them(shop: &Shop) {
    let [lamps, books] = ["Lamps", "Books"].map(|name| shop.categories().create(name).unwrap().id);
    shop.categories().create("Empty").unwrap();
    for (name, category) in [("Desk lamp", lamps), ("Floor lamp", lamps), ("Atlas", books)] {
        shop.products().create(NewProduct::builder(name, category, money("1.00")).build().unwrap()).unwrap();
    }
    archive(shop, &shop.products().list(&ProductFilter::default().search("desk")).unwrap().items[0]);
    assert_eq!(shop.categories().product_counts().unwrap().into_iter().collect::<Vec<_>>(), [(lamps, 2), (books, 1)]);
    let (_, customer) = caller(shop, Role::Customer);
    let seen = shop.on_behalf_of(&customer).categories().product_counts().unwrap();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(lamps, 1), (books, 1)]);
}
