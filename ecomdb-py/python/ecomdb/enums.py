# Made by stubs.py from the enums of the library: do not edit.
"""The closed sets of words: states, methods, reasons.

Each member is a ``str`` and equal to its word, so ``order.status == "pending"`` works as well as
``order.status is OrderStatus.PENDING``. Where a word is an argument, either will do; to a type checker, a
text that is only known at run time becomes a word as ``OrderStatus(text)``.
"""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """The base of these sets."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)


class UserStatus(Word):
    """Status of a user."""

    ACTIVE = "active"
    """Can order."""

    DISABLED = "disabled"
    """Cannot log in or order; past orders are kept."""


class ProductStatus(Word):
    """Status of a product."""

    ACTIVE = "active"
    """Can be ordered."""

    ARCHIVED = "archived"
    """Cannot be ordered; past orders keep it."""


class MovementReason(Word):
    """Reason of a stock movement."""

    INITIAL = "initial"
    """Initial stock of a new product."""

    SALE = "sale"
    """Sale by an order."""

    CANCEL = "cancel"
    """Cancellation of an order."""

    RETURN = "return"
    """Return of refunded items."""

    RESTOCK = "restock"
    """Delivery of new stock."""

    ADJUSTMENT = "adjustment"
    """Correction after a stock count."""


class OrderStatus(Word):
    """Status of an order."""

    PENDING = "pending"
    """Placed, not paid in full."""

    COMPLETED = "completed"
    """Paid in full."""

    REFUNDED = "refunded"
    """Paid, and refunded in full."""

    CANCELLED = "cancelled"
    """Cancelled before it was paid in full, or with a total of 0.00; the stock was returned."""


class CancelReason(Word):
    """Why an order was cancelled."""

    ASKED = "asked"
    """Somebody cancelled it, or replaced it by another order."""

    EXPIRED = "expired"
    """Its hold ended before anything was paid."""


class AddressKind(Word):
    """Kind of address of an order."""

    SHIPPING = "shipping"
    """Where the goods go."""

    BILLING = "billing"
    """Who gets the invoice."""


class AdjustmentKind(Word):
    """Kind of adjustment of an order's price."""

    DISCOUNT = "discount"
    """Taken off the price of the items."""

    SHIPPING = "shipping"
    """Shipping."""

    FEE = "fee"
    """A fee, such as for gift wrapping."""

    TAX = "tax"
    """A tax, within the prices or on top of them."""


class VoucherKind(Word):
    """Kind of voucher."""

    PERCENT = "percent"
    """Takes a percentage off the price of the items."""

    AMOUNT = "amount"
    """Takes an amount off the price of the items."""


class PaymentMethod(Word):
    """Method of payment."""

    CARD = "card"
    """Credit or debit card."""

    PAYPAL = "paypal"
    """PayPal."""

    BANK_TRANSFER = "bank_transfer"
    """Bank transfer."""

    CASH = "cash"
    """Cash on delivery."""


class PaymentState(Word):
    """How much of an order's total was captured, now or before it was refunded."""

    UNPAID = "unpaid"
    """Nothing."""

    PART_PAID = "part_paid"
    """A part."""

    PAID = "paid"
    """All of it, or the total is 0.00."""


class PaymentStatus(Word):
    """Status of a payment attempt."""

    PENDING = "pending"
    """Started, not captured yet."""

    PAID = "paid"
    """Captured."""

    FAILED = "failed"
    """Declined or abandoned."""

    REFUNDED = "refunded"
    """Captured, and refunded in full."""

    LATE = "late"
    """Captured by the provider when the order was cancelled, had expired or was paid otherwise. The
    order does not have the money, which must be given back.
    """

    RETURNED = "returned"
    """Late, and given back."""


class PaymentOutcome(Word):
    """What a payment provider says became of a payment."""

    PAID = "paid"
    """The provider has the money."""

    FAILED = "failed"
    """Declined, abandoned or expired."""


