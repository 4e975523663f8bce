"""`python -m apteco_api` is the command `apteco-api`."""

import sys

from .cli.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
