"""An e-commerce database in your program: exact money and stock, reports, and a realistic shop on demand.

>>> import ecomdb
>>> with ecomdb.connect("sqlite::memory:") as db:
...     lamps = db.categories.create("Lamps")
...     lamp = db.products.create("Desk lamp", lamps.id, "29.99", initial_stock=10)
...     ada = db.users.create("ada@example.com", "Ada", "Lovelace")
...     order = db.orders.place(ada.id, [(lamp.id, 2)], payment="card", capture=True)
...     print(order.total, order.status, db.products.get(lamp.id).stock)
...     print(db.analytics.total_revenue()[0].total_revenue)
59.98 completed 8
59.98

Conventions
-----------
Money is ``decimal.Decimal`` with two places. Where money is an argument, an ``int`` or a ``str`` such as
``"29.99"`` will do as well; a ``float`` is refused with a ``TypeError``, because 29.99 is not exactly that
amount in binary.

Times are aware ``datetime`` objects in UTC. As an argument, a ``datetime`` needs a time zone, and a ``date``
or a ``str`` such as ``"2026-01-31"``, ``"2026-01"`` or ``"2026"`` stands for its first moment.

Rows are frozen objects: they can be compared, hashed, pickled, and turned into a dict with
``to_dict()`` or JSON with ``to_json()``. States are members of enums that equal their words:
``order.status == "completed"``.

Lists such as ``db.orders.list()`` are fetched page by page while you iterate. Reports are sequences of rows
that also speak Arrow, so ``polars.DataFrame(db.analytics.monthly_revenue())`` works, and so do
``to_pandas()`` and ``plot()``.

The program itself may do everything. ``db.accounts`` manages logins, and ``db.on_behalf_of(caller)`` is the
shop with the permissions of one of them.

Every exception of this package is an :class:`Error`.
"""

from ecomdb import _ecomdb
from ecomdb._ecomdb import *  # noqa: F403
from ecomdb._ecomdb import __version__
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
from ecomdb.errors import (
    AlreadyRestockedError,
    ClosedError,
    ConfigurationError,
    ConflictError,
    ContentionError,
    DuplicateError,
    Error,
    FieldError,
    ForbiddenError,
    ForkedError,
    IdempotencyKeyReusedError,
    IllegalTransitionError,
    InactiveError,
    InsufficientStockError,
    InUseError,
    InvalidTokenError,
    LimitReachedError,
    NotFoundError,
    OrderExpiredError,
    OrderNotPayableError,
    OutputError,
    OverloadedError,
    OverpaymentError,
    OverRefundError,
    StorageError,
    TransactionError,
    UnauthenticatedError,
    UnavailableError,
    UnknownOutcomeError,
    ValidationError,
    WrongLoginError,
)
from ecomdb.options import OptionValues
from ecomdb.progress import Bar
from ecomdb.report import Report
from ecomdb.secret import Token

__all__ = [
    "AddressKind",
    "AdjustmentKind",
    "AlreadyRestockedError",
    "Bar",
    "CancelReason",
    "ClosedError",
    "ConfigurationError",
    "ConflictError",
    "ContentionError",
    "CustomerSort",
    "DuplicateError",
    "Error",
    "FieldError",
    "ForbiddenError",
    "ForkedError",
    "FunnelStage",
    "Granularity",
    "IdempotencyKeyReusedError",
    "IllegalTransitionError",
    "InUseError",
    "InactiveError",
    "InsufficientStockError",
    "InvalidTokenError",
    "LimitReachedError",
    "MovementReason",
    "NotFoundError",
    "OptionValues",
    "OrderExpiredError",
    "OrderNotPayableError",
    "OrderSort",
    "OrderStatus",
    "OutputError",
    "OverRefundError",
    "OverloadedError",
    "OverpaymentError",
    "PaymentMethod",
    "PaymentOutcome",
    "PaymentState",
    "PaymentStatus",
    "ProductSort",
    "ProductStatus",
    "Report",
    "RfmSegment",
    "Role",
    "Scope",
    "StorageError",
    "TableName",
    "Token",
    "TransactionError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnknownOutcomeError",
    "UserSort",
    "UserStatus",
    "ValidationError",
    "VoucherKind",
    "WrongLoginError",
    "__version__",
]
__all__ += _ecomdb.__all__
