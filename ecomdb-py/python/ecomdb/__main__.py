"""``python -m ecomdb``."""

import sys

from ecomdb.cli import script

if __name__ == "__main__":
    sys.exit(script())
