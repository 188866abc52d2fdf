# Made by stubs.py from the docstrings of the compiled module: do not edit.
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Generic, Literal, TypeVar, final

import pandas
import polars
import pyarrow

from ecomdb.enums import (
    AddressKind,
    AdjustmentKind,
    CancelReason,
    CustomerSort,
    FunnelStage,
    Granularity,
    MovementReason,
    OrderSort,
    OrderStatus,
    PaymentMethod,
    PaymentOutcome,
    PaymentState,
    PaymentStatus,
    ProductSort,
    ProductStatus,
    RfmSegment,
    Role,
    Scope,
    TableName,
    UserSort,
    UserStatus,
    VoucherKind,
)
from ecomdb.options import OptionValues
from ecomdb.report import Report
from ecomdb.secret import Token

_T = TypeVar("_T")

_AddressKind = Literal["shipping", "billing"]
_AdjustmentKind = Literal["discount", "shipping", "fee", "tax"]
_CancelReason = Literal["asked", "expired"]
_CustomerSort = Literal["-total_spent", "total_spent", "-orders", "orders", "-last_order", "last_order", "-id", "id"]
_FunnelStage = Literal["placed", "payment_attempted", "paid", "refunded"]
_Granularity = Literal["hour", "day", "week", "month"]
_MovementReason = Literal["initial", "sale", "cancel", "return", "restock", "adjustment"]
_OrderSort = Literal["-id", "id", "-placed_at", "placed_at", "-total", "total"]
_OrderStatus = Literal["pending", "completed", "refunded", "cancelled"]
_PaymentMethod = Literal["card", "paypal", "bank_transfer", "cash"]
_PaymentOutcome = Literal["paid", "failed"]
_PaymentState = Literal["unpaid", "part_paid", "paid"]
_PaymentStatus = Literal["pending", "paid", "failed", "refunded", "late", "returned"]
_ProductSort = Literal["id", "-id", "name", "-name", "price", "-price", "created_at", "-created_at"]
_ProductStatus = Literal["active", "archived"]
_RfmSegment = Literal["champions", "loyal", "potential_loyalists", "recent", "need_attention", "at_risk", "hibernating", "lost"]
_Role = Literal["customer", "staff", "admin"]
_Scope = Literal["catalog:read", "catalog:write", "inventory:read", "inventory:write", "users:read", "users:write", "users:manage", "orders:read", "orders:write", "orders:adjust", "payments:read", "payments:write", "payments:settle", "vouchers:read", "vouchers:write", "reports:read", "metrics:read", "shop:manage"]
_TableName = Literal["users", "user_revisions", "categories", "product_groups", "products", "product_revisions", "product_images", "product_external_ids", "price_changes", "inventory", "vouchers", "orders", "order_items", "order_adjustments", "order_addresses", "payments", "refunds", "inventory_movements", "voucher_uses"]
_UserSort = Literal["id", "-id", "email", "-email"]
_UserStatus = Literal["active", "disabled"]
_VoucherKind = Literal["percent", "amount"]
_ReportName = Literal["total_revenue", "monthly_revenue", "revenue_trend", "average_order_value", "top_customers", "orders_per_user", "customer_trend", "customer_value", "new_and_returning_customers", "cohorts", "rfm", "rfm_customers", "top_products", "revenue_by_product", "revenue_by_category", "sales_by_day", "sales_by_product", "sales_by_category", "sales_by_country", "voucher_sales", "product_trend", "bought_together", "sell_through", "low_inventory", "unpaid_orders", "funnel", "total-revenue", "monthly-revenue", "revenue-trend", "average-order-value", "top-customers", "orders-per-user", "customer-trend", "customer-value", "new-and-returning-customers", "rfm-customers", "top-products", "revenue-by-product", "revenue-by-category", "sales-by-day", "sales-by-product", "sales-by-category", "sales-by-country", "voucher-sales", "product-trend", "bought-together", "sell-through", "low-inventory", "unpaid-orders"]

__all__ = [
    "Accounts",
    "Address",
    "Analytics",
    "ApiKey",
    "ArrowStream",
    "AverageOrderValue",
    "BoughtTogether",
    "Buyer",
    "Caller",
    "Categories",
    "Category",
    "CategoryRef",
    "CategoryRevenue",
    "CheckReport",
    "CheckResult",
    "CohortMonth",
    "CustomerSummary",
    "CustomerTrendStep",
    "CustomerValue",
    "Database",
    "Dossier",
    "Finding",
    "FunnelStep",
    "Inventory",
    "IssuedKey",
    "Listing",
    "Login",
    "LowInventory",
    "Measure",
    "MonthlyRevenue",
    "Movement",
    "NewAndReturning",
    "OnBehalf",
    "Order",
    "OrderAdjustment",
    "OrderItem",
    "OrderQuote",
    "OrderSummary",
    "OrderUser",
    "Orders",
    "Page",
    "PageIterator",
    "Payment",
    "Payments",
    "PriceChange",
    "Product",
    "ProductGroup",
    "ProductGroupSummary",
    "ProductGroups",
    "ProductImage",
    "ProductRevenue",
    "ProductTrendStep",
    "Products",
    "Progress",
    "RealismReport",
    "Refund",
    "RfmCustomer",
    "RfmSegmentSummary",
    "RowCount",
    "RowIterator",
    "SalesOfCategory",
    "SalesOfCountry",
    "SalesOfDay",
    "SalesOfProduct",
    "SellThrough",
    "Session",
    "Shop",
    "ShopSettings",
    "Statistics",
    "StockLevel",
    "Summary",
    "TableSummary",
    "TopCustomer",
    "TopProduct",
    "TotalRevenue",
    "Transaction",
    "TrendStep",
    "UnpaidOrder",
    "User",
    "Users",
    "Voucher",
    "VoucherSales",
    "VoucherUse",
    "Vouchers",
    "connect",
    "generate_csv",
    "realism",
]

__version__: str
_WORDS: dict[str, tuple[str, list[tuple[str, str]]]]
_SETTINGS: list[tuple[str, str, str, str, str]]
_REPORTS: list[tuple[str, str, list[str]]]

