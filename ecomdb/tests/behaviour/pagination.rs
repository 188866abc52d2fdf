use ecomdb::{
    ApiKeyFilter, Cursor, Engine, Limit, Movement, NewApiKey, NewUser, OrderFilter, OrderSort, Page, PageRequest,
    PaymentFilter, ProductFilter, ProductId, ProductPatch, ProductSort, RowCount, Scope, StockFilter, User, UserFilter,
    UserId, UserSort,
};

use crate::shop::{Shop, invalid_fields, money};

/// Walks a list in pages of two; returns the ids page by page.
fn walk<T>(mut page_of: impl FnMut(PageRequest) -> Page<T>, id: impl Fn(&T) -> i64) -> Vec<Vec<i64>> {
    let mut request = PageRequest::default().limit(Limit::new(2).unwrap());
    let mut pages = Vec::new();
    loop {
        let page = page_of(request.clone());
        pages.push(page.items.iter().map(&id).collect());
        match page.next {
            Some(next) => request = request.after(reread(&next)),
            None => return pages,
        }
    }
}

/// A number for each entry of a ledger in which no order occurs twice.
fn key(movement: &Movement) -> i64 {
    movement.id.map_or_else(|| -movement.order_id.unwrap().get(), |id| id.get())
}

/// The cursor converted to text and back, as clients do.
fn reread(cursor: &Cursor) -> Cursor {
    cursor.to_string().parse().unwrap()
}

/// The ids of the pages of two rows, from the first page to the last, back to the first, and forward again.
fn there_and_back<T>(page_of: impl Fn(PageRequest) -> Page<T>, id: impl Fn(&T) -> i64) -> [Vec<Vec<i64>>; 3] {
    let two = || PageRequest::default().limit(Limit::new(2).unwrap());
    let mut page = page_of(two());
    assert_eq!(page.previous, None);
    let mut walks: [Vec<Vec<i64>>; 3] = Default::default();
    for (pages, is_back) in walks.iter_mut().zip([false, true, false]) {
        loop {
            pages.push(page.items.iter().map(&id).collect());
            let step = if is_back { page.previous.as_ref() } else { page.next.as_ref() };
            let Some(cursor) = step.map(reread) else { break };
            page = page_of(if is_back { two().before(cursor) } else { two().after(cursor) });
        }
    }
    walks
}

behaviours! {
    pages_of_users_have_every_user_once
    a_list_that_ends_with_a_full_page_has_no_further_one
    what_is_added_meanwhile_shifts_no_page
    every_list_can_be_walked
    every_list_can_be_walked_back
    rows_that_come_or_go_are_neither_repeated_nor_skipped_on_the_way_back
    from_a_page_whose_rows_are_gone_the_way_leads_to_those_left
    every_list_is_counted
    rows_are_counted_exactly_up_to_ten_thousand
    the_cursor_of_another_list_is_refused
    cursors_and_limits_that_make_no_sense_are_refused
}

fn pages_of_users_have_every_user_once(shop: &Shop) {
    let ids: Vec<_> = (0..5).map(|_| shop.user().id.get()).collect();
    let pages = walk(|page| shop.users().list(&UserFilter::default().page(page)).unwrap(), |user| user.id.get());
    assert_eq!(pages, [&ids[0..2], &ids[2..4], &ids[4..5]]);
}

fn a_list_that_ends_with_a_full_page_has_no_further_one(shop: &Shop) {
    for _ in 0..4 {
        shop.user();
    }
    let pages = walk(|page| shop.users().list(&UserFilter::default().page(page)).unwrap(), |user| user.id.get());
    assert_eq!(pages.len(), 2);
}

fn what_is_added_meanwhile_shifts_no_page(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 100));
    let ids: Vec<_> = (0..4).map(|_| shop.pending_order(&ada, &[(lamp.id, 1)]).id.get()).collect();
    let pages = walk(
        |page| {
            let page = shop.orders().list(&OrderFilter::default().page(page)).unwrap();
            shop.pending_order(&ada, &[(lamp.id, 1)]);
            page
        },
        |order| order.id.get(),
    );
    assert_eq!(pages, [vec![ids[3], ids[2]], vec![ids[1], ids[0]]]);
}