class Granularity(Word):
    """Length of the steps of a trend."""

    HOUR = "hour"
    """An hour. A day on which the clock changes has 23 or 25 hours."""

    DAY = "day"
    """A calendar day."""

    WEEK = "week"
    """An ISO 8601 week, from Monday."""

    MONTH = "month"
    """A calendar month."""


class RfmSegment(Word):
    """A group of customers with similar scores. R is the recency score. V (value) is the mean of the
    frequency and the monetary score, rounded half up.
    """

    CHAMPIONS = "champions"
    """R 4 to 5, V 4 to 5: recent, frequent and high spending."""

    LOYAL = "loyal"
    """R 3, V 4 to 5: high value, but not recent."""

    POTENTIAL_LOYALISTS = "potential_loyalists"
    """R 4 to 5, V 2 to 3: recent, of medium value."""

    RECENT = "recent"
    """R 4 to 5, V 1: recent, of low value."""

    NEED_ATTENTION = "need_attention"
    """R 3, V 1 to 3: neither recent nor of high value."""

    AT_RISK = "at_risk"
    """R 1 to 2, V 4 to 5: high value, but no order for long."""

    HIBERNATING = "hibernating"
    """R 2, V 1 to 3: no order for long."""

    LOST = "lost"
    """R 1, V 1 to 3: no order for the longest time."""


class FunnelStage(Word):
    """A stage that orders reach."""

    PLACED = "placed"
    """The order was placed."""

    PAYMENT_ATTEMPTED = "payment_attempted"
    """A payment was attempted, or the total is zero."""

    PAID = "paid"
    """The order was paid in full."""

    REFUNDED = "refunded"
    """The order was paid, and refunded in full."""


class TableName(Word):
    """A table of the shop; each comes before those that reference it. Internal tables (queues,
    rollups, keys) are not included.
    """

    USERS = "users"
    """Customers, staff and admins."""

    USER_REVISIONS = "user_revisions"
    """Former names and addresses of users; see [``Table::Orders``]."""

    CATEGORIES = "categories"
    """Product categories."""

    PRODUCT_GROUPS = "product_groups"
    """Groups of products."""

    PRODUCTS = "products"
    """Products."""

    PRODUCT_REVISIONS = "product_revisions"
    """Former names and SKUs of products; see [``Table::OrderItems``]."""

    PRODUCT_IMAGES = "product_images"
    """Images of products."""

    PRODUCT_EXTERNAL_IDS = "product_external_ids"
    """Ids of products in other systems."""

    PRICE_CHANGES = "price_changes"
    """History of product prices."""

    INVENTORY = "inventory"
    """Stock levels by product."""

    VOUCHERS = "vouchers"
    """Vouchers."""

    ORDERS = "orders"
    """Orders. The buyer of an order with ``user_revision`` r, which is 0 if it is NULL, has the name
    and address of the row (``user_id``, r) of ``user_revisions``, or if there is none, those of
    ``users``.
    """

    ORDER_ITEMS = "order_items"
    """Order lines. The product of a line with ``product_revision`` r, which is 0 if it is NULL, has
    the name and SKU of the row (``product_id``, r) of ``product_revisions``, or if there is none,
    those of ``products``.
    """

    ORDER_ADJUSTMENTS = "order_adjustments"
    """Discounts, shipping, fees and taxes of orders."""

    ORDER_ADDRESSES = "order_addresses"
    """Shipping and billing addresses of orders."""

    PAYMENTS = "payments"
    """Payment attempts."""

    REFUNDS = "refunds"
    """Refunds of payments."""

    INVENTORY_MOVEMENTS = "inventory_movements"
    """Changes of stock other than by orders: initial stock, restocks, adjustments."""

    VOUCHER_USES = "voucher_uses"
    """How often each user has used each voucher."""


