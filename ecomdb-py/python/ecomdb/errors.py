"""Every way an operation can fail.

Every exception of this package is an :class:`Error`. Three of them derive from built-in exceptions, too:
:class:`ValidationError` is a ``ValueError``, :class:`NotFoundError` a ``LookupError`` (not a ``KeyError``,
which prints its message in quotes), and those about how an object is used a ``RuntimeError``. A value of the
wrong type, such as a float where money belongs, is a plain ``TypeError``, as everywhere in Python.

Nothing was written when an exception is raised, except where :class:`UnknownOutcomeError` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from ecomdb.enums import PaymentMethod, Scope


class Error(Exception):
    """The base of every exception of this package. Its text says what is wrong and what is allowed."""

    retryable: ClassVar[bool] = False
    """bool: whether the same call may well succeed in a moment."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.__dict__.update(fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), str(self), self.__dict__)


def _again(kind: type[Error], message: str, fields: Mapping[str, Any]) -> Error:
    return kind(message, **fields)


class FieldError:
    """What is wrong with one argument."""

    __slots__ = {
        "field": 'str: the argument, such as ``"email"`` or ``"items[2].quantity"``.',
        "message": "str: what is wrong and what is allowed.",
    }

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldError):
            return NotImplemented
        return (self.field, self.message) == (other.field, other.message)

    def __hash__(self) -> int:
        return hash((self.field, self.message))

    def __repr__(self) -> str:
        return f"FieldError(field={self.field!r}, message={self.message!r})"


class ValidationError(Error, ValueError):
    """Invalid arguments; repeating the call does not help.

    Attributes:
        errors (tuple[FieldError, ...]): every argument that is wrong, at least one.
        field (str): the first of them.
    """

    errors: tuple[FieldError, ...]
    field: str


class NotFoundError(Error, LookupError):
    """No row has this id, no payment this reference, or no product this external id.

    Attributes:
        entity (str): kind of row: ``"product"``, ``"order"``, ...
        id (int | None): the id; None for a payment that was looked up by its reference, or a product by its
            external id.
        method (PaymentMethod | None): method of that payment; None for an id.
        reference (str | None): reference of that payment; None for an id.
        external_id (str | None): source and external id of that product: ``"erp:4711"``; None for an id.
    """

    entity: str
    id: int | None = None
    method: PaymentMethod | None = None
    reference: str | None = None
    external_id: str | None = None


class UnauthenticatedError(Error):
    """The login or the token is wrong."""


class WrongLoginError(UnauthenticatedError):
    """The address or the password is wrong, or the user may not log in; the error does not say which."""


class InvalidTokenError(UnauthenticatedError):
    """The session or API key does not exist, has ended or was revoked, or its user is disabled."""


class ForbiddenError(Error):
    """The caller lacks the permission.

    Attributes:
        scope (Scope | None): the missing scope; None where a session is required.
    """

    scope: Scope | None = None


class ConflictError(Error):
    """The call is well formed, but the present state of the shop forbids it."""


class DuplicateError(ConflictError):
    """Another row already has this value.

    Attributes:
        entity (str): what kind of row.
        field (str): the field whose values are unique.
        value (str): the value that is taken, quoted, or words for it.
    """

    entity: str
    field: str
    value: str


class InsufficientStockError(ConflictError):
    """There is less in stock than asked for.

    Attributes:
        product_id (int): product id.
        requested (int): units asked for, over all lines of the order.
        available (int | None): units there are. None if these are more than 10 and the caller lacks
            ``inventory:read``.
    """

    product_id: int
    requested: int
    available: int | None


class IllegalTransitionError(ConflictError):
    """The order or payment is in a state from which this is not allowed.

    Attributes:
        entity (str): ``"order"`` or ``"payment"``.
        id (int): id of the row.
        state (str): current state.
        wanted (str): state after the call.
    """

    entity: str
    id: int
    state: str
    wanted: str


class OrderNotPayableError(ConflictError):
    """The order takes no payments in its state.

    Attributes:
        order_id (int): order id.
        state (str): the state of the order.
    """

    order_id: int
    state: str


class OrderExpiredError(ConflictError):
    """The hold of the order has ended, so it can be neither paid nor changed.

    Attributes:
        order_id (int): order id.
        expired_at (datetime): end of the hold, in UTC.
    """

    order_id: int
    expired_at: datetime


class OverpaymentError(ConflictError):
    """The amount exceeds what is due.

    Attributes:
        order_id (int): order id.
        due (Decimal): amount due.
        amount (Decimal): amount of the payment.
    """

    order_id: int
    due: Decimal
    amount: Decimal


class OverRefundError(ConflictError):
    """The amount exceeds what is left to refund.

    Attributes:
        order_id (int): order id.
        refundable (Decimal): amount left to refund.
        amount (Decimal): amount of the refund.
    """

    order_id: int
    refundable: Decimal
    amount: Decimal


class AlreadyRestockedError(ConflictError):
    """The items of this order have already been returned to stock.

    Attributes:
        order_id (int): order id.
    """

    order_id: int


class InactiveError(ConflictError):
    """The user is disabled, or the product archived.

    Attributes:
        entity (str): ``"user"`` or ``"product"``.
        id (int): id of the row.
        status (str): ``"disabled"`` or ``"archived"``.
    """

    entity: str
    id: int
    status: str


class InUseError(ConflictError):
    """Other rows refer to this one, so it cannot be deleted.

    Attributes:
        entity (str): what was to be deleted.
        id (int): id of the row.
        by (str): what refers to it, in the plural.
    """

    entity: str
    id: int
    by: str


class LimitReachedError(ConflictError):
    """A limit is reached.

    Attributes:
        entity (str): kind of the owner: ``"order"`` or ``"user"``.
        id (int): id of the row.
        of (str): what is limited, in the plural: ``"payment attempts"`` or ``"active API keys"``.
        limit (int): the maximum.
    """

    entity: str
    id: int
    of: str
    limit: int


class IdempotencyKeyReusedError(ConflictError):
    """The idempotency key was used before, for another request.

    Attributes:
        key (str): the key.
    """

    key: str


class ConfigurationError(Error):
    """The database cannot be opened as asked: a mistyped URL, an engine not compiled in, another schema."""


class UnavailableError(Error):
    """The database cannot be used: it cannot be reached, its disk is full, or it is read-only."""

    retryable = True


class OverloadedError(UnavailableError):
    """The database is overloaded; try again in a moment."""


class ContentionError(Error):
    """Other transactions kept changing the same rows; try again.

    Attributes:
        attempts (int): number of attempts.
    """

    retryable = True
    attempts: int


class UnknownOutcomeError(Error):
    """COMMIT got no clear answer: it may or may not have happened.

    Repeat the call with the same idempotency key, or read the row.
    """


class StorageError(Error):
    """The engine failed to run a statement: a full disk, a bug."""


class OutputError(Error):
    """The output of an export or of the generator could not be written."""


class ClosedError(Error, RuntimeError):
    """The database was closed."""


class ForkedError(Error, RuntimeError):
    """The process was forked after the database was opened. Open it again in the child."""


class TransactionError(Error, RuntimeError):
    """A transaction was misused: after its end, from another thread, or inside another one."""
