//! What each role and scope allows, and which rows it applies to.

use chrono::Utc;
use ecomdb::{
    ApiKeyFilter, Caller, CategoryPatch, Error, Forbidden, IdempotencyKey, NewApiKey, NewOrder, NewPayment, NewProduct,
    NewProductGroup, NewRefund, NewUser, NewVoucher, OnBehalf, OrderFilter, OrderId, OrderStatus, PageRequest,
    Password, PaymentFilter, PaymentId, PaymentMethod, Period, Product, ProductFilter, ProductGroupId,
    ProductGroupPatch, ProductId, ProductPatch, Result, Role, Scope, ShopPatch, StockFilter, User, UserFilter, UserId,
    UserPatch, UserStatus, VoucherFilter, VoucherId, VoucherPatch,
};

use crate::shop::{Shop, invalid_fields};

const PASSWORD: &str = "correct horse battery";

/// A new user of this role, logged in.
fn caller(shop: &Shop, role: Role) -> (User, Caller) {
    let user = shop.user();
    shop.accounts().set_password(user.id, &Password::new(PASSWORD).unwrap()).unwrap();
    let user = shop.accounts().set_role(user.id, role).unwrap();
    let login = shop.accounts().log_in(&user.email, PASSWORD).unwrap();
    (user, shop.accounts().authenticate(login.token.expose()).unwrap())
}

/// An API key of the user with these scopes.
fn program(shop: &Shop, user: &User, scopes: &[Scope]) -> Caller {
    let key = NewApiKey::builder(user.id, "program", scopes.iter().copied()).build().unwrap();
    let (token, _) = shop.accounts().create_key(key).unwrap();
    shop.accounts().authenticate(token.expose()).unwrap()
}

fn pending() -> NewPayment {
    NewPayment::pending(PaymentMethod::Card)
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

/// Two customers and a product.
struct Market {
    ada: User,
    as_ada: Caller,
    bob: User,
    as_bob: Caller,
    lamp: Product,
}

fn market(shop: &Shop) -> Market {
    let ((ada, as_ada), (bob, as_bob)) = (caller(shop, Role::Customer), caller(shop, Role::Customer));
    Market { ada, as_ada, bob, as_bob, lamp: shop.product("5.00", 100) }
}

type Operation = (&'static str, Scope, fn(OnBehalf<'_>) -> Result<()>);

