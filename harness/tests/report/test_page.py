"""The page of a run in a real browser: what a reader sees, and that no client can change the page."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Page, chromium
from lab_process import QUICK, WRONG, lab

from harness.paths import ROOT
from harness.report.marks import marks
from harness.report.recorded import RecordedRun, read_recorded
from harness.suites.browser import INSTALL, find_browser

HOSTILE = """
import sys, time
evil = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\\x1b[2J&lt;b&gt;"
for port in range(len(sys.argv) - 1):
    print(f"Task {port + 1}: failed: {evil}", file=sys.stderr)
print(evil, flush=True)
time.sleep(3)  # so that no other mark is near its mark
print("x" * 1_200_000)
sys.exit(0)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run, with its page: an honest client, a sequential one and a hostile one."""
    out = tmp_path_factory.mktemp("runs")
    hostile = tmp_path_factory.mktemp("clients") / "hostile"
    shutil.copytree(WRONG / "honest", hostile)
    (hostile / "client.py").write_text(HOSTILE)
    manifest = (hostile / "honest.client.toml").read_text().replace('"honest"', '"hostile"')
    (hostile / "hostile.client.toml").write_text(manifest)
    (hostile / "honest.client.toml").unlink()
    folders = [part for folder in (WRONG / "honest", hostile) for part in ("--client", folder)]
    clients = "honest,python-blocking,hostile"
    ended = lab(
        "compare", *folders, "--clients", clients, "--scenarios", "accents,reset", "--backend", "local",
        "--out", out, *QUICK,
    )  # fmt: skip
    assert ended.status == 1, ended
    [folder] = out.iterdir()
    assert lab("report", folder).status == 0
    return folder


@pytest.fixture(scope="module")
def recorded(run: Path) -> RecordedRun:
    return read_recorded(run)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = find_browser()
    if program is None:
        missing = f"no chromium here; install it with: {' '.join(INSTALL)}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with chromium(program, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page, run: Path) -> Page:
    """The page, just opened and completely drawn."""
    browser.open((run / "report.html").as_uri())
    return browser


def article(anchor: str) -> str:
    return f"document.getElementById('{anchor}')"


def ticks(page: Page, anchor: str) -> list[tuple[float, float]]:
    """The ticks of the time axis: (number at the tick, its place in the plot)."""
    found = page.js(
        f"""(() => {{
            const axis = [...{article(anchor)}.querySelectorAll('.role-axis')].findLast(
                (one) => one.textContent.includes('seconds after'));
            const left = {article(anchor)}.querySelector('.timeline').getBoundingClientRect().left;
            const x = (node) => {{ const r = node.getBoundingClientRect(); return (r.left + r.right) / 2 - left; }};
            const labels = [...axis.querySelectorAll('.role-axis-label text')].map((node) => node.textContent);
            return [...axis.querySelectorAll('.role-axis-tick line')].map((node, i) => [Number(labels[i]), x(node)]);
        }})()"""
    )
    return sorted((float(value), float(x)) for value, x in found)


def drawn(page: Page, anchor: str, kind: str) -> list[float]:
    """The places of the marks of a kind in the plot, in pixels from its left edge."""
    found = page.js(
        f"""(() => {{
            const left = {article(anchor)}.querySelector('.timeline').getBoundingClientRect().left;
            return [...{article(anchor)}.querySelectorAll('.{kind}_marks > path')].map((node) => {{
                const r = node.getBoundingClientRect(); return (r.left + r.right) / 2 - left; }});
        }})()"""
    )
    return [float(x) for x in found]


def expected(recorded: RecordedRun, scenario: str, client: str) -> dict[str, list[float]]:
    """The recorded times of each kind, in seconds after the first accept, from the evidence itself."""
    [cell] = [cell for cell in recorded.cells if (cell.scenario, cell.client) == (scenario, client)]
    assert cell.evidence is not None
    log, transcript = cell.evidence.log, cell.evidence.transcript
    start = log.connections[0].accepted
    return {
        "sent": sorted(t - start for connection in log.connections for t in connection.times),
        "reported": sorted(report.seen - start for report in transcript.reports),
        "printed": sorted({t - start for t in transcript.stdout.times}),
    }


@pytest.mark.parametrize("client", ["honest", "python-blocking"])
@pytest.mark.parametrize("scenario", ["accents", "reset"])
def test_every_mark_stands_at_its_recorded_time(page: Page, recorded: RecordedRun, scenario: str, client: str) -> None:
    anchor = f"{client}/{scenario}"
    (first, x0), *_, (last, x1) = ticks(page, anchor)
    near = 1.5 * (last - first) / (x1 - x0)  # a pixel and a half
    for kind, times in expected(recorded, scenario, client).items():
        found = sorted(first + (x - x0) * (last - first) / (x1 - x0) for x in drawn(page, anchor, kind))
        if kind == "printed":  # one piece of output can belong to several poems, with a mark for each
            found = [min(found, key=lambda t, time=time: abs(t - time)) for time in times]
        assert len(found) == len(times) > 0
        assert found == pytest.approx(times, abs=near), kind


def test_the_clients_of_a_scenario_share_one_time_axis(page: Page) -> None:
    assert ticks(page, "honest/accents") == ticks(page, "python-blocking/accents")


FRAMES = "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
AT = "Number(document.querySelector('.player .at').textContent.replace(' s', ''))"
LEFT = f"""{article("honest/accents")}.querySelector('.cursor').getBoundingClientRect().left
    - {article("honest/accents")}.querySelector('.timeline').getBoundingClientRect().left"""


def test_play_moves_the_cursor_at_the_speed_asked_for_and_pause_stops_it(page: Page) -> None:
    page.js("document.querySelector('.player .speed').value = -1")
    page.js("document.querySelector('.player .speed').dispatchEvent(new Event('input'))")
    page.js("document.querySelector('.player [data-do=play]').click()")
    # In a frame our callback runs after the player's with the same time stamp, so load cannot change the result.
    frame = f"new Promise((resolve) => requestAnimationFrame((now) => resolve([now, {AT}, {LEFT}])))"
    before = page.js(frame)
    page.until(f"{AT} > {before[1]} + 0.02")
    after = page.js(frame)
    assert after[1] - before[1] == pytest.approx((after[0] - before[0]) / 1000 * 0.1, abs=0.003)
    (first, x0), *_, (last, x1) = ticks(page, "honest/accents")
    for _, at, left in (before, after):
        assert left == pytest.approx(x0 + (at - first) * (x1 - x0) / (last - first), abs=3)
    page.js("document.querySelector('.player [data-do=play]').click()")
    stopped = page.js(frame)[1]
    page.js(FRAMES)
    assert page.js(AT) == stopped


def test_play_stops_at_the_end_and_leaves_nothing_veiled(page: Page) -> None:
    page.js("document.querySelector('.player .speed').value = 1")
    page.js("document.querySelector('.player .speed').dispatchEvent(new Event('input'))")
    page.js("document.querySelector('.player [data-do=play]').click()")
    page.until("document.querySelector('.player [data-do=play]').textContent.includes('play')")
    assert page.js("document.querySelector('.veil').getBoundingClientRect().width") == pytest.approx(0, abs=0.5)


def middle_of_a_mark(page: Page, anchor: str, kind: str, index: int = 0) -> tuple[float, float]:
    """The place of a mark of a kind in the window, after it was scrolled into view."""
    mark = f"[...{article(anchor)}.querySelectorAll('.{kind}_marks > path')].at({index})"
    page.js(f"{article(anchor)}.scrollIntoView({{block: 'center'}})")
    box = page.js(f"{mark}.getBoundingClientRect().toJSON()")
    return box["left"] + box["width"] / 2, box["top"] + box["height"] / 2


@pytest.mark.parametrize("kind", ["sent", "reported"])
def test_pointing_at_a_mark_shows_its_bytes(page: Page, recorded: RecordedRun, kind: str) -> None:
    [cell] = [cell for cell in recorded.cells if (cell.scenario, cell.client) == ("accents", "honest")]
    assert cell.evidence is not None
    # The last one, because it is drawn on top of its neighbours, which may be close to it.
    last = getattr(marks(cell.evidence), kind)[-1]
    x, y = middle_of_a_mark(page, "honest/accents", kind, -1)
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    page.until("!document.getElementById('tip').hidden")
    tip = page.js("document.getElementById('tip').textContent")
    text = recorded.scenarios["accents"].server(last["k"]).poem[last["s"] : last["e"]].decode(errors="replace")
    quoted = json.dumps(text, ensure_ascii=False)
    assert tip.endswith(f"task {last['k']}: {kind} bytes {last['s']} to {last['e']}: {quoted}")


def test_ctrl_and_wheel_zoom_and_the_wheel_alone_scrolls(page: Page) -> None:
    whole = ticks(page, "honest/accents")
    labels = f"{article('honest/accents')}.querySelector('.timeline').textContent"
    page.js(f"before = {labels}, 0")
    for modifiers, done in ((0, "scrollY !== stood"), (2, f"{labels} !== before")):
        x, y = middle_of_a_mark(page, "honest/accents", "sent")
        page.js("stood = scrollY, 0")
        wheel = {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -200, "modifiers": modifiers}
        page.call("Input.dispatchMouseEvent", **wheel)
        page.until(done)
        assert (ticks(page, "honest/accents") == whole) == (modifiers == 0)


def test_dragging_moves_the_clock_with_the_pointer(page: Page) -> None:
    page.js("document.querySelector('.player [data-do=in]').click()")
    page.js(FRAMES)
    before = dict(ticks(page, "honest/accents"))
    _, y = middle_of_a_mark(page, "honest/accents", "sent")
    at = {"y": y, "button": "left", "buttons": 1, "clickCount": 1}
    page.call("Input.dispatchMouseEvent", type="mousePressed", x=600, **at)
    for to in (590, 560, 500):
        page.call("Input.dispatchMouseEvent", type="mouseMoved", x=to, **at)
    page.call("Input.dispatchMouseEvent", type="mouseReleased", x=500, **at)
    page.js(FRAMES)
    after = dict(ticks(page, "honest/accents"))
    both = before.keys() & after.keys()
    assert len(both) > 1
    assert [after[tick] - before[tick] for tick in both] == pytest.approx([-100] * len(both), abs=1.5)
    assert after == dict(ticks(page, "python-blocking/accents"))


def test_the_matrix_links_to_each_cell(page: Page, recorded: RecordedRun) -> None:
    links = page.js("[...document.querySelectorAll('nav td a')].map((link) => link.getAttribute('href'))")
    assert sorted(links) == sorted(f"#{cell.client}/{cell.scenario}" for cell in recorded.cells)
    for link in links:
        page.js(f"document.querySelector('nav td a[href=\"{link}\"]').click()")
        box = f"document.getElementById('{link[1:]}').getBoundingClientRect()"
        page.until(f"{box}.top >= 0 && {box}.top < innerHeight")
        heading = page.js(f"document.getElementById('{link[1:]}').querySelector('h3').textContent")
        assert heading.startswith(link[1:].split("/")[0])


def test_hostile_output_stays_text(page: Page, run: Path) -> None:
    assert page.js("typeof window.hacked") == "undefined"
    assert page.js("document.querySelectorAll('img').length") == 0
    said = page.js("document.getElementById('hostile/accents').textContent")
    assert "</script><script>" in said
    assert "\x1b" not in (run / "report.html").read_text("utf-8")
    # The page makes the description of a mark, which must stay text too.
    x, y = middle_of_a_mark(page, "hostile/accents", "printed")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    page.until("!document.getElementById('tip').hidden")
    assert "</script><script>" in page.js("document.getElementById('tip').textContent")
    assert page.js("document.getElementById('tip').childElementCount") == 0
    page.js("document.querySelectorAll('#clients input').forEach((box) => box.value === 'hostile' || box.click())")
    page.js("document.querySelector('.player [data-do=next]').click()")
    page.until("document.querySelector('.player .now').textContent.includes('hostile')")
    for _ in range(40):
        page.js("document.querySelector('.player [data-do=next]').click()")
    assert page.js("typeof window.hacked") == "undefined"


def test_the_page_fetches_nothing_and_reveals_nothing_about_the_machine(page: Page, run: Path) -> None:
    assert page.js("performance.getEntriesByType('resource').map((entry) => entry.name)") == []
    assert page.console == []
    text = (run / "report.html").read_text("utf-8")
    own, _, _ = text.partition('<div id="tip"')  # what follows is the library
    host = socket.gethostname()
    for secret in (str(ROOT), str(run.parent), *([host] if len(host) > 3 else [])):
        assert secret not in own
    assert len(text) < 2_000_000


def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    page.js("document.querySelector('.player [data-do=next]').focus()")
    page.key("Enter", 13, "\r")
    first = page.js("document.querySelector('.player .now').textContent")
    assert "task" in first and "bytes 0 to" in first
    page.key("Enter", 13, "\r")
    second = page.js("document.querySelector('.player .now').textContent")
    assert second != first
    page.js("document.querySelector('.player [data-do=previous]').focus()")
    page.key("Enter", 13, "\r")
    assert page.js("document.querySelector('.player .now').textContent") == first
    reached = page.js(
        "[...document.querySelectorAll('button, input, nav a')].every((node) => node.tabIndex === 0 && !node.disabled)"
    )
    assert reached


def test_zoom_and_move_keep_marks_and_axis_together_on_all_clients(page: Page, recorded: RecordedRun) -> None:
    whole = ticks(page, "honest/accents")
    page.js("document.querySelector('.player [data-do=in]').click()")
    page.js(FRAMES)
    near = ticks(page, "honest/accents")
    assert near[-1][0] - near[0][0] < 0.7 * (whole[-1][0] - whole[0][0])
    assert near == ticks(page, "python-blocking/accents")
    (first, x0), *_, (last, x1) = near
    times = expected(recorded, "accents", "honest")["sent"]
    found = sorted(first + (x - x0) * (last - first) / (x1 - x0) for x in drawn(page, "honest/accents", "sent"))
    assert found == pytest.approx(times, abs=1.5 * (last - first) / (x1 - x0))
    page.js("document.querySelector('.player [data-do=all]').click()")
    page.js(FRAMES)
    assert ticks(page, "honest/accents") == whole


def test_the_comparisons_show_their_numbers_and_sample_sizes(page: Page, recorded: RecordedRun) -> None:
    figures = "[...document.getElementById('scenario/accents').querySelectorAll('.comparison .chart')]"
    said = page.js(f"{figures}.map((figure) => figure.textContent).join(' ')")
    [pair] = recorded.run["likeness"]["accents"]
    assert f"{pair['likeness']:.2f}" in said
    for cell in recorded.cells:
        if cell.scenario == "accents" and cell.record["verdict"] == "pass":
            assert cell.evidence is not None
            assert f"n = {len(cell.evidence.sightings)}" in said
            assert f"{cell.record['metrics']['order_pairs']} pairs" in said
    assert "honest" in said and "hostile" not in said


def test_a_difference_is_shown_in_place(page: Page) -> None:
    shown: dict[str, Any] = page.js(
        """(() => { const figure = document.getElementById('hostile/accents').querySelector('.difference');
        return { expected: figure.querySelector('del').textContent, came: figure.querySelector('ins').textContent };
        })()"""
    )
    assert shown["came"].startswith("</script>")
    assert shown["expected"] and shown["expected"] not in shown["came"]


def test_a_crowd_is_drawn_on_a_canvas_with_all_its_marks(browser: Page, tmp_path: Path) -> None:
    ended = lab(
        "compare", "--clients", "python-asyncio", "--scenarios", "crowd", "--tasks", "300", "--backend", "local",
        "--out", tmp_path, *QUICK,
    )  # fmt: skip
    assert ended.status == 0, ended
    [folder] = tmp_path.iterdir()
    assert lab("report", folder).status == 0
    browser.open((folder / "report.html").as_uri())
    [cell] = read_recorded(folder).cells
    assert cell.evidence is not None
    there = sum(len(connection.times) for connection in cell.evidence.log.connections)
    box = article("python-asyncio/crowd")
    assert f"{there} sends" in browser.js(f"{box}.querySelector('figcaption').textContent")
    # The share of pixels of a colour in a part of the canvas, in pixels of the page.
    read = f"""(x, y, width, height, wanted) => {{
        const canvas = {box}.querySelector('canvas'), scale = canvas.width / canvas.clientWidth;
        const part = [x, y, width, height].map((length) => length * scale);
        const {{ data }} = canvas.getContext('2d').getImageData(...part);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) found += data[i + 3] > 120 && wanted(...data.slice(i, i + 3));
        return found / (data.length / 4);
    }}"""
    sends = f"({read})(150, 10, 800, 120, (red, green, blue) => blue > red + 60)"
    words = f"({read})(0, 10, 115, 430, (red, green, blue) => Math.min(red, green, blue) > 180)"
    assert browser.js(sends) > 0.02
    assert browser.js(words) == 0
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    browser.call("Emulation.setEmulatedMedia", features=[dark])
    browser.until(f"{words} > 0.001")  # the colour of words on a dark page
    browser.call("Emulation.setEmulatedMedia", features=[])


def test_a_printed_page_has_the_marks_but_not_the_controls(page: Page) -> None:
    page.call("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll('{}')].filter((node) => node.getClientRects().length).length"
    assert page.js(shown.format(".player, fieldset, #tip")) == 0
    assert page.js(shown.format(".timeline svg")) == page.js("document.querySelectorAll('.timeline').length") > 0
    page.call("Emulation.setEmulatedMedia", media="")


def test_a_client_can_be_hidden(page: Page) -> None:
    page.js("document.querySelector('#clients input[value=\"python-blocking\"]').click()")
    seen = "[...document.querySelectorAll('article')].filter((node) => node.getClientRects().length).map((n) => n.id)"
    assert page.js(seen) == ["honest/accents", "hostile/accents", "honest/reset", "hostile/reset"]
