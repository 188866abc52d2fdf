use ecomdb::{Cursor, Limit, NewUser, OrderFilter, PageRequest, PaymentFilter, ProductFilter, UserFilter};

use crate::shop::{Shop, invalid_fields};

/// Walks a list in pages of two; returns the ids page by page.
fn walk<T>(mut page_of: impl FnMut(PageRequest) -> ecomdb::Page<T>, id: impl Fn(&T) -> i64) -> Vec<Vec<i64>> {
    let mut request = PageRequest::default().limit(Limit::new(2).unwrap());
    let mut pages = Vec::new();
    loop {
        let page = page_of(request.clone());
        pages.push(page.items.iter().map(&id).collect());
        match page.next {
            Some(next) => request.after = Some(next.to_string().parse().unwrap()),
            None => return pages,
        }
    }
}

behaviours! {
    pages_of_users_have_every_user_once
    a_list_that_ends_with_a_full_page_has_no_further_one
    what_is_added_meanwhile_shifts_no_page
    every_list_can_be_walked
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
    assert_eq!(count(walk(|page| shop.inventory().list(&page).unwrap(), |i| i.product_id.get())), 3);
    let payments = |page| shop.payments().list(&PaymentFilter::default().page(page)).unwrap();
    assert_eq!(count(walk(payments, |p| p.id.get())), 3);
    let ledger = |page| shop.inventory().movements(lamps[0].id, &page).unwrap();
    assert_eq!(count(walk(ledger, |m| m.id.get())), 5);
}

fn the_cursor_of_another_list_is_refused(shop: &Shop) {
    for n in 0..2 {
        shop.users().create(NewUser::new(&format!("u{n}@example.com"), "A", "B").unwrap()).unwrap();
    }
    let one = PageRequest::default().limit(Limit::new(1).unwrap());
    let next = shop.users().list(&UserFilter::default().page(one)).unwrap().next;
    let page = PageRequest::default().after(next.unwrap());
    assert_eq!(invalid_fields(shop.categories().list(&page)), ["cursor"]);
}

fn cursors_and_limits_that_make_no_sense_are_refused(_shop: &Shop) {
    for text in ["", "users", "users-", "users-zz", "users-ffffffffffffffffff"] {
        assert!(text.parse::<Cursor>().is_err(), "{text:?}");
    }
    for rows in [0, -1, 1001, i64::MAX] {
        assert!(Limit::new(rows).is_err(), "{rows}");
    }
}
