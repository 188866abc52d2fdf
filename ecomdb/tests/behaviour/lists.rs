//! Filters, sorts and pages, compared with the same operations in memory.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Debug;

use diesel::prelude::*;
use ecomdb::schema::{Moment, orders, products};
use ecomdb::{
    CategoryId, Cursor, Limit, NewProduct, NewRefund, NewUser, OrderFilter, OrderSort, OrderStatus, OrderSummary, Page,
    PageRequest, PaymentState, Period, Product, ProductFilter, ProductPatch, ProductSort, ProductStatus, Role,
    RowCount, User, UserFilter, UserPatch, UserSort, UserStatus,
};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::shop::{Shop, card_of, invalid_fields, moment, money};

/// All rows of a list, page by page. The pages on the way back are the same. Cursors are converted to text and back, as
/// clients do.
pub(crate) fn walk<T: Clone + Debug + PartialEq>(limit: i64, list: impl Fn(PageRequest) -> Page<T>) -> Vec<T> {
    let request = || PageRequest::default().limit(Limit::new(limit).unwrap());
    let reread = |cursor: Cursor| cursor.to_string().parse::<Cursor>().unwrap();
    let mut pages = vec![list(request())];
    while let Some(next) = pages[pages.len() - 1].next.clone() {
        pages.push(list(request().after(reread(next))));
    }
    assert!(pages.iter().all(|page| page.items.len() <= limit as usize));
    for (page, next) in pages.iter().zip(&pages[1..]) {
        let back = list(request().before(reread(next.previous.clone().unwrap())));
        assert_eq!((&back.items, &back.next, &back.previous), (&page.items, &page.next, &page.previous));
    }
    pages.into_iter().flat_map(|page| page.items).collect()
}

fn exactly<T>(rows: &[T]) -> RowCount {
    RowCount::Exactly(rows.len() as i64)
}

/// Runs a property on the same 60 cases on every engine.
pub(crate) fn for_all<S: Strategy>(cases: &S, property: impl Fn(S::Value)) {
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, random)
        .run(cases, |case| {
            property(case);
            Ok(())
        })
        .unwrap();
}

/// Sorted by `key`, then id; or the reverse of that.
fn sorted<T: Clone, K: Ord>(rows: &[T], descending: bool, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut rows = rows.to_vec();
    if descending {
        rows.sort_by_key(|row| Reverse(key(row)))
    } else {
        rows.sort_by_key(|row| key(row))
    }
    rows
}

const NAMES: [&str; 6] = ["Alpha", "alpha", "Äpfel", "a%b", "a_b!", "Zeta"];

/// 48 products with few distinct names, prices and times, so that most have ties.
fn stock_up(shop: &Shop) -> Vec<Product> {
    let categories = [shop.category().id, shop.category().id];
    for n in 0..48_i64 {
        let (name, price) = (NAMES[n as usize * 7 % 6], money(["1.00", "2.50", "99.99"][n as usize % 3]));
        let product = NewProduct::builder(name, categories[n as usize / 5 % 2], price).initial_stock(n % 4);
        let product = shop.products().create(product.sku(format!("SKU-{n}")).build().unwrap()).unwrap();
        if n % 5 == 0 {
            let patch = ProductPatch::default().status(ProductStatus::Archived);
            shop.products().update(product.id, patch).unwrap();
        }
    }
    for id in (2..=48_i64).step_by(2) {
        let created = products::created_at.eq(Moment::of(moment("2026-01-31T12:00:00.000001Z")));
        shop.write(move |tx| Ok(diesel::update(products::table.find(id)).set(created).execute(tx)?)).unwrap();
    }
    walk(1000, |page| shop.products().list(&ProductFilter::default().page(page)).unwrap())
}

