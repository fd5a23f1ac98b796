"""Words that attack whoever shows them, and what must be true of everything that shows them."""

from __future__ import annotations

from html.parser import HTMLParser

from harness.spec.data_file import NOT_IN_TOML

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\u009b31m\u202e\u2066\u200b\r\x08\x7f\U000e0001\ufffe"
    "</script><script>hacked()</script><img src=x onerror=hacked()>]]><![CDATA[&lt;b&gt;"
    "| [click](javascript:hacked()) ![](http://198.51.100.1/x) `code` www.example.org @nobody <!-- **bold** %s {0} "
    "$(id)"
)
DECLARED = NOT_IN_TOML.sub("", EVIL)  # the part of it that a manifest may hold


def assert_inert(*texts: str) -> None:
    for text in texts:
        assert all(line.isprintable() for line in text.split("\n")), ascii(text)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script":
            self.scripts.append((self.found[-1][1], data))


def assert_harmless(text: str) -> None:
    """Nothing of the attack is more than text on this page."""
    assert "hacked()" in text
    assert_inert(text)
    assert "<img" not in text
    assert_no_element(text)


def assert_no_element(text: str) -> None:
    """No element and no attribute that can act is from the attack; a page's own pictures are no attack."""
    elements = Elements(text)
    assert not {"iframe", "object", "foreignobject"} & {tag for tag, _ in elements.found}
    assert not [attributes for tag, attributes in elements.found if tag == "img" and attributes.get("src") == "x"]
    for _, attributes in elements.found:
        acting = {
            name: value
            for name, value in attributes.items()
            if name[:2] == "on" or name in ("href", "src", "style", "d")
        }
        assert "hacked" not in str(acting) and not any(name[:2] == "on" for name in acting)
    for attributes, script in elements.scripts:
        assert "hacked()" not in script or attributes.get("type") == "application/json"
