"""The site, made once of a small run whose words are attacks: its links, its search, its pages in a browser."""

from __future__ import annotations

import html
import json
import os
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from chromium import Page
from hostile import EVIL, assert_no_element
from lab_process import lab
from report_page import FRAMES
from small_run import EXAMPLE_ID, small_run

from harness.demo.lecture import DEFAULT, path_of
from harness.demo.lecture import read as read_lecture
from harness.errors import LabError
from harness.lesson.lesson import discover
from harness.paths import ROOT
from harness.site.build import MARK
from harness.site.home import public
from harness.site.lecture import lecture
from harness.site.mkdocs import install_mkdocs
from harness.site.player import CAST, NAME, find_player

CLIENTS = ("python-twisted-inlinecallbacks", "erlang-processes")
FOR_SCRIPTS = ("pair/", "__")  # the beginnings of fragments that name no anchor


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site.  `./lab test` installs MkDocs; without it the tests are skipped, in CI they fail."""
    try:
        install_mkdocs(False, lambda line: None)
    except LabError as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") else pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("site")
    run = small_run(folder, (*CLIENTS, "haskell-lazy"), ("accents",))
    record = json.loads((run / "run.json").read_text("utf-8"))
    for client in record["clients"]:
        client.update(language=EVIL, model=EVIL, summary=EVIL[:100])
    record["provenance"] |= {"engine": EVIL, "commit": EVIL, "runtimes": {EVIL: EVIL}}
    record["scenarios"][0]["summary"] = EVIL
    for cell in record["cells"]:
        cell.update(verdict="fail", expected=False, reason={"code": EVIL, "sentence": EVIL})
    (run / "cells/twisted/accents/haskell-lazy/1/transcript.ndjson").unlink()  # so that its verdict stays
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    (run / "claims.json").write_text("[]")
    ended = lab("site", run, "--out", folder / "made", "--no-install")
    assert (ended.status, ended.stdout) == (0, f"open {folder / 'made' / 'index.html'}\n"), ended
    return folder / "made"


class Links(HTMLParser):
    """What a page links to or fetches, as (element, address), and the anchors in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append((tag, value))
            elif name == "id" and value:
                self.anchors.add(value)