class CustomerSort(Word):
    """Sort order of customers. Ties are broken by id: ascending in a descending order, and the
    reverse. Customers without a completed order have spent less, and ordered fewer times and
    earlier, than those with one.
    """

    TOTAL_SPENT_DESCENDING = "-total_spent"
    """Descending spending (default)."""

    TOTAL_SPENT = "total_spent"
    """Ascending spending."""

    ORDERS_DESCENDING = "-orders"
    """Descending number of completed orders."""

    ORDERS = "orders"
    """Ascending number of completed orders."""

    LAST_ORDER_DESCENDING = "-last_order"
    """The latest last order first, by its day (UTC)."""

    LAST_ORDER = "last_order"
    """The earliest last order first, by its day (UTC)."""

    ID_DESCENDING = "-id"
    """Descending id."""

    ID = "id"
    """Ascending id, which is the order of creation."""


class UserSort(Word):
    """Sort order of users."""

    ID = "id"
    """Ascending id, which is the order of creation (default)."""

    ID_DESCENDING = "-id"
    """Descending id."""

    EMAIL = "email"
    """Ascending e-mail address."""

    EMAIL_DESCENDING = "-email"
    """Descending e-mail address."""


class ProductSort(Word):
    """Sort order of products. Ties are broken by id, in the same direction."""

    ID = "id"
    """Ascending id, which is the order of creation (default)."""

    ID_DESCENDING = "-id"
    """Descending id."""

    NAME = "name"
    """Ascending name, by code point (A to Z before a to z)."""

    NAME_DESCENDING = "-name"
    """Descending name."""

    PRICE = "price"
    """Ascending price."""

    PRICE_DESCENDING = "-price"
    """Descending price."""

    CREATED_AT = "created_at"
    """Ascending time of creation."""

    CREATED_AT_DESCENDING = "-created_at"
    """Descending time of creation."""


class OrderSort(Word):
    """Sort order of orders. Ties are broken by id, in the same direction."""

    ID_DESCENDING = "-id"
    """Descending id (default)."""

    ID = "id"
    """Ascending id, which is the order of insertion."""

    PLACED_AT_DESCENDING = "-placed_at"
    """Descending time of placement."""

    PLACED_AT = "placed_at"
    """Ascending time of placement."""

    TOTAL_DESCENDING = "-total"
    """Descending total."""

    TOTAL = "total"
    """Ascending total."""


class Role(Word):
    """Role of a user."""

    CUSTOMER = "customer"
    """Buys for itself and reads the catalog."""

    STAFF = "staff"
    """Works in the shop: catalog, inventory, orders, payments and reports; reads users."""

    ADMIN = "admin"
    """Has all scopes; manages users, roles and API keys."""


class Scope(Word):
    """A permission. A role has a set of them, an API key a subset of its user's."""

    CATALOG_READ = "catalog:read"
    """Read categories, products and prices."""

    CATALOG_WRITE = "catalog:write"
    """Change categories, products and prices."""

    INVENTORY_READ = "inventory:read"
    """Read stock levels and the stock ledger."""

    INVENTORY_WRITE = "inventory:write"
    """Book stock movements."""

    USERS_READ = "users:read"
    """Read users; a customer, only itself."""

    USERS_WRITE = "users:write"
    """Change names of users; a customer, only its own."""

    USERS_MANAGE = "users:manage"
    """Create, disable and delete users; change their addresses, roles and passwords; manage their API
    keys.
    """

    ORDERS_READ = "orders:read"
    """Read orders; a customer, only its own."""

    ORDERS_WRITE = "orders:write"
    """Place and cancel orders; a customer, only its own."""

    ORDERS_ADJUST = "orders:adjust"
    """State discounts, shipping, fees and taxes of orders to place."""

    PAYMENTS_READ = "payments:read"
    """Read payments; a customer, only those of its orders."""

    PAYMENTS_WRITE = "payments:write"
    """Start payments; a customer, only of its orders."""

    PAYMENTS_SETTLE = "payments:settle"
    """Capture, fail, settle, return and refund payments."""

    VOUCHERS_READ = "vouchers:read"
    """Read vouchers."""

    VOUCHERS_WRITE = "vouchers:write"
    """Create, change and delete vouchers."""

    REPORTS_READ = "reports:read"
    """Read reports."""

    METRICS_READ = "metrics:read"
    """Read metrics of the server."""

    SHOP_MANAGE = "shop:manage"
    """Change the settings of the shop: name, currency and time zone."""
