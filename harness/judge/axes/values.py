"""What an axis is a tuple of, and the measures that several of them share."""

from __future__ import annotations

Values = tuple[str, ...]

MARGIN = 0.1  # seconds: a chance to act differently must be at least this long to count
TIE = 0.02  # seconds: poems done nearer together than this may come in either order
STILL = 0.5  # seconds: a poem that has not gone on for so long stands still
PIPE = 1 << 16  # bytes that a pipe holds
