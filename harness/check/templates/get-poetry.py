#!/usr/bin/env python3
"""A client that gets nothing yet; docs/client-contract.md says what it must do."""

import sys

print("not written yet", file=sys.stderr)
sys.exit(1)