/// Every operation with the scope that it requires. Operations that write use ids that do not exist.
const OPERATIONS: &[Operation] = &[
    ("read the settings", Scope::CatalogRead, |shop| shop.shop().get().map(drop)),
    ("change the settings", Scope::ShopManage, |shop| shop.shop().update(ShopPatch::default()).map(drop)),
    ("read a user", Scope::UsersRead, |shop| shop.users().get(UserId::new(99)).map(drop)),
    ("list users", Scope::UsersRead, |shop| shop.users().list(&UserFilter::default()).map(drop)),
    ("create a user", Scope::UsersManage, |shop| shop.users().create(NewUser::new("x@y.org", "X", "Y")?).map(drop)),
    ("rename a user", Scope::UsersWrite, |shop| {
        let patch = UserPatch::default().first_name("X");
        shop.users().update(UserId::new(99), patch).map(drop)
    }),
    ("disable a user", Scope::UsersManage, |shop| {
        let patch = UserPatch::default().status(UserStatus::Disabled);
        shop.users().update(UserId::new(99), patch).map(drop)
    }),
    ("delete a user", Scope::UsersManage, |shop| shop.users().delete(UserId::new(99))),
    ("anonymise a user", Scope::UsersManage, |shop| shop.users().anonymise(UserId::new(99)).map(drop)),
    ("read a category", Scope::CatalogRead, |shop| shop.categories().get(ecomdb::CategoryId::new(99)).map(drop)),
    ("list categories", Scope::CatalogRead, |shop| shop.categories().list(&PageRequest::default()).map(drop)),
    ("create a category", Scope::CatalogWrite, |shop| shop.categories().create("Of the program").map(drop)),
    ("change a category", Scope::CatalogWrite, |shop| {
        let patch = CategoryPatch::default().description("New");
        shop.categories().update(ecomdb::CategoryId::new(99), patch).map(drop)
    }),
    ("delete a category", Scope::CatalogWrite, |shop| shop.categories().delete(ecomdb::CategoryId::new(99))),
    ("read a product", Scope::CatalogRead, |shop| shop.products().get(ProductId::new(99)).map(drop)),
    ("list products", Scope::CatalogRead, |shop| shop.products().list(&ProductFilter::default()).map(drop)),
    ("read the prices of a product", Scope::CatalogRead, |shop| {
        shop.products().price_history(ProductId::new(99), &PageRequest::default()).map(drop)
    }),
    ("create a product", Scope::CatalogWrite, |shop| {
        let product = NewProduct::builder("Lamp", ecomdb::CategoryId::new(99), ecomdb::Money::ZERO).build()?;
        shop.products().create(product).map(drop)
    }),
    ("change a product", Scope::CatalogWrite, |shop| {
        let patch = ProductPatch::default().name("New");
        shop.products().update(ProductId::new(99), patch).map(drop)
    }),
    ("delete a product", Scope::CatalogWrite, |shop| shop.products().delete(ProductId::new(99))),
    ("set the images of a product", Scope::CatalogWrite, |shop| {
        shop.products().set_images(ProductId::new(99), Vec::new()).map(drop)
    }),
    ("read the external ids of a product", Scope::CatalogRead, |shop| {
        shop.products().external_ids(ProductId::new(99)).map(drop)
    }),
    ("find a product by an external id", Scope::CatalogRead, |shop| {
        shop.products().by_external_id(&"erp:99".parse()?).map(drop)
    }),
    ("set an external id", Scope::CatalogWrite, |shop| {
        shop.products().set_external_id(ProductId::new(99), "erp:99".parse()?).map(drop)
    }),
    ("remove an external id", Scope::CatalogWrite, |shop| {
        shop.products().remove_external_id(ProductId::new(99), "erp")
    }),
    ("read a group", Scope::CatalogRead, |shop| shop.groups().get(ProductGroupId::new(99)).map(drop)),
    ("list groups", Scope::CatalogRead, |shop| shop.groups().list(&PageRequest::default()).map(drop)),
    ("create a group", Scope::CatalogWrite, |shop| {
        shop.groups().create(NewProductGroup::builder("T-shirt", ["size"]).build()?).map(drop)
    }),
    ("change a group", Scope::CatalogWrite, |shop| {
        let patch = ProductGroupPatch::default().name("New");
        shop.groups().update(ProductGroupId::new(99), patch).map(drop)
    }),
    ("delete a group", Scope::CatalogWrite, |shop| shop.groups().delete(ProductGroupId::new(99))),
    ("read the stock of a product", Scope::InventoryRead, |shop| shop.inventory().get(ProductId::new(99)).map(drop)),
    ("list stock", Scope::InventoryRead, |shop| shop.inventory().list(&StockFilter::default()).map(drop)),
    ("read the ledger of a product", Scope::InventoryRead, |shop| {
        shop.inventory().movements(ProductId::new(99), &PageRequest::default()).map(drop)
    }),
    ("restock", Scope::InventoryWrite, |shop| shop.inventory().restock(ProductId::new(99), 1, None).map(drop)),
    ("adjust", Scope::InventoryWrite, |shop| shop.inventory().adjust(ProductId::new(99), 1, None).map(drop)),
    ("set a reorder level", Scope::InventoryWrite, |shop| {
        shop.inventory().set_reorder_level(ProductId::new(99), 1).map(drop)
    }),
    ("read an order", Scope::OrdersRead, |shop| shop.orders().get(OrderId::new(99)).map(drop)),
    ("list orders", Scope::OrdersRead, |shop| shop.orders().list(&OrderFilter::default()).map(drop)),
    ("place an order", Scope::OrdersWrite, |shop| {
        shop.orders().place(NewOrder::builder(UserId::new(99)).item(ProductId::new(99), 1).build()?).map(drop)
    }),
    ("change an address", Scope::OrdersWrite, |shop| {
        shop.orders().set_address(OrderId::new(99), ecomdb::AddressKind::Billing, None).map(drop)
    }),
    ("extend a hold", Scope::OrdersWrite, |shop| shop.orders().extend(OrderId::new(99), 15).map(drop)),
    ("expire orders", Scope::OrdersWrite, |shop| shop.orders().expire(ecomdb::Limit::new(1)?).map(drop)),
    ("cancel an order", Scope::OrdersWrite, |shop| shop.orders().cancel(OrderId::new(99)).map(drop)),
    ("read a payment", Scope::PaymentsRead, |shop| shop.payments().get(PaymentId::new(99)).map(drop)),
    ("list payments", Scope::PaymentsRead, |shop| shop.payments().list(&PaymentFilter::default()).map(drop)),
    ("begin to pay", Scope::PaymentsWrite, |shop| shop.payments().create(OrderId::new(99), pending()).map(drop)),
    ("say that money came", Scope::PaymentsSettle, |shop| {
        shop.payments().create(OrderId::new(99), NewPayment::captured(PaymentMethod::Card)).map(drop)
    }),
    ("capture a payment", Scope::PaymentsSettle, |shop| shop.payments().capture(PaymentId::new(99)).map(drop)),
    ("fail a payment", Scope::PaymentsSettle, |shop| shop.payments().fail(PaymentId::new(99)).map(drop)),
    ("settle a payment", Scope::PaymentsSettle, |shop| {
        let (method, outcome) = (PaymentMethod::Card, ecomdb::PaymentOutcome::Paid);
        shop.payments().settle(method, "ch_99", outcome, ecomdb::Money::ZERO).map(drop)
    }),
    ("return a late payment", Scope::PaymentsSettle, |shop| shop.payments().return_late(PaymentId::new(99)).map(drop)),
    ("refund", Scope::PaymentsSettle, |shop| {
        shop.payments().refund(OrderId::new(99), NewRefund::builder("does not fit").build()?).map(drop)
    }),
    ("read a voucher", Scope::VouchersRead, |shop| shop.vouchers().get(VoucherId::new(99)).map(drop)),
    ("list vouchers", Scope::VouchersRead, |shop| shop.vouchers().list(&VoucherFilter::default()).map(drop)),
    ("create a voucher", Scope::VouchersWrite, |shop| {
        let voucher = NewVoucher::percent("OF-THE-PROGRAM", ecomdb::Money::from_minor(1_000)).build()?;
        shop.vouchers().create(voucher).map(drop)
    }),
    ("change a voucher", Scope::VouchersWrite, |shop| {
        let patch = VoucherPatch::default().usage_limit(Some(1));
        shop.vouchers().update(VoucherId::new(99), patch).map(drop)
    }),
    ("delete a voucher", Scope::VouchersWrite, |shop| shop.vouchers().delete(VoucherId::new(99))),
    ("report", Scope::ReportsRead, |shop| shop.analytics().total_revenue(&Period::default()).map(drop)),
];