@final
class Accounts:
    """Logins, passwords, roles and API keys: ``db.accounts``, or ``shop.accounts`` of :class:`OnBehalf`.

    On behalf of a caller, its own sessions and keys; with the scope ``users:manage``, those of all users. Changes require a
    session, so that an API key cannot create a stronger one. The database stores only hashes of passwords and tokens, so
    neither can be read again.
    """
    def anybody_has_a_password(self) -> bool:
        """Whether any user has a password, and could log in.

        Returns:
            bool: whether one has.
        """
    def authenticate(self, token: Token | str) -> Caller:
        """The caller with this session or API key. Records its use, to the minute.

        Args:
            token (Token | str): the secret of the session or the key.

        Returns:
            Caller: the user and its permissions.

        Raises:
            InvalidTokenError: there is no such session or key, it has ended, or its user is disabled.
        """
    def change_password(self, current: str, password: str) -> None:
        """Changes the caller's password and ends all of the caller's sessions, including this one. Requires a session.

        Args:
            current (str): the current password.
            password (str): the new password: 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and
                neither the address, the name nor the present password of the user.

        Raises:
            WrongLoginError: ``current`` is wrong.
            ValidationError: the new password is not allowed.
            OverloadedError: too many passwords are being hashed.
            ForbiddenError: the caller has no session.
        """
    def create(self, email: str, first_name: str, last_name: str, *, password: str, role: Role | _Role = 'customer') -> User:
        """Creates a user who can log in.

        Args:
            email (str): the address, of at most 254 characters; trimmed, composed and case-folded it is unique.
            first_name (str): 1 to 100 characters.
            last_name (str): 1 to 100 characters.
            password (str): 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and neither the
                address nor the name of the user.
            role (Role | str): ``"customer"``, ``"staff"`` or ``"admin"``.

        Returns:
            User: the new user.

        Raises:
            ValidationError: for every argument that is not allowed.
            DuplicateError: another user has the address.
            OverloadedError: too many passwords are being hashed.
            ForbiddenError: the caller may not manage users.
        """
    def create_key(self, user_id: int, name: str, scopes: Iterable[Scope | _Scope], *, expires_at: datetime | date | str | None = None) -> IssuedKey:
        """Creates an API key with some of the scopes of its owner.

        Args:
            user_id (int): user id of its owner, an active user.
            name (str): purpose of the key, 1 to 100 characters.
            scopes (Iterable[Scope | str]): scopes, such as ``["orders:read"]``: one at least, and none that the user
                does not have.
            expires_at (datetime | date | str | None): when it expires. Default: never.

        Returns:
            IssuedKey: the key, and its token, which is shown this once.

        Raises:
            ValidationError: for every argument that is not allowed, also for a user that is not active.
            LimitReachedError: the user has 50 active keys.
            TypeError: ``scopes`` is a single ``str``, or ``expires_at`` a datetime without a time zone.
            ForbiddenError: the caller came with an API key.
        """
    def end_other_sessions(self) -> int:
        """Ends all of the caller's sessions except the current one. Requires a session.

        Returns:
            int: how many sessions were ended.

        Raises:
            ForbiddenError: the caller has no session.
        """
    def end_session(self, id: int) -> None:
        """Ends one of the caller's sessions, such as that of a lost phone. Requires a session.

        Args:
            id (int): session id.

        Raises:
            NotFoundError: the caller has no session with the id.
            ForbiddenError: the caller has no session.
        """
    def keys(self, *, user_id: int | None = None, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[ApiKey]:
        """All API keys, the latest first; those that were revoked or have expired are among them.

        Args:
            user_id (int | None): only keys of this user.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[ApiKey]: the keys, fetched while you iterate.

        Raises:
            NotFoundError: no user has the id; raised when the first page is fetched.
            ValidationError: for an argument that is not allowed.
            ForbiddenError: the caller came with an API key; raised when the first page is fetched.
        """
    def log_in(self, email: str, password: str) -> Login:
        """Starts a session. Neither the error nor the response time reveals whether the user exists, is disabled or has a
        password.

        Args:
            email (str): e-mail address of the user, in any spelling.
            password (str): the password of the user.

        Returns:
            Login: the token of the session, and the user.

        Raises:
            WrongLoginError: the address or the password is wrong, or the user may not log in.
            OverloadedError: too many passwords are being checked.
        """
    def log_out(self) -> None:
        """Ends the session of the caller. Requires a session.

        Raises:
            ForbiddenError: the caller has no session.
        """
    def me(self) -> User:
        """The user of the caller. Only on behalf of a caller.

        Returns:
            User: the caller.

        Raises:
            ForbiddenError: the program itself is no user.
        """
    def revoke_key(self, id: int) -> ApiKey:
        """Revokes a key, with immediate effect. Revoking it again changes nothing.

        Args:
            id (int): key id.

        Returns:
            ApiKey: the updated key.

        Raises:
            NotFoundError: no key has the id.
            ForbiddenError: the caller came with an API key.
        """
    def sessions(self) -> tuple[Session, ...]:
        """The caller's sessions that have not ended, the most recently used one first. Requires a session.

        Returns:
            tuple[Session, ...]: the sessions, of which there are at most 50.

        Raises:
            ForbiddenError: the caller has no session.
        """
    def set_password(self, user_id: int, password: str) -> None:
        """Sets a user's password and ends the user's sessions.

        Args:
            user_id (int): user id.
            password (str): 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and neither the
                address nor the name of the user.

        Raises:
            NotFoundError: no user has the id.
            ValidationError: the password is not allowed, or is the current one.
            OverloadedError: too many passwords are being hashed.
            ForbiddenError: the caller may not manage users.
        """
    def set_role(self, user_id: int, role: Role | _Role) -> User:
        """Sets a user's role, with immediate effect.

        Args:
            user_id (int): user id.
            role (Role | str): ``"customer"``, ``"staff"`` or ``"admin"``.

        Returns:
            User: the updated user.

        Raises:
            NotFoundError: no user has the id.
            ValidationError: there is no such role.
            ForbiddenError: the caller may not manage users.
            ConflictError: the user is the last active admin; only the program itself may demote it.
        """

@final
class Address:
    """A shipping or billing address."""
    __match_args__ = ("recipient", "street", "city", "region", "postcode", "country", "phone",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def recipient(self) -> str:
        """str: name of the person or company."""
    @property
    def street(self) -> str:
        """str: street and house number, on one to five lines."""
    @property
    def city(self) -> str:
        """str: town or city."""
    @property
    def region(self) -> str | None:
        """str | None: state, province or region."""
    @property
    def postcode(self) -> str | None:
        """str | None: postal code."""
    @property
    def country(self) -> str:
        """str: ISO 3166-1 code of the country, of two capital letters."""
    @property
    def phone(self) -> str | None:
        """str | None: telephone number, for the carrier."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Analytics:
    """Sales reports: ``db.analytics``, ``tx.analytics`` in a transaction, or ``shop.analytics`` on behalf of a caller.

    Every report has all that was committed before it began. An order counts by the time at which it was placed; periods
    include their beginning and not their end, and a ``datetime`` without a time zone is a ``TypeError``. ``metrics`` says
    what each number means.
    """
    metrics: tuple[str, ...]
    def average_order_value(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[AverageOrderValue]:
        """Average order value.

        Average value of the completed orders of the period.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[AverageOrderValue]: one row.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def bought_together(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[BoughtTogether]:
        """Products bought together.

        The pairs of products that occur together in the most orders of the period. Ties are broken by ids.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[BoughtTogether]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def cohorts(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[CohortMonth]:
        """Retention and lifetime value of cohorts.

        Customers whose first completed order was placed in the period, by its month (UTC). Each cohort has a row
        for every month up to the last one with orders. Of a month partly in the period, only orders in that part
        count.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[CohortMonth]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def customer(self, user_id: int) -> CustomerSummary:
        """What a user has bought.

        Args:
            user_id (int): user id.

        Returns:
            CustomerSummary: the row of the user in :meth:`customers`.

        Raises:
            NotFoundError: no user has the id.
        """
    def customer_trend(self, user_id: int, granularity: Granularity | _Granularity = 'day', from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, tz: str = 'UTC', compare_previous: bool = False) -> Report[CustomerTrendStep]:
        """What a customer has spent over time.

        Steps in the calendar of a time zone, earliest first, also those without orders; at most 4,000.

        Args:
            user_id (int): the customer.
            granularity (Granularity | str): length of a step: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or
                ``"month"``.
            from_ (datetime | date | str | None): start; a day begins at midnight in the time zone. If None, the first
                completed order.
            to (datetime | date | str | None): end, exclusive. If None, the last completed order.
            tz (str): time zone of the calendar, such as ``"Europe/Berlin"``.
            compare_previous (bool): whether to add to each step the values of the step one whole period earlier.

        Returns:
            Report[CustomerTrendStep]: the rows.

        Raises:
            NotFoundError: nothing has the id.
            ValidationError: for an argument that is not allowed, or for too many steps.
        """
    def customer_value(self, user_id: int, *, tz: str = 'UTC') -> Report[CustomerValue]:
        """What a customer is worth: spend, orders, RFM.

        Of all completed orders of a user. The first and the last one are named by their day in the time zone.

        Args:
            user_id (int): the customer.
            tz (str): time zone of the days, such as ``"Europe/Berlin"``.

        Returns:
            Report[CustomerValue]: one row.

        Raises:
            NotFoundError: nothing has the id.
            ValidationError: for an argument that is not allowed.
        """
    def customers(self, *, search: str | None = None, status: UserStatus | _UserStatus | None = None, has_ordered: bool | None = None, sort: CustomerSort | _CustomerSort = '-total_spent', after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[CustomerSummary]:
        """Customers with what they have bought: the users with the role customer, and others with a completed order.

        Args:
            search (str | None): only customers with all of these words, or their beginnings, in address or name, in any case
                and with or without accents. At most 254 characters.
            status (UserStatus | str | None): only customers of this status.
            has_ordered (bool | None): only customers with a completed order, or only those without.
            sort (CustomerSort | str): ``"total_spent"``, ``"orders"``, ``"last_order"`` or ``"id"``; a minus sign reverses the
                order.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[CustomerSummary]: the customers, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def funnel(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[FunnelStep]:
        """Funnel from order to payment to refund.

        Number of orders of the period that were placed, had a payment attempt, were paid, and were refunded.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[FunnelStep]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def low_inventory(self, *, limit: int = 50) -> Report[LowInventory]:
        """Products with low inventory.

        The lowest stock, less the reorder level, first. Ties are broken by id.

        Args:
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[LowInventory]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def monthly_revenue(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[MonthlyRevenue]:
        """Revenue by month.

        Calendar months (UTC) of the period with completed orders, earliest first.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[MonthlyRevenue]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def new_and_returning_customers(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[NewAndReturning]:
        """New and returning customers of each month.

        Months (UTC) of the period with customers, earliest first. Of a month partly in the period, only orders in
        that part count.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[NewAndReturning]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def orders_per_user(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[TopCustomer]:
        """Customers by completed orders.

        The customers with the most completed orders in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[TopCustomer]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def product_trend(self, product_id: int, granularity: Granularity | _Granularity = 'day', from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, tz: str = 'UTC', compare_previous: bool = False) -> Report[ProductTrendStep]:
        """Units and revenue of a product over time.

        Steps in the calendar of a time zone, earliest first, also those without sales; at most 4,000.

        Args:
            product_id (int): the product.
            granularity (Granularity | str): length of a step: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or
                ``"month"``.
            from_ (datetime | date | str | None): start; a day begins at midnight in the time zone. If None, the first
                completed order.
            to (datetime | date | str | None): end, exclusive. If None, the last completed order.
            tz (str): time zone of the calendar, such as ``"Europe/Berlin"``.
            compare_previous (bool): whether to add to each step the values of the step one whole period earlier.

        Returns:
            Report[ProductTrendStep]: the rows.

        Raises:
            NotFoundError: nothing has the id.
            ValidationError: for an argument that is not allowed, or for too many steps.
        """
    def revenue_by_category(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[CategoryRevenue]:
        """Categories by revenue.

        The categories with the highest revenue in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[CategoryRevenue]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def revenue_by_product(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[ProductRevenue]:
        """Products by revenue.

        The products with the highest revenue in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[ProductRevenue]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def revenue_trend(self, granularity: Granularity | _Granularity = 'day', from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, tz: str = 'UTC', compare_previous: bool = False) -> Report[TrendStep]:
        """Revenue by hour, day, week or month, in a time zone.

        Steps in the calendar of a time zone, earliest first, also those without orders; at most 4,000.

        Args:
            granularity (Granularity | str): length of a step: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or
                ``"month"``.
            from_ (datetime | date | str | None): start; a day begins at midnight in the time zone. If None, the first
                completed order.
            to (datetime | date | str | None): end, exclusive. If None, the last completed order.
            tz (str): time zone of the calendar, such as ``"Europe/Berlin"``.
            compare_previous (bool): whether to add to each step the values of the step one whole period earlier.

        Returns:
            Report[TrendStep]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed, or for too many steps.
        """
    def rfm(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[RfmSegmentSummary]:
        """Customers by RFM segment.

        Number of customers of the period in each segment, best segment first.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[RfmSegmentSummary]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def rfm_customers(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, segment: RfmSegment | _RfmSegment | None = None, limit: int = 50) -> Report[RfmCustomer]:
        """Customers by RFM score.

        The customers of the period with the highest scores, of one segment or of all. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            segment (RfmSegment | str | None): only customers of this segment.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[RfmCustomer]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def sales_by_category(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[SalesOfCategory]:
        """Categories by net sales, with their discounts.

        The categories with the highest net sales in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[SalesOfCategory]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def sales_by_country(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[SalesOfCountry]:
        """Sales by country, of the shipping address.

        The countries with the highest revenue in the period. The country is that of the shipping address, or without
        one of the billing address; orders without addresses are a row without a country. Ties are broken by code.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[SalesOfCountry]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def sales_by_day(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[SalesOfDay]:
        """Sales by day: gross, discounts, net, shipping, tax, total.

        Calendar days (UTC) of the period with completed orders, earliest first.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[SalesOfDay]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def sales_by_product(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[SalesOfProduct]:
        """Products by net sales, with their discounts.

        The products with the highest net sales in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[SalesOfProduct]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def sell_through(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[SellThrough]:
        """Sell-through and days of cover.

        The products sold in the period, fewest days of cover first. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[SellThrough]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def top_customers(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[TopCustomer]:
        """Customers by spend.

        The customers with the highest revenue in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[TopCustomer]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def top_products(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[TopProduct]:
        """Products by units sold.

        The products with the most units sold in the period. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[TopProduct]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def total_revenue(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None) -> Report[TotalRevenue]:
        """Total revenue.

        Revenue, refunds and number of completed orders of the period.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.

        Returns:
            Report[TotalRevenue]: one row.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def unpaid_orders(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[UnpaidOrder]:
        """Orders without payment.

        Pending orders of the period without a completed payment, by ascending id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[UnpaidOrder]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def voucher_sales(self, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, *, limit: int = 50) -> Report[VoucherSales]:
        """What each voucher brought and cost.

        The vouchers of completed orders of the period, with the revenue of these orders and what the vouchers took
        off them; the highest revenue first. Ties are broken by id.

        Args:
            from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
                UTC.
            to (datetime | date | str | None): only orders placed before this time.
            limit (int): maximum number of rows, from 1 to 1000.

        Returns:
            Report[VoucherSales]: the rows.

        Raises:
            ValidationError: for an argument that is not allowed.
        """

@final
class ApiKey:
    """An API key, without its secret."""
    __match_args__ = ("id", "user_id", "name", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: API key id."""
    @property
    def user_id(self) -> int:
        """int: user id of its owner."""
    @property
    def name(self) -> str:
        """str: name given by its owner."""
    @property
    def scopes(self) -> tuple[Scope, ...]:
        """tuple[Scope, ...]: scopes, limited to those of its owner."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was made, in UTC."""
    @property
    def expires_at(self) -> datetime | None:
        """datetime | None: when it expires, in UTC."""
    @property
    def revoked_at(self) -> datetime | None:
        """datetime | None: when it was revoked, in UTC."""
    @property
    def last_used_at(self) -> datetime | None:
        """datetime | None: when it was last used, to the minute, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ArrowStream:
    """A table as a stream of Arrow record batches, in constant memory.

    It speaks the Arrow PyCapsule interface, so ``polars.DataFrame(stream)``, ``pyarrow.table(stream)`` and DuckDB take it as it
    is, any number of times: each time the table is read again, in one snapshot from when the first row is
    taken. Iterated over, it gives a named tuple for each row, so ``pandas.DataFrame(stream)`` has its columns as well.

    Money is ``decimal128(19, 2)`` (two places), times are timestamps of microseconds in UTC, words are text.
    """
    @property
    def columns(self) -> tuple[str, ...]:
        """tuple[str, ...]: the names of the columns."""
    def to_arrow(self) -> pyarrow.Table:
        """All of it as a ``pyarrow.Table``.

        Returns:
            pyarrow.Table: the rows.

        Raises:
            ImportError: pyarrow is not installed: ``pip install 'ecomdb[arrow]'``.
        """
    def to_pandas(self, *, money: Literal["object", "arrow"] = 'object') -> pandas.DataFrame:
        """All of it as a ``pandas.DataFrame``.

        Args:
            money (Literal["object", "arrow"]): amounts as ``Decimal`` objects, or as Arrow decimals with two places, with which
                pandas computes exactly and fast.

        Returns:
            pandas.DataFrame: the rows.

        Raises:
            ImportError: pandas or pyarrow is not installed: ``pip install 'ecomdb[pandas]'``.
            ValidationError: there is no such kind of money.
        """
    def to_polars(self) -> polars.DataFrame:
        """All of it as a ``polars.DataFrame``.

        Returns:
            polars.DataFrame: the rows.

        Raises:
            ImportError: polars is not installed: ``pip install 'ecomdb[polars]'``.
        """
    def __arrow_c_stream__(self, requested_schema: object = None) -> Any: ...
    def __iter__(self) -> _RowsOfTable: ...

@final
class AverageOrderValue:
    """Average value of completed orders."""
    __match_args__ = ("average_order_value", "total_revenue", "orders",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def average_order_value(self) -> Decimal:
        """Decimal: `total_revenue` divided by `orders`, rounded half up to the cent; 0.00 without orders."""
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: Sum of the totals of completed orders."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class BoughtTogether:
    """A pair of products that were bought together."""
    __match_args__ = ("product_a", "product_a_name", "product_b", "product_b_name", "orders_together", "support", "confidence_a_to_b", "confidence_b_to_a", "lift",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_a(self) -> int:
        """int: Product id of the lower one of the pair."""
    @property
    def product_a_name(self) -> str:
        """str: Current name of product a."""
    @property
    def product_b(self) -> int:
        """int: Product id of the higher one of the pair."""
    @property
    def product_b_name(self) -> str:
        """str: Current name of product b."""
    @property
    def orders_together(self) -> int:
        """int: Completed orders that contain both products. Orders of more than 25 products are left out."""
    @property
    def support(self) -> float:
        """float: `orders_together` divided by all completed orders, from 0.0 to 1.0."""
    @property
    def confidence_a_to_b(self) -> float:
        """float: `orders_together` divided by the completed orders with product a: the probability of b, given a."""
    @property
    def confidence_b_to_a(self) -> float:
        """float: `orders_together` divided by the completed orders with product b: the probability of a, given b."""
    @property
    def lift(self) -> float:
        """float: Observed frequency of the pair, divided by that of independent products: `orders_together` * all
        orders / (orders with a * orders with b).
        """
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Buyer:
    """The buyer of an order, as of when it was placed."""
    __match_args__ = ("email", "first_name", "last_name",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def email(self) -> str:
        """str: e-mail address."""
    @property
    def first_name(self) -> str:
        """str: given name."""
    @property
    def last_name(self) -> str:
        """str: family name."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Caller:
    """An authenticated user: made by :meth:`Accounts.authenticate`, for :meth:`Database.on_behalf_of`.

    It holds the permissions of that time. Each operation on its behalf reads them again: once the session or key has ended, or
    the user is disabled, it raises :class:`InvalidTokenError`. Callers are equal if credential and permissions are.
    """
    @property
    def api_key_id(self) -> int | None:
        """int | None: id of its API key; None for a session."""
    @property
    def role(self) -> Role:
        """Role: role of the user."""
    @property
    def scopes(self) -> tuple[Scope, ...]:
        """tuple[Scope, ...]: permissions: those of the role, limited to those of the API key."""
    @property
    def user_id(self) -> int | None:
        """int | None: user id; None for the program itself, which may do everything."""
    def demand(self, scope: Scope | _Scope) -> None:
        """Raises an error if the caller lacks a scope. For checks of your own: the shop checks its operations itself.

        Args:
            scope (Scope | str): required scope, such as ``"reports:read"``.

        Raises:
            ForbiddenError: the caller does not have it.
            ValidationError: there is no such scope.
        """

@final
class Categories:
    """The categories of a shop: ``db.categories``, ``tx.categories`` in a transaction, or ``shop.categories`` on behalf of a caller."""
    def create(self, name: str, *, parent_id: int | None = None, description: str = '') -> Category:
        """Creates a category.

        Args:
            name (str): 1 to 200 characters; unique.
            parent_id (int | None): the category that it is a part of.
            description (str): at most 10,000 characters.

        Returns:
            Category: the new category.

        Raises:
            ValidationError: for every argument that is not allowed, also for a parent that does not exist.
            DuplicateError: another category has the name.
        """
    def delete(self, id: int) -> None:
        """Deletes an empty category.

        Args:
            id (int): category id.

        Raises:
            NotFoundError: no category has the id.
            InUseError: it has products, or categories below it.
        """
    def get(self, id: int) -> Category:
        """The category with this id.

        Args:
            id (int): category id.

        Returns:
            Category: the category.

        Raises:
            NotFoundError: no category has the id.
        """
    def list(self, *, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[Category]:
        """All categories, by id.

        Args:
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[Category]: the categories, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def update(self, id: int, *, name: str | None = None, parent_id: int | None = None, root: bool = False, description: str | None = None) -> Category:
        """Updates the given values.

        Args:
            id (int): category id.
            name (str | None): the new name.
            parent_id (int | None): the category that it becomes a part of.
            root (bool): makes it a part of none. Not together with ``parent_id``.
            description (str | None): the new description.

        Returns:
            Category: the updated category.

        Raises:
            NotFoundError: no category has the id.
            ValidationError: for every argument that is not allowed, also where it would become a part of itself.
            DuplicateError: another category has the name.
        """

@final
class Category:
    """A category of products."""
    __match_args__ = ("id", "name", "parent_id", "description", "created_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: category id."""
    @property
    def name(self) -> str:
        """str: name, unique."""
    @property
    def parent_id(self) -> int | None:
        """int | None: the category that it is a part of."""
    @property
    def description(self) -> str:
        """str: description; may be empty."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was created, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CategoryRef:
    """The category of a product."""
    __match_args__ = ("id", "name",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: category id."""
    @property
    def name(self) -> str:
        """str: name."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CategoryRevenue:
    """A category with revenue."""
    __match_args__ = ("category_id", "category_name", "category_revenue",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def category_id(self) -> int:
        """int: Category id."""
    @property
    def category_name(self) -> str:
        """str: Current name of the category."""
    @property
    def category_revenue(self) -> Decimal:
        """Decimal: Revenue in completed orders of the products that are now in the category."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CheckReport:
    """Result of a check."""
    __match_args__ = ("is_clean", "checks",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def is_clean(self) -> bool:
        """bool: whether every rule holds."""
    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """tuple[CheckResult, ...]: each rule, in a fixed order."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CheckResult:
    """One rule, and the rows that break it."""
    __match_args__ = ("rule", "compared", "findings",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def rule(self) -> str:
        """str: the rule, in words."""
    @property
    def compared(self) -> int:
        """int: number of rows checked."""
    @property
    def findings(self) -> tuple[Finding, ...]:
        """tuple[Finding, ...]: the first rows that break it, at most ten."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CohortMonth:
    """A month of a cohort, the customers whose first completed order was placed in the same month. A report on a
    period includes customers whose first completed order was placed in it, and their orders in it.
    """
    __match_args__ = ("cohort", "cohort_customers", "month", "months_since", "active_customers", "retention", "orders", "revenue", "lifetime_value",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def cohort(self) -> str:
        """str: Month of the cohort's first orders, such as `"2026-01"`, in UTC."""
    @property
    def cohort_customers(self) -> int:
        """int: Number of customers in the cohort."""
    @property
    def month(self) -> str:
        """str: Month of the activity, such as `"2026-01"`, in UTC."""
    @property
    def months_since(self) -> int:
        """int: Months from `cohort` to `month`."""
    @property
    def active_customers(self) -> int:
        """int: Customers of the cohort with a completed order in `month`."""
    @property
    def retention(self) -> float:
        """float: `active_customers` divided by `cohort_customers`, from 0.0 to 1.0."""
    @property
    def orders(self) -> int:
        """int: Completed orders of the cohort in `month`."""
    @property
    def revenue(self) -> Decimal:
        """Decimal: Revenue of the cohort in `month`."""
    @property
    def lifetime_value(self) -> Decimal:
        """Decimal: Revenue of the cohort to the end of `month`, divided by `cohort_customers`, rounded half up to the cent."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CustomerSummary:
    """A customer, and what it has bought."""
    __match_args__ = ("user_id", "email", "first_name", "last_name", "status", "created_at", "orders", "total_spent", "refunds", "last_order",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def user_id(self) -> int:
        """int: user id."""
    @property
    def email(self) -> str:
        """str: e-mail address."""
    @property
    def first_name(self) -> str:
        """str: given name."""
    @property
    def last_name(self) -> str:
        """str: family name."""
    @property
    def status(self) -> UserStatus:
        """UserStatus: status of the user."""
    @property
    def created_at(self) -> datetime:
        """datetime: when the user was created, in UTC."""
    @property
    def orders(self) -> int:
        """int: number of completed orders."""
    @property
    def total_spent(self) -> Decimal:
        """Decimal: sum of the totals of these orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: sum of the partial refunds of these orders."""
    @property
    def last_order(self) -> datetime | None:
        """datetime | None: when the last of these orders was placed, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CustomerTrendStep:
    """An hour, day, week or month in the trend of a customer, limited to the period."""
    __match_args__ = ("date", "from_", "to", "total_spent", "refunds", "net_spent", "orders", "previous_total_spent", "previous_net_spent", "previous_orders",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def date(self) -> date:
        """date: The day, that of the hour, the Monday of the week, or the first day of the month, in the time zone."""
    @property
    def from_(self) -> datetime:
        """datetime: Start of the step (inclusive)."""
    @property
    def to(self) -> datetime:
        """datetime: End of the step (exclusive)."""
    @property
    def total_spent(self) -> Decimal:
        """Decimal: Sum of the totals of the customer's completed orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: Sum of the partial refunds of these orders."""
    @property
    def net_spent(self) -> Decimal:
        """Decimal: `total_spent` minus `refunds`."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    @property
    def previous_total_spent(self) -> Decimal | None:
        """Decimal | None: `total_spent` of the corresponding step of the previous period."""
    @property
    def previous_net_spent(self) -> Decimal | None:
        """Decimal | None: `net_spent` of the corresponding step of the previous period."""
    @property
    def previous_orders(self) -> int | None:
        """int | None: `orders` of the corresponding step of the previous period."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class CustomerValue:
    """What one customer has spent, of all time. A user without completed orders has zeros, and no days and scores."""
    __match_args__ = ("user_id", "orders", "total_spent", "refunds", "net_spent", "average_order_value", "first_order", "last_order", "days_since_last_order", "recency_score", "frequency_score", "monetary_score", "segment",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def user_id(self) -> int:
        """int: User id."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    @property
    def total_spent(self) -> Decimal:
        """Decimal: Sum of the totals of these orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: Sum of their partial refunds."""
    @property
    def net_spent(self) -> Decimal:
        """Decimal: `total_spent` minus `refunds`."""
    @property
    def average_order_value(self) -> Decimal:
        """Decimal: `total_spent` divided by `orders`, rounded half up to the cent; 0.00 without orders."""
    @property
    def first_order(self) -> date | None:
        """date | None: Day of the first completed order, in the time zone."""
    @property
    def last_order(self) -> date | None:
        """date | None: Day of the last completed order, in the time zone."""
    @property
    def days_since_last_order(self) -> int | None:
        """int | None: Days from `last_order` to today, in the time zone."""
    @property
    def recency_score(self) -> int | None:
        """int | None: Recency score among all customers; 5 is the most recent."""
    @property
    def frequency_score(self) -> int | None:
        """int | None: Frequency score among all customers; 5 is the most frequent."""
    @property
    def monetary_score(self) -> int | None:
        """int | None: Monetary score among all customers; 5 is the highest spending."""
    @property
    def segment(self) -> RfmSegment | None:
        """RfmSegment | None: RFM segment that follows from the scores."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Database:
    """An open database, made by :func:`connect`. Use it in a ``with`` block, or close it when you are done.

    It can be shared between threads; while a call works, other threads run. A forked process cannot use it; the error
    says so, and the process opens another one. It closes when the last reference to it is gone.
    """
    @property
    def accounts(self) -> Accounts:
        """Accounts: logins, passwords, roles and API keys."""
    @property
    def analytics(self) -> Analytics:
        """Analytics: sales reports."""
    @property
    def applied_migrations(self) -> tuple[str, ...]:
        """tuple[str, ...]: the migrations that connecting ran, such as ``"0001_base"``; none if the schema was the newest."""
    @property
    def categories(self) -> Categories:
        """Categories: product categories."""
    @property
    def engine(self) -> Literal["SQLite", "MySQL", "PostgreSQL"]:
        """Literal["SQLite", "MySQL", "PostgreSQL"]: the name of the engine."""
    @property
    def groups(self) -> ProductGroups:
        """ProductGroups: groups of products."""
    @property
    def inventory(self) -> Inventory:
        """Inventory: stock levels and movements."""
    @property
    def is_closed(self) -> bool:
        """bool: whether it was closed."""
    @property
    def is_read_only(self) -> bool:
        """bool: whether it was opened with ``read_only=True``."""
    @property
    def orders(self) -> Orders:
        """Orders: orders."""
    @property
    def payments(self) -> Payments:
        """Payments: payments and refunds."""
    @property
    def products(self) -> Products:
        """Products: products and their prices."""
    @property
    def renewed_views(self) -> tuple[str, ...]:
        """tuple[str, ...]: the views that connecting made, because they were missing or had an older text."""
    @property
    def shop(self) -> ShopSettings:
        """ShopSettings: name, currency and time zone of the shop."""
    @property
    def stale_views(self) -> tuple[str, ...]:
        """tuple[str, ...]: the views that connecting could not recreate, so that they have an older text."""
    @property
    def stale_views_reason(self) -> str | None:
        """str | None: why ``stale_views`` could not be recreated; ``None`` if there are none."""
    @property
    def users(self) -> Users:
        """Users: users."""
    @property
    def vouchers(self) -> Vouchers:
        """Vouchers: vouchers."""
    def backup(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes the database as it is at this moment to a new SQLite file, while orders come in. It is a database like any
        other: connect to it, or put it in the place of the first.

        Args:
            path (str | os.PathLike[str]): the new file; only its owner may read it.
            overwrite (bool): replace the file if it exists, unless it is a database in use.

        Raises:
            OutputError: the file exists already and is not to be replaced, or cannot be written.
            ConfigurationError: on MariaDB, MySQL and PostgreSQL; it says with which command the server's own tool does it.
        """
    def check(self, *, progress: Callable[[CheckResult], object] | None = None) -> CheckReport:
        """Proves that the shop adds up: stock equals its ledger, totals equal their items, payments and refunds stay within
        their bounds, and what reports read equals what the orders say.

        Args:
            progress (Callable[[CheckResult], object] | None): called with each rule after it was checked. If it raises, or on
                Ctrl-C, the check ends.

        Returns:
            CheckReport: every rule, and the rows that break it. What is wrong with the data is no exception.
        """
    def close(self) -> None:
        """Closes the database, finishing what was begun. Closing twice does nothing."""
    def export(self, table: TableName | _TableName) -> ArrowStream:
        """A whole table as a stream of Arrow record batches, by ascending key, in constant memory.

        Args:
            table (TableName | str): such as ``"orders"`` or ``"order_items"``; see :class:`TableName`.

        Returns:
            ArrowStream: what polars, pyarrow, pandas, DuckDB and others accept, any number of times.

        Raises:
            ValidationError: there is no such table.
        """
    def export_all(self, folder: str | os.PathLike[str], *, format: Literal["csv", "ndjson"] = 'csv', for_spreadsheet: bool = False, overwrite: bool = False) -> dict[TableName, int]:
        """Writes a file for each table, such as ``orders.csv``, into a folder. All tables are those of one moment.

        Args:
            folder (str | os.PathLike[str]): where to; made if it is missing.
            format (Literal["csv", "ndjson"]): ``"csv"``, or ``"ndjson"`` for a JSON object on each line.
            for_spreadsheet (bool): put a ``'`` before text that a spreadsheet would run as a formula; for CSV only.
            overwrite (bool): replace files that exist.

        Returns:
            dict[TableName, int]: the number of rows of each table.

        Raises:
            ValidationError: there is no such format.
            OutputError: a file exists already and is not to be replaced, or cannot be written.
        """
    def generate(self, preset: Literal["demo", "small", "large"] = 'demo', *, only_if_empty: bool = False, progress: bool | Callable[[Progress], object] | None = None, from_: datetime | date | str | None = None, until: datetime | date | str | None = None, users: int | None = None, products: int | None = None, orders: int | None = None, seed: int | None = None, growth: float | None = None, weekly_season: float | None = None, yearly_season: float | None = None, hours: Sequence[float] | None = None, buyer_share: float | None = None, repeat_share: float | None = None, loyalty: float | None = None, recency: float | None = None, basket_lines: float | None = None, affinity: float | None = None, zipf_exponent: float | None = None, unpaid: float | None = None, failed_first: float | None = None, cancelled: float | None = None, expired: float | None = None, late_payments: float | None = None, refunded: float | None = None, partially_refunded: float | None = None, vouchers: float | None = None, discounts: float | None = None, shipping: float | None = None, taxed: float | None = None, addressed: float | None = None, billed_elsewhere: float | None = None, abroad: float | None = None, price_changes: float | None = None, launches: float | None = None, grouped: float | None = None, pictured: float | None = None, external_ids: float | None = None, stock_cover_days: int | None = None, restock_lead_days: int | None = None, out_of_stock: float | None = None) -> Summary | None:
        """Fills the shop with realistic rows, in one transaction: all of them, or none. A shop that has rows keeps them.

        Args:
            preset (Literal["demo", "small", "large"]): the source of all values that are not given: ``"demo"`` (3,000 users,
                400 products, 12,000 orders over two years), ``"small"`` (200, 100, 1,000) or ``"large"`` (200,000, 10,000,
                1,000,000, three years).
            only_if_empty (bool): do nothing, and return None, if there are users, categories, products or orders.
            progress (bool | Callable[[Progress], object]): True shows a bar on the standard error; a callable is called
                repeatedly with the progress. If it raises, or on Ctrl-C, the generator stops and undoes everything.
            from_ (datetime | date | str): when the shop opens. Default: the preset's period before the end.
            until (datetime | date | str): when the period ends. Default: the last midnight in UTC.
            users (int): Number of users.
            products (int): Number of products.
            orders (int): Number of orders.
            seed (int): Random seed; the same seed, numbers and end give the same shop.
            growth (float): Yearly growth of the orders: 0.3 is 30 % more each year (-0.9..10).
            weekly_season (float): Strength of the week: 0 makes all weekdays equal, 1 gives Monday twice the orders of Saturday (0..1).
            yearly_season (float): Strength of the year: 0 makes all months equal, 1 gives December 2.7 times the orders of February (0..1).
            hours (Sequence[float]): Relative number of orders in each hour of the day (UTC): 24 numbers separated by commas.
            buyer_share (float): Largest share of users who place any order (0..1).
            repeat_share (float): Smallest share of orders from customers who have ordered before (0..1).
            loyalty (float): Inequality of returning customers: 0 makes all equal (0..3).
            recency (float): Share of repeat orders that favour recently won customers (0..1).
            basket_lines (float): Mean number of different products in an order (1..10).
            affinity (float): Share of the further lines of a basket that complement its first line (0..1).
            zipf_exponent (float): Exponent of product popularity: rank r sells in proportion to 1 / r^exponent (0..5).
            unpaid (float): Share of orders that are never paid in full and stay pending (0..1).
            failed_first (float): Share of paid orders whose first payment attempt fails (0..1).
            cancelled (float): Share of orders that are cancelled because somebody asked for it (0..1).
            expired (float): Share of orders whose hold ends before anything is paid (0..1).
            late_payments (float): Share of cancelled and expired orders whose payment arrives afterwards (0..1).
            refunded (float): Share of orders that are refunded in full (0..1).
            partially_refunded (float): Share of orders that are refunded in part (0..1).
            vouchers (float): Share of orders with a voucher (0..1).
            discounts (float): Share of orders with another discount (0..1).
            shipping (float): Share of orders that pay for shipping (0..1).
            taxed (float): Share of orders with a tax on top of the prices (0..1).
            addressed (float): Share of orders with a shipping address (0..1).
            billed_elsewhere (float): Share of the orders with a shipping address that have another billing address (0..1).
            abroad (float): Share of the orders with a shipping address that go to another country than the shop's (0..1).
            price_changes (float): Mean number of price changes of a product in a year (0..52).
            launches (float): Share of products that are launched during the period (0..0.5).
            grouped (float): Share of products that are variants of a group (0..1).
            pictured (float): Share of products with images (0..1).
            external_ids (float): Share of products with an id in the source erp (0..1).
            stock_cover_days (int): Days of sales that a delivery covers (1..365).
            restock_lead_days (int): Days from reorder to delivery (0..90).
            out_of_stock (float): Share of products that sell out near the end of the period (0..0.3).

        Returns:
            Summary | None: what was generated.

        Raises:
            ValidationError: for a value that is out of bounds.
            ContentionError: another transaction writes to the shop at the same time.
        """
    def on_behalf_of(self, caller: Caller) -> OnBehalf:
        """The shop on behalf of a caller: the same parts as the database, each limited to the permissions of the caller.

        Each operation reads the permissions again in its own transaction. Once the session or key has ended, or its
        user is disabled, that is an :class:`InvalidTokenError`; once the role no longer allows it, a :class:`ForbiddenError`.

        Args:
            caller (Caller): the result of :meth:`Accounts.authenticate`.

        Returns:
            OnBehalf: the shop for this caller.
        """
    def rebuild(self) -> None:
        """Recomputes the summary tables of reports from the orders, and the search terms from users and products. Needed only
        if :meth:`check` finds a difference.
        """
    def reset(self) -> None:
        """Deletes everything in the shop; other tables of the database stay.

        Raises:
            ConfigurationError: a foreign key of a table that is not the shop's, or on PostgreSQL a view, refers to one that is.
        """
    def statistics(self) -> Statistics:
        """What the database is doing at the moment, and what this process has done with it since it connected.

        Returns:
            Statistics: the counts.
        """
    def transact(self, function: Callable[..., _T], /, *args: Any, **kwargs: Any) -> _T:
        """Calls ``function(tx, *args, **kwargs)`` in a transaction, and retries it for up to 30 seconds after a conflict
        with another one, so it should have no other effects. An exception rolls the transaction back, and is raised here.

        Args:
            function (Callable): gets the :class:`Transaction`, and the other arguments.

        Returns:
            Any: what the function returned, once it is durable.

        Raises:
            ContentionError: every attempt failed because of a conflict.
        """
    def transaction(self, *, idle_timeout: float = 30.0) -> Transaction:
        """Several operations that are committed together or not at all.

        Args:
            idle_timeout (float): seconds without an operation after which it is rolled back. On SQLite every other writer
                waits for it.

        Returns:
            Transaction: to be used in a ``with`` block.

        Raises:
            ValidationError: the timeout is not more than 0.
        """
    def write_report(self, report: _ReportName, out: BinaryIO | str | os.PathLike[str], *, format: Literal["csv", "ndjson"] = 'csv', for_spreadsheet: bool = False, **asked: Any) -> int:
        """Writes every row of a report, or the first ones, as :meth:`write_table` writes a table.

        Args:
            report (ReportName): its name, such as ``"monthly_revenue"``; hyphens will do as well.
            out (BinaryIO | str | os.PathLike[str]): what has a method ``write`` for ``bytes``, such as a file opened with
                ``"wb"``; or the path of a file, which is replaced once everything is written.
            format (Literal["csv", "ndjson"]): ``"csv"``, or ``"ndjson"`` for a JSON object on each line.
            for_spreadsheet (bool): put a ``'`` before text that a spreadsheet would run as a formula; for CSV only.
            asked: what the report takes, as the method of :class:`Analytics` that is called like it; every row unless there
                is a ``limit``.

        Returns:
            int: the number of rows.

        Raises:
            ValidationError: there is no such report or format, or for an argument that is not allowed.
            OutputError: the file cannot be written.
            TypeError: the report does not take an argument.
        """
    def write_table(self, table: TableName | _TableName, out: BinaryIO | str | os.PathLike[str], *, format: Literal["csv", "ndjson"] = 'csv', for_spreadsheet: bool = False) -> int:
        """Writes a whole table, by ascending key: money as decimals such as ``29.99``, times in RFC 3339.

        Args:
            table (TableName | str): such as ``"orders"``; see :class:`TableName`.
            out (BinaryIO | str | os.PathLike[str]): what has a method ``write`` for ``bytes``, such as a file opened with
                ``"wb"``; or the path of a file, which is replaced once everything is written.
            format (Literal["csv", "ndjson"]): ``"csv"``, or ``"ndjson"`` for a JSON object on each line.
            for_spreadsheet (bool): put a ``'`` before text that a spreadsheet would run as a formula; for CSV only. Otherwise
                every value is exact.

        Returns:
            int: the number of rows.

        Raises:
            ValidationError: there is no such table or format, or JSON is asked for a spreadsheet.
            OutputError: the file cannot be written.
        """
    def __enter__(self) -> Database: ...
    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        _exception: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...

@final
class Dossier:
    """Everything that is stored about a user, with a page of orders: see :meth:`Users.dossier`."""
    __match_args__ = ("user", "has_password", "former_names", "sessions", "api_keys", "voucher_uses", "orders", "previous", "next",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def user(self) -> User:
        """User: the user as it is now."""
    @property
    def has_password(self) -> bool:
        """bool: whether the user has a password."""
    @property
    def former_names(self) -> tuple[Buyer, ...]:
        """tuple[Buyer, ...]: names and addresses of before, the oldest first."""
    @property
    def sessions(self) -> tuple[Session, ...] | None:
        """tuple[Session, ...] | None: sessions that are stored; None for callers who may not see them."""
    @property
    def api_keys(self) -> tuple[ApiKey, ...] | None:
        """tuple[ApiKey, ...] | None: API keys, the latest first; None for callers who may not see them."""
    @property
    def voucher_uses(self) -> tuple[VoucherUse, ...]:
        """tuple[VoucherUse, ...]: vouchers that were used in orders that are not cancelled."""
    @property
    def orders(self) -> tuple[Order, ...]:
        """tuple[Order, ...]: a page of the orders, the oldest first."""
    @property
    def previous(self) -> str | None:
        """str | None: cursor of the previous page of orders."""
    @property
    def next(self) -> str | None:
        """str | None: cursor of the next page of orders, for ``after``; None on the last one."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Finding:
    """A row that breaks a rule."""
    __match_args__ = ("entity", "id", "message",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def entity(self) -> str:
        """str: the kind of row, such as ``"order"``."""
    @property
    def id(self) -> int:
        """int: row id; 0 where the message says it."""
    @property
    def message(self) -> str:
        """str: actual and expected values."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class FunnelStep:
    """Number and value of the orders of a period that reached a stage."""
    __match_args__ = ("stage", "orders", "amount", "share_of_placed",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def stage(self) -> FunnelStage:
        """FunnelStage: Stage."""
    @property
    def orders(self) -> int:
        """int: Orders that reached the stage."""
    @property
    def amount(self) -> Decimal:
        """Decimal: Sum of the totals of these orders."""
    @property
    def share_of_placed(self) -> float:
        """float: `orders` divided by all orders placed, from 0.0 to 1.0."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Inventory:
    """The stock of a shop: ``db.inventory``, ``tx.inventory`` in a transaction, or ``shop.inventory`` on behalf of a caller."""
    def adjust(self, product_id: int, delta: int, *, note: str | None = None, idempotency_key: str | None = None) -> StockLevel:
        """Corrects the stock after a count: more (positive) or fewer (negative) units than in the ledger.

        Args:
            product_id (int): product id.
            delta (int): difference in units: -1,000,000 to 1,000,000, and not 0.
            note (str | None): at most 500 characters.
            idempotency_key (str | None): a repeated call with the same key changes nothing and returns the stock level.

        Returns:
            StockLevel: the new stock level.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for an argument that is not allowed.
            InsufficientStockError: the stock would become negative.
            IdempotencyKeyReusedError: the key was used for another movement.
        """
    def get(self, product_id: int) -> StockLevel:
        """The stock level of a product.

        Args:
            product_id (int): product id.

        Returns:
            StockLevel: its stock.

        Raises:
            NotFoundError: no product has the id.
        """
    def list(self, *, search: str | None = None, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[StockLevel]:
        """The stock levels of all products, or of those that match, sorted by product id.

        Args:
            search (str | None): only products with all of these words; see :meth:`Products.list`.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[StockLevel]: the stock, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def movements(self, product_id: int, *, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[Movement]:
        """The ledger of a product's stock, the latest entry first.

        Args:
            product_id (int): product id.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[Movement]: the entries, fetched while you iterate.

        Raises:
            NotFoundError: no product has the id; raised when the first page is fetched.
            ValidationError: for an argument that is not allowed.
        """
    def restock(self, product_id: int, quantity: int, *, note: str | None = None, idempotency_key: str | None = None) -> StockLevel:
        """Books a delivery.

        Args:
            product_id (int): product id.
            quantity (int): units that arrived: 1 to 1,000,000.
            note (str | None): at most 500 characters.
            idempotency_key (str | None): a repeated call with the same key changes nothing and returns the stock level.

        Returns:
            StockLevel: the new stock level.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for an argument that is not allowed.
            IdempotencyKeyReusedError: the key was used for another movement.
        """
    def set_reorder_level(self, product_id: int, reorder_level: int) -> StockLevel:
        """Sets the reorder level of a product.

        Args:
            product_id (int): product id.
            reorder_level (int): units: 0 to 1,000,000,000.

        Returns:
            StockLevel: the new stock level.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for a level that is not allowed.
        """

@final
class IssuedKey:
    """An API key that was just made, with its secret."""
    __match_args__ = ("token", "key",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def token(self) -> Token:
        """Token: the secret of the key. It is shown once, and its ``repr`` hides it."""
    @property
    def key(self) -> ApiKey:
        """ApiKey: the key without its secret."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Listing(Generic[_T]):
    """The rows of a list, fetched page by page on demand.

    Iterate over it for every row, any number of times: each iteration starts over. Rows that are created meanwhile may or may
    not be included; no row appears twice. ``pages()`` gives the same rows in pages, for user interfaces, and ``count()`` their
    number.
    """
    def count(self) -> RowCount:
        """The number of rows on all pages, counted up to 10,000.

        Returns:
            RowCount: the number, or that there are more.
        """
    def pages(self) -> PageIterator[_T]:
        """The rows in pages.

        Returns:
            Iterator[Page]: the pages, each fetched on demand.
        """
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __iter__(self) -> RowIterator[_T]: ...
    def _repr_html_(self) -> str: ...

@final
class Login:
    """A login."""
    __match_args__ = ("token", "expires_at", "user",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def token(self) -> Token:
        """Token: the secret of the session. It is shown once, and its ``repr`` hides it."""
    @property
    def expires_at(self) -> datetime:
        """datetime: when the session ends, in UTC: after 7 days, or earlier after a day in which it was not used."""
    @property
    def user(self) -> User:
        """User: the user."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class LowInventory:
    """A product with low inventory."""
    __match_args__ = ("product_id", "product_name", "sku", "stock", "reorder_level",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: Product id."""
    @property
    def product_name(self) -> str:
        """str: Name of the product."""
    @property
    def sku(self) -> str:
        """str: Stock keeping unit."""
    @property
    def stock(self) -> int:
        """int: Units in stock now."""
    @property
    def reorder_level(self) -> int:
        """int: Reorder level, in units."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Measure:
    """One measured property of the generated orders."""
    __match_args__ = ("name", "asked", "measured", "tolerance", "is_ok",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def name(self) -> str:
        """str: setting of the scenario."""
    @property
    def asked(self) -> float:
        """float: target of the scenario, as far as its other values allow."""
    @property
    def measured(self) -> float | None:
        """float | None: measured value; None if there are too few rows."""
    @property
    def tolerance(self) -> float:
        """float: tolerance."""
    @property
    def is_ok(self) -> bool:
        """bool: whether the difference is within the tolerance."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class MonthlyRevenue:
    """Revenue of the completed orders of a calendar month."""
    __match_args__ = ("month", "total_revenue", "refunds", "net_revenue", "orders",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def month(self) -> str:
        """str: Month such as `"2026-01"`, in UTC."""
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: Sum of the totals of completed orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: Sum of the partial refunds of these orders."""
    @property
    def net_revenue(self) -> Decimal:
        """Decimal: `total_revenue` minus `refunds`."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Movement:
    """One entry of the stock ledger. The sum of a product's movements equals its stock."""
    __match_args__ = ("id", "product_id", "delta", "reason", "order_id", "note", "created_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int | None:
        """int | None: movement id; ``None`` for a movement made by an order."""
    @property
    def product_id(self) -> int:
        """int: product id."""
    @property
    def delta(self) -> int:
        """int: units added (positive) or removed (negative)."""
    @property
    def reason(self) -> MovementReason:
        """MovementReason: reason."""
    @property
    def order_id(self) -> int | None:
        """int | None: order id, for movements made by an order."""
    @property
    def note(self) -> str | None:
        """str | None: note."""
    @property
    def created_at(self) -> datetime:
        """datetime: when, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class NewAndReturning:
    """New and returning customers of a month."""
    __match_args__ = ("month", "new_customers", "returning_customers", "new_revenue", "returning_revenue",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def month(self) -> str:
        """str: Month such as `"2026-01"`, in UTC."""
    @property
    def new_customers(self) -> int:
        """int: Customers whose first completed order was placed in this month."""
    @property
    def returning_customers(self) -> int:
        """int: Customers with a completed order in this month whose first one was placed in an earlier month."""
    @property
    def new_revenue(self) -> Decimal:
        """Decimal: Revenue from new customers."""
    @property
    def returning_revenue(self) -> Decimal:
        """Decimal: Revenue from returning customers."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class OnBehalf:
    """The shop on behalf of a :class:`Caller`: ``db.on_behalf_of(caller)``.

    It has the same parts as the database: ``shop.orders.place(...)``. What the caller lacks permission for raises
    :class:`ForbiddenError`; a list raises it when its first page is fetched. Rows of other users do not exist for a
    customer: they are a :class:`NotFoundError`, and in no list. What is about the whole database, such as transactions,
    exports and the generator, is not here.
    """
    @property
    def accounts(self) -> Accounts:
        """Accounts: the caller's sessions and keys; with ``users:manage``, those of all users."""
    @property
    def analytics(self) -> Analytics:
        """Analytics: sales reports."""
    @property
    def caller(self) -> Caller:
        """Caller: the caller."""
    @property
    def categories(self) -> Categories:
        """Categories: product categories."""
    @property
    def groups(self) -> ProductGroups:
        """ProductGroups: groups of products."""
    @property
    def inventory(self) -> Inventory:
        """Inventory: stock levels and movements."""
    @property
    def orders(self) -> Orders:
        """Orders: orders; for a customer, only its own."""
    @property
    def payments(self) -> Payments:
        """Payments: payments and refunds; for a customer, only of its own orders."""
    @property
    def products(self) -> Products:
        """Products: products and their prices."""
    @property
    def shop(self) -> ShopSettings:
        """ShopSettings: name, currency and time zone of the shop."""
    @property
    def users(self) -> Users:
        """Users: users; for a customer, only its own."""
    @property
    def vouchers(self) -> Vouchers:
        """Vouchers: vouchers."""

@final
class Order:
    """An order in detail."""
    __match_args__ = ("id", "user_id", "status", "payment_state", "total", "paid", "refunded", "item_count", "placed_at", "completed_at", "cancelled_at", "expires_at", "cancel_reason", "buyer", "items", "adjustments", "shipping_address", "billing_address", "payment", "payments", "refunds",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: order id."""
    @property
    def user_id(self) -> int:
        """int: user id of the buyer."""
    @property
    def status(self) -> OrderStatus:
        """OrderStatus: state."""
    @property
    def payment_state(self) -> PaymentState:
        """PaymentState: how much of the total was captured."""
    @property
    def total(self) -> Decimal:
        """Decimal: the sum of its items and of the adjustments that are not included in their prices."""
    @property
    def paid(self) -> Decimal:
        """Decimal: captured part of the total; refunds do not lower it."""
    @property
    def refunded(self) -> Decimal:
        """Decimal: refunded amount."""
    @property
    def item_count(self) -> int:
        """int: units ordered, over all items."""
    @property
    def placed_at(self) -> datetime:
        """datetime: when it was placed, in UTC."""
    @property
    def completed_at(self) -> datetime | None:
        """datetime | None: when it was paid in full, in UTC."""
    @property
    def cancelled_at(self) -> datetime | None:
        """datetime | None: when it was cancelled, in UTC."""
    @property
    def expires_at(self) -> datetime | None:
        """datetime | None: when its hold ends, in UTC; None without a hold, and once something was paid."""
    @property
    def cancel_reason(self) -> CancelReason | None:
        """CancelReason | None: why it was cancelled."""
    @property
    def buyer(self) -> Buyer | None:
        """Buyer | None: name and e-mail address when the order was placed; None for callers without ``orders:read``."""
    @property
    def items(self) -> tuple[OrderItem, ...]:
        """tuple[OrderItem, ...]: items, sorted by product id."""
    @property
    def adjustments(self) -> tuple[OrderAdjustment, ...]:
        """tuple[OrderAdjustment, ...]: discounts, shipping, fees and taxes."""
    @property
    def shipping_address(self) -> Address | None:
        """Address | None: where the goods go; None also for callers without ``orders:read``."""
    @property
    def billing_address(self) -> Address | None:
        """Address | None: who gets the invoice; None also for callers without ``orders:read``."""
    @property
    def payment(self) -> Payment | None:
        """Payment | None: latest payment attempt."""
    @property
    def payments(self) -> tuple[Payment, ...]:
        """tuple[Payment, ...]: payment attempts, oldest first."""
    @property
    def refunds(self) -> tuple[Refund, ...]:
        """tuple[Refund, ...]: refunds, oldest first."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class OrderAdjustment:
    """A discount, shipping, a fee or a tax of an order."""
    __match_args__ = ("kind", "label", "amount", "included", "voucher_id",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def kind(self) -> AdjustmentKind:
        """AdjustmentKind: kind."""
    @property
    def label(self) -> str:
        """str: what it is for; of a voucher, its code."""
    @property
    def amount(self) -> Decimal:
        """Decimal: at most 0 for a discount, at least 0 for the rest."""
    @property
    def included(self) -> bool:
        """bool: whether it is a tax within the prices, which does not change the total."""
    @property
    def voucher_id(self) -> int | None:
        """int | None: voucher id, for the discount of a voucher."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class OrderItem:
    """One line of an order."""
    __match_args__ = ("product_id", "product_name", "sku", "quantity", "unit_price", "line_total", "discount", "net_total",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: product id."""
    @property
    def product_name(self) -> str:
        """str: name of the product when the order was placed."""
    @property
    def sku(self) -> str:
        """str: SKU of the product when the order was placed."""
    @property
    def quantity(self) -> int:
        """int: units ordered."""
    @property
    def unit_price(self) -> Decimal:
        """Decimal: price of a unit when the order was placed."""
    @property
    def line_total(self) -> Decimal:
        """Decimal: ``quantity`` times ``unit_price``."""
    @property
    def discount(self) -> Decimal:
        """Decimal: part of the order's discounts, of all units."""
    @property
    def net_total(self) -> Decimal:
        """Decimal: ``line_total`` less ``discount``."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class OrderQuote:
    """What an order would cost if it were placed now."""
    __match_args__ = ("items", "adjustments", "item_count", "total",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def items(self) -> tuple[OrderItem, ...]:
        """tuple[OrderItem, ...]: items, sorted by product id."""
    @property
    def adjustments(self) -> tuple[OrderAdjustment, ...]:
        """tuple[OrderAdjustment, ...]: discounts, shipping, fees and taxes; the discount of the voucher is the last one."""
    @property
    def item_count(self) -> int:
        """int: units, over all items."""
    @property
    def total(self) -> Decimal:
        """Decimal: the sum of its items and of the adjustments that are not included in their prices."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class OrderSummary:
    """An order as lists show it."""
    __match_args__ = ("id", "user_id", "status", "payment_state", "total", "paid", "refunded", "item_count", "placed_at", "completed_at", "cancelled_at", "expires_at", "cancel_reason", "user",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: order id."""
    @property
    def user_id(self) -> int:
        """int: user id of the buyer."""
    @property
    def status(self) -> OrderStatus:
        """OrderStatus: state."""
    @property
    def payment_state(self) -> PaymentState:
        """PaymentState: how much of the total was captured."""
    @property
    def total(self) -> Decimal:
        """Decimal: the sum of its items and of the adjustments that are not included in their prices."""
    @property
    def paid(self) -> Decimal:
        """Decimal: captured part of the total; refunds do not lower it."""
    @property
    def refunded(self) -> Decimal:
        """Decimal: refunded amount."""
    @property
    def item_count(self) -> int:
        """int: units ordered, over all items."""
    @property
    def placed_at(self) -> datetime:
        """datetime: when it was placed, in UTC."""
    @property
    def completed_at(self) -> datetime | None:
        """datetime | None: when it was paid in full, in UTC."""
    @property
    def cancelled_at(self) -> datetime | None:
        """datetime | None: when it was cancelled, in UTC."""
    @property
    def expires_at(self) -> datetime | None:
        """datetime | None: when its hold ends, in UTC; None without a hold, and once something was paid."""
    @property
    def cancel_reason(self) -> CancelReason | None:
        """CancelReason | None: why it was cancelled."""
    @property
    def user(self) -> OrderUser:
        """OrderUser: the customer as it is now; :attr:`Order.buyer` has the name when the order was placed."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class OrderUser:
    """The customer of an order in a list, as it is now."""
    __match_args__ = ("id", "email", "first_name", "last_name",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: user id."""
    @property
    def email(self) -> str:
        """str: e-mail address."""
    @property
    def first_name(self) -> str:
        """str: given name."""
    @property
    def last_name(self) -> str:
        """str: family name."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Orders:
    """The orders of a shop: ``db.orders``, ``tx.orders`` in a transaction, or ``shop.orders`` on behalf of a caller."""
    def cancel(self, id: int, *, idempotency_key: str | None = None) -> Order:
        """Cancels a pending order, or one of 0.00: returns the stock and the use of a voucher, and refunds its payments.

        Args:
            id (int): order id.
            idempotency_key (str | None): a repeated call with the same key returns the order instead of an error.

        Returns:
            Order: the updated order.

        Raises:
            NotFoundError: no order has the id.
            IllegalTransitionError: it is neither pending nor of 0.00. A completed order can be refunded.
            IdempotencyKeyReusedError: the key was used to cancel another order.
        """
    def expire(self, limit: int = 100) -> int:
        """Cancels orders whose hold has ended, those that ended first, in one transaction, and returns their units to stock.
        An order that another transaction is working on is left to the next call.

        Args:
            limit (int): most orders to cancel: 1 to 1000.

        Returns:
            int: the number of orders. If it is ``limit``, there may be more.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def extend(self, id: int, minutes: int, *, idempotency_key: str | None = None) -> Order:
        """Extends the hold of an order to ``minutes`` from now on. A hold that lasts longer stays as it is.

        Args:
            id (int): order id.
            minutes (int): minutes from now on: 1 to 43,200.
            idempotency_key (str | None): a repeated call with the same key returns the order as it is.

        Returns:
            Order: the updated order.

        Raises:
            NotFoundError: no order has the id.
            ValidationError: for an argument that is not allowed.
            OrderExpiredError: the hold has ended.
            ConflictError: the order has no hold: it is not pending, was placed without one, or something was paid of it.
            IdempotencyKeyReusedError: the key was used to extend another hold.
        """
    def get(self, id: int) -> Order:
        """The order with this id, in detail.

        Args:
            id (int): order id.

        Returns:
            Order: the order.

        Raises:
            NotFoundError: no order has the id.
        """
    def list(self, *, user_id: int | None = None, status: OrderStatus | _OrderStatus | None = None, payment_state: PaymentState | _PaymentState | None = None, min_total: Decimal | int | str | None = None, max_total: Decimal | int | str | None = None, from_: datetime | date | str | None = None, to: datetime | date | str | None = None, sort: OrderSort | _OrderSort = '-id', after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[OrderSummary]:
        """All orders, or those that match every filter.

        Args:
            user_id (int | None): only orders of this user.
            status (OrderStatus | str | None): only orders in this state.
            payment_state (PaymentState | str | None): only orders of whose total this much was captured.
            min_total (Decimal | int | str | None): only orders with this total or more.
            max_total (Decimal | int | str | None): only orders with this total or less.
            from_ (datetime | date | str | None): only orders placed at this time or later; a day begins in UTC.
            to (datetime | date | str | None): only orders placed before this time or day.
            sort (OrderSort | str): ``"-id"``, the latest first, ``"id"``, ``"placed_at"``, ``"-placed_at"``, ``"total"`` or
                ``"-total"``.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[OrderSummary]: the orders, fetched while you iterate.

        Raises:
            NotFoundError: no user has the id; raised when the first page is fetched.
            ValidationError: for an argument that is not allowed.
            TypeError: a total is a float, which is not exact.
        """
    def place(self, user_id: int, items: Iterable[tuple[int, int]] | Mapping[int, int], *, adjustments: Iterable[tuple[AdjustmentKind | _AdjustmentKind, str, Decimal | int | str] | tuple[AdjustmentKind | _AdjustmentKind, str, Decimal | int | str, bool]] | None = None, shipping_address: Address | Mapping[str, str | None] | None = None, billing_address: Address | Mapping[str, str | None] | None = None, voucher: str | None = None, payment: PaymentMethod | _PaymentMethod | None = None, capture: bool = False, amount: Decimal | int | str | None = None, reference: str | None = None, hold_minutes: int | None = None, replacing: int | None = None, idempotency_key: str | None = None) -> Order:
        """Places an order: takes the stock, uses the voucher and records the payment if there is one, in one transaction.

        An order whose payment is captured in full, and an order that costs nothing, is completed at once.

        Args:
            user_id (int): user id of the buyer.
            items (Iterable[tuple[int, int]] | Mapping[int, int]): product id and units of each line: 1 to 500 lines of
                1 to 1,000,000 units. Lines of the same product are merged.
            adjustments (Iterable[tuple[AdjustmentKind | str, str, Decimal | int | str] | tuple[AdjustmentKind | str, str, Decimal | int | str, bool]]):
                kind, label (1 to 200 characters) and amount of at most 20 discounts (at most 0), shippings, fees and taxes
                (at least 0); then True for a tax within the prices. Discounts are divided over the items in proportion to
                their prices, to the cent.
            shipping_address (Address | Mapping[str, str | None] | None): where the goods go. Fields: ``recipient``, ``street`` (one
                to five lines), ``city`` and ``country`` (ISO 3166-1 code); optional ``region``, ``postcode`` and ``phone``.
            billing_address (Address | Mapping[str, str | None] | None): who gets the invoice. Default: the shipping address counts.
            voucher (str | None): code of a voucher, in any case.
            payment (PaymentMethod | str | None): records a payment attempt by this method.
            capture (bool): whether that payment is captured.
            amount (Decimal | int | str | None): amount of the payment. Default: the total.
            reference (str | None): reference of the payment provider: 1 to 200 characters.
            hold_minutes (int | None): how long the order holds its units unpaid: 1 to 43,200 minutes. From ``expires_at`` on
                it cannot be paid, and ``expire`` cancels it. Default: without end.
            replacing (int | None): id of an order of the same user, of which nothing was paid. It is cancelled in the
                same transaction; if the new order cannot be placed, it stays.
            idempotency_key (str | None): a repeated call with the same key returns the first order. 1 to 255
                visible ASCII characters.

        Returns:
            Order: the order.

        Raises:
            ValidationError: for every argument that is not allowed, also if the user or a product does not exist, or the
                voucher cannot be used.
            InsufficientStockError: the stock does not suffice; nothing was written.
            InactiveError: the user is disabled, or a product archived.
            DuplicateError: another payment by the method has the reference.
            IllegalTransitionError: the order to replace is not pending, or something of it was paid.
            OrderExpiredError: the hold of the order to replace has ended.
            IdempotencyKeyReusedError: the key was used for another order.
            TypeError: the amount is a float, which is not exact.
        """
    def quote(self, user_id: int, items: Iterable[tuple[int, int]] | Mapping[int, int], *, adjustments: Iterable[tuple[AdjustmentKind | _AdjustmentKind, str, Decimal | int | str] | tuple[AdjustmentKind | _AdjustmentKind, str, Decimal | int | str, bool]] | None = None, voucher: str | None = None, replacing: int | None = None) -> OrderQuote:
        """What an order would cost if it were placed now: validated and priced as ``place`` does. Writes nothing and holds
        nothing, so the order can still be refused when it is placed.

        Args:
            user_id (int): user id of the buyer.
            items (Iterable[tuple[int, int]] | Mapping[int, int]): product id and units of each line, as for ``place``.
            adjustments (Iterable[tuple[AdjustmentKind | str, str, Decimal | int | str] | tuple[AdjustmentKind | str, str, Decimal | int | str, bool]]):
                discounts, shippings, fees and taxes, as for ``place``.
            voucher (str | None): code of a voucher, in any case.
            replacing (int | None): id of an order of the same user, whose units and whose use of the voucher count as given
                back.

        Returns:
            OrderQuote: the items, the adjustments and the total.

        Raises:
            ValidationError: for every argument that is not allowed, also if the user or a product does not exist, or the
                voucher cannot be used.
            InsufficientStockError: the stock does not suffice.
            InactiveError: the user is disabled, or a product archived.
            IllegalTransitionError: the order to replace is not pending, or something of it was paid.
            OrderExpiredError: the hold of the order to replace has ended.
            TypeError: an amount is a float, which is not exact.
        """
    def set_address(self, id: int, kind: AddressKind | _AddressKind, address: Address | Mapping[str, str | None] | None) -> Order:
        """Sets or removes an address of a pending order. Once the order is completed or cancelled, its addresses are fixed.

        Args:
            id (int): order id.
            kind (AddressKind | str): ``"shipping"`` or ``"billing"``.
            address (Address | Mapping[str, str | None] | None): the address, with the fields as in ``place``; None removes it.

        Returns:
            Order: the updated order.

        Raises:
            NotFoundError: no order has the id.
            ValidationError: for every field that is not allowed.
            ConflictError: the order is not pending.
            OrderExpiredError: the hold has ended.
            InactiveError: the buyer is disabled.
        """

@final
class Page(Generic[_T]):
    """A page of a list."""
    @property
    def items(self) -> tuple[_T, ...]:
        """tuple: the rows, in the order of the list."""
    @property
    def next(self) -> str | None:
        """str | None: cursor of the next page, for ``after`` of the same list; None on the last page."""
    @property
    def previous(self) -> str | None:
        """str | None: cursor of the previous page, for ``before`` of the same list; None on the first page."""
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __iter__(self) -> Iterator[_T]: ...
    def __len__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class PageIterator(Generic[_T]):
    """Iterator over the pages of a :class:`Listing`. It must not be shared between threads."""
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __iter__(self) -> PageIterator[_T]: ...
    def __next__(self) -> Page[_T]: ...

@final
class Payment:
    """A payment attempt."""
    __match_args__ = ("id", "order_id", "method", "status", "amount", "paid_at", "reference", "created_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: payment id."""
    @property
    def order_id(self) -> int:
        """int: order id."""
    @property
    def method(self) -> PaymentMethod:
        """PaymentMethod: payment method."""
    @property
    def status(self) -> PaymentStatus:
        """PaymentStatus: state."""
    @property
    def amount(self) -> Decimal:
        """Decimal: amount, with two places."""
    @property
    def paid_at(self) -> datetime | None:
        """datetime | None: when it was captured, in UTC."""
    @property
    def reference(self) -> str | None:
        """str | None: reference of the payment provider."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was created, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Payments:
    """The payments of a shop: ``db.payments``, ``tx.payments`` in a transaction, or ``shop.payments`` on behalf of a caller."""
    def capture(self, id: int, *, idempotency_key: str | None = None) -> Payment:
        """Captures a pending payment. A payment of the rest completes the order.

        Args:
            id (int): payment id.
            idempotency_key (str | None): a repeated call with the same key returns the payment instead of an error.

        Returns:
            Payment: the updated payment.

        Raises:
            NotFoundError: no payment has the id.
            IllegalTransitionError: the payment is not pending.
            OrderNotPayableError: the order is not pending.
            OrderExpiredError: the hold of the order has ended.
            OverpaymentError: the amount is more than what is due by now.
            IdempotencyKeyReusedError: the key was used to capture another payment.
        """
    def create(self, order_id: int, method: PaymentMethod | _PaymentMethod, *, capture: bool = False, amount: Decimal | int | str | None = None, reference: str | None = None, idempotency_key: str | None = None) -> Payment:
        """Records a payment attempt for a pending order. A captured payment of the rest completes the order.

        Args:
            order_id (int): order id.
            method (PaymentMethod | str): payment method.
            capture (bool): whether it is captured.
            amount (Decimal | int | str | None): amount. Default: all that is due.
            reference (str | None): reference of the payment provider: 1 to 200 characters.
            idempotency_key (str | None): a repeated call with the same key returns the first payment.

        Returns:
            Payment: the payment.

        Raises:
            NotFoundError: no order has the id.
            ValidationError: for an argument that is not allowed.
            OrderNotPayableError: the order is not pending.
            OrderExpiredError: the hold of the order has ended.
            OverpaymentError: the amount is more than what is due.
            DuplicateError: another payment by the method has the reference.
            LimitReachedError: the order has 20 payment attempts.
            IdempotencyKeyReusedError: the key was used for another payment.
            TypeError: the amount is a float, which is not exact.
        """
    def fail(self, id: int, *, idempotency_key: str | None = None) -> Payment:
        """Marks a pending payment as failed. The order stays as it is, for another attempt.

        Args:
            id (int): payment id.
            idempotency_key (str | None): a repeated call with the same key returns the payment instead of an error.

        Returns:
            Payment: the updated payment.

        Raises:
            NotFoundError: no payment has the id.
            IllegalTransitionError: the payment is not pending.
            IdempotencyKeyReusedError: the key was used for the failure of another payment.
        """
    def get(self, id: int) -> Payment:
        """The payment with this id.

        Args:
            id (int): payment id.

        Returns:
            Payment: the payment.

        Raises:
            NotFoundError: no payment has the id.
        """
    def list(self, *, order_id: int | None = None, status: PaymentStatus | _PaymentStatus | None = None, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[Payment]:
        """All payments, the latest first.

        Args:
            order_id (int | None): only payments of this order.
            status (PaymentStatus | str | None): only payments in this state.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[Payment]: the payments, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def refund(self, order_id: int, reason: str, *, amount: Decimal | int | str | None = None, restock: bool = False, idempotency_key: str | None = None) -> Order:
        """Refunds a completed order in full or in part.

        Args:
            order_id (int): order id.
            reason (str): reason, 1 to 500 characters.
            amount (Decimal | int | str | None): amount. Default: all that is left.
            restock (bool): return all items of the order to stock; possible once.
            idempotency_key (str | None): a repeated call with the same key refunds nothing.

        Returns:
            Order: the updated order.

        Raises:
            NotFoundError: no order has the id.
            ValidationError: for an argument that is not allowed.
            IllegalTransitionError: the order is not completed.
            OverRefundError: the amount is more than what is left.
            AlreadyRestockedError: the items have already been returned to stock.
            IdempotencyKeyReusedError: the key was used for another refund.
            TypeError: the amount is a float, which is not exact.
        """
    def return_late(self, id: int, *, idempotency_key: str | None = None) -> Payment:
        """Marks a late payment as given back. Give the money back at the provider first.

        Args:
            id (int): payment id.
            idempotency_key (str | None): a repeated call with the same key returns the payment instead of an error.

        Returns:
            Payment: the updated payment.

        Raises:
            NotFoundError: no payment has the id.
            IllegalTransitionError: the payment is not late.
            IdempotencyKeyReusedError: the key was used for another payment.
        """
    def settle(self, method: PaymentMethod | _PaymentMethod, reference: str, outcome: PaymentOutcome | _PaymentOutcome, amount: Decimal | int | str, *, idempotency_key: str | None = None) -> Payment:
        """Records what a payment provider says became of a payment. The same message may come again, also at the same time: it
        changes nothing and returns the same payment.

        If the order cannot take a captured payment any more, because it is cancelled, has expired or was paid otherwise, the
        returned payment has the status ``"late"``: give its money back, then call ``return_late``.

        Args:
            method (PaymentMethod | str): payment method.
            reference (str): reference of the payment provider: 1 to 200 characters.
            outcome (PaymentOutcome | str): ``"paid"`` or ``"failed"``.
            amount (Decimal | int | str): amount of the payment.
            idempotency_key (str | None): not needed, because a repeated call changes nothing.

        Returns:
            Payment: the updated payment.

        Raises:
            NotFoundError: no payment of the method has the reference.
            ValidationError: for an argument that is not allowed, such as an amount that is not that of the payment.
            IllegalTransitionError: a captured payment is said to have failed.
            IdempotencyKeyReusedError: the key was used for another message.
            TypeError: the amount is a float, which is not exact.
        """

@final
class PriceChange:
    """One change of a product's price."""
    __match_args__ = ("product_id", "old_price", "new_price", "changed_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: product id."""
    @property
    def old_price(self) -> Decimal:
        """Decimal: the price until then."""
    @property
    def new_price(self) -> Decimal:
        """Decimal: the price from then on."""
    @property
    def changed_at(self) -> datetime:
        """datetime: when it changed, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Product:
    """A product, with its category and what is in stock."""
    __match_args__ = ("id", "sku", "name", "description", "price", "status", "category", "in_stock", "stock", "reorder_level", "created_at", "updated_at", "group_id", "options", "images",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: product id."""
    @property
    def sku(self) -> str:
        """str: stock keeping unit, unique."""
    @property
    def name(self) -> str:
        """str: name."""
    @property
    def description(self) -> str:
        """str: description; may be empty."""
    @property
    def price(self) -> Decimal:
        """Decimal: current price of a unit, with two places."""
    @property
    def status(self) -> ProductStatus:
        """ProductStatus: whether it can be ordered."""
    @property
    def category(self) -> CategoryRef:
        """CategoryRef: category."""
    @property
    def in_stock(self) -> bool:
        """bool: whether anything is in stock."""
    @property
    def stock(self) -> int | None:
        """int | None: units in stock; None for callers without ``inventory:read``."""
    @property
    def reorder_level(self) -> int | None:
        """int | None: the reorder level, in units; None for callers without ``inventory:read``."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was created, in UTC."""
    @property
    def updated_at(self) -> datetime:
        """datetime: when it was last changed, in UTC; its stock does not count."""
    @property
    def group_id(self) -> int | None:
        """int | None: id of its group; None for a product that is in none."""
    @property
    def options(self) -> OptionValues:
        """OptionValues: a value for each option of its group."""
    @property
    def images(self) -> tuple[ProductImage, ...]:
        """tuple[ProductImage, ...]: images, in order."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ProductGroup:
    """A group of products that differ in the values of its options, such as colour and size."""
    __match_args__ = ("id", "name", "description", "options", "variants", "created_at", "updated_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: group id."""
    @property
    def name(self) -> str:
        """str: name."""
    @property
    def description(self) -> str:
        """str: description; may be empty."""
    @property
    def options(self) -> tuple[str, ...]:
        """tuple[str, ...]: names of the options, in order."""
    @property
    def variants(self) -> tuple[Product, ...]:
        """tuple[Product, ...]: its products that the caller can see, by id."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was created, in UTC."""
    @property
    def updated_at(self) -> datetime:
        """datetime: when name, description or options were last changed, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ProductGroupSummary:
    """A group of products as lists show it."""
    __match_args__ = ("id", "name", "description", "options", "variant_count", "created_at", "updated_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: group id."""
    @property
    def name(self) -> str:
        """str: name."""
    @property
    def description(self) -> str:
        """str: description; may be empty."""
    @property
    def options(self) -> tuple[str, ...]:
        """tuple[str, ...]: names of the options, in order."""
    @property
    def variant_count(self) -> int:
        """int: number of its products, archived ones included."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was created, in UTC."""
    @property
    def updated_at(self) -> datetime:
        """datetime: when name, description or options were last changed, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ProductGroups:
    """The groups of products of a shop: ``db.groups``, ``tx.groups`` in a transaction, or ``shop.groups`` on behalf of a caller."""
    def create(self, name: str, options: Sequence[str], *, description: str = '', idempotency_key: str | None = None) -> ProductGroup:
        """Creates a group without products. Products join it with ``group_id`` and ``options``, when they are created or updated.

        Args:
            name (str): 1 to 200 characters.
            options (Sequence[str]): 1 to 5 names of options, in order, such as ``["colour", "size"]``.
            description (str): at most 10,000 characters.
            idempotency_key (str | None): a repeated call with the same key returns the first group.

        Returns:
            ProductGroup: the new group.

        Raises:
            ValidationError: for every argument that is not allowed.
            IdempotencyKeyReusedError: the key was used for another group.
        """
    def delete(self, id: int) -> None:
        """Deletes a group without products.

        Args:
            id (int): group id.

        Raises:
            NotFoundError: no group has the id.
            InUseError: it has products, which leave it with ``db.products.update(id, ungrouped=True)``.
        """
    def get(self, id: int) -> ProductGroup:
        """The group with this id, with its products.

        Args:
            id (int): group id.

        Returns:
            ProductGroup: the group.

        Raises:
            NotFoundError: no group has the id.
        """
    def list(self, *, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[ProductGroupSummary]:
        """All groups, by id.

        Args:
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[ProductGroupSummary]: the groups, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def update(self, id: int, *, name: str | None = None, description: str | None = None, options: Sequence[str] | None = None) -> ProductGroup:
        """Updates the given values. While the group has products, its options can only be renamed: as many as before, and those
        that stay keep their place.

        Args:
            id (int): group id.
            name (str | None): the new name.
            description (str | None): the new description.
            options (Sequence[str] | None): the new names of the options.

        Returns:
            ProductGroup: the updated group.

        Raises:
            NotFoundError: no group has the id.
            ValidationError: for every argument that is not allowed.
        """

@final
class ProductImage:
    """An image of a product. Its address is stored and shown; the shop does not fetch it."""
    __match_args__ = ("url", "alt",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def url(self) -> str:
        """str: address."""
    @property
    def alt(self) -> str:
        """str: alternative text; may be empty."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ProductRevenue:
    """A product with revenue."""
    __match_args__ = ("product_id", "product_name", "product_revenue",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: Product id."""
    @property
    def product_name(self) -> str:
        """str: Current name of the product."""
    @property
    def product_revenue(self) -> Decimal:
        """Decimal: Revenue of the product in completed orders, at the prices when they were placed."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ProductTrendStep:
    """An hour, day, week or month in the trend of a product, limited to the period."""
    __match_args__ = ("date", "from_", "to", "units_sold", "product_revenue", "previous_units_sold", "previous_product_revenue",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def date(self) -> date:
        """date: The day, that of the hour, the Monday of the week, or the first day of the month, in the time zone."""
    @property
    def from_(self) -> datetime:
        """datetime: Start of the step (inclusive)."""
    @property
    def to(self) -> datetime:
        """datetime: End of the step (exclusive)."""
    @property
    def units_sold(self) -> int:
        """int: Units in completed orders."""
    @property
    def product_revenue(self) -> Decimal:
        """Decimal: Revenue of the product in completed orders, at the prices when they were placed."""
    @property
    def previous_units_sold(self) -> int | None:
        """int | None: `units_sold` of the corresponding step of the previous period."""
    @property
    def previous_product_revenue(self) -> Decimal | None:
        """Decimal | None: `product_revenue` of the corresponding step of the previous period."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Products:
    """The products of a shop: ``db.products``, ``tx.products`` in a transaction, or ``shop.products`` on behalf of a caller."""
    def by_external_id(self, source: str, external_id: str) -> Product:
        """The product with this id in another system.

        Args:
            source (str): name of the other system.
            external_id (str): id of the product there.

        Returns:
            Product: the product.

        Raises:
            NotFoundError: no product has the id there.
            ValidationError: for every argument that is not allowed.
        """
    def create(self, name: str, category_id: int, price: Decimal | int | str, *, sku: str | None = None, description: str = '', initial_stock: int = 0, reorder_level: int = 0, group_id: int | None = None, options: Mapping[str, str] | None = None, idempotency_key: str | None = None) -> Product:
        """Creates a product and its inventory.

        Args:
            name (str): 1 to 200 characters.
            category_id (int): category id.
            price (Decimal | int | str): price of a unit: 0.00 to 999,999,999.99, with at most two places.
            sku (str | None): stock keeping unit, 1 to 64 characters, unique. Default: a generated one.
            description (str): at most 10,000 characters.
            initial_stock (int): units in stock from the start: 0 to 1,000,000,000.
            reorder_level (int): the reorder level, in units: 0 to 1,000,000,000.
            group_id (int | None): the group that it joins.
            options (Mapping[str, str] | None): a value for each option of the group, such as ``{"colour": "red", "size": "L"}``.
            idempotency_key (str | None): a repeated call with the same key returns the first product.

        Returns:
            Product: the new product, which can be ordered.

        Raises:
            ValidationError: for every argument that is not allowed, also for a category or group that does not exist.
            DuplicateError: another product has the SKU, or another one of the group has the same values.
            IdempotencyKeyReusedError: the key was used for another product.
            TypeError: the price is a float, which is not exact.
        """
    def delete(self, id: int) -> None:
        """Deletes a product that was never ordered, with its inventory, price history, images and external ids.

        Args:
            id (int): product id.

        Raises:
            NotFoundError: no product has the id.
            InUseError: it has orders. Archive it: ``update(id, status="archived")``.
        """
    def external_ids(self, id: int) -> dict[str, str]:
        """The ids of a product in other systems.

        Args:
            id (int): product id.

        Returns:
            dict[str, str]: the id in each source, sorted by source.

        Raises:
            NotFoundError: no product has the id.
        """
    def get(self, id: int) -> Product:
        """The product with this id.

        Args:
            id (int): product id.

        Returns:
            Product: the product.

        Raises:
            NotFoundError: no product has the id.
        """
    def list(self, *, category_id: int | None = None, group_id: int | None = None, status: ProductStatus | _ProductStatus | None = None, search: str | None = None, min_price: Decimal | int | str | None = None, max_price: Decimal | int | str | None = None, in_stock: bool | None = None, sort: ProductSort | _ProductSort = 'id', after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[Product]:
        """All products, or those that match every filter.

        Args:
            category_id (int | None): only products of this category.
            group_id (int | None): only products of this group.
            status (ProductStatus | str | None): only products of this status.
            search (str | None): only products with all of these words, or their beginnings, in SKU, name, category, option
                values or description, in any case and with or without accents. At most 254 characters.
            min_price (Decimal | int | str | None): only products that cost as much or more.
            max_price (Decimal | int | str | None): only products that cost as much or less.
            in_stock (bool | None): only products of which something is in stock, or only those of which nothing is.
            sort (ProductSort | str): ``"id"``, ``"name"``, ``"price"`` or ``"created_at"``; a minus sign
                reverses the order.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[Product]: the products, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
            TypeError: a price is a float, which is not exact.
        """
    def price_history(self, id: int, *, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[PriceChange]:
        """How a product's price changed, the latest change first.

        Args:
            id (int): product id.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[PriceChange]: the changes, fetched while you iterate.

        Raises:
            NotFoundError: no product has the id; raised when the first page is fetched.
            ValidationError: for an argument that is not allowed.
        """
    def remove_external_id(self, id: int, source: str) -> None:
        """Removes the id of a product in another system, if it has one.

        Args:
            id (int): product id.
            source (str): name of the other system.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for an argument that is not allowed.
        """
    def set_external_id(self, id: int, source: str, external_id: str) -> None:
        """Sets the id of a product in another system, which replaces the present one. The same id again changes nothing.

        Args:
            id (int): product id.
            source (str): name of the other system: 1 to 64 of the letters a to z, digits, ``-``, ``_`` and ``.``.
            external_id (str): id of the product there, 1 to 200 characters.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for every argument that is not allowed.
            DuplicateError: another product has the id there.
        """
    def set_images(self, id: int, images: Iterable[ProductImage | tuple[str, str] | str]) -> Product:
        """Replaces the images of a product. Their addresses are stored, not fetched. The same images again change nothing.

        Args:
            id (int): product id.
            images (Iterable[ProductImage | tuple[str, str] | str]): at most 20 images in order, each an address, or an address and
                an alternative text. An address begins with ``https://`` or ``http://``, or is a path that begins with one ``/``.

        Returns:
            Product: the updated product.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for every image that is not allowed.
        """
    def update(self, id: int, *, name: str | None = None, category_id: int | None = None, price: Decimal | int | str | None = None, sku: str | None = None, description: str | None = None, status: ProductStatus | _ProductStatus | None = None, reorder_level: int | None = None, group_id: int | None = None, options: Mapping[str, str] | None = None, ungrouped: bool = False) -> Product:
        """Updates the given values. A new price is written into the price history.

        Args:
            id (int): product id.
            name (str | None): the new name.
            category_id (int | None): the new category.
            price (Decimal | int | str | None): the new price; orders keep the one they were placed at.
            sku (str | None): the new SKU.
            description (str | None): the new description.
            status (ProductStatus | str | None): ``"active"`` or ``"archived"``.
            reorder_level (int | None): the new reorder level.
            group_id (int | None): the group that it joins, with ``options``.
            options (Mapping[str, str] | None): the new values for all options of its group.
            ungrouped (bool): lets it leave its group. Not together with ``group_id``.

        Returns:
            Product: the updated product.

        Raises:
            NotFoundError: no product has the id.
            ValidationError: for every argument that is not allowed.
            DuplicateError: another product has the SKU, or another one of the group has the same values.
            TypeError: the price is a float, which is not exact.
        """

@final
class Progress:
    """How far the generator has come."""
    __match_args__ = ("step", "orders", "of", "rows", "elapsed",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def step(self) -> Literal["rows", "loading", "reports", "indexes", "done"]:
        """Literal["rows", "loading", "reports", "indexes", "done"]: current step: ``"loading"`` on MariaDB, ``"done"`` before the
        commit.
        """
    @property
    def orders(self) -> int:
        """int: orders written so far."""
    @property
    def of(self) -> int:
        """int: orders there will be."""
    @property
    def rows(self) -> int:
        """int: rows of all tables written so far."""
    @property
    def elapsed(self) -> float:
        """float: seconds since it began."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class RealismReport:
    """The generated orders, measured against their scenario."""
    __match_args__ = ("is_ok", "measures",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def is_ok(self) -> bool:
        """bool: whether every measure is within its tolerance."""
    @property
    def measures(self) -> tuple[Measure, ...]:
        """tuple[Measure, ...]: one for each property."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Refund:
    """A refund."""
    __match_args__ = ("id", "payment_id", "order_id", "amount", "reason", "restocked", "created_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: refund id."""
    @property
    def payment_id(self) -> int:
        """int: payment id."""
    @property
    def order_id(self) -> int:
        """int: order id."""
    @property
    def amount(self) -> Decimal:
        """Decimal: amount, with two places."""
    @property
    def reason(self) -> str:
        """str: reason."""
    @property
    def restocked(self) -> bool:
        """bool: whether the items were returned to stock."""
    @property
    def created_at(self) -> datetime:
        """datetime: when, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class RfmCustomer:
    """A customer with RFM scores from 1 to 5: 1 + floor(5 * b / n), where b of the n customers rank lower."""
    __match_args__ = ("user_id", "email", "last_order", "orders", "total_spent", "recency_score", "frequency_score", "monetary_score", "segment",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def user_id(self) -> int:
        """int: User id."""
    @property
    def email(self) -> str:
        """str: E-mail address."""
    @property
    def last_order(self) -> date:
        """date: Day of the last completed order (UTC)."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders (frequency)."""
    @property
    def total_spent(self) -> Decimal:
        """Decimal: Sum of their totals (monetary value)."""
    @property
    def recency_score(self) -> int:
        """int: Recency score; 5 is the most recent."""
    @property
    def frequency_score(self) -> int:
        """int: Frequency score; 5 is the most frequent."""
    @property
    def monetary_score(self) -> int:
        """int: Monetary score; 5 is the highest spending."""
    @property
    def segment(self) -> RfmSegment:
        """RfmSegment: Segment that follows from the scores."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class RfmSegmentSummary:
    """Customers, orders and revenue of a segment."""
    __match_args__ = ("segment", "customers", "orders", "revenue", "revenue_per_customer",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def segment(self) -> RfmSegment:
        """RfmSegment: Segment."""
    @property
    def customers(self) -> int:
        """int: Number of customers in the segment."""
    @property
    def orders(self) -> int:
        """int: Number of their completed orders."""
    @property
    def revenue(self) -> Decimal:
        """Decimal: Revenue of these orders."""
    @property
    def revenue_per_customer(self) -> Decimal:
        """Decimal: `revenue` divided by `customers`, rounded half up to the cent; 0.00 without customers."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class RowCount:
    """The number of rows of a list, counted up to 10,000. ``str()`` gives ``"317"``, or ``"10000+"`` if there are more."""
    @property
    def is_exact(self) -> bool:
        """bool: whether ``value`` is the number of all rows."""
    @property
    def value(self) -> int:
        """int: the number of rows, or 10,000 if there are more."""

@final
class RowIterator(Generic[_T]):
    """Iterator over the rows of a :class:`Listing`. It must not be shared between threads."""
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __iter__(self) -> RowIterator[_T]: ...
    def __next__(self) -> _T: ...

@final
class SalesOfCategory:
    """A category with its sales and discounts, by where its products are listed now."""
    __match_args__ = ("category_id", "category_name", "units_sold", "gross_sales", "discounts", "net_sales",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def category_id(self) -> int:
        """int: Category id."""
    @property
    def category_name(self) -> str:
        """str: Current name of the category."""
    @property
    def units_sold(self) -> int:
        """int: Units in completed orders."""
    @property
    def gross_sales(self) -> Decimal:
        """Decimal: These units at their prices when ordered, before discounts."""
    @property
    def discounts(self) -> Decimal:
        """Decimal: What was taken off."""
    @property
    def net_sales(self) -> Decimal:
        """Decimal: `gross_sales` minus `discounts`."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class SalesOfCountry:
    """A country with its sales: that of the shipping address, or without one of the billing address."""
    __match_args__ = ("country", "orders", "units_sold", "total_revenue", "refunds", "net_revenue",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def country(self) -> str | None:
        """str | None: ISO 3166-1 code of two capital letters; `None` for the orders without addresses."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    @property
    def units_sold(self) -> int:
        """int: Units in these orders."""
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: Sum of the totals of these orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: Sum of the partial refunds of these orders."""
    @property
    def net_revenue(self) -> Decimal:
        """Decimal: `total_revenue` minus `refunds`."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class SalesOfDay:
    """What the sales of a day are composed of."""
    __match_args__ = ("day", "orders", "gross_sales", "discounts", "net_sales", "shipping", "fees", "taxes", "total_revenue", "included_taxes",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def day(self) -> date:
        """date: Day, in UTC."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    @property
    def gross_sales(self) -> Decimal:
        """Decimal: Items of completed orders at their prices when ordered, before discounts."""
    @property
    def discounts(self) -> Decimal:
        """Decimal: What was taken off the items."""
    @property
    def net_sales(self) -> Decimal:
        """Decimal: `gross_sales` minus `discounts`."""
    @property
    def shipping(self) -> Decimal:
        """Decimal: Shipping."""
    @property
    def fees(self) -> Decimal:
        """Decimal: Fees."""
    @property
    def taxes(self) -> Decimal:
        """Decimal: Taxes on top of the prices."""
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: `net_sales` plus `shipping`, `fees` and `taxes`: the sum of the totals of completed orders."""
    @property
    def included_taxes(self) -> Decimal:
        """Decimal: Taxes within the prices, a part of the other amounts."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class SalesOfProduct:
    """A product with its sales and discounts."""
    __match_args__ = ("product_id", "product_name", "units_sold", "gross_sales", "discounts", "net_sales",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: Product id."""
    @property
    def product_name(self) -> str:
        """str: Current name of the product."""
    @property
    def units_sold(self) -> int:
        """int: Units in completed orders."""
    @property
    def gross_sales(self) -> Decimal:
        """Decimal: These units at their prices when ordered, before discounts."""
    @property
    def discounts(self) -> Decimal:
        """Decimal: What was taken off."""
    @property
    def net_sales(self) -> Decimal:
        """Decimal: `gross_sales` minus `discounts`."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class SellThrough:
    """Sell-through and days of cover of a product."""
    __match_args__ = ("product_id", "product_name", "units_sold", "stock", "sell_through", "days_of_cover",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: Product id."""
    @property
    def product_name(self) -> str:
        """str: Name of the product."""
    @property
    def units_sold(self) -> int:
        """int: Units in completed orders of the period."""
    @property
    def stock(self) -> int:
        """int: Units in stock now."""
    @property
    def sell_through(self) -> float:
        """float: `units_sold` divided by (`units_sold` + `stock`), from 0.0 to 1.0."""
    @property
    def days_of_cover(self) -> float:
        """float: Days until the stock is sold at the rate of the period: `stock` divided by units sold per day."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Session:
    """A session, without its secret."""
    __match_args__ = ("id", "created_at", "last_used_at", "expires_at", "current",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: session id."""
    @property
    def created_at(self) -> datetime:
        """datetime: when the user logged in, in UTC."""
    @property
    def last_used_at(self) -> datetime:
        """datetime: when it was last used, to the minute, in UTC."""
    @property
    def expires_at(self) -> datetime:
        """datetime: when it ends at the latest, in UTC; it ends earlier after a day without use."""
    @property
    def current(self) -> bool:
        """bool: whether it is the session of the caller."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Shop:
    """The settings of the shop."""
    __match_args__ = ("name", "currency", "time_zone",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def name(self) -> str:
        """str: name."""
    @property
    def currency(self) -> str:
        """str: ISO 4217 code of the currency of all amounts."""
    @property
    def time_zone(self) -> str:
        """str: IANA name of the time zone in which days begin, for people who look at the shop."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class ShopSettings:
    """The settings of a shop: ``db.shop``, ``tx.shop`` in a transaction, or ``shop.shop`` on behalf of a caller."""
    def get(self) -> Shop:
        """The settings.

        Returns:
            Shop: the settings. A new shop is called ``"Shop"``, its currency is EUR and its time zone UTC.
        """
    def update(self, *, name: str | None = None, currency: str | None = None, time_zone: str | None = None) -> Shop:
        """Updates the given settings. Another currency relabels all amounts; they are not converted.

        Args:
            name (str | None): the new name: 1 to 100 characters.
            currency (str | None): the new currency: the ISO 4217 code of one with 2 decimals, such as ``"EUR"``.
            time_zone (str | None): the new time zone, by its IANA name, such as ``"Europe/Berlin"``.

        Returns:
            Shop: the updated settings.

        Raises:
            ValidationError: for every argument that is not allowed.
        """

@final
class Statistics:
    """Current activity of a database."""
    __match_args__ = ("connections", "idle_connections", "max_connections", "writes", "commits", "waiting_writes", "waiting_sales",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def connections(self) -> int:
        """int: pooled connections that are open."""
    @property
    def idle_connections(self) -> int:
        """int: idle connections."""
    @property
    def max_connections(self) -> int:
        """int: maximum number of connections."""
    @property
    def writes(self) -> int:
        """int: transactions that this process has committed."""
    @property
    def commits(self) -> int:
        """int: commits. On SQLite all waiting transactions share one, on MariaDB all waiting orders."""
    @property
    def waiting_writes(self) -> int:
        """int: transactions waiting for the writer of SQLite, or orders waiting for a batch on MariaDB."""
    @property
    def waiting_sales(self) -> int:
        """int: sales not yet folded into the summary tables of reports."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class StockLevel:
    """The stock level of a product."""
    __match_args__ = ("product_id", "product_name", "quantity", "reorder_level", "updated_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: product id."""
    @property
    def product_name(self) -> str:
        """str: name."""
    @property
    def quantity(self) -> int:
        """int: units in stock."""
    @property
    def reorder_level(self) -> int:
        """int: the reorder level, in units."""
    @property
    def updated_at(self) -> datetime:
        """datetime: when the quantity or the reorder level last changed, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Summary:
    """A generated shop."""
    __match_args__ = ("users", "products", "orders", "tables",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def users(self) -> int:
        """int: number of users."""
    @property
    def products(self) -> int:
        """int: number of products."""
    @property
    def orders(self) -> int:
        """int: number of orders."""
    @property
    def tables(self) -> tuple[TableSummary, ...]:
        """tuple[TableSummary, ...]: the tables with rows, each before those that refer to it."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class TableSummary:
    """A generated table."""
    __match_args__ = ("table", "rows", "checksum",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def table(self) -> TableName:
        """TableName: table."""
    @property
    def rows(self) -> int:
        """int: number of rows."""
    @property
    def checksum(self) -> int:
        """int: the sum, modulo 2**64, of a hash of each row: the same on every engine."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class TopCustomer:
    """A customer with spending and number of orders."""
    __match_args__ = ("user_id", "email", "first_name", "last_name", "total_spent", "orders",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def user_id(self) -> int:
        """int: User id."""
    @property
    def email(self) -> str:
        """str: E-mail address."""
    @property
    def first_name(self) -> str:
        """str: Given name."""
    @property
    def last_name(self) -> str:
        """str: Family name."""
    @property
    def total_spent(self) -> Decimal:
        """Decimal: Sum of the totals of the customer's completed orders."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class TopProduct:
    """A product with units sold."""
    __match_args__ = ("product_id", "product_name", "total_units_sold",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def product_id(self) -> int:
        """int: Product id."""
    @property
    def product_name(self) -> str:
        """str: Current name of the product."""
    @property
    def total_units_sold(self) -> int:
        """int: Units in completed orders."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class TotalRevenue:
    """Revenue of the completed orders of a period."""
    __match_args__ = ("total_revenue", "refunds", "net_revenue", "orders",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: Sum of the totals of completed orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: Sum of the partial refunds of these orders."""
    @property
    def net_revenue(self) -> Decimal:
        """Decimal: `total_revenue` minus `refunds`."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Transaction:
    """Several operations that are committed together or not at all: ``with db.transaction() as tx``.

    In the block, ``tx`` has the same parts as the database: ``tx.orders.place(...)``. The block commits when it ends, and
    rolls back when it raises. An operation that the shop refuses (invalid, not found, conflict) undoes only itself:
    catch its exception, and the transaction goes on. After any other error it is over.

    It belongs to the thread that began it, and can be entered once. The block is not retried after a conflict with another
    transaction: it raises :class:`ContentionError`. :meth:`Database.transact` retries.

    On SQLite the block excludes all other writers, so keep it short. After ``idle_timeout``
    seconds without an operation it is rolled back.
    """
    @property
    def analytics(self) -> Analytics:
        """Analytics: sales reports, including the changes of this transaction."""
    @property
    def categories(self) -> Categories:
        """Categories: product categories."""
    @property
    def groups(self) -> ProductGroups:
        """ProductGroups: groups of products."""
    @property
    def inventory(self) -> Inventory:
        """Inventory: stock levels and movements."""
    @property
    def is_open(self) -> bool:
        """bool: whether it has begun and not ended."""
    @property
    def orders(self) -> Orders:
        """Orders: orders."""
    @property
    def payments(self) -> Payments:
        """Payments: payments and refunds."""
    @property
    def products(self) -> Products:
        """Products: products and their prices."""
    @property
    def shop(self) -> ShopSettings:
        """ShopSettings: name, currency and time zone of the shop."""
    @property
    def users(self) -> Users:
        """Users: users."""
    @property
    def vouchers(self) -> Vouchers:
        """Vouchers: vouchers."""
    def rollback(self) -> None:
        """Rolls back and ends the transaction; the block can then be left without an exception.

        Raises:
            TransactionError: it has not begun, or belongs to another thread.
        """
    def __enter__(self) -> Transaction: ...
    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        _exception: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> None: ...

@final
class TrendStep:
    """An hour, day, week or month of a trend, limited to the period."""
    __match_args__ = ("date", "from_", "to", "total_revenue", "refunds", "net_revenue", "orders", "previous_total_revenue", "previous_net_revenue", "previous_orders",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def date(self) -> date:
        """date: The day, that of the hour, the Monday of the week, or the first day of the month, in the time zone."""
    @property
    def from_(self) -> datetime:
        """datetime: Start of the step (inclusive)."""
    @property
    def to(self) -> datetime:
        """datetime: End of the step (exclusive)."""
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: Sum of the totals of completed orders."""
    @property
    def refunds(self) -> Decimal:
        """Decimal: Sum of the partial refunds of these orders."""
    @property
    def net_revenue(self) -> Decimal:
        """Decimal: `total_revenue` minus `refunds`."""
    @property
    def orders(self) -> int:
        """int: Number of completed orders."""
    @property
    def previous_total_revenue(self) -> Decimal | None:
        """Decimal | None: `total_revenue` of the corresponding step of the previous period."""
    @property
    def previous_net_revenue(self) -> Decimal | None:
        """Decimal | None: `net_revenue` of the corresponding step of the previous period."""
    @property
    def previous_orders(self) -> int | None:
        """int | None: `orders` of the corresponding step of the previous period."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class UnpaidOrder:
    """A pending order without a completed payment."""
    __match_args__ = ("order_id", "user_id", "email", "total", "placed_at", "payment_attempts",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def order_id(self) -> int:
        """int: Order id."""
    @property
    def user_id(self) -> int:
        """int: User id of the customer."""
    @property
    def email(self) -> str:
        """str: E-mail address of the customer."""
    @property
    def total(self) -> Decimal:
        """Decimal: Total of the order."""
    @property
    def placed_at(self) -> datetime:
        """datetime: When the order was placed (UTC)."""
    @property
    def payment_attempts(self) -> int:
        """int: Number of payment attempts."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class User:
    """A user."""
    __match_args__ = ("id", "email", "first_name", "last_name", "status", "role", "created_at", "updated_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: user id."""
    @property
    def email(self) -> str:
        """str: the address, composed and case-folded; no two users have the same."""
    @property
    def first_name(self) -> str:
        """str: given name."""
    @property
    def last_name(self) -> str:
        """str: family name."""
    @property
    def status(self) -> UserStatus:
        """UserStatus: whether the user may order."""
    @property
    def role(self) -> Role:
        """Role: role; see :meth:`Accounts.set_role`."""
    @property
    def created_at(self) -> datetime:
        """datetime: when the user was created, in UTC."""
    @property
    def updated_at(self) -> datetime:
        """datetime: when the user was last changed, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Users:
    """The users of a shop: ``db.users``, ``tx.users`` in a transaction, or ``shop.users`` on behalf of a caller."""
    def anonymise(self, id: int) -> User:
        """Replaces a user's name and address by ones that tell nothing, also in all orders, and disables the user. The orders stay.

        Args:
            id (int): user id.

        Returns:
            User: the updated user.

        Raises:
            NotFoundError: no user has the id.
            ConflictError: the user is the last active admin; only the program itself may do this.
        """
    def create(self, email: str, first_name: str, last_name: str) -> User:
        """Creates a user.

        Args:
            email (str): the address, of at most 254 characters; trimmed, composed and case-folded it is unique.
            first_name (str): 1 to 100 characters.
            last_name (str): 1 to 100 characters.

        Returns:
            User: the new user, a customer who may order, but has no password to log in with: see :meth:`Accounts.create`.

        Raises:
            ValidationError: for every argument that is not allowed.
            DuplicateError: another user has the address.
        """
    def delete(self, id: int) -> None:
        """Deletes a user who has never ordered.

        Args:
            id (int): user id.

        Raises:
            NotFoundError: no user has the id.
            InUseError: the user has orders. Use :meth:`anonymise`.
            ConflictError: the user is the last active admin; only the program itself may do this.
        """
    def dossier(self, id: int, *, after: str | None = None, page_size: int = 100) -> Dossier:
        """Everything that is stored about a user, without hashes: former names, sessions, API keys, uses of vouchers, and orders with
        their payments. The orders come in pages, the oldest first; everything else comes with each page.

        Args:
            id (int): user id.
            after (str | None): begin after this cursor, which is ``next`` of the page before.
            page_size (int): orders of a page: 1 to 100.

        Returns:
            Dossier: the data. ``to_json()`` makes it a JSON object.

        Raises:
            NotFoundError: no user has the id.
            ValidationError: for an argument that is not allowed.
        """
    def find(self, email: str) -> User | None:
        """The user with this e-mail address, in any spelling.

        Args:
            email (str): e-mail address.

        Returns:
            User | None: the user, if there is one.
        """
    def get(self, id: int) -> User:
        """The user with this id.

        Args:
            id (int): user id.

        Returns:
            User: the user.

        Raises:
            NotFoundError: no user has the id.
        """
    def list(self, *, search: str | None = None, status: UserStatus | _UserStatus | None = None, role: Role | _Role | None = None, sort: UserSort | _UserSort = 'id', after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[User]:
        """All users, or those that match every filter.

        Args:
            search (str | None): only users with all of these words, or their beginnings, in address or name, in any case
                and with or without accents. At most 254 characters.
            status (UserStatus | str | None): only users of this status.
            role (Role | str | None): only users of this role.
            sort (UserSort | str): ``"id"`` or ``"email"``; a minus sign reverses the order.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[User]: the users, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def update(self, id: int, *, email: str | None = None, first_name: str | None = None, last_name: str | None = None, status: UserStatus | _UserStatus | None = None) -> User:
        """Updates the given values.

        Args:
            id (int): user id.
            email (str | None): the new address.
            first_name (str | None): the new given name.
            last_name (str | None): the new family name.
            status (UserStatus | str | None): ``"active"`` or ``"disabled"``.

        Returns:
            User: the updated user.

        Raises:
            NotFoundError: no user has the id.
            ValidationError: for every argument that is not allowed.
            DuplicateError: another user has the address.
            ConflictError: the user is the last active admin; only the program itself may disable it.
        """

@final
class Voucher:
    """A voucher: a code that takes a percentage or an amount off the price of an order's items."""
    __match_args__ = ("id", "code", "kind", "value", "minimum", "starts_at", "ends_at", "usage_limit", "per_user_limit", "used", "created_at", "updated_at",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def id(self) -> int:
        """int: voucher id."""
    @property
    def code(self) -> str:
        """str: code, unique, in upper case."""
    @property
    def kind(self) -> VoucherKind:
        """VoucherKind: kind."""
    @property
    def value(self) -> Decimal:
        """Decimal: the amount, or the percentage."""
    @property
    def minimum(self) -> Decimal:
        """Decimal: what the items must cost at least, before any discount."""
    @property
    def starts_at(self) -> datetime | None:
        """datetime | None: when it can first be used, in UTC."""
    @property
    def ends_at(self) -> datetime | None:
        """datetime | None: from when it cannot be used any more, in UTC."""
    @property
    def usage_limit(self) -> int | None:
        """int | None: maximum number of uses."""
    @property
    def per_user_limit(self) -> int | None:
        """int | None: maximum number of uses of one customer."""
    @property
    def used(self) -> int:
        """int: orders with it that are not cancelled."""
    @property
    def created_at(self) -> datetime:
        """datetime: when it was created, in UTC."""
    @property
    def updated_at(self) -> datetime:
        """datetime: when it was last changed, apart from its uses, in UTC."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class VoucherSales:
    """A voucher with what it brought and cost."""
    __match_args__ = ("voucher_id", "code", "orders", "total_revenue", "discounts",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def voucher_id(self) -> int:
        """int: Voucher id."""
    @property
    def code(self) -> str:
        """str: Current code."""
    @property
    def orders(self) -> int:
        """int: Completed orders with the voucher."""
    @property
    def total_revenue(self) -> Decimal:
        """Decimal: Sum of the totals of these orders."""
    @property
    def discounts(self) -> Decimal:
        """Decimal: What the voucher took off them."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class VoucherUse:
    """How often a user has used a voucher."""
    __match_args__ = ("voucher_id", "code", "used",)
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __dataclass_params__: ClassVar[Any]
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    @property
    def voucher_id(self) -> int:
        """int: voucher id."""
    @property
    def code(self) -> str:
        """str: code of the voucher."""
    @property
    def used(self) -> int:
        """int: orders with it that are not cancelled."""
    def to_dict(self, *, mode: Literal["python", "json"] = 'python') -> dict[str, Any]:
        """The fields as a dict; rows in them become dicts as well.

        Args:
            mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
                does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.

        Returns:
            dict[str, Any]: the fields in order.

        Raises:
            ValidationError: there is no such mode.
        """
    def to_json(self) -> str:
        """The row as a JSON object: ``to_dict(mode="json")`` as text.

        Returns:
            str: the JSON, on one line.
        """

@final
class Vouchers:
    """The vouchers of a shop: ``db.vouchers``, ``tx.vouchers`` in a transaction, or ``shop.vouchers`` on behalf of a caller."""
    def create(self, code: str, kind: VoucherKind | _VoucherKind, value: Decimal | int | str, *, minimum: Decimal | int | str | None = None, starts_at: datetime | date | str | None = None, ends_at: datetime | date | str | None = None, usage_limit: int | None = None, per_user_limit: int | None = None, idempotency_key: str | None = None) -> Voucher:
        """Creates a voucher.

        Args:
            code (str): 1 to 40 letters, digits, ``-`` and ``_``, in any case; unique.
            kind (VoucherKind | str): ``"percent"`` or ``"amount"``.
            value (Decimal | int | str): the percentage, 0.01 to 100, or the amount, 0.01 to 999,999,999.99.
            minimum (Decimal | int | str | None): what the items must cost at least, before any discount.
            starts_at (datetime | date | str | None): when it can first be used. Default: at once.
            ends_at (datetime | date | str | None): from when it cannot be used any more. Default: never.
            usage_limit (int | None): maximum number of uses. Default: any number.
            per_user_limit (int | None): maximum number of uses of one customer. Default: any number.
            idempotency_key (str | None): a repeated call with the same key returns the first voucher.

        Returns:
            Voucher: the new voucher.

        Raises:
            ValidationError: for every argument that is not allowed.
            DuplicateError: another voucher has the code.
            IdempotencyKeyReusedError: the key was used for another voucher.
            TypeError: an amount is a float, which is not exact.
        """
    def delete(self, id: int) -> None:
        """Deletes a voucher that no order has used.

        Args:
            id (int): voucher id.

        Raises:
            NotFoundError: no voucher has the id.
            InUseError: an order has used it, be it cancelled.
        """
    def get(self, id: int) -> Voucher:
        """The voucher with this id.

        Args:
            id (int): voucher id.

        Returns:
            Voucher: the voucher.

        Raises:
            NotFoundError: no voucher has the id.
        """
    def list(self, *, code: str | None = None, after: str | None = None, before: str | None = None, page_size: int | None = None) -> Listing[Voucher]:
        """All vouchers, the latest first, or the one with this code.

        Args:
            code (str | None): only the voucher with this code, in any case.
            after (str | None): begin after this cursor, which is ``next`` of a page.
            before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
            page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.

        Returns:
            Listing[Voucher]: the vouchers, fetched while you iterate.

        Raises:
            ValidationError: for an argument that is not allowed.
        """
    def update(self, id: int, *, code: str | None = None, value: Decimal | int | str | None = None, minimum: Decimal | int | str | None = None, starts_at: datetime | date | str | None = None, ends_at: datetime | date | str | None = None, usage_limit: int | None = None, per_user_limit: int | None = None, remove: Sequence[str] | None = None) -> Voucher:
        """Updates the given values. Orders that used the voucher keep their discount.

        Args:
            id (int): voucher id.
            code (str | None): the new code.
            value (Decimal | int | str | None): the new percentage or amount.
            minimum (Decimal | int | str | None): what the items must cost at least.
            starts_at (datetime | date | str | None): when it can first be used.
            ends_at (datetime | date | str | None): from when it cannot be used any more.
            usage_limit (int | None): maximum number of uses, not below the present number.
            per_user_limit (int | None): maximum number of uses of one customer, not below the highest present number.
            remove (Sequence[str] | None): names of values to remove: ``"starts_at"``, ``"ends_at"``, ``"usage_limit"`` and
                ``"per_user_limit"``.

        Returns:
            Voucher: the updated voucher.

        Raises:
            NotFoundError: no voucher has the id.
            ValidationError: for every argument that is not allowed.
            DuplicateError: another voucher has the code.
            TypeError: an amount is a float, which is not exact.
        """

@final
class _RowsOfTable:
    """Iterator over the rows of an :class:`ArrowStream`. It must not be shared between threads."""
    def __iter__(self) -> _RowsOfTable: ...
    def __next__(self) -> Any: ...

def _sqlite_file(url: str) -> str | None:
    """The SQLite file that the URL or plain path names; None for a database in memory or on a server."""

def _stream(fields: Sequence[tuple[str, str, bool]], rows: Sequence[Any]) -> Any:
    """The rows of a report as a stream of one batch."""

def connect(url: str | os.PathLike[str], *, migrate: bool = True, connections: int = 16, wait: float = 10.0, statement_timeout: float = 600.0, read_only: bool = False, clock: Callable[[], datetime] | None = None, idempotency_retention: timedelta | None = None) -> Database:
    """Opens the database at the URL, creating the SQLite file and applying migrations.

    Args:
        url (str | os.PathLike[str]): ``sqlite://shop.db``, ``sqlite::memory:``, ``mysql://user:password@host:3306/shop`` or
            ``postgres://user:password@host/shop``; or the path of a SQLite file. A path in a str has no ``:``, ``=`` or ``?``.
        migrate (bool): whether to bring the schema up to date first. Without it, an older schema is an error.
        connections (int): how many connections at the most. On SQLite they serve the readers: the writer has its own.
            On MariaDB a quarter of them is reserved for placing orders; concurrent orders share a transaction.
        wait (float): seconds to wait for a free connection before :class:`OverloadedError`, 86,400 at the most.
        statement_timeout (float): seconds a server may take for one statement before :class:`OverloadedError`, from 1 to
            86,400. Bulk loads have no limit. No effect on SQLite.
        read_only (bool): whether the database is only read. It has to exist, and nothing is changed: no migrations, and
            on SQLite not a byte of the file or its folder. Writes raise :class:`UnavailableError`.
        clock (Callable[[], datetime] | None): source of the times in rows and of the expiry of sessions, API keys and
            idempotency keys, for tests and replays. Default: the system's clock. It is called from other threads, and must
            not use this database. If it raises, the exception goes to ``sys.unraisablehook``, and the system's time is
            used.
        idempotency_retention (timedelta | None): how long an idempotency key is kept, at least a minute. Default: 30 days.
            An older key counts as unused.

    Returns:
        Database: the open database.

    Raises:
        ConfigurationError: the URL names no database, its engine is not compiled in, or its schema is newer; or
            ``idempotency_retention`` is below a minute or ``statement_timeout`` below a second.
        ValidationError: for a number of connections or of seconds that is not allowed.
        UnavailableError: the server cannot be reached, or the files cannot be opened.
        TypeError: the clock gives no datetime with a time zone.
    """

def generate_csv(folder: str | os.PathLike[str], preset: Literal["demo", "small", "large"] = 'demo', *, overwrite: bool = False, progress: bool | Callable[[Progress], object] | None = None, from_: datetime | date | str | None = None, until: datetime | date | str | None = None, users: int | None = None, products: int | None = None, orders: int | None = None, seed: int | None = None, growth: float | None = None, weekly_season: float | None = None, yearly_season: float | None = None, hours: Sequence[float] | None = None, buyer_share: float | None = None, repeat_share: float | None = None, loyalty: float | None = None, recency: float | None = None, basket_lines: float | None = None, affinity: float | None = None, zipf_exponent: float | None = None, unpaid: float | None = None, failed_first: float | None = None, cancelled: float | None = None, expired: float | None = None, late_payments: float | None = None, refunded: float | None = None, partially_refunded: float | None = None, vouchers: float | None = None, discounts: float | None = None, shipping: float | None = None, taxed: float | None = None, addressed: float | None = None, billed_elsewhere: float | None = None, abroad: float | None = None, price_changes: float | None = None, launches: float | None = None, grouped: float | None = None, pictured: float | None = None, external_ids: float | None = None, stock_cover_days: int | None = None, restock_lead_days: int | None = None, out_of_stock: float | None = None) -> Summary:
    """Writes the shop of a scenario as CSV files, without a database: ``users.csv``, ``orders.csv``, and so on.

    Args:
        folder (str | os.PathLike[str]): where to; made if it is missing.
        preset (Literal["demo", "small", "large"]): the source of all values that are not given.
        overwrite (bool): replace files that exist.
        progress (bool | Callable[[Progress], object]): as of :meth:`Database.generate`.
        scenario: any value of a scenario, as of :meth:`Database.generate`.

    Returns:
        Summary: what was written.

    Raises:
        ValidationError: for a value that is out of bounds.
        OutputError: a file exists already and is not to be replaced, or cannot be written.
    """

def realism(preset: Literal["demo", "small", "large"] = 'demo', *, from_: datetime | date | str | None = None, until: datetime | date | str | None = None, users: int | None = None, products: int | None = None, orders: int | None = None, seed: int | None = None, growth: float | None = None, weekly_season: float | None = None, yearly_season: float | None = None, hours: Sequence[float] | None = None, buyer_share: float | None = None, repeat_share: float | None = None, loyalty: float | None = None, recency: float | None = None, basket_lines: float | None = None, affinity: float | None = None, zipf_exponent: float | None = None, unpaid: float | None = None, failed_first: float | None = None, cancelled: float | None = None, expired: float | None = None, late_payments: float | None = None, refunded: float | None = None, partially_refunded: float | None = None, vouchers: float | None = None, discounts: float | None = None, shipping: float | None = None, taxed: float | None = None, addressed: float | None = None, billed_elsewhere: float | None = None, abroad: float | None = None, price_changes: float | None = None, launches: float | None = None, grouped: float | None = None, pictured: float | None = None, external_ids: float | None = None, stock_cover_days: int | None = None, restock_lead_days: int | None = None, out_of_stock: float | None = None) -> RealismReport:
    """Generates the orders of a scenario without keeping them, and measures them against it.

    Args:
        preset (Literal["demo", "small", "large"]): the source of all values that are not given.
        scenario: any value of a scenario, as of :meth:`Database.generate`.

    Returns:
        RealismReport: targets, measured values, and whether they agree.

    Raises:
        ValidationError: for a value that is out of bounds.
    """
