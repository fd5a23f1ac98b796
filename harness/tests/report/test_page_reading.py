"""What the page of a run says, to every reader: on a screen of any size, on paper, without JavaScript, by ear."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from chromium import Page
from report_page import FRAMES, middle_of_a_mark, point

from harness.paths import ROOT
from harness.report.page import page as page_of
from harness.report.recorded import RecordedRun, read_recorded
from harness.suites.browser import find_axe

SHOWN = "[...document.querySelectorAll('{}')].filter((node) => node.checkVisibility()).length"


def test_the_first_screen_has_the_verdict_and_the_matrix(page: Page, page_recorded: RecordedRun) -> None:
    assert "not as declared: hostile in accents" in page.js("document.querySelector('.headline').textContent")
    assert page.js("document.querySelector('.matrix').getBoundingClientRect().bottom") < 700
    assert page.js(SHOWN.format(".matrix td svg")) == sum(cell.evidence is not None for cell in page_recorded.cells)
    words = page.js("[...document.querySelectorAll('.matrix th .badges')].map((one) => one.textContent.trim())")
    # On a busy machine two poems may end so close together that their order is not known.
    assert words[0].split()[:3] == ["together", "read", "each"]
    differing = page.js(
        "[...document.querySelectorAll('.matrix tr:nth-child(2) .differs')].map((one) => one.textContent)"
    )
    assert "in turn" in differing and "each" not in differing


def test_the_matrix_links_to_each_cell(page: Page, page_recorded: RecordedRun) -> None:
    links = page.js("[...document.querySelectorAll('nav td a')].map((link) => link.getAttribute('href'))")
    assert sorted(links) == sorted(f"#{cell.client}/{cell.scenario}" for cell in page_recorded.cells)
    for link in links:
        page.js(f"document.querySelector('nav td a[href=\"{link}\"]').click()")
        box = f"document.getElementById('{link[1:]}').getBoundingClientRect()"
        page.until(f"{box}.top >= 0 && {box}.top < innerHeight")
        heading = page.js(f"document.getElementById('{link[1:]}').querySelector('h3').textContent")
        assert link[1:].split("/")[0] in heading


def test_every_sentence_of_what_differs_leads_to_a_place_of_the_page(page: Page) -> None:
    links = page.js("[...document.querySelectorAll('.findings a')].map((link) => link.hash.slice(1))")
    assert {"hostile/accents", "hostile/reset"} <= set(links)  # a busy machine may leave nothing to say of speed
    assert page.js(f"{json.dumps(links)}.every((id) => document.getElementById(id))")


def test_hostile_output_stays_text(page: Page, page_run: Path) -> None:
    assert page.js("document.querySelectorAll('img').length") == 0
    assert "</script><script>" in page.js("document.getElementById('scenario/accents').textContent")
    assert "\x1b" not in (page_run / "report.html").read_text("utf-8")
    # The script makes the descriptions of a mark, which must stay text too.
    x, y = middle_of_a_mark(page, "hostile/accents", "printed")
    point(page, x, y)
    page.until("!document.getElementById('tip').hidden")
    assert "</script><script>" in page.js("document.getElementById('tip').textContent")
    assert page.js("document.getElementById('tip').childElementCount") == 0
    page.js("document.querySelectorAll('#clients input').forEach((box) => box.value === 'hostile' || box.click())")
    page.js("document.querySelector('.player [data-do=next]').click()")
    page.until("document.getElementById('mark').textContent.includes('</script><script>')")
    assert page.js("document.querySelectorAll('#mark dd *').length") == 0
    for _ in range(40):
        page.js("document.querySelector('.player [data-do=next]').click()")
    assert page.js("typeof window.hacked") == "undefined"


def test_no_script_but_the_page_s_own_can_run(page: Page) -> None:
    page.js("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hacked = 3'}))")
    page.js("document.body.insertAdjacentHTML('beforeend', '<button id=evil onclick=\"window.hacked = 4\">x</button>')")
    page.js("document.getElementById('evil').click()")
    page.js(FRAMES)
    assert page.js("typeof window.hacked") == "undefined"


def test_a_send_log_from_elsewhere_stays_text(page_run: Path, browser: Page, tmp_path: Path) -> None:
    log = page_run / "cells" / "twisted" / "accents" / "honest" / "1" / "send-log.ndjson"
    before = log.read_bytes()
    evil = b'"due":1,"note":"</script><img src=x onerror=\'window.hacked = 5\'>",'
    try:
        log.write_bytes(before.replace(b'"act":"send",', b'"act":"send",' + evil))
        (tmp_path / "page.html").write_text(page_of(read_recorded(page_run)), "utf-8")
    finally:
        log.write_bytes(before)
    browser.open((tmp_path / "page.html").as_uri())
    browser.js(
        "accents = timelines.get('scenario/accents'), accents.choose(accents.views[0], accents.views[0].points[0])"
    )
    browser.until("document.getElementById('mark').textContent.includes('<img src=x')")
    assert browser.js("document.querySelectorAll('img').length") == 0
    assert browser.js("typeof window.hacked") == "undefined"


def test_the_page_fetches_nothing_and_reveals_nothing_about_the_machine(page: Page, page_run: Path) -> None:
    assert page.js("performance.getEntriesByType('resource').map((entry) => entry.name)") == []
    assert page.console == []
    text = (page_run / "report.html").read_text("utf-8")
    host = socket.gethostname()
    for secret in (str(ROOT), str(page_run.parent), *([host] if len(host) > 3 else [])):
        assert secret not in text


def test_the_page_of_the_default_run_is_small_and_has_all_clients_of_a_scenario_on_one_screen(
    browser: Page, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(read_recorded(ROOT / "docs" / "example-run.zip")), "utf-8")
    assert 200_000 < file.stat().st_size < 1_500_000
    browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
    browser.open(file.as_uri())
    box = "document.getElementById('scenario/trio').querySelector('.replay').getBoundingClientRect()"
    assert browser.js(f"{box}.height") < 700
    assert browser.js("document.getElementById('scenario/trio').querySelectorAll('article').length") == 7
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_the_comparisons_show_their_numbers_and_sample_sizes(page: Page, page_recorded: RecordedRun) -> None:
    figures = "[...document.getElementById('scenario/accents').querySelectorAll('.comparison .chart')]"
    said = page.js(f"{figures}.map((figure) => figure.textContent).join(' ')")
    [pair] = page_recorded.run["likeness"]["accents"]
    assert f"{pair['likeness']:.2f}" in said
    for cell in page_recorded.cells:
        if cell.scenario == "accents" and cell.record["verdict"] == "pass":
            assert cell.evidence is not None
            assert f"n = {len(cell.evidence.sightings)}" in said
            assert f"{cell.record['metrics']['order_pairs']} pairs" in said
    assert "honest" in said and "hostile" not in said


def test_a_difference_is_shown_in_place(page: Page) -> None:
    shown: dict[str, Any] = page.js(
        """(() => { const find = (tag) => document.querySelector(`.difference pre ${tag}`);
        return { expected: find('del').textContent, came: find('ins').textContent }; })()"""
    )
    assert shown["came"].startswith("</script>")
    assert shown["expected"] and shown["expected"] not in shown["came"]


def test_a_printed_page_has_the_pictures_and_figures_but_not_the_controls(page: Page) -> None:
    page.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert page.js(SHOWN.format(".player, .help, #tip, #theme")) == 0
        assert page.js(SHOWN.format(".timeline")) == page.js("document.querySelectorAll('.timeline').length") > 0
        assert page.js("document.querySelector('.figures table').getBoundingClientRect().height") > 50
    finally:
        page.call("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_is_no_wider_than_the_screen(page: Page, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    page.js("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.js(FRAMES)
    assert page.js("document.documentElement.scrollWidth") <= width
    page.call("Emulation.clearDeviceMetricsOverride")


def test_the_switch_changes_the_colours_whatever_the_system_says(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    seen = []
    for _ in range(3):
        seen.append((page.js("document.getElementById('theme').textContent"), page.js(paper)))
        page.js("document.getElementById('theme').click()")
    assert seen == [
        ("colours: system", "rgb(255, 255, 255)"),
        ("colours: light", "rgb(255, 255, 255)"),
        ("colours: dark", "rgb(20, 23, 26)"),
    ]
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert page.js(paper) == "rgb(20, 23, 26)"
    page.call("Emulation.setEmulatedMedia", features=[])


def test_without_javascript_the_matrix_the_pictures_and_the_figures_can_be_read(browser: Page, page_run: Path) -> None:
    browser.open_without_scripts((page_run / "report.html").as_uri())
    assert browser.js("document.body.dataset.drawn === undefined")
    for what in (".matrix table", ".timeline path.sent", ".axis span", ".findings li"):
        assert browser.js(SHOWN.format(what)) > 0
    assert browser.js(SHOWN.format(".player, #theme")) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: str) -> None:
    axe = find_axe()
    if axe is None:
        missing = "no axe-core here; ./lab test installs it if npm is there"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.js("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.js("document.querySelector('.player [data-do=next]').click()")
    page.js(axe.read_text("utf-8") + "; 0")
    found = page.js("axe.run().then((all) => all.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html)]))")
    page.call("Emulation.setEmulatedMedia", features=[])
    assert [one for one in found if one[0] in ("serious", "critical")] == []