behaviours! {
    every_operation_needs_its_scope_and_no_other
    to_say_that_money_came_needs_a_scope_of_its_own
    a_customer_sees_and_changes_only_itself
    a_customer_orders_only_for_itself_and_sees_no_other_order
    the_idempotency_keys_of_two_customers_do_not_meet
    the_idempotency_keys_of_two_users_do_not_meet_whatever_their_roles
    staff_sees_all_and_works_the_shop_but_manages_no_users
    an_admin_manages_roles_and_keys
    others_see_and_revoke_only_their_own_keys
    a_key_cannot_make_itself_a_stronger_one
    a_customer_changes_its_name_and_nothing_else
}

fn every_operation_needs_its_scope_and_no_other(shop: &Shop) {
    let of_an_admin =
        |scopes: &[Scope]| program(shop, &shop.accounts().set_role(shop.user().id, Role::Admin).unwrap(), scopes);
    for (name, needed, operation) in OPERATIONS {
        let others: Vec<_> = Scope::ALL.iter().copied().filter(|scope| scope != needed).collect();
        let without = of_an_admin(&others);
        match operation(shop.on_behalf_of(&without)) {
            Err(Error::Forbidden(Forbidden::Scope(scope))) => assert_eq!(scope, *needed, "{name}"),
            other => panic!("{name} without {needed}: {other:?}"),
        }
    }
    for (name, needed, operation) in OPERATIONS {
        let with = of_an_admin(&[*needed]);
        let outcome = operation(shop.on_behalf_of(&with));
        assert!(!matches!(outcome, Err(Error::Forbidden(_))), "{name} with {needed}: {outcome:?}");
    }
}