fn product_filters() -> impl Strategy<Value = ProductFilter> {
    let prices = || of(select(vec![money("0.00"), money("1.00"), money("2.00"), money("99.99"), money("-1.00")]));
    let texts = vec!["ALPHA", "Äpf", "apfel", "a", "a-b", "ab", "zeta sku-1", "%", "_!", "sku1", " zeta ", "", "none"];
    (
        select(ProductSort::ALL.to_vec()),
        of(select(vec![CategoryId::new(1), CategoryId::new(2), CategoryId::new(99)])),
        of(select(ProductStatus::ALL.to_vec())),
        of(select(texts)),
        (prices(), prices()),
        of(any::<bool>()),
    )
        .prop_map(|(sort, category_id, status, text, (min_price, max_price), in_stock)| {
            let mut filter = ProductFilter::default().sort(sort);
            (filter.category_id, filter.status, filter.search) = (category_id, status, text.map(str::to_owned));
            (filter.min_price, filter.max_price, filter.in_stock) = (min_price, max_price, in_stock);
            filter
        })
}

const ACCENTS: [(&str, char); 8] =
    [("àáâãäå", 'a'), ("ç", 'c'), ("èéêë", 'e'), ("ìíîï", 'i'), ("ñ", 'n'), ("òóôõö", 'o'), ("ùúûü", 'u'), ("ýÿ", 'y')];

