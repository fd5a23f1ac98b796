#!/usr/bin/env bash
# A client that gets nothing yet; docs/client-contract.md says what it must do.
echo "not written yet" >&2
exit 1
