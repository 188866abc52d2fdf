use std::collections::{HashMap, HashSet};

use super::super::{Dataset, OrderBundle, PriceChangeRow, ProductRow};
use super::{dataset, scenarios};
use crate::{AddressKind, OrderStatus, PaymentStatus, ProductStatus};

/// The rows that orders are checked against, without internal state of the generator.
struct Shop {
    from: i64,
    to: i64,
    users: Vec<super::super::UserRow>,
    products: Vec<ProductRow>,
    changes: HashMap<i64, Vec<PriceChangeRow>>,
}

impl Shop {
    fn new(dataset: &Dataset) -> Self {
        let mut changes: HashMap<i64, Vec<_>> = HashMap::new();
        for change in dataset.price_changes() {
            changes.entry(change.product_id).or_default().push(change);
        }
        Self {
            from: dataset.scenario().from.timestamp_micros(),
            to: dataset.scenario().to.timestamp_micros(),
            users: dataset.users().collect(),
            products: dataset.products().collect(),
            changes,
        }
    }

    fn price_at(&self, product_id: i64, time: i64) -> i64 {
        let changes = self.changes.get(&product_id).map_or(&[][..], Vec::as_slice);
        let last = changes.iter().rev().find(|change| change.changed_at <= time);
        last.map(|change| change.new_price)
            .or(changes.first().map(|change| change.old_price))
            .unwrap_or(self.products[product_id as usize - 1].price)
    }

    fn check_order(&self, bundle: &OrderBundle) {
        let order = &bundle.order;
        assert!((self.from..self.to).contains(&order.placed_at));
        let user = &self.users[order.user_id as usize - 1];
        assert!(user.created_at <= order.placed_at, "{user:?} {order:?}");
        assert_eq!(user.status.as_str(), "active");

        assert!(!bundle.items.is_empty());
        assert!(bundle.items.is_sorted_by_key(|item| item.product_id));
        let distinct: HashSet<_> = bundle.items.iter().map(|item| item.product_id).collect();
        assert_eq!(distinct.len(), bundle.items.len(), "{bundle:?}");
        for item in &bundle.items {
            assert_eq!(item.order_id, order.id);
            assert!(item.quantity > 0 && item.unit_price > 0);
            assert_eq!(item.unit_price, self.price_at(item.product_id, order.placed_at));
            let product = &self.products[item.product_id as usize - 1];
            assert!(product.created_at <= order.placed_at);
            if product.status == ProductStatus::Archived {
                assert!(order.placed_at < product.updated_at);
            }
        }
        let total: i64 = bundle.items.iter().map(|item| item.quantity * item.unit_price).sum();
        let units: i64 = bundle.items.iter().map(|item| item.quantity).sum();
        let added: i64 = bundle.adjustments.iter().map(|row| row.amount).sum();
        assert_eq!((order.total, order.item_count), (total + added, units));
        assert_eq!(order.adjustments, Some(added).filter(|_| !bundle.adjustments.is_empty()));
        let divided: i64 = bundle.items.iter().filter_map(|item| item.discount).sum();
        let off = bundle.adjustments.iter().filter(|row| row.kind == crate::types::AdjustmentKind::Discount);
        assert_eq!(divided, -off.map(|row| row.amount).sum::<i64>());
    }

    fn check_addresses(&self, bundle: &OrderBundle) {
        let (order, addresses) = (&bundle.order, &bundle.addresses);
        assert_eq!(order.country, addresses.last().map(|row| row.country));
        assert!(addresses.iter().all(|row| row.order_id == order.id));
        let kinds: Vec<_> = addresses.iter().map(|row| row.kind).collect();
        assert!(matches!(kinds[..], [] | [AddressKind::Shipping] | [AddressKind::Billing, AddressKind::Shipping]));
    }

    fn check_payments(&self, bundle: &OrderBundle) {
        let order = &bundle.order;
        let is_paid = |status| matches!(status, PaymentStatus::Paid | PaymentStatus::Refunded);
        let is_late = |status| matches!(status, PaymentStatus::Late | PaymentStatus::Returned);
        let mut last = order.placed_at;
        for payment in &bundle.payments {
            assert_eq!(payment.order_id, order.id);
            assert!(payment.amount > 0);
            assert!(last < payment.created_at && payment.created_at < self.to);
            assert_eq!(payment.paid_at.is_some(), is_paid(payment.status) || is_late(payment.status));
            assert!(payment.paid_at.is_none_or(|paid| payment.created_at <= paid && paid < self.to));
            if is_late(payment.status) {
                assert!(payment.paid_at > order.cancelled_at && order.cancelled_at.is_some(), "{bundle:?}");
                assert!(payment.reference.is_some() && payment.amount == order.total);
            }
            last = payment.paid_at.filter(|_| is_paid(payment.status)).unwrap_or(payment.created_at);
        }
        let paying = || bundle.payments.iter().filter(|payment| is_paid(payment.status));
        let paid: i64 = paying().map(|payment| payment.amount).sum();
        let completed_at = paying().filter_map(|payment| payment.paid_at).max();
        assert_eq!(order.paid, paid);
        match order.status {
            OrderStatus::Completed | OrderStatus::Refunded => assert_eq!(paid, order.total),
            OrderStatus::Pending => assert!(paid < order.total),
            OrderStatus::Cancelled => assert_eq!(paid, 0),
        }
        let completed_at = completed_at.filter(|_| paid == order.total);
        assert_eq!(order.completed_at, completed_at, "{bundle:?}");
        let cancelled = order.status == OrderStatus::Cancelled;
        assert_eq!((order.cancelled_at.is_some(), order.cancel_reason.is_some()), (cancelled, cancelled));
        assert!(order.expires_at.is_none_or(|end| order.status == OrderStatus::Pending && paid == 0 && last < end));
        if let Some(time) = order.cancelled_at {
            assert!(last < time && time < self.to, "{bundle:?}");
        }
    }

