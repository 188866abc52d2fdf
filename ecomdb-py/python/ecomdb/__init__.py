"""An e-commerce database in your program: exact money and stock.

>>> import ecomdb
>>> with ecomdb.connect("sqlite::memory:") as db:
...     db.engine
'SQLite'
"""

from ecomdb._ecomdb import (
    ConfigurationError,
    Database,
    Error,
    StorageError,
    UnavailableError,
    __version__,
    connect,
)

__all__ = [
    "ConfigurationError",
    "Database",
    "Error",
    "StorageError",
    "UnavailableError",
    "__version__",
    "connect",
]