fn to_say_that_money_came_needs_a_scope_of_its_own(shop: &Shop) {
    let Market { ada, as_ada, lamp, .. } = market(shop);
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let payment = shop.payments().create(order.id, pending()).unwrap();
    let staff = caller(shop, Role::Staff).1;
    let captured = || NewPayment::captured(PaymentMethod::Card);
    let refused_and_allowed = |operation: &dyn Fn(OnBehalf<'_>) -> Result<()>| {
        let refused = operation(shop.on_behalf_of(&as_ada)).unwrap_err();
        assert!(matches!(refused, Error::Forbidden(Forbidden::Scope(Scope::PaymentsSettle))), "{refused:?}");
        let allowed = operation(shop.on_behalf_of(&staff));
        assert!(!matches!(allowed, Err(Error::Forbidden(_))), "{allowed:?}");
    };
    refused_and_allowed(&|shop| {
        let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(captured());
        shop.orders().place(order.build()?).map(drop)
    });
    refused_and_allowed(&|shop| shop.payments().fail(payment.id).map(drop));
    refused_and_allowed(&|shop| shop.payments().capture(payment.id).map(drop));
    refused_and_allowed(&|shop| shop.payments().create(order.id, captured()).map(drop));
    refused_and_allowed(&|shop| {
        shop.payments().refund(order.id, NewRefund::builder("does not fit").build()?).map(drop)
    });
    shop.expect_clean();
}

fn a_customer_sees_and_changes_only_itself(shop: &Shop) {
    let Market { ada, as_ada, bob, .. } = market(shop);
    let own = shop.on_behalf_of(&as_ada);
    assert_eq!(own.users().list(&UserFilter::default()).unwrap().items, std::slice::from_ref(&ada));
    assert_eq!(own.users().get(ada.id).unwrap(), ada);
    let rename = || UserPatch::default().last_name("King");
    assert_eq!(own.users().update(ada.id, rename()).unwrap().last_name, "King");
    for other in [bob.id, UserId::new(99)] {
        let words = format!("no user has the id {other}");
        assert_eq!(own.users().get(other).unwrap_err().to_string(), words);
        assert_eq!(own.users().update(other, rename()).unwrap_err().to_string(), words);
        assert_eq!(own.users().update(other, UserPatch::default()).unwrap_err().to_string(), words);
    }
    assert_eq!(shop.users().get(bob.id).unwrap(), bob);
}

fn a_customer_orders_only_for_itself_and_sees_no_other_order(shop: &Shop) {
    let Market { ada, as_ada, bob, lamp, .. } = market(shop);
    let (own, order_for) = (shop.on_behalf_of(&as_ada), |user: &User| NewOrder::builder(user.id).item(lamp.id, 1));
    let mine = own.orders().place(order_for(&ada).payment(pending()).build().unwrap()).unwrap();
    let other = shop.orders().place(order_for(&bob).payment(pending()).build().unwrap()).unwrap();
    assert_eq!(invalid_fields(own.orders().place(order_for(&bob).build().unwrap())), ["user_id"]);
    assert_eq!(own.orders().get(mine.id).unwrap(), mine);
    let listed = |filter: &OrderFilter| own.orders().list(filter).map(|page| page.items);
    assert_eq!(listed(&OrderFilter::default()).unwrap().iter().map(|order| order.id).collect::<Vec<_>>(), [mine.id]);
    let of_bob = OrderFilter::default().user_id(bob.id);
    assert_eq!(listed(&of_bob).unwrap_err().to_string(), format!("no user has the id {}", bob.id));

    let (my_payment, payment) = (&mine.payments[0], &other.payments[0]);
    assert_eq!(own.payments().get(my_payment.id).unwrap(), *my_payment);
    assert_eq!(own.payments().list(&PaymentFilter::default()).unwrap().items, std::slice::from_ref(my_payment));
    let of_order = PaymentFilter::default().order_id(other.id);
    assert!(own.payments().list(&of_order).unwrap().items.is_empty());
    for refused in [
        own.orders().get(other.id).map(drop),
        own.orders().cancel(other.id).map(drop),
        own.payments().create(other.id, pending()).map(drop),
        own.payments().get(payment.id).map(drop),
    ] {
        assert!(refused.as_ref().is_err_and(Error::is_not_found), "{refused:?}");
    }
    assert_eq!(shop.order_now(other.id), other);
    assert_eq!(own.orders().cancel(mine.id).unwrap().status, OrderStatus::Cancelled);
    shop.expect_clean();
}