    fn check_refunds(&self, bundle: &OrderBundle) {
        let order = &bundle.order;
        for refund in &bundle.refunds {
            assert_eq!(refund.order_id, order.id);
            assert!(refund.amount > 0);
            let of = bundle.payments.iter().find(|payment| payment.id == refund.payment_id);
            let paid_at = of.and_then(|payment| payment.paid_at).unwrap();
            assert!(paid_at < refund.created_at && refund.created_at < self.to);
        }
        assert!(bundle.refunds.is_sorted_by_key(|refund| refund.created_at));
        let refunded: i64 = bundle.refunds.iter().map(|refund| refund.amount).sum();
        assert_eq!(order.refunded, refunded);
        assert!((0..=order.total).contains(&refunded));
        let in_full = order.total > 0 && refunded == order.total;
        assert_eq!(order.status == OrderStatus::Refunded, in_full, "{bundle:?}");
        for payment in &bundle.payments {
            let of_payment = bundle.refunds.iter().filter(|refund| refund.payment_id == payment.id);
            let sum: i64 = of_payment.map(|refund| refund.amount).sum();
            assert_eq!(payment.status == PaymentStatus::Refunded, sum == payment.amount);
        }
    }
}

#[test]
fn every_order_keeps_the_rules() {
    for (name, scenario) in scenarios() {
        println!("{name}");
        let dataset = dataset(scenario);
        let shop = Shop::new(&dataset);
        let (mut payments, mut refunds, mut last) = (HashSet::new(), HashSet::new(), 0);
        let mut references = HashSet::new();
        for (bundle, id) in dataset.orders().zip(1..) {
            assert_eq!(bundle.order.id, id);
            assert!(last <= bundle.order.placed_at, "times ascend with ids");
            last = bundle.order.placed_at;
            shop.check_order(&bundle);
            shop.check_addresses(&bundle);
            shop.check_payments(&bundle);
            shop.check_refunds(&bundle);
            assert!(bundle.payments.iter().all(|payment| payments.insert(payment.id)));
            let given = bundle.payments.iter().filter_map(|payment| payment.reference);
            given.for_each(|reference| assert!(references.insert(reference), "{reference:?} twice"));
            assert!(bundle.refunds.iter().all(|refund| refunds.insert(refund.id)));
        }
        assert_eq!(dataset.orders().count() as u64, dataset.scenario().orders);
    }
}

#[test]
fn vouchers_are_used_within_their_terms() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let vouchers: HashMap<_, _> = dataset.vouchers().map(|voucher| (voucher.id, voucher)).collect();
        let (mut used, mut used_by) = (HashMap::<i64, i64>::new(), HashMap::<(i64, i64), i64>::new());
        for OrderBundle { order, items, adjustments, .. } in dataset.orders() {
            let Some(id) = adjustments.iter().find_map(|row| row.voucher_id) else { continue };
            let voucher = &vouchers[&id];
            assert!(voucher.created_at <= order.placed_at);
            assert!(voucher.starts_at.is_none_or(|start| start <= order.placed_at), "{name}: {voucher:?} {order:?}");
            assert!(voucher.ends_at.is_none_or(|end| order.placed_at < end), "{name}: {voucher:?} {order:?}");
            assert!(items.iter().map(|item| item.quantity * item.unit_price).sum::<i64>() >= voucher.minimum);
            if order.status != OrderStatus::Cancelled {
                *used.entry(id).or_default() += 1;
                *used_by.entry((id, order.user_id)).or_default() += 1;
            }
        }
        for (id, voucher) in &vouchers {
            let counted = used.get(id).copied().unwrap_or_default();
            assert_eq!(voucher.used, voucher.usage_limit.map_or(0, |_| counted), "{name}: {voucher:?}");
            assert!(voucher.usage_limit.is_none_or(|limit| counted <= limit), "{name}: {voucher:?}");
            assert!(voucher.ends_at.is_none_or(|end| voucher.starts_at.is_none_or(|start| start < end)), "{name}");
        }
        for ((id, _), counted) in used_by {
            assert!(vouchers[&id].per_user_limit.is_none_or(|limit| counted <= limit), "{name}");
        }
    }
}

