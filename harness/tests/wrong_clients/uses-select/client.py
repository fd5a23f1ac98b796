"""Waits with select(), which works with descriptors up to 1023 only."""

import selectors

selectors.DefaultSelector = selectors.SelectSelector

from slowpoetry.clients.selector_loop import main  # noqa: E402

main()
