//! The list of customers with what they have bought.

use std::cmp::Reverse;
use std::ops::ControlFlow;

use ecomdb::generator::Scenario;
use ecomdb::{
    CustomerFilter, CustomerSort, CustomerSummary, Database, Limit, NewRefund, NewUser, OrderFilter, OrderStatus,
    OrderSummary, Page, PageRequest, Password, Role, RowCount, User, UserFilter, UserPatch, UserStatus,
};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::lists::{for_all, has_words, walk};
use crate::reading::reader;
use crate::shop::{Shop, TestClock, card, invalid_fields, money};

/// 26 users, some with equal purchases: on days that begin at different times in other time zones, with partial and
/// full refunds, and with orders that do not count. Some users are disabled, some are staff.
fn sell(shop: &Shop) {
    let clock = TestClock::at("2026-01-30T22:30:00Z");
    let db = shop.open_with(&clock);
    let lamp = shop.product("10.00", 1_000);
    let order = |user: &User, quantity| ecomdb::NewOrder::builder(user.id).item(lamp.id, quantity);
    let pay =
        |user: &User, quantity| db.orders().place(order(user, quantity).payment(card()).build().unwrap()).unwrap();
    let refund = |amount: Option<&str>| {
        let refund = NewRefund::builder("scratched");
        amount.map_or(refund.clone(), |amount| refund.amount(money(amount))).build().unwrap()
    };
    for n in 0..26 {
        let email = format!("{}@{n}.example.com", ["ada", "bob", "Zoe"][n % 3]);
        let user = db.users().create(NewUser::new(&email, ["Ada", "Éva"][n % 2], "O'Neill_%").unwrap()).unwrap();
        clock.advance(chrono::TimeDelta::minutes(47));
        for quantity in 0..n % 4 {
            let paid = pay(&user, 1 + quantity as i64 % 2);
            match n % 7 {
                1 => drop(db.payments().refund(paid.id, refund(Some("4.00"))).unwrap()),
                2 => drop(db.payments().refund(paid.id, refund(None)).unwrap()),
                _ => {}
            }
        }
        if n % 5 == 0 {
            db.orders().place(order(&user, 3).build().unwrap()).unwrap();
        }
        if n % 4 == 1 {
            db.users().update(user.id, UserPatch::default().status(UserStatus::Disabled)).unwrap();
        }
        db.accounts().set_role(user.id, [Role::Customer, Role::Customer, Role::Staff][n % 11 % 3]).unwrap();
    }
}

/// All customers, computed from all users and orders.
struct Model(Vec<CustomerSummary>);

impl Model {
    fn of(db: &Database) -> Self {
        let pages = || PageRequest::default().limit(Limit::new(1_000).unwrap());
        let users = ecomdb::Rows::new(|page| db.users().list(&UserFilter::default().page(page))).from(pages());
        let orders = ecomdb::Rows::new(|page| db.orders().list(&OrderFilter::default().page(page))).from(pages());
        let orders: Vec<OrderSummary> = orders.collect::<Result<_, _>>().unwrap();
        let is_listed = |(user, row): &(User, CustomerSummary)| user.role == Role::Customer || row.orders > 0;
        let rows = users.map(Result::unwrap).map(|user| (user.clone(), summary(&user, &orders))).filter(is_listed);
        Self(rows.map(|(_, row)| row).collect())
    }

    fn list(&self, filter: &CustomerFilter) -> Vec<CustomerSummary> {
        let wanted = |row: &&CustomerSummary| {
            filter.status.is_none_or(|status| row.status == status)
                && filter.has_ordered.is_none_or(|has_ordered| has_ordered == (row.orders > 0))
                && has_words(filter.search.as_deref(), &[&row.email, &row.first_name, &row.last_name])
        };
        let mut rows: Vec<_> = self.0.iter().filter(wanted).cloned().collect();
        let spent = |row: &CustomerSummary| if row.orders > 0 { row.total_spent.minor() } else { -1 };
        let day = |row: &CustomerSummary| row.last_order.map(|last| last.date_naive());
        match filter.sort {
            CustomerSort::TotalSpent => rows.sort_by_key(|row| (spent(row), Reverse(row.user_id))),
            CustomerSort::TotalSpentDescending => rows.sort_by_key(|row| (Reverse(spent(row)), row.user_id)),
            CustomerSort::Orders => rows.sort_by_key(|row| (row.orders, Reverse(row.user_id))),
            CustomerSort::OrdersDescending => rows.sort_by_key(|row| (Reverse(row.orders), row.user_id)),
            CustomerSort::LastOrder => rows.sort_by_key(|row| (day(row), Reverse(row.user_id))),
            CustomerSort::LastOrderDescending => rows.sort_by_key(|row| (Reverse(day(row)), row.user_id)),
            CustomerSort::Id => rows.sort_by_key(|row| row.user_id),
            CustomerSort::IdDescending => rows.sort_by_key(|row| Reverse(row.user_id)),
        }
        rows
    }
}

fn summary(user: &User, orders: &[OrderSummary]) -> CustomerSummary {
    let own = || orders.iter().filter(|order| order.user_id == user.id && order.status == OrderStatus::Completed);
    let last = own().max_by_key(|order| (order.placed_at.date_naive(), order.id));
    serde_json::from_value(serde_json::json!({
        "user_id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "status": user.status,
        "created_at": user.created_at,
        "orders": own().count(),
        "total_spent": own().map(|order| order.total).sum::<Option<ecomdb::Money>>().unwrap(),
        "refunds": own().map(|order| order.refunded).sum::<Option<ecomdb::Money>>().unwrap(),
        "last_order": last.map(|order| order.placed_at),
    }))
    .unwrap()
}