/// Whether each word of the search begins a word of one of the fields. Handles only Western European accents.
pub(crate) fn has_words(search: Option<&str>, fields: &[&str]) -> bool {
    let plain = |c: char| ACCENTS.iter().find(|(with, _)| with.contains(c)).map_or(c, |(_, without)| *without);
    let fold = |text: &str| text.to_lowercase().replace('ß', "ss").chars().map(plain).collect::<String>();
    let parts = |token: &str| -> Vec<String> {
        token.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let Some(search) = search.map(fold) else { return true };
    let mut words = BTreeSet::new();
    for token in fields.iter().flat_map(|field| field.split(' ')) {
        let parts = parts(&fold(token));
        if !token.contains('@') {
            words.insert(parts.concat());
        }
        words.extend(parts);
    }
    let is_found = |sought: Vec<String>| {
        let last = sought.len() - 1;
        sought
            .iter()
            .enumerate()
            .all(|(i, part)| words.iter().any(|word| word == part || (i == last && word.starts_with(part))))
    };
    let sought: Vec<_> = search.split(' ').map(parts).filter(|parts| !parts.is_empty()).collect();
    !sought.is_empty() && sought.into_iter().all(is_found)
}

fn products_in_memory(all: &[Product], filter: &ProductFilter) -> Vec<Product> {
    let wanted = |product: &&Product| {
        filter.category_id.is_none_or(|id| product.category.id == id)
            && filter.status.is_none_or(|status| product.status == status)
            && has_words(
                filter.search.as_deref(),
                &[&product.name, &product.sku, &product.category.name, &product.description],
            )
            && filter.min_price.is_none_or(|price| product.price >= price)
            && filter.max_price.is_none_or(|price| product.price <= price)
            && filter.in_stock.is_none_or(|wanted| product.in_stock == wanted)
    };
    let rows: Vec<Product> = all.iter().filter(wanted).cloned().collect();
    let descending = filter.sort.as_str().starts_with('-');
    match filter.sort {
        ProductSort::Id | ProductSort::IdDescending => sorted(&rows, descending, |row| row.id),
        ProductSort::Name | ProductSort::NameDescending => sorted(&rows, descending, |row| (row.name.clone(), row.id)),
        ProductSort::Price | ProductSort::PriceDescending => sorted(&rows, descending, |row| (row.price, row.id)),
        ProductSort::CreatedAt | ProductSort::CreatedAtDescending => {
            sorted(&rows, descending, |row| (row.created_at, row.id))
        }
    }
}

/// 30 orders of two users, in all states, with few distinct times and totals.
fn sell(shop: &Shop) -> Vec<OrderSummary> {
    let (users, lamp, free) = ([shop.user(), shop.user()], shop.product("1.00", 1000), shop.product("0.00", 1000));
    let pay = |id, amount| shop.payments().create(id, card_of(amount)).unwrap();
    for n in 0..30_i64 {
        let (user, units) = (&users[n as usize % 2], n / 5 % 3 + 1);
        let pending = || shop.pending_order(user, &[(lamp.id, units)]).id;
        let id = match n % 10 {
            0 => pending(),
            1 => shop.paid_order(user, &[(lamp.id, units)]).id,
            2 => shop.orders().cancel(pending()).unwrap().id,
            3 => {
                let id = pending();
                pay(id, "0.50");
                id
            }
            4 => {
                let id = pending();
                pay(id, "0.25");
                shop.orders().cancel(id).unwrap().id
            }
            5 => shop.pending_order(user, &[(free.id, 1)]).id,
            6 => shop.orders().cancel(shop.pending_order(user, &[(free.id, 1)]).id).unwrap().id,
            7 => {
                let id = shop.paid_order(user, &[(lamp.id, units)]).id;
                shop.payments().refund(id, NewRefund::builder("late").build().unwrap()).unwrap().id
            }
            8 => {
                let id = shop.paid_order(user, &[(lamp.id, units)]).id;
                let part = NewRefund::builder("late").amount(money("0.10")).build().unwrap();
                shop.payments().refund(id, part).unwrap().id
            }
            _ => {
                let id = pending();
                (0..units * 2).for_each(|_| drop(pay(id, "0.50")));
                id
            }
        };
        let placed = orders::placed_at.eq(Moment::of(moment(DAYS[n as usize * 5 % 4])));
        shop.write(move |tx| Ok(diesel::update(orders::table.find(id)).set(placed).execute(tx)?)).unwrap();
    }
    walk(1000, |page| shop.orders().list(&OrderFilter::default().page(page)).unwrap())
}

const DAYS: [&str; 4] =
    ["2026-01-31T23:59:59.999999Z", "2026-02-01T00:00:00Z", "2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z"];

fn order_filters() -> impl Strategy<Value = OrderFilter> {
    let ends =
        || of(select(vec!["1970-01-01", "2026-02-01", "2026-03-01", "2026-02-01T00:00:00.000001Z", "9999-01-01"]));
    let totals = || of(select(vec![money("0.00"), money("1.00"), money("2.00"), money("9.99"), money("-1.00")]));
    (
        select(OrderSort::ALL.to_vec()),
        any::<Option<bool>>(),
        of(select(OrderStatus::ALL.to_vec())),
        of(select(PaymentState::ALL.to_vec())),
        (totals(), totals()),
        (ends(), ends()),
    )
        .prop_map(|(sort, first_user, status, payment_state, (min_total, max_total), (from, to))| {
            let mut filter = OrderFilter::default().sort(sort).period(Period::parse(from, to).unwrap_or_default());
            filter.user_id = first_user.map(|first| ecomdb::UserId::new(if first { 1 } else { 2 }));
            (filter.status, filter.payment_state) = (status, payment_state);
            (filter.min_total, filter.max_total) = (min_total, max_total);
            filter
        })
}

fn orders_in_memory(all: &[OrderSummary], filter: &OrderFilter) -> Vec<OrderSummary> {
    let wanted = |order: &&OrderSummary| {
        filter.user_id.is_none_or(|id| order.user_id == id)
            && filter.status.is_none_or(|status| order.status == status)
            && filter.payment_state.is_none_or(|state| order.payment_state == state)
            && filter.min_total.is_none_or(|total| order.total >= total)
            && filter.max_total.is_none_or(|total| order.total <= total)
            && filter.period.from().is_none_or(|from| order.placed_at >= from)
            && filter.period.to().is_none_or(|to| order.placed_at < to)
    };
    let rows: Vec<OrderSummary> = all.iter().filter(wanted).cloned().collect();
    let descending = filter.sort.as_str().starts_with('-');
    match filter.sort {
        OrderSort::Id | OrderSort::IdDescending => sorted(&rows, descending, |row| row.id),
        OrderSort::PlacedAt | OrderSort::PlacedAtDescending => sorted(&rows, descending, |row| (row.placed_at, row.id)),
        OrderSort::Total | OrderSort::TotalDescending => sorted(&rows, descending, |row| (row.total, row.id)),
    }
}

behaviours! {
    any_filter_and_sort_of_products_in_pages_is_what_they_are_in_memory
    any_filter_and_sort_of_orders_in_pages_is_what_they_are_in_memory
    any_filter_and_sort_of_users_in_pages_is_what_they_are_in_memory
    a_cursor_is_refused_with_another_sort_or_filter_and_taken_with_another_limit
    the_cursor_of_one_products_history_is_refused_by_that_of_another
    a_forged_cursor_is_refused_or_begins_elsewhere_but_never_fails_otherwise
}

fn any_filter_and_sort_of_products_in_pages_is_what_they_are_in_memory(shop: &Shop) {
    let all = stock_up(shop);
    assert_eq!(all.len(), 48);
    for_all(&(product_filters(), 1..9_i64), |(filter, limit)| {
        let list = |page| shop.products().list(&filter.clone().page(page)).unwrap();
        let expected = products_in_memory(&all, &filter);
        assert_eq!(walk(1000, list), expected, "{filter:?}");
        assert_eq!(walk(limit, list), expected, "in pages of {limit}: {filter:?}");
        assert_eq!(shop.products().count(&filter).unwrap(), exactly(&expected), "{filter:?}");
    });
}

fn any_filter_and_sort_of_orders_in_pages_is_what_they_are_in_memory(shop: &Shop) {
    let all = sell(shop);
    assert_eq!(all.len(), 30);
    for state in PaymentState::ALL {
        assert!(all.iter().any(|order| order.payment_state == *state), "{state}");
    }
    for_all(&(order_filters(), 1..9_i64), |(filter, limit)| {
        let list = |page| shop.orders().list(&filter.clone().page(page)).unwrap();
        let expected = orders_in_memory(&all, &filter);
        assert_eq!(walk(1000, list), expected, "{filter:?}");
        assert_eq!(walk(limit, list), expected, "in pages of {limit}: {filter:?}");
        assert_eq!(shop.orders().count(&filter).unwrap(), exactly(&expected), "{filter:?}");
    });
}

fn any_filter_and_sort_of_users_in_pages_is_what_they_are_in_memory(shop: &Shop) {
    for n in 0..18 {
        let email = format!("{}@{n}.example.com", ["ada", "bob", "Zoe"][n % 3]);
        let user = shop.users().create(NewUser::new(&email, ["Ada", "Éva"][n % 2], "O'Neill_%").unwrap()).unwrap();
        if n % 4 == 0 {
            let patch = UserPatch::default().status(UserStatus::Disabled);
            shop.users().update(user.id, patch).unwrap();
        }
        shop.accounts().set_role(user.id, Role::ALL[n % 5 % 3]).unwrap();
    }
    let all = walk(1000, |page| shop.users().list(&UserFilter::default().page(page)).unwrap());
    let texts = select(vec!["ADA", "Éva", "o'neill", "oneill", "_%", "ZOE@", "1.exam", "ada eva", "none"]);
    let (statuses, roles) = (of(select(UserStatus::ALL.to_vec())), of(select(Role::ALL.to_vec())));
    let cases = (select(UserSort::ALL.to_vec()), statuses, roles, of(texts), 1..9_i64);
    for_all(&cases, |(sort, status, role, text, limit)| {
        let mut filter = UserFilter::default().sort(sort);
        (filter.status, filter.role, filter.search) = (status, role, text.map(str::to_owned));
        let wanted = |user: &&User| {
            status.is_none_or(|status| user.status == status)
                && role.is_none_or(|role| user.role == role)
                && has_words(text, &[&user.email, &user.first_name, &user.last_name])
        };
        let rows: Vec<User> = all.iter().filter(wanted).cloned().collect();
        let expected = match sort {
            UserSort::Id => sorted(&rows, false, |user| user.id),
            UserSort::IdDescending => sorted(&rows, true, |user| user.id),
            UserSort::Email => sorted(&rows, false, |user| user.email.clone()),
            UserSort::EmailDescending => sorted(&rows, true, |user| user.email.clone()),
        };
        let list = |page| shop.users().list(&filter.clone().page(page)).unwrap();
        assert_eq!(walk(limit, list), expected, "in pages of {limit}: {filter:?}");
        assert_eq!(shop.users().count(&filter).unwrap(), exactly(&expected), "{filter:?}");
    });
}

fn a_cursor_is_refused_with_another_sort_or_filter_and_taken_with_another_limit(shop: &Shop) {
    stock_up(shop);
    let page = PageRequest::default().limit(Limit::new(3).unwrap());
    let first = ProductFilter::default().page(page).sort(ProductSort::Price).in_stock(true);
    let after = shop.products().list(&first).unwrap().next;
    let page = PageRequest::default().after(after.unwrap());
    let next = first.page(page);
    assert_eq!(shop.products().list(&next).unwrap().items.len(), 33);
    for other in [
        next.clone().sort(ProductSort::PriceDescending),
        next.clone().sort(ProductSort::Id),
        next.clone().in_stock(false),
        next.clone().search("a"),
        next.clone().min_price(money("1.00")),
        next.clone().status(ProductStatus::Active),
    ] {
        assert_eq!(invalid_fields(shop.products().list(&other)), ["cursor"], "{other:?}");
    }
}

fn the_cursor_of_one_products_history_is_refused_by_that_of_another(shop: &Shop) {
    let (one, two) = (shop.product("1.00", 5), shop.product("1.00", 5));
    for _ in 0..2 {
        shop.inventory().restock(one.id, 1, None).unwrap();
    }
    let after = shop.inventory().movements(one.id, &PageRequest::default().limit(Limit::new(1).unwrap())).unwrap().next;
    let page = PageRequest::default().after(after.unwrap());
    assert!(shop.inventory().movements(one.id, &page).is_ok());
    assert_eq!(invalid_fields(shop.inventory().movements(two.id, &page)), ["cursor"]);
}

fn a_forged_cursor_is_refused_or_begins_elsewhere_but_never_fails_otherwise(shop: &Shop) {
    stock_up(shop);
    for sort in ProductSort::ALL {
        let filter = |page| ProductFilter::default().page(page).sort(*sort);
        let page = PageRequest::default().limit(Limit::new(1).unwrap());
        let genuine = shop.products().list(&filter(page)).unwrap().next.unwrap().to_string();
        let stem = genuine.split('-').take(2).collect::<Vec<_>>().join("-");
        let long = "61".repeat(5000);
        let keys = [
            "",
            "-",
            "-00",
            "-zz",
            "-6",
            "-ff",
            "-61",
            "-2d31",
            &format!("-{long}"),
            "-61-61",
            "-39323233333732303336383534373735383037",
            "-2d39323233333732303336383534373735383037",
        ];
        for key in keys {
            for id in ["0", "7fffffffffffffff", "ffffffffffffffff", "-1", "x"] {
                let Ok(cursor) = format!("{stem}-{id}{key}").parse::<Cursor>() else { continue };
                for page in
                    [PageRequest::default().after(cursor.clone()), PageRequest::default().before(cursor.clone())]
                {
                    match shop.products().list(&filter(page)) {
                        // The previous pages can be gone as well.
                        Ok(page) => {
                            for cursor in page.next.into_iter().chain(page.previous) {
                                cursor.to_string().parse::<Cursor>().unwrap();
                            }
                        }
                        Err(error) => assert!(error.is_invalid(), "{cursor}: {error}"),
                    }
                }
            }
        }
    }
}
