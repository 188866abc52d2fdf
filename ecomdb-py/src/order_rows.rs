//! What `db.orders` returns: orders with their parts, and quotes.

use crate::rows::rows;

rows! {
    /// An order as lists show it.
    OrderSummary = ecomdb::OrderSummary {
        /// int: order id.
        id,
        /// int: user id of the buyer.
        user_id,
        /// OrderStatus: state.
        status,
        /// PaymentState: how much of the total was captured.
        payment_state,
        /// Decimal: the sum of its items and of the adjustments that are not included in their prices.
        total,
        /// Decimal: captured part of the total; refunds do not lower it.
        paid,
        /// Decimal: refunded amount.
        refunded,
        /// int: units ordered, over all items.
        item_count,
        /// datetime: when it was placed, in UTC.
        placed_at,
        /// datetime | None: when it was paid in full, in UTC.
        completed_at,
        /// datetime | None: when it was cancelled, in UTC.
        cancelled_at,
        /// datetime | None: when its hold ends, in UTC; None without a hold, and once something was paid.
        expires_at,
        /// CancelReason | None: why it was cancelled.
        cancel_reason,
        /// OrderUser: the customer as it is now; :attr:`Order.buyer` has the name when the order was placed.
        user,
    }

    /// The customer of an order in a list, as it is now.
    OrderUser = ecomdb::OrderUser {
        /// int: user id.
        id,
        /// str: e-mail address.
        email,
        /// str: given name.
        first_name,
        /// str: family name.
        last_name,
    }

    /// The buyer of an order, as of when it was placed.
    Buyer = ecomdb::Buyer {
        /// str: e-mail address.
        email,
        /// str: given name.
        first_name,
        /// str: family name.
        last_name,
    }

    /// One line of an order.
    OrderItem = ecomdb::OrderItem {
        /// int: product id.
        product_id,
        /// str: name of the product when the order was placed.
        product_name,
        /// str: SKU of the product when the order was placed.
        sku,
        /// int: units ordered.
        quantity,
        /// Decimal: price of a unit when the order was placed.
        unit_price,
        /// Decimal: ``quantity`` times ``unit_price``.
        line_total,
        /// Decimal: part of the order's discounts, of all units.
        discount,
        /// Decimal: ``line_total`` less ``discount``.
        net_total,
    }

    /// A discount, shipping, a fee or a tax of an order.
    OrderAdjustment = ecomdb::OrderAdjustment {
        /// AdjustmentKind: kind.
        kind,
        /// str: what it is for; of a voucher, its code.
        label,
        /// Decimal: at most 0 for a discount, at least 0 for the rest.
        amount,
        /// bool: whether it is a tax within the prices, which does not change the total.
        included,
        /// int | None: voucher id, for the discount of a voucher.
        voucher_id,
    }

    /// What an order would cost if it were placed now.
    OrderQuote = ecomdb::OrderQuote {
        /// tuple[OrderItem, ...]: items, sorted by product id.
        items,
        /// tuple[OrderAdjustment, ...]: discounts, shipping, fees and taxes; the discount of the voucher is the last one.
        adjustments,
        /// int: units, over all items.
        item_count,
        /// Decimal: the sum of its items and of the adjustments that are not included in their prices.
        total,
    }

    /// An order in detail.
    Order = ecomdb::Order {
        /// int: order id.
        id,
        /// int: user id of the buyer.
        user_id,
        /// OrderStatus: state.
        status,
        /// PaymentState: how much of the total was captured.
        payment_state,
        /// Decimal: the sum of its items and of the adjustments that are not included in their prices.
        total,
        /// Decimal: captured part of the total; refunds do not lower it.
        paid,
        /// Decimal: refunded amount.
        refunded,
        /// int: units ordered, over all items.
        item_count,
        /// datetime: when it was placed, in UTC.
        placed_at,
        /// datetime | None: when it was paid in full, in UTC.
        completed_at,
        /// datetime | None: when it was cancelled, in UTC.
        cancelled_at,
        /// datetime | None: when its hold ends, in UTC; None without a hold, and once something was paid.
        expires_at,
        /// CancelReason | None: why it was cancelled.
        cancel_reason,
        /// Buyer | None: name and e-mail address when the order was placed; None for callers without ``orders:read``.
        buyer,
        /// tuple[OrderItem, ...]: items, sorted by product id.
        items,
        /// tuple[OrderAdjustment, ...]: discounts, shipping, fees and taxes.
        adjustments,
        /// Address | None: where the goods go; None also for callers without ``orders:read``.
        shipping_address,
        /// Address | None: who gets the invoice; None also for callers without ``orders:read``.
        billing_address,
        /// Payment | None: latest payment attempt.
        payment,
        /// tuple[Payment, ...]: payment attempts, oldest first.
        payments,
        /// tuple[Refund, ...]: refunds, oldest first.
        refunds,
    }
}