fn every_list_can_be_walked(shop: &Shop) {
    let ada = shop.user();
    let lamps: Vec<_> = (0..3).map(|_| shop.product("1.00", 100)).collect();
    for lamp in &lamps {
        shop.paid_order(&ada, &[(lamp.id, 1)]);
        shop.inventory().restock(lamps[0].id, 1, None).unwrap();
    }
    let count = |pages: Vec<Vec<i64>>| pages.concat().len();
    assert_eq!(count(walk(|page| shop.categories().list(&page).unwrap(), |c| c.id.get())), 3);
    let products = |page| shop.products().list(&ProductFilter::default().page(page)).unwrap();
    assert_eq!(count(walk(products, |p| p.id.get())), 3);
    assert_eq!(
        count(walk(|page| shop.inventory().list(&StockFilter::default().page(page)).unwrap(), |i| i.product_id.get())),
        3
    );
    let payments = |page| shop.payments().list(&PaymentFilter::default().page(page)).unwrap();
    assert_eq!(count(walk(payments, |p| p.id.get())), 3);
    let ledger = |page| shop.inventory().movements(lamps[0].id, &page).unwrap();
    assert_eq!(count(walk(ledger, key)), 5);
}

/// Every list pages in the same way, in every sort order.
fn every_list_can_be_walked_back(shop: &Shop) {
    let ada = shop.user();
    let lamps: Vec<_> = (0..4).map(|n| shop.product(["1.00", "2.00"][n % 2], 100)).collect();
    for lamp in &lamps {
        shop.user();
        shop.paid_order(&ada, &[(lamp.id, 1)]);
        shop.inventory().restock(lamps[0].id, 1, None).unwrap();
        let price = money(&format!("{}.00", lamp.id.get() + 2));
        shop.products().update(lamps[0].id, ProductPatch::default().price(price)).unwrap();
        shop.accounts().create_key(NewApiKey::builder(ada.id, "key", [Scope::OrdersRead]).build().unwrap()).unwrap();
    }
    let even = |[there, back, again]: [Vec<Vec<i64>>; 3]| {
        assert!(there.len() >= 2, "{there:?}");
        assert_eq!(again, there);
        assert_eq!(back.iter().rev().flatten().collect::<Vec<_>>(), there.iter().flatten().collect::<Vec<_>>());
    };
    even(there_and_back(|page| shop.categories().list(&page).unwrap(), |it| it.id.get()));
    even(there_and_back(
        |page| shop.inventory().list(&StockFilter::default().page(page)).unwrap(),
        |it| it.product_id.get(),
    ));
    even(there_and_back(|page| shop.inventory().movements(lamps[0].id, &page).unwrap(), key));
    even(there_and_back(
        |page| shop.products().price_history(lamps[0].id, &page).unwrap(),
        |change| change.new_price.minor(),
    ));
    even(there_and_back(|page| shop.accounts().keys(&ApiKeyFilter::default().page(page)).unwrap(), |it| it.id.get()));
    even(there_and_back(|page| shop.payments().list(&PaymentFilter::default().page(page)).unwrap(), |it| it.id.get()));
    for sort in ProductSort::ALL {
        let list = |page| shop.products().list(&ProductFilter::default().sort(*sort).page(page)).unwrap();
        even(there_and_back(list, |it| it.id.get()));
    }
    for sort in OrderSort::ALL {
        let list = |page| shop.orders().list(&OrderFilter::default().sort(*sort).page(page)).unwrap();
        even(there_and_back(list, |it| it.id.get()));
    }
    for sort in UserSort::ALL {
        let list = |page| shop.users().list(&UserFilter::default().sort(*sort).page(page)).unwrap();
        even(there_and_back(list, |it| it.id.get()));
    }
}

fn rows_that_come_or_go_are_neither_repeated_nor_skipped_on_the_way_back(shop: &Shop) {
    let users: Vec<_> = (0..7).map(|_| shop.user().id).collect();
    let newest_first = UserFilter::default().sort(UserSort::IdDescending);
    let two = || PageRequest::default().limit(Limit::new(2).unwrap());
    let list = |page| shop.users().list(&newest_first.clone().page(page)).unwrap();
    let ids = |page: &Page<User>| page.items.iter().map(|user| user.id).collect::<Vec<_>>();

    let second = list(two().after(list(two()).next.unwrap()));
    assert_eq!(ids(&second), [users[4], users[3]]);
    // A row is inserted before the first page, a row of the first page is deleted, and so is the row at the cursor.
    let new = shop.user().id;
    shop.users().delete(users[5]).unwrap();
    shop.users().delete(users[4]).unwrap();
    let first = list(two().before(second.previous.unwrap()));
    assert_eq!(ids(&first), [new, users[6]]);
    assert_eq!(first.previous, None);
    assert_eq!(ids(&list(two().after(first.next.unwrap()))), [users[3], users[2]]);
}