fn the_idempotency_keys_of_two_customers_do_not_meet(shop: &Shop) {
    let Market { ada, as_ada, bob, as_bob, lamp } = market(shop);
    let place = |caller: &Caller, user: &User| {
        let order = NewOrder::builder(user.id).item(lamp.id, 1).build().unwrap();
        shop.on_behalf_of(caller).orders().idempotent(key("first")).place(order)
    };
    let (of_ada, of_bob) = (place(&as_ada, &ada).unwrap(), place(&as_bob, &bob).unwrap());
    assert_ne!(of_ada.id, of_bob.id);
    assert_eq!(place(&as_ada, &ada).unwrap(), of_ada);
    let cancelled = shop.on_behalf_of(&as_ada).orders().idempotent(key("cancel")).cancel(of_ada.id).unwrap();
    let stolen = shop.on_behalf_of(&as_bob).orders().idempotent(key("cancel")).cancel(of_ada.id);
    assert!(stolen.as_ref().is_err_and(Error::is_not_found), "{stolen:?}");
    assert_eq!(shop.order_now(of_ada.id), cancelled);
}

fn the_idempotency_keys_of_two_users_do_not_meet_whatever_their_roles(shop: &Shop) {
    let Market { ada, lamp, .. } = market(shop);
    let ((carl, as_carl), (_, as_dora)) = (caller(shop, Role::Staff), caller(shop, Role::Staff));
    let (_, as_admin) = caller(shop, Role::Admin);
    let place = |caller: &Caller, units| {
        let order = NewOrder::builder(ada.id).item(lamp.id, units).build().unwrap();
        shop.on_behalf_of(caller).orders().idempotent(key("first")).place(order).unwrap().id
    };
    let of_carl = place(&as_carl, 1);
    let others = [place(&as_dora, 1), place(&as_admin, 1)];
    assert!(others[0] != of_carl && others[1] != of_carl && others[0] != others[1]);
    assert_eq!((place(&as_carl, 1), place(&as_dora, 1)), (of_carl, others[0]));
    let by_program = program(shop, &carl, &[Scope::OrdersWrite, Scope::OrdersRead]);
    assert_eq!(place(&by_program, 1), of_carl, "an API key is its user's");
    let of_the_shop = NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
    let of_the_shop = shop.orders().idempotent(key("first")).place(of_the_shop).unwrap().id;
    assert!(of_the_shop != of_carl && !others.contains(&of_the_shop));
    let restock = |caller: &Caller| {
        shop.on_behalf_of(caller).inventory().idempotent(key("goods")).restock(lamp.id, 5, None).unwrap()
    };
    restock(&as_carl);
    assert_eq!(restock(&as_dora).quantity, restock(&as_carl).quantity);
    assert_eq!(shop.stock(&lamp), 100 - 4 + 10);
}

fn staff_sees_all_and_works_the_shop_but_manages_no_users(shop: &Shop) {
    let Market { ada, lamp, .. } = market(shop);
    let (_, staff) = caller(shop, Role::Staff);
    let work = shop.on_behalf_of(&staff);
    let paid = NewPayment::captured(PaymentMethod::Card);
    let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(paid).build().unwrap();
    let order = work.orders().place(order).unwrap();
    assert_eq!(work.orders().get(order.id).unwrap().user_id, ada.id);
    assert_eq!(work.users().list(&UserFilter::default()).unwrap().items.len(), 3);
    assert!(work.users().delete(ada.id).unwrap_err().is_forbidden());
    assert!(work.accounts().set_role(ada.id, Role::Admin).unwrap_err().is_forbidden());
    assert!(work.accounts().set_password(ada.id, &Password::random()).unwrap_err().is_forbidden());
    assert_eq!(shop.users().get(ada.id).unwrap().role, Role::Customer);
}