@cache
def links_of(path: Path) -> Links:
    return Links(path.read_text("utf-8"))


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere, and what it fetches from elsewhere."""
    found = []
    for tag, address in links_of(page).links:
        to = urlsplit(address)
        target = page.parent / unquote(to.path) if to.path else page
        if to.scheme or to.netloc:
            if tag != "a":
                found.append(address)
        elif not target.is_file():
            found.append(address)
        elif target.suffix == ".html" and to.fragment and not to.fragment.startswith(FOR_SCRIPTS):
            found += [address] if unquote(to.fragment) not in links_of(target.resolve()).anchors else []
    return found


def test_every_link_leads_somewhere_and_nothing_is_fetched_from_elsewhere(made: Path) -> None:
    pages = sorted(made.resolve().rglob("*.html"))
    assert len(pages) > 100
    assert {str(page): wrong for page in pages if (wrong := broken(page))} == {}
    styles = "".join(path.read_text("utf-8") for path in made.rglob("*.css"))
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", styles)


def test_it_has_every_document_and_every_lesson_in_all_its_languages(made: Path) -> None:
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= {
        path.stem for path in (made / "docs").glob("*.html")
    }
    for name, lesson in discover().items():
        text = (made / "lessons" / f"{name}.html").read_text("utf-8")
        assert text.count('<figure class="output">') == len(lesson.variants)
    page = (made / "lecture.html").read_text("utf-8")
    scenes = read_lecture(path_of(DEFAULT))
    assert page.count('<figure class="film"') == len(scenes) > 5
    for scene in scenes:
        assert scene.text in html.unescape(page)
        assert all(f"<span>{name}</span>" in page for name in scene.clients.split(","))
    found = json.loads((made / "search" / "search_index.json").read_text("utf-8"))
    assert {"index.html", "docs/your-own-client.html", "code/client.html"} <= {one["location"] for one in found["docs"]}


def test_every_word_of_the_run_stays_a_word(made: Path) -> None:
    for name in ("index.html", "runs/index.html", f"runs/{EXAMPLE_ID}.html"):
        text = (made / name).read_text("utf-8")
        assert "hacked()" in text
        assert_no_element(text)


def test_a_reader_finds_in_a_browser_what_the_first_page_promises(made: Path, browser: Page) -> None:
    browser.call("Network.enable")
    browser.requests.clear()
    visit(browser, made / "index.html")
    assert browser.js("document.querySelector('.film').textContent.includes('twisted')")
    assert browser.js("document.querySelector('.veil').getAnimations().length") == 1
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    assert not browser.js("document.querySelector('.veil').checkVisibility()")
    browser.call("Emulation.setEmulatedMedia", features=[])
    search(browser, "inner deferred")
    found = "[...document.querySelectorAll('.md-search-result__link')]"
    browser.until(f"{found}.some((link) => link.href.includes('lessons/cancel-inner.html'))")
    search(browser, "www.example")  # of the run
    browser.until(f"{found}.some((link) => link.href.includes('runs/index.html'))")
    assert browser.js("[...document.querySelectorAll('.ways a')].map((link) => link.getAttribute('href'))")[:3] == [
        "code/client.html",
        f"runs/{EXAMPLE_ID}.html#pair/accents/{'/'.join(CLIENTS)}",
        "docs/your-own-client.html",
    ]
    assert browser.js("typeof hacked + typeof window.hacked") == "undefinedundefined"
    visit(browser, made / "runs" / f"{EXAMPLE_ID}.html", f"#pair/accents/{'/'.join(CLIENTS)}")
    assert browser.js("document.querySelector('article.pair h3').textContent").startswith(" over ".join(CLIENTS))
    visit(browser, made / "docs" / "failures.html")
    visible = "[...document.querySelectorAll('tbody tr')].filter((row) => row.checkVisibility()).length"
    before = browser.js(visible)
    browser.js(
        """(() => { const [client] = document.querySelectorAll('.filter input');
        client.value = 'erlang'; client.dispatchEvent(new Event('input', {bubbles: true})); })()"""
    )
    assert (before, browser.js(visible)) == (13, 2)
    assert not browser.console
    assert browser.requests and not [one for one in browser.requests if not one.startswith(("file:", "data:"))]
    browser.call("Network.disable")


def test_the_recording_of_the_lecture_plays_on_its_page_without_a_network(made: Path, browser: Page) -> None:
    if find_player() is None:
        missing = f"no {NAME} here; ./lab site installs it if npm is there"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    browser.call("Network.enable")
    browser.requests.clear()
    visit(browser, made / "lecture.html")
    late = ("player.js", "player.css", "cast.js")
    assert [one for one in browser.requests if one.endswith(late)] == []  # not before the reader asks for them
    *_, last = read_lecture(path_of(DEFAULT))
    shown = "document.querySelector('.ap-term')?.textContent"
    browser.js("[...document.querySelectorAll('button.scene')].at(-1).click()")
    browser.until(f"{shown}?.includes({json.dumps(last.title)})")
    seen = browser.js(shown)
    assert all(name in seen for name in last.clients.split(",")), seen
    browser.until(f"{shown} !== {json.dumps(seen)}")  # it plays
    browser.key(".", 190, ".")  # a key of the player; elsewhere it leads to the next page
    browser.js(FRAMES)
    assert browser.js("location.pathname").endswith("/lecture.html")
    assert not browser.console
    assert len([one for one in browser.requests if one.endswith(late)]) == len(late)
    assert not [one for one in browser.requests if not one.startswith(("file:", "data:"))]
    browser.call("Network.disable")
    browser.open_without_scripts((made / "lecture.html").as_uri())
    visible = "[...document.querySelectorAll('{}')].filter((one) => one.checkVisibility()).length"
    assert browser.js(visible.format(".film")) == len(read_lecture(path_of(DEFAULT)))
    assert browser.js(visible.format("[data-scene]")) == 0
    assert (made / browser.js("document.querySelector('.cast a').getAttribute('href')")).is_file()


def test_without_a_player_the_lecture_has_its_films_and_a_link_to_the_recording() -> None:
    page = lecture(plays=False)
    assert page.count('<figure class="film"') == len(read_lecture(path_of(DEFAULT)))
    assert f'href="docs/{CAST.name}"' in page
    assert "<button" not in page and "<script" not in page


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ("https://example.org/lab.git", True),
        ("https://user:secret@example.org/lab.git", False),
        ("git@example.org:lab.git", False),
        ("/home/me/lab", False),
        (None, False),
    ],
)
def test_only_an_address_from_which_anybody_can_clone_is_shown(origin: str | None, shown: bool) -> None:
    assert public(origin) == (origin if shown else "")


def test_code_side_by_side_is_never_cut(made: Path, browser: Page) -> None:
    for width, columns in ((1280, 3), (400, 1)):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        visit(browser, made / "code" / "client.html")
        places = browser.js(
            "[...document.querySelector('.abreast').children].map((one) => Math.round(one.getBoundingClientRect().x))"
        )
        assert len(set(places)) == columns
        blocks = "[...document.querySelectorAll('.abreast pre, .abreast code')]"
        assert browser.js(f"{blocks}.length") > 20
        assert browser.js(f"{blocks}.every((one) => one.scrollWidth <= one.clientWidth)")
        assert browser.js("document.documentElement.scrollWidth") == width
    browser.call("Emulation.clearDeviceMetricsOverride")
    source = (ROOT / "python/slowpoetry/clients/twisted_protocol.py").read_text("utf-8")
    assert browser.js("document.querySelector('.abreast code').textContent").rstrip() == source.rstrip()


def test_a_key_of_the_failure_matrix_and_the_words_of_the_lab_are_explained(made: Path) -> None:
    page = (made / "docs" / "failures.html").read_text("utf-8")
    keys = re.findall(r"<li><code>(\w+)</code> (.*?)</li>", page)
    assert len(keys) > 5
    for key, said in keys:
        words = html.unescape(re.sub("<[^>]*>", "", said))
        titles = re.findall(rf'<td><abbr title="([^"]*)">{key}</abbr>', page)
        assert titles and {html.unescape(title) for title in titles} == {words}
    assert not re.search(r"<td>[a-z]{1,2}[ ,!<]", page)
    for name, word in (
        ("docs/cluster.html", "cells"),
        ("docs/reading-the-table.html", "floor"),
        ("docs/architecture.html", "likeness"),
    ):
        assert re.search(rf'<abbr title="[^"]+">{word}</abbr>', (made / name).read_text("utf-8")), name
    assert "one client in one scenario" in (made / "index.html").read_text("utf-8")


def visit(page: Page, path: Path, fragment: str = "") -> None:
    page.call("Page.navigate", url="about:blank")
    page.console.clear()
    page.call("Page.navigate", url=path.as_uri() + fragment)
    page.until("location.protocol === 'file:' && document.readyState === 'complete'")
    page.js(FRAMES)


def search(page: Page, words: str) -> None:
    page.js(
        f"""(() => {{ const box = document.querySelector('.md-search__input'); box.focus(); box.value = '{words}';
        box.dispatchEvent(new KeyboardEvent('keyup', {{bubbles: true}})); }})()"""
    )


def test_a_site_is_replaced_by_the_next_one_and_nothing_else_is(made: Path, tmp_path: Path) -> None:
    assert (made / MARK).is_file()
    (tmp_path / "mine.txt").write_text("mine")
    lab("site", "--out", tmp_path).refused(2, str(tmp_path), "something else than a site")
    assert (tmp_path / "mine.txt").read_text() == "mine"
