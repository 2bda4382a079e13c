"""`python -m assistant` is `regroup`."""

import sys

from assistant.cli import main

sys.exit(main())