fn from_a_page_whose_rows_are_gone_the_way_leads_to_those_left(shop: &Shop) {
    for sort in UserSort::ALL {
        for _ in 0..3 {
            shop.user();
        }
        let one = || PageRequest::default().limit(Limit::new(1).unwrap());
        let list = |page| shop.users().list(&UserFilter::default().sort(*sort).page(page)).unwrap();
        let first = list(one());
        let second = list(one().after(first.next.unwrap()));
        let third = list(one().after(second.next.clone().unwrap()));
        for page in [&first.items, &third.items] {
            shop.users().delete(page[0].id).unwrap();
        }
        let after = list(one().after(second.next.unwrap()));
        assert_eq!((after.items, after.next), (vec![], None));
        assert_eq!(list(one().before(after.previous.unwrap())).items, second.items, "{sort}");
        let before = list(one().before(second.previous.unwrap()));
        assert_eq!((before.items, before.previous), (vec![], None));
        assert_eq!(list(one().after(before.next.unwrap())).items, second.items, "{sort}");
        shop.users().delete(second.items[0].id).unwrap();
    }
}

fn every_list_is_counted(shop: &Shop) {
    let ada = shop.user();
    let lamps: Vec<_> = (0..3).map(|_| shop.product("1.00", 100)).collect();
    for lamp in &lamps {
        shop.paid_order(&ada, &[(lamp.id, 1)]);
        shop.inventory().restock(lamps[0].id, 1, None).unwrap();
    }
    shop.products().update(lamps[0].id, ProductPatch::default().price(money("2.00"))).unwrap();
    shop.accounts().create_key(NewApiKey::builder(ada.id, "key", [Scope::OrdersRead]).build().unwrap()).unwrap();
    let counts = [
        shop.users().count(&UserFilter::default()),
        shop.categories().count(),
        shop.products().count(&ProductFilter::default()),
        shop.products().count_price_changes(lamps[0].id),
        shop.products().count_price_changes(lamps[1].id),
        shop.inventory().count(&StockFilter::default()),
        shop.inventory().count_movements(lamps[0].id),
        shop.orders().count(&OrderFilter::default()),
        shop.payments().count(&PaymentFilter::default()),
        shop.accounts().count_keys(&ApiKeyFilter::default()),
    ];
    assert_eq!(counts.map(Result::unwrap), [1, 3, 3, 1, 0, 3, 5, 3, 3, 1].map(RowCount::Exactly));
    assert!(shop.inventory().count_movements(ProductId::new(99)).unwrap_err().is_not_found());
    assert!(shop.products().count_price_changes(ProductId::new(99)).unwrap_err().is_not_found());
    assert!(shop.orders().count(&OrderFilter::default().user_id(UserId::new(99))).unwrap_err().is_not_found());
}

fn rows_are_counted_exactly_up_to_ten_thousand(shop: &Shop) {
    let lamp = shop.product("1.00", 1);
    let add = |rows: usize| {
        let at = match shop.engine() {
            Engine::Sqlite => "1767225600000000",
            _ => "'2026-01-01 00:00:00.000000'",
        };
        let row = format!("({}, 1, 2, {at})", lamp.id);
        let rows = vec![row; rows].join(", ");
        shop.run(&format!("INSERT INTO price_changes (product_id, old_price, new_price, changed_at) VALUES {rows}"));
        shop.products().count_price_changes(lamp.id).unwrap()
    };
    assert_eq!(add(10_000), RowCount::Exactly(10_000));
    let more = add(1);
    assert_eq!((more, more.at_least(), more.to_string().as_str()), (RowCount::More, 10_000, "10000+"));
    assert_eq!(add(100), RowCount::More);
}

fn the_cursor_of_another_list_is_refused(shop: &Shop) {
    for n in 0..2 {
        shop.users().create(NewUser::new(&format!("u{n}@example.com"), "A", "B").unwrap()).unwrap();
    }
    let one = PageRequest::default().limit(Limit::new(1).unwrap());
    let next = shop.users().list(&UserFilter::default().page(one)).unwrap().next;
    let page = PageRequest::default().after(next.clone().unwrap());
    assert_eq!(invalid_fields(shop.categories().list(&page)), ["cursor"]);
    let page = PageRequest::default().before(next.unwrap());
    assert_eq!(invalid_fields(shop.categories().list(&page)), ["before"]);
}

fn cursors_and_limits_that_make_no_sense_are_refused(_shop: &Shop) {
    for text in ["", "users", "users-", "users-zz", "users-ffffffffffffffffff"] {
        assert!(text.parse::<Cursor>().is_err(), "{text:?}");
    }
    for rows in [0, -1, 1001, i64::MAX] {
        assert!(Limit::new(rows).is_err(), "{rows}");
    }
}