/// A page of the list; checks the count, too.
fn page(db: &Database, filter: &CustomerFilter, page: PageRequest, matching: usize) -> Page<CustomerSummary> {
    let list = db.analytics().customers(&filter.clone().page(page)).unwrap();
    let count = if matching > 10_000 { RowCount::More } else { RowCount::Exactly(matching as i64) };
    assert_eq!(list.count, count, "{filter:?}");
    list.page
}

behaviours! {
    any_filter_and_sort_in_pages_is_what_it_is_in_memory
    customers_are_the_same_while_sales_wait_and_nothing_can_be_written
    customers_that_are_too_many_to_be_sorted_are_in_the_same_order
    only_who_reads_reports_sees_what_customers_bought
    a_cursor_belongs_to_one_filter_and_one_sort
}

fn any_filter_and_sort_in_pages_is_what_it_is_in_memory(shop: &Shop) {
    sell(shop);
    let model = Model::of(shop);
    assert!(model.0.iter().any(|row| row.orders == 0) && model.0.iter().any(|row| row.refunds > money("0.00")));
    let texts = select(vec!["ADA", "Éva", "o'neill", "oneill", "_%", "ZOE@", "1.exam", "ada eva", "none"]);
    let statuses = of(select(UserStatus::ALL.to_vec()));
    let cases = (select(CustomerSort::ALL.to_vec()), statuses, of(any::<bool>()), of(texts), 1..9_i64);
    for_all(&cases, |(sort, status, has_ordered, text, limit)| {
        let mut filter = CustomerFilter::default().sort(sort);
        (filter.status, filter.has_ordered, filter.search) = (status, has_ordered, text.map(str::to_owned));
        let expected = model.list(&filter);
        let list = |request| page(shop, &filter, request, expected.len());
        assert_eq!(walk(limit, list), expected, "in pages of {limit}: {filter:?}");
    });
}

fn customers_are_the_same_while_sales_wait_and_nothing_can_be_written(shop: &Shop) {
    sell(shop);
    let (db, model) = (reader(&shop.url), Model::of(shop));
    assert!(db.statistics().unwrap().waiting_sales > 4);
    for sort in CustomerSort::ALL {
        for filter in [CustomerFilter::default(), CustomerFilter::default().search("ada")] {
            let filter = filter.sort(*sort);
            let expected = model.list(&filter);
            assert_eq!(walk(7, |request| page(&db, &filter, request, expected.len())), expected, "{filter:?}");
        }
    }
    assert!(db.statistics().unwrap().waiting_sales > 4, "nothing was folded");
}

fn customers_that_are_too_many_to_be_sorted_are_in_the_same_order(shop: &Shop) {
    let to = "2026-01-01T00:00:00Z".parse().unwrap();
    let scenario = Scenario { users: 11_000, products: 20, orders: 600, ..Scenario::small(to) };
    shop.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    let model = Model::of(shop);
    let all = CustomerFilter::default();
    for (filter, sort) in [
        (all.clone(), CustomerSort::TotalSpent),
        (all.clone().search("example"), CustomerSort::TotalSpentDescending),
        (all.clone().search("example"), CustomerSort::LastOrder),
        (all.clone().search("example").has_ordered(false), CustomerSort::OrdersDescending),
        (all.clone().has_ordered(false), CustomerSort::Id),
        (all.clone().search("e").has_ordered(true), CustomerSort::Orders),
    ] {
        let filter = filter.sort(sort);
        let expected = model.list(&filter);
        let all = walk(1_000, |request| page(shop, &filter, request, expected.len()));
        assert!(all == expected, "{filter:?}");
    }
}

fn only_who_reads_reports_sees_what_customers_bought(shop: &Shop) {
    let ada = shop.user();
    shop.accounts().set_password(ada.id, &Password::new("correct horse battery").unwrap()).unwrap();
    let customers = |role| {
        shop.accounts().set_role(ada.id, role).unwrap();
        let login = shop.accounts().log_in(&ada.email, "correct horse battery").unwrap();
        let caller = shop.accounts().authenticate(login.token.expose()).unwrap();
        shop.on_behalf_of(&caller).analytics().customers(&CustomerFilter::default())
    };
    assert!(customers(Role::Customer).unwrap_err().is_forbidden());
    assert_eq!(customers(Role::Staff).unwrap().count, RowCount::Exactly(0));
}

fn a_cursor_belongs_to_one_filter_and_one_sort(shop: &Shop) {
    sell(shop);
    let first = CustomerFilter::default().page(PageRequest::default().limit(Limit::new(3).unwrap()));
    let next = shop.analytics().customers(&first).unwrap().page.next.unwrap();
    let second = first.page(PageRequest::default().after(next.clone()));
    assert!(!shop.analytics().customers(&second).unwrap().page.items.is_empty());
    for other in [
        second.clone().sort(CustomerSort::TotalSpent),
        second.clone().search("ada"),
        second.clone().status(UserStatus::Active),
        second.clone().has_ordered(true),
    ] {
        assert_eq!(invalid_fields(shop.analytics().customers(&other)), ["cursor"], "{other:?}");
    }
    let users = UserFilter::default().page(PageRequest::default().after(next));
    assert_eq!(invalid_fields(shop.users().list(&users)), ["cursor"]);
    assert_eq!(invalid_fields(shop.analytics().customers(&CustomerFilter::default().search("a\0"))), ["search"]);
}
