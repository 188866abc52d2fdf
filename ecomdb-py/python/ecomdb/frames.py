"""Data frames made from anything that speaks the Arrow PyCapsule interface. The libraries are optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from ecomdb.errors import FieldError, ValidationError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class ArrowSource(Protocol):
    """An object with a stream of Arrow record batches."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any: ...


def to_arrow(source: ArrowSource) -> pyarrow.Table:
    """All rows as a ``pyarrow.Table``; ``ImportError`` says what to install."""
    try:
        import pyarrow
    except ImportError as error:
        raise _missing("pyarrow", "arrow") from error
    return pyarrow.RecordBatchReader.from_stream(source).read_all()


def to_pandas(source: ArrowSource, money: Literal["object", "arrow"] = "object") -> pandas.DataFrame:
    """All rows as a ``pandas.DataFrame``; ``ImportError`` says what to install."""
    if money not in ("object", "arrow"):
        wrong = FieldError("money", f'must be one of object, arrow, not "{money}"')
        raise ValidationError(f"money: {wrong.message}", field="money", errors=(wrong,))
    try:
        import pandas
    except ImportError as error:
        raise _missing("pandas", "pandas") from error
    table = to_arrow(source)
    if money == "object":
        return table.to_pandas()
    import pyarrow

    def decimals(kind: pyarrow.DataType) -> Any:
        return pandas.ArrowDtype(kind) if pyarrow.types.is_decimal(kind) else None

    return table.to_pandas(types_mapper=decimals)


def to_polars(source: ArrowSource) -> polars.DataFrame:
    """All rows as a ``polars.DataFrame``; ``ImportError`` says what to install."""
    try:
        import polars
    except ImportError as error:
        raise _missing("polars", "polars") from error
    return polars.DataFrame(source)


def _missing(library: str, extra: str) -> ImportError:
    return ImportError(f"this needs {library}: pip install 'ecomdb[{extra}]'")
