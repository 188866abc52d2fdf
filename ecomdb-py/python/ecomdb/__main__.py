"""``python -m ecomdb``."""

import sys

from ecomdb.cli import main

if __name__ == "__main__":
    sys.exit(main())