#[test]
fn some_vouchers_have_a_window_and_one_is_limited() {
    let vouchers: Vec<_> = dataset(super::super::Scenario::demo(super::to())).vouchers().collect();
    assert_eq!(vouchers.iter().filter(|voucher| voucher.starts_at.is_some()).count(), 3);
    let limited: Vec<_> = vouchers.iter().filter(|voucher| voucher.usage_limit.is_some()).collect();
    assert!(limited.len() == 1 && limited[0].used > 5, "{limited:?}");
}

#[test]
fn price_changes_chain_from_the_first_price_to_the_last() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let shop = Shop::new(&dataset);
        let changes: Vec<_> = dataset.price_changes().collect();
        assert!(changes.iter().zip(1..).all(|(change, id)| change.id == id), "{name}");
        assert!(changes.is_sorted_by_key(|change| change.changed_at), "{name}");
        for (product_id, changes) in &shop.changes {
            let product = &shop.products[*product_id as usize - 1];
            let last = changes.last().unwrap();
            assert_eq!(product.price, last.new_price, "{name}");
            assert!(product.updated_at >= last.changed_at, "{name}");
            assert!(changes.windows(2).all(|pair| pair[0].new_price == pair[1].old_price));
            for change in changes {
                assert!(change.old_price > 0 && change.new_price > 0);
                assert_ne!(change.old_price, change.new_price, "{name}");
                assert!(product.created_at < change.changed_at && change.changed_at < shop.to);
            }
        }
    }
}

#[test]
fn products_are_distinct_and_fit_their_columns() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let to = dataset.scenario().to.timestamp_micros();
        let categories: HashMap<_, _> = dataset.categories().map(|row| (row.id, row)).collect();
        let (mut skus, mut models, mut last) = (HashSet::new(), HashSet::new(), 0);
        for product in dataset.products() {
            let category = &categories[&product.category_id];
            assert!(category.parent_id.is_some(), "{name}: products hang on leaves");
            assert!(product.price > 0);
            assert!(product.sku.len() <= 64 && product.name.len() <= 200);
            assert!(category.created_at < product.created_at && last <= product.created_at);
            assert!(product.created_at <= product.updated_at && product.updated_at < to, "{name}");
            last = product.created_at;
            let (named, _) = product.name.rsplit_once(", ").unwrap();
            let (_, model) = named.rsplit_once(' ').unwrap();
            assert!(models.insert(model.to_owned()), "{model} twice");
            assert!(skus.insert(product.sku.clone()), "{} twice", product.sku);
        }
        assert_eq!(skus.len() as u64, dataset.scenario().products);
    }
}

#[test]
fn variants_of_a_group_have_different_values_of_one_option() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let groups: Vec<_> = dataset.product_groups().collect();
        let (mut values, mut members) = (HashSet::new(), HashMap::new());
        for product in dataset.products() {
            assert_eq!(product.group_id.is_some(), product.option_values.is_some());
            let (Some(id), Some(value)) = (product.group_id, product.option_values) else { continue };
            let group = &groups[id as usize - 1];
            assert!(group.id == id && group.created_at <= product.created_at, "{name}: {group:?}");
            assert!(product.name.starts_with(&group.name), "{name}: {} in {group:?}", product.name);
            assert!(values.insert((id, value)), "{name}: two variants of {group:?} are equal");
            *members.entry(id).or_insert(0) += 1;
        }
        assert_eq!(members.len(), groups.len(), "{name}: each group has products");
        assert!(members.values().all(|count| *count >= 2), "{name}: {members:?}");
    }
}

#[test]
fn images_and_external_ids_belong_to_products() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let mut counts: HashMap<i64, i64> = HashMap::new();
        for image in dataset.product_images() {
            let count = counts.entry(image.product_id).or_default();
            *count += 1;
            assert_eq!(image.position, *count, "{name}: {image:?}");
        }
        for product in dataset.products() {
            assert_eq!(counts.get(&product.id).copied().unwrap_or(0), product.image_count, "{name}");
        }
        let (mut ids, mut owners) = (HashSet::new(), HashSet::new());
        for (row, id) in dataset.product_external_ids().zip(1..) {
            assert_eq!(row.id, id);
            assert!((1..=dataset.scenario().products as i64).contains(&row.product_id));
            assert!(ids.insert(row.external_id.clone()) && owners.insert(row.product_id), "{name}: {row:?}");
        }
    }
}

#[test]
fn users_sign_up_in_the_order_of_their_ids() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let to = dataset.scenario().to.timestamp_micros();
        let mut last = 0;
        for (user, id) in dataset.users().zip(1..) {
            assert_eq!(user.id, id);
            assert!(last <= user.created_at, "{name}: {user:?} before {last}");
            assert!(user.created_at <= user.updated_at && user.updated_at < to, "{name}");
            last = user.created_at;
        }
        assert_eq!(dataset.users().count() as u64, dataset.scenario().users);
    }
}
