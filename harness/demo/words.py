"""A widget of text that is told often what to show, and makes work only for what is new."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static


class Words(Static):
    """Text, which is shown by `tell`."""

    _told: Text | None = None

    def tell(self, text: Text) -> None:
        """Show this text; the whole screen is arranged anew only if the widget's height may depend on what is new."""
        old, self._told = self._told, text
        if old is None:
            self.update(text)
        elif (old.plain, old.spans, old.style) != (text.plain, text.spans, text.style):
            height = self.styles.height
            auto = height is None or height.is_auto
            same = text.no_wrap and old.no_wrap and old.plain.count("\n") == text.plain.count("\n")
            self.update(text, layout=auto and not same)
