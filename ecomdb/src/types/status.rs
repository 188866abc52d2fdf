//! States of orders and payments.

use super::text_enum::text_enum;

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
    }
}
