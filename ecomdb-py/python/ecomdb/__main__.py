"""``python -m ecomdb``."""

import signal
import sys

from ecomdb.cli import main

if __name__ == "__main__":
    # As Ctrl-C: what was begun is undone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
