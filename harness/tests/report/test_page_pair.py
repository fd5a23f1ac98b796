"""The pair view of a run's page: two clients over one another, and what they saw in another order."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Page
from report_page import FRAMES, article, click, do, expected

from harness.report.page import page as page_of
from harness.report.recorded import RecordedRun


def choose(page: Page, first: str, second: str) -> str:
    """Choose a pair; returns what the page says of it."""
    page.js(
        f"""document.querySelector('.player').querySelectorAll('select').forEach((choice, i) => {{
            choice.value = {[first, second]}[i]; choice.dispatchEvent(new Event('change')); }})"""
    )
    page.js(FRAMES)
    return str(page.js("document.querySelector('article.pair h3').textContent"))


def test_the_pair_view_colours_what_two_clients_saw_in_another_order(page: Page) -> None:
    said = choose(page, "honest", "python-blocking")
    assert said.startswith("honest over python-blocking: the upper connects to all addresses at once")
    assert "; the lower connects to one address after another" in said
    told = page.js("document.querySelector('.traits').textContent")
    counts = page.js(
        """['same', 'other'].map((name) => document.querySelector(`article.pair path.${name}`)
        .getAttribute('d').split('M').length - 1)"""
    )
    assert counts[1] > 20
    [(odd_one, one, odd_two, two)] = re.findall(r"(\d+) of (\d+) and (\d+) of (\d+) marks are in another order;", told)
    assert counts[1] == int(odd_one) + int(odd_two)
    assert sum(counts) == int(one) + int(two)
    for side in ("left", "width"):
        places = [
            f"{one}.querySelector('.plot').getBoundingClientRect().{side}"
            for one in ("document.querySelector('article.pair')", article("honest/accents"))
        ]
        assert page.js(" === ".join(places))
    do(page, "in")
    width = page.js("document.querySelector('article.pair svg').getAttribute('viewBox')").split()[2]
    assert float(width) == pytest.approx(500)


def test_the_pair_view_shows_when_each_client_printed(page: Page, page_recorded: RecordedRun) -> None:
    choose(page, "honest", "python-blocking")
    d = page.js("document.querySelector('article.pair path.printed').getAttribute('d')")
    marks = [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h", d)]
    start, end = page.js("timelines.get('scenario/accents').plot.clock")
    count = 0
    for client, lane in (("honest", "upper"), ("python-blocking", "lower")):
        times = sorted(set(expected(page_recorded, "accents", client)["printed"]))
        top, bottom = page.js(
            f"""(() => {{ const {{tasks, lane, out}} = timelines.get('scenario/accents').paired.plot;
            return [0, 1].map((i) => tasks * lane + ({["upper", "lower"].index(lane)} + i) * out); }})()"""
        )
        drawn = sorted({start + x / 1000 * (end - start) for x, y in marks if top < y < bottom})
        assert [drawn[0], drawn[-1]] == pytest.approx([times[0], times[-1]], abs=0.001)
        count += sum(top < y < bottom for _, y in marks)
    assert count == len(marks)


def test_the_order_of_a_pair_is_that_of_its_marks(page: Page) -> None:
    mine = [{"t": t, "k": k, "e": e} for t, k, e in ((0.0, 1, 5), (0.1, 2, 5), (0.2, 1, 9))]

    def other(*marks: tuple[float, int, int]) -> list[bool]:
        theirs = [{"t": t, "k": k, "e": e} for t, k, e in marks]
        return list(page.js(f"inverted({json.dumps(mine)}, {json.dumps(theirs)})"))

    assert other((1.0, 1, 5), (1.1, 2, 5), (1.2, 1, 9)) == [False, False, False]
    assert other((1.0, 1, 5), (1.2, 1, 9), (1.3, 2, 5)) == [False, True, True]
    assert other((1.0, 2, 5), (1.1, 1, 9)) == [True, True, False]
    assert other((1.0, 1, 5), (1.2, 1, 9), (1.203, 2, 5)) == [False, False, False]  # too near to have an order
    assert other((1.0, 1, 9)) == [False, False, False]  # a poem that the other never saw


def test_a_mark_of_a_pair_can_be_chosen_and_names_its_client(page: Page) -> None:
    choose(page, "honest", "python-blocking")
    page.js("document.querySelector('article.pair').scrollIntoView({block: 'center'})")
    x, y = page.js(
        """(() => { const view = timelines.get('scenario/accents').paired, box = view.box.getBoundingClientRect();
        const [from, to] = view.plot.clock, last = view.points.at(-1);
        return [box.left + (last.t - from) / (to - from) * box.width, box.top + last.y]; })()"""
    )
    click(page, x, y)
    page.until("document.getElementById('mark').textContent.includes('\"act\"')")
    assert "python-blocking" in page.js("document.querySelector('#mark dd').textContent")


def test_what_differs_opens_the_pair_it_speaks_of(browser: Page, page_recorded: RecordedRun, tmp_path: Path) -> None:
    # The clients of this run see everything in the order sent, so that no pair of them is worth noticing.
    run = page_recorded.run
    [pair] = run["likeness"]["accents"]
    unlike = replace(page_recorded, run={**run, "likeness": {"accents": [{**pair, "likeness": 0.4}]}})
    (path := tmp_path / "report.html").write_text(page_of(unlike), "utf-8")
    browser.open(path.as_uri())
    page = browser
    link = "document.querySelector('.findings a[data-pair]')"
    a, b = page.js(f"JSON.parse({link}.dataset.pair)")
    page.js(f"{link}.click()")
    page.js(FRAMES)
    assert page.js(
        f"document.getElementById({link}.hash.slice(1)).querySelector('article.pair h3').textContent"
    ).startswith(f"{a} over {b}: ")
