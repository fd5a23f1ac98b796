"""The page of a crowd of ten thousand tasks: soon there, counted by density, in detail when a part of it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import Page
from evidence_maker import PEAR_SERVER, ROSE_SERVER, TYGER_SERVER, client, evidence, run, scenario, together
from report_page import FRAMES, article, do

from harness.report.page import page as page_of
from harness.report.recorded import RecordedCell, RecordedRun

TASKS = 10_000
CROWD = scenario(ROSE_SERVER, TYGER_SERVER, PEAR_SERVER, tasks=TASKS, name="crowd")
VIEW = "timelines.get('scenario/crowd').views[0]"
# The cells that each band has drawn.
COUNTED = """['sent', 'reported', 'printed'].map((kind) => [0, 1, 2].reduce((sum, level) => {
    const drawn = document.querySelector(`.timeline path[class="${kind} level${level}"]`)?.getAttribute('d') ?? '';
    return sum + drawn.split('h').length - 1; }, 0))"""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a client that fetches ten thousand poems together."""
    accepts = {task: at + 1e-4 * (task % 7000) for task, at in together(CROWD).items()}
    who, seen = client(), evidence(CROWD, accepts=accepts)
    record = {
        "server": "twisted", "client": "made", "scenario": "crowd", "round": 1, "attempt": 1, "verdict": "pass",
        "expected": True, "reason": {"code": "as-declared", "sentence": "all as declared"}, "axes": {}, "metrics": {},
        "exit_status": 0, "evidence": {},
    }  # fmt: skip
    recorded = RecordedRun(run([who], [CROWD], record), {"crowd": CROWD}, [RecordedCell(record, seen)])
    file = tmp_path_factory.mktemp("crowd") / "page.html"
    file.write_text(page_of(recorded), "utf-8")
    return file


@pytest.fixture
def page(browser: Page, crowd: Path) -> Page:
    browser.open(crowd.as_uri())
    return browser


def test_its_picture_is_there_before_any_script_has_run(browser: Page, crowd: Path) -> None:
    browser.open_without_scripts(crowd.as_uri())
    assert browser.js("document.querySelectorAll('.timeline path.level0, .timeline path.level2').length") > 3
    text = crowd.read_text("utf-8")
    assert text.index('class="timeline"') < text.index('class="data"')  # nor need it wait for the marks to be read
    assert len(text[: text.index('class="data"')]) < 1_000_000


def test_all_marks_are_counted_and_a_part_of_them_in_detail(page: Page) -> None:
    marks = page.js(f"['sent', 'reported', 'printed'].map((kind) => {VIEW}.cell[kind].length)")
    assert min(marks) >= TASKS
    page.js("timelines.get('scenario/crowd').show(timelines.get('scenario/crowd').whole)")
    page.js(FRAMES)
    assert page.js(f"{VIEW}.drawn") == sum(marks)
    whole = page.js(COUNTED)
    for _ in range(9):
        do(page, "in")
    shown = page.js(
        f"""(() => {{ const one = timelines.get('scenario/crowd'), [from, to] = one.shown, [first, last] = one.rows;
        return [last - first, {VIEW}.points.filter(({{ t, row }}) => t >= from && t < to
            && row.k - 1 >= first && row.k - 1 < last).length]; }})()"""
    )
    assert shown[0] < 30  # a few tasks, each in a lane of its own
    assert abs(page.js(f"{VIEW}.drawn") - shown[1]) <= 2  # but for marks on the very edge
    assert sum(page.js(COUNTED)) < sum(whole)
    do(page, "all")
    assert page.js(COUNTED) == whole


def test_its_marks_can_be_chosen_one_by_one(page: Page) -> None:
    page.js("document.querySelector('.player [data-do=next]').click()")
    said = page.js("document.getElementById('mark').textContent")
    assert "task " in said and "bytes 0 to" in said
    assert page.js(f"{article('made/crowd')}.querySelector('.ring') !== null")
