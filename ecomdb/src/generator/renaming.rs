//! Users and products that get another name during the history of the shop. The orders of before keep the former one.

use super::Dataset;
use super::calendar::{Calendar, DAY};
use super::people::People;
use super::scenario::Scenario;
use super::shelf::Product;
use super::streams::{Entity, Stream, keyed};
use crate::tables::{ProductRevisionRow, UserRevisionRow, UserRow};

/// One user in so many changes the family name.
const USERS: u64 = 64;
/// One product in so many gets its variant into its name later.
const PRODUCTS: u64 = 24;

/// When the user at `index` changes the family name, if ever. A user who signs up after that corrects it at once. One hash, so that
/// each order can ask.
pub(super) fn of_user(scenario: &Scenario, calendar: &Calendar, index: u64) -> Option<i64> {
    let word = keyed(scenario.seed, Entity::UserName, index);
    let span = (calendar.to - calendar.from).max(0) as u64;
    let after = (u128::from(word / USERS) * u128::from(span)) / u128::from(u64::MAX / USERS + 1);
    word.is_multiple_of(USERS).then(|| calendar.from + after as i64)
}

/// When a product gets another name: at least a month after it was listed.
pub(super) fn of_product(scenario: &Scenario, calendar: &Calendar, index: u64, product: &Product) -> Option<i64> {
    let mut stream = Stream::new(scenario.seed, Entity::ProductName, index);
    let first = product.created_at + 30 * DAY;
    (stream.below(PRODUCTS) == 0 && first < calendar.to).then(|| stream.between(first, calendar.to))
}

/// The revision of a name at a time.
pub(super) fn revision(renamed_at: Option<i64>, time: i64) -> Option<i64> {
    renamed_at.filter(|at| *at <= time).map(|_| 1)
}

/// Puts the change of the name into the row of a user.
pub(super) fn rename(scenario: &Scenario, calendar: &Calendar, row: &mut UserRow) {
    if let Some(at) = of_user(scenario, calendar, (row.id - 1) as u64) {
        row.name_revision = 1;
        row.updated_at = row.updated_at.max(at);
    }
}

/// The former name of a user, if there is one.
fn former(people: &People, row: &UserRow) -> Option<UserRevisionRow> {
    (row.name_revision > 0).then(|| UserRevisionRow {
        user_id: row.id,
        revision: 0,
        email: row.email.clone(),
        first_name: row.first_name,
        last_name: people.former_last_name((row.id - 1) as u64),
    })
}

impl Dataset {
    /// The former name of one of the users, if there is one.
    #[must_use]
    pub fn user_revision(&self, user: &UserRow) -> Option<UserRevisionRow> {
        former(&self.people, user)
    }

    /// The former names of all products, by ascending product id.
    pub fn product_revisions(&self) -> impl Iterator<Item = ProductRevisionRow> + '_ {
        self.products().filter(|row| row.name_revision > 0).map(|row| {
            // The variant comes last in a name.
            let name = row.name.rsplit_once(", ").map_or(row.name.as_str(), |(name, _)| name).to_owned();
            ProductRevisionRow { product_id: row.id, revision: 0, sku: row.sku, name }
        })
    }
}
