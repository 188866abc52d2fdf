use std::collections::HashMap;

use super::{dataset, scenarios, to};
use crate::generator::Scenario;

#[test]
fn a_revision_of_each_order_is_one_of_its_customer_and_of_its_products() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let users: Vec<i64> = dataset.users().map(|row| row.name_revision).collect();
        let products: Vec<i64> = dataset.products().map(|row| row.name_revision).collect();
        for bundle in dataset.orders() {
            let of_user = users[(bundle.order.user_id - 1) as usize];
            assert!(bundle.order.user_revision.is_none_or(|revision| revision == of_user && revision == 1), "{name}");
            for item in &bundle.items {
                let of_product = products[(item.product_id - 1) as usize];
                assert!(item.product_revision.is_none_or(|revision| revision == of_product && revision == 1), "{name}");
            }
        }
    }
}

#[test]
fn some_customers_and_products_are_renamed_between_their_orders() {
    let dataset = dataset(Scenario { orders: 20_000, users: 3_000, products: 600, ..Scenario::demo(to()) });
    let (mut of_users, mut of_products) = (HashMap::new(), HashMap::new());
    for bundle in dataset.orders() {
        let revision = bundle.order.user_revision;
        let last = of_users.entry(bundle.order.user_id).or_insert(revision);
        assert!(*last <= revision, "a name does not go back");
        *last = revision;
        for item in &bundle.items {
            let seen: &mut [bool; 2] = of_products.entry(item.product_id).or_default();
            seen[item.product_revision.map_or(0, |_| 1)] = true;
        }
    }
    let both = of_products.values().filter(|seen| **seen == [true; 2]).count();
    assert!((8..60).contains(&both), "{both} of 600 products were sold under two names");

    let renamed: Vec<_> = dataset.users().filter(|row| row.name_revision > 0).collect();
    assert!((20..90).contains(&renamed.len()), "{} of 3000 users", renamed.len());
    for user in &renamed {
        let former = dataset.user_revision(user).unwrap();
        assert!(former.last_name != user.last_name && former.first_name == user.first_name, "{former:?}");
    }
    for former in dataset.product_revisions() {
        let now = dataset.products().nth((former.product_id - 1) as usize).unwrap();
        assert!(now.name.starts_with(&format!("{}, ", former.name)), "{former:?}");
    }
}
