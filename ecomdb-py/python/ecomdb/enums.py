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
    """Whether a user may order."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Role(Word):
    """Role of a user.

    A customer buys: it sees and orders for itself, and reads the catalog. Staff works the shop: catalog,
    inventory, orders, payments and reports. An admin may do everything, and manages users, their roles and
    their keys.
    """

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"


class Scope(Word):
    """A permission. A role has some of them, and an API key some of those of its user.

    ``users:write`` changes names only, and ``users:manage`` all else about users and their accounts;
    ``payments:write`` creates payments, and ``payments:settle`` captures, fails and refunds them. A customer
    may read and change only its own rows.
    """

    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    INVENTORY_READ = "inventory:read"
    INVENTORY_WRITE = "inventory:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    USERS_MANAGE = "users:manage"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    PAYMENTS_SETTLE = "payments:settle"
    REPORTS_READ = "reports:read"
    METRICS_READ = "metrics:read"


class ProductStatus(Word):
    """Whether a product can be ordered."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class MovementReason(Word):
    """Reason of a stock movement."""

    INITIAL = "initial"
    SALE = "sale"
    CANCEL = "cancel"
    RETURN = "return"
    RESTOCK = "restock"
    ADJUSTMENT = "adjustment"


class OrderStatus(Word):
    """State of an order."""

    PENDING = "pending"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class PaymentMethod(Word):
    """Payment method."""

    CARD = "card"
    PAYPAL = "paypal"
    BANK_TRANSFER = "bank_transfer"
    CASH = "cash"


class PaymentStatus(Word):
    """State of a payment: begun, captured, declined, or refunded in full."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"


class Granularity(Word):
    """How long the steps of a trend are. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class RfmSegment(Word):
    """A group of customers with similar RFM scores, the best first; see ``Analytics.metrics``."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL_LOYALISTS = "potential_loyalists"
    RECENT = "recent"
    NEED_ATTENTION = "need_attention"
    AT_RISK = "at_risk"
    HIBERNATING = "hibernating"
    LOST = "lost"


class FunnelStage(Word):
    """How far an order came."""

    PLACED = "placed"
    PAYMENT_ATTEMPTED = "payment_attempted"
    PAID = "paid"
    REFUNDED = "refunded"


class TableName(Word):
    """A table of the shop, as exports name it."""

    USERS = "users"
    CATEGORIES = "categories"
    PRODUCTS = "products"
    PRICE_CHANGES = "price_changes"
    INVENTORY = "inventory"
    ORDERS = "orders"
    ORDER_ITEMS = "order_items"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    INVENTORY_MOVEMENTS = "inventory_movements"


class UserSort(Word):
    """What users are sorted by; a minus sign turns it around."""

    ID = "id"
    ID_DESCENDING = "-id"
    EMAIL = "email"
    EMAIL_DESCENDING = "-email"


class ProductSort(Word):
    """What products are sorted by; a minus sign turns it around. Ties are broken by id."""

    ID = "id"
    ID_DESCENDING = "-id"
    NAME = "name"
    NAME_DESCENDING = "-name"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"


class OrderSort(Word):
    """What orders are sorted by; a minus sign turns it around."""

    ID_DESCENDING = "-id"
    ID = "id"
    PLACED_AT_DESCENDING = "-placed_at"
    PLACED_AT = "placed_at"
