//! States, methods and reasons: the closed sets of words in the tables of the shop.
//!
//! Messages, the HTTP interface, its OpenAPI document and the Python package take their words from here. The CHECK
//! constraints of the migrations repeat them; a test compares both.

use super::Money;
use super::text_enum::text_enum;

text_enum! {
    /// Status of a user.
    UserStatus {
        /// Can order.
        Active = "active",
        /// Cannot log in or order; past orders are kept.
        Disabled = "disabled",
    }
}

text_enum! {
    /// Status of a product.
    ProductStatus {
        /// Can be ordered.
        Active = "active",
        /// Cannot be ordered; past orders keep it.
        Archived = "archived",
    }
}

text_enum! {
    /// Reason of a stock movement.
    MovementReason {
        /// Initial stock of a new product.
        Initial = "initial",
        /// Sale by an order.
        Sale = "sale",
        /// Cancellation of an order.
        Cancel = "cancel",
        /// Return of refunded items.
        Return = "return",
        /// Delivery of new stock.
        Restock = "restock",
        /// Correction after a stock count.
        Adjustment = "adjustment",
    }
}

impl MovementReason {
    /// The words of `inventory_movements`. Movements for other reasons follow from orders.
    pub(crate) const BOOKED: &'static [&'static str] =
        &[Self::Initial.as_str(), Self::Restock.as_str(), Self::Adjustment.as_str()];
}

text_enum! {
    /// Status of an order.
    OrderStatus {
        /// Placed, not paid in full.
        Pending = "pending",
        /// Paid in full.
        Completed = "completed",
        /// Paid, and refunded in full.
        Refunded = "refunded",
        /// Cancelled before it was paid in full, or with a total of 0.00; the stock was returned.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// Kind of address of an order.
    AddressKind {
        /// Where the goods go.
        Shipping = "shipping",
        /// Who gets the invoice.
        Billing = "billing",
    }
}

text_enum! {
    /// Kind of adjustment of an order's price.
    AdjustmentKind {
        /// Taken off the price of the items.
        Discount = "discount",
        /// Shipping.
        Shipping = "shipping",
        /// A fee, such as for gift wrapping.
        Fee = "fee",
        /// A tax, within the prices or on top of them.
        Tax = "tax",
    }
}

text_enum! {
    /// Kind of voucher.
    VoucherKind {
        /// Takes a percentage off the price of the items.
        Percent = "percent",
        /// Takes an amount off the price of the items.
        Amount = "amount",
    }
}

text_enum! {
    /// Why an order was cancelled.
    CancelReason {
        /// Somebody cancelled it, or replaced it by another order.
        Asked = "asked",
        /// Its hold ended before anything was paid.
        Expired = "expired",
    }
}

text_enum! {
    /// How much of an order's total was captured, now or before it was refunded.
    PaymentState {
        /// Nothing.
        Unpaid = "unpaid",
        /// A part.
        PartPaid = "part_paid",
        /// All of it, or the total is 0.00.
        Paid = "paid",
    }
}

impl PaymentState {
    pub(crate) fn of(total: Money, paid: Money) -> Self {
        if paid == total {
            Self::Paid
        } else if paid == Money::ZERO {
            Self::Unpaid
        } else {
            Self::PartPaid
        }
    }
}

text_enum! {
    /// Method of payment.
    PaymentMethod {
        /// Credit or debit card.
        Card = "card",
        /// PayPal.
        Paypal = "paypal",
        /// Bank transfer.
        BankTransfer = "bank_transfer",
        /// Cash on delivery.
        Cash = "cash",
    }
}

text_enum! {
    /// Status of a payment attempt.
    PaymentStatus {
        /// Started, not captured yet.
        Pending = "pending",
        /// Captured.
        Paid = "paid",
        /// Declined or abandoned.
        Failed = "failed",
        /// Captured, and refunded in full.
        Refunded = "refunded",
        /// Captured by the provider when the order was cancelled, had expired or was paid otherwise. The order does not have
        /// the money, which must be given back.
        Late = "late",
        /// Late, and given back.
        Returned = "returned",
    }
}

text_enum! {
    /// What a payment provider says became of a payment.
    PaymentOutcome {
        /// The provider has the money.
        Paid = "paid",
        /// Declined, abandoned or expired.
        Failed = "failed",
    }
}