fn an_admin_manages_roles_and_keys(shop: &Shop) {
    let (ada, _) = caller(shop, Role::Customer);
    let (_, admin) = caller(shop, Role::Admin);
    let manage = || shop.on_behalf_of(&admin).accounts();
    assert_eq!(manage().set_role(ada.id, Role::Staff).unwrap().role, Role::Staff);
    let key = NewApiKey::builder(ada.id, "desk", [Scope::OrdersRead]).build().unwrap();
    let (_, key) = manage().create_key(key).unwrap();
    let of_ada = ApiKeyFilter::default().user_id(ada.id);
    assert_eq!(manage().keys(&of_ada).unwrap().items, std::slice::from_ref(&key));
    assert!(manage().revoke_key(key.id).unwrap().revoked_at.is_some_and(|time| time <= Utc::now()));
    manage().set_password(ada.id, &Password::random()).unwrap();
}

fn others_see_and_revoke_only_their_own_keys(shop: &Shop) {
    let ((ada, _), (_, admin)) = (caller(shop, Role::Customer), caller(shop, Role::Admin));
    for role in [Role::Customer, Role::Staff] {
        let (own, as_own) = caller(shop, role);
        let mine = || shop.on_behalf_of(&as_own).accounts();
        let new = |user: &User| NewApiKey::builder(user.id, "program", [Scope::OrdersRead]).build().unwrap();
        let (_, others) = shop.on_behalf_of(&admin).accounts().create_key(new(&ada)).unwrap();
        let (_, key) = mine().create_key(new(&own)).unwrap();
        assert_eq!(invalid_fields(mine().create_key(new(&ada))), ["user_id"]);
        assert_eq!(mine().keys(&ApiKeyFilter::default()).unwrap().items, std::slice::from_ref(&key));
        let of_ada = ApiKeyFilter::default().user_id(ada.id);
        assert!(mine().keys(&of_ada).unwrap_err().is_not_found());
        assert!(mine().revoke_key(others.id).unwrap_err().is_not_found());
        mine().revoke_key(key.id).unwrap();
    }
}

fn a_key_cannot_make_itself_a_stronger_one(shop: &Shop) {
    let admin = shop.accounts().set_role(shop.user().id, Role::Admin).unwrap();
    let program = program(shop, &admin, Scope::ALL);
    let accounts = || shop.on_behalf_of(&program).accounts();
    let key = NewApiKey::builder(admin.id, "more", [Scope::UsersManage]).build().unwrap();
    let refusals: [Result<()>; 6] = [
        accounts().create_key(key).map(drop),
        accounts().keys(&ApiKeyFilter::default()).map(drop),
        accounts().set_role(admin.id, Role::Admin).map(drop),
        accounts().set_password(admin.id, &Password::random()),
        accounts().change_password(PASSWORD, &Password::random()),
        accounts().log_out(),
    ];
    for refused in refusals {
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Session))), "{refused:?}");
    }
}

fn a_customer_changes_its_name_and_nothing_else(shop: &Shop) {
    let Market { ada, as_ada, bob, lamp, .. } = market(shop);
    let own = shop.on_behalf_of(&as_ada);
    let name = UserPatch::default().first_name("Augusta");
    let renamed = own.users().update(ada.id, name.clone()).unwrap();
    let refusals: [Result<()>; 4] = [
        own.users().update(ada.id, name.clone().status(UserStatus::Disabled)).map(drop),
        own.users().update(ada.id, name.email(bob.email)).map(drop),
        own.categories().create("Mine").map(drop),
        own.inventory().adjust(lamp.id, -1, None).map(drop),
    ];
    for refused in refusals {
        assert!(refused.as_ref().is_err_and(Error::is_forbidden), "{refused:?}");
    }
    assert_eq!((shop.stock(&lamp), shop.users().get(ada.id).unwrap()), (100, renamed));
}
