//! Conditional updates: a change is made only to the version that the caller has read.

use std::sync::Barrier;

use ecomdb::{CategoryPatch, Conflict, Database, ProductPatch, Result, UserPatch};

use crate::shop::{Shop, conflict};

/// Eight threads update the same row, all based on the same version; returns their results.
fn race<T: Send>(shop: &Shop, change: impl Fn(&Database, usize) -> Result<T> + Sync) -> Vec<Result<T>> {
    let (change, start, db) = (&change, &Barrier::new(8), &**shop);
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|n| {
                scope.spawn(move || {
                    start.wait();
                    change(db, n)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

/// The result of the only winner; asserts that all others got the conflict.
fn winner<T: std::fmt::Debug>(outcomes: Vec<Result<T>>, changed: &Conflict) -> T {
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for loser in lost {
        assert_eq!(&conflict(loser), changed);
    }
    won.into_iter().next().unwrap().unwrap()
}

fn renamed(n: usize) -> String {
    format!("Name {n}")
}

behaviours! {
    of_changes_to_a_product_as_it_was_seen_one_is_made
    of_changes_to_a_user_as_it_was_seen_one_is_made
    of_changes_to_a_category_as_it_was_seen_one_is_made
    what_changed_is_not_deleted_by_a_client_that_has_not_seen_it
    a_patch_of_nothing_tells_too_whether_the_thing_changed
}

fn of_changes_to_a_product_as_it_was_seen_one_is_made(shop: &Shop) {
    let seen = shop.product("1.00", 1);
    let changed = Conflict::Changed { entity: "product", id: seen.id.get() };
    let product = winner(
        race(shop, |db, n| {
            let (patch, seen) = (ProductPatch::default().name(renamed(n)), seen.clone());
            db.products().update_if(seen.id, patch, move |now| *now == seen)
        }),
        &changed,
    );
    assert_eq!(shop.products().get(seen.id).unwrap(), product);
}

fn of_changes_to_a_user_as_it_was_seen_one_is_made(shop: &Shop) {
    let seen = shop.user();
    let changed = Conflict::Changed { entity: "user", id: seen.id.get() };
    let user = winner(
        race(shop, |db, n| {
            let (patch, seen) = (UserPatch::default().first_name(renamed(n)), seen.clone());
            db.users().update_if(seen.id, patch, move |now| *now == seen)
        }),
        &changed,
    );
    assert_eq!(shop.users().get(seen.id).unwrap(), user);
}

fn of_changes_to_a_category_as_it_was_seen_one_is_made(shop: &Shop) {
    let (seen, parent) = (shop.category(), shop.category());
    let changed = Conflict::Changed { entity: "category", id: seen.id.get() };
    let category = winner(
        race(shop, |db, n| {
            let (mut patch, seen) = (CategoryPatch::default().name(renamed(n)), seen.clone());
            patch.parent_id = (n % 2 == 0).then_some(Some(parent.id));
            db.categories().update_if(seen.id, patch, move |now| *now == seen)
        }),
        &changed,
    );
    assert_eq!(shop.categories().get(seen.id).unwrap(), category);
}

fn what_changed_is_not_deleted_by_a_client_that_has_not_seen_it(shop: &Shop) {
    let (user, product) = (shop.user(), shop.product("1.00", 1));
    let category = shop.category();
    let unseen = |entity, id| Conflict::Changed { entity, id };
    let refused = conflict(shop.users().delete_if(user.id, |_| false));
    assert_eq!(refused, unseen("user", user.id.get()));
    let refused = conflict(shop.products().delete_if(product.id, |_| false));
    assert_eq!(refused, unseen("product", product.id.get()));
    let refused = conflict(shop.categories().delete_if(category.id, |_| false));
    assert_eq!(refused, unseen("category", category.id.get()));

    let (seen_user, seen_product, seen_category) = (user.clone(), product.clone(), category.clone());
    shop.users().delete_if(user.id, move |now| *now == seen_user).unwrap();
    shop.products().delete_if(product.id, move |now| *now == seen_product).unwrap();
    shop.categories().delete_if(category.id, move |now| *now == seen_category).unwrap();
    assert!(shop.users().delete_if(user.id, |_| true).unwrap_err().is_not_found());
}

fn a_patch_of_nothing_tells_too_whether_the_thing_changed(shop: &Shop) {
    let (user, product, category) = (shop.user(), shop.product("1.00", 1), shop.category());
    conflict(shop.users().update_if(user.id, UserPatch::default(), |_| false));
    conflict(shop.products().update_if(product.id, ProductPatch::default(), |_| false));
    conflict(shop.categories().update_if(category.id, CategoryPatch::default(), |_| false));
    assert_eq!(shop.users().update_if(user.id, UserPatch::default(), |_| true).unwrap(), user);
}
