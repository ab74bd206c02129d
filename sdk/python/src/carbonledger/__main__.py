"""`python -m carbonledger`, where the command itself is not on the path."""

import sys

from carbonledger.cli import main

sys.exit(main())
