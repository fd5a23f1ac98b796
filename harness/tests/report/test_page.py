"""The timelines of a run's page in a real browser: every mark at its time, one clock and one cursor for all clients."""

from __future__ import annotations

import json

import pytest
from chromium import Page
from report_page import (
    FRAMES,
    article,
    click,
    do,
    drawn,
    expected,
    middle_of_a_mark,
    pixel,
    point,
    ticks,
    times,
)

from harness.report.marks import marks
from harness.report.recorded import RecordedRun

AT = "Number(document.querySelector('.player .at').textContent.replace(' s', ''))"
LEFT = f"""document.querySelector('.cursor').getBoundingClientRect().left + 1
    - {article("honest/accents")}.querySelector('.plot').getBoundingClientRect().left"""
PANEL = "document.querySelector('#mark [role=status]').textContent"


def assert_same_times(found: list[float], recorded: list[float], near: float) -> None:
    """Each recorded time has a mark and each mark a time; marks that are equal are drawn once."""
    assert found and recorded
    for some, others in ((found, recorded), (recorded, found)):
        assert max(min(abs(t - other) for other in others) for t in some) < near


@pytest.mark.parametrize("client", ["honest", "python-blocking"])
@pytest.mark.parametrize("scenario", ["accents", "reset"])
def test_every_mark_stands_at_its_recorded_time(
    page: Page, page_recorded: RecordedRun, scenario: str, client: str
) -> None:
    anchor = f"{client}/{scenario}"
    for kind, recorded in expected(page_recorded, scenario, client).items():
        assert_same_times(times(page, anchor, kind), recorded, 1.5 * pixel(page, anchor))


def test_the_clients_of_a_scenario_share_one_time_axis_whose_labels_stand_over_its_lines(page: Page) -> None:
    boxes = page.js("[...document.querySelectorAll('.plot')].map((one) => one.getBoundingClientRect().toJSON())")
    assert len({(box["left"], box["width"]) for box in boxes}) == 1
    for _ in range(2):  # as it was written, and as it is drawn again
        away = page.js(
            """(() => { const [labels, lines] = ['.axis span', '.tick'].map((name) => (
                [...document.querySelector('.grid').querySelectorAll(name)].map((one) => one.getBoundingClientRect())));
            return labels.map((box, i) => Math.abs((box.left + box.right) / 2 - lines[i].left)); })()"""
        )
        assert len(away) > 2 and max(away) < 1.5
        do(page, "in")


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
    assert page.js("[...document.querySelectorAll('.cursor')].filter((one) => one.checkVisibility()).length") == 1
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


@pytest.mark.parametrize("kind", ["sent", "reported"])
def test_a_mark_shows_its_bytes_both_stamps_and_the_line_of_the_send_log(
    page: Page, page_recorded: RecordedRun, kind: str
) -> None:
    [cell] = [cell for cell in page_recorded.cells if (cell.scenario, cell.client) == ("accents", "honest")]
    assert cell.evidence is not None
    found = marks(cell.evidence)
    # The mark with most room beside it: on a busy machine others may stand in the same pixel.
    rows, places = getattr(found, kind), drawn(page, "honest/accents", kind)
    one = max(rows, key=lambda row: min(abs(row["t"] - other["t"]) for other in rows if other is not row))
    (first, x0), *_ = ticks(page, "honest/accents")
    place = x0 + (one["t"] - first) / pixel(page, "honest/accents")
    index = min(range(len(places)), key=lambda i: abs(places[i] - place))
    x, y = middle_of_a_mark(page, "honest/accents", kind, index)
    point(page, x, y)
    page.until("!document.getElementById('tip').hidden")
    text = page_recorded.scenarios["accents"].server(one["k"]).poem[one["s"] : one["e"]].decode(errors="replace")
    quoted = json.dumps(text, ensure_ascii=False)
    what = f"{kind}, bytes {one['s']} to {one['e']}: {quoted}"
    assert page.js("document.getElementById('tip').textContent").endswith(f"task {one['k']}: {what}")
    click(page, x, y)
    page.until(f"{PANEL}.includes('\"act\"')")
    said = page.js(PANEL)
    [send] = [row for row in found.sent if row["k"] == one["k"] and row["s"] < one["e"] <= row["e"]]
    [seen] = [row for row in found.reported if row["k"] == one["k"] and row["s"] < one["e"] <= row["e"]]
    for part in (quoted, f"{send['t']:.5f} s after the first accept", f"{seen['t']:.5f} s, reported"):
        assert part in said
    number, _, line = said.partition("send log")[2].partition(": ")
    assert cell.send_log.decode().splitlines()[int(number) - 1] == line
    act = json.loads(line)
    assert (act["act"], act["start"], act["end"]) == ("send", send["s"], send["e"])
    assert act["t"] - found.start == pytest.approx(send["t"], abs=2e-5)
    page.key("Escape", 27)
    assert page.js("document.getElementById('mark').hidden")


def test_a_mark_whose_bytes_are_not_in_the_page_says_so(page: Page) -> None:
    cell = "timelines.get('scenario/accents').views[0].cell"
    page.js(f"{cell}.scenario.poems = {cell}.scenario.poems.map((poem) => poem.slice(0, 5)), 0")
    said = [page.js(f"{cell}.bytes({{k: 1, s: {start}, e: {start + 3}}})") for start in (0, 5)]
    assert said[0].startswith('"') and "not kept in the page" in said[1]


def test_ctrl_and_wheel_zoom_and_the_wheel_alone_scrolls(page: Page) -> None:
    whole = ticks(page, "honest/accents")
    labels = "document.querySelector('.axis').textContent"
    page.js(f"before = {labels}, 0")
    for modifiers, done in ((0, "scrollY !== stood"), (2, f"{labels} !== before")):
        x, y = middle_of_a_mark(page, "honest/accents", "sent")
        page.js("stood = scrollY, 0")
        wheel = {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -200, "modifiers": modifiers}
        page.call("Input.dispatchMouseEvent", **wheel)
        page.until(done)
        assert (ticks(page, "honest/accents") == whole) == (modifiers == 0)


def test_dragging_moves_the_clock_with_the_pointer(page: Page) -> None:
    do(page, "in")
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
    assert page.js("document.getElementById('mark').hidden")  # a drag is no click


def test_zoom_and_move_keep_marks_and_axis_together_on_all_clients(page: Page, page_recorded: RecordedRun) -> None:
    whole = ticks(page, "honest/accents")
    do(page, "in")
    near = ticks(page, "honest/accents")
    assert near[-1][0] - near[0][0] < 0.7 * (whole[-1][0] - whole[0][0])
    for client in ("honest", "python-blocking"):
        recorded = expected(page_recorded, "accents", client)["sent"]
        anchor = f"{client}/accents"
        assert_same_times(times(page, anchor, "sent"), recorded, 1.5 * pixel(page, anchor))
    do(page, "all")
    assert dict(ticks(page, "honest/accents")) == pytest.approx(dict(whole), abs=0.1)


def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    page.js("document.querySelector('.player [data-do=next]').focus()")
    page.key("Enter", 13, "\r")
    first = page.js(PANEL)
    assert "bytes 0 to" in first
    page.key("Enter", 13, "\r")
    assert page.js(PANEL) != first
    page.js("document.querySelector('.player [data-do=previous]').focus()")
    page.key("Enter", 13, "\r")
    assert page.js(PANEL).startswith(first.partition("send log")[0])
    controls = "[...document.querySelectorAll('button, input, select, nav a')]"
    assert page.js(f"{controls}.every((one) => one.tabIndex === 0 && !one.disabled)")


def test_a_client_can_be_hidden(page: Page) -> None:
    page.js("document.querySelector('#clients input[value=\"python-blocking\"]').click()")
    seen = "[...document.querySelectorAll('article')].filter((node) => node.getClientRects().length).map((n) => n.id)"
    assert page.js(seen) == ["honest/accents", "hostile/accents", "honest/reset", "hostile/reset"]
    do(page, "in")  # a hidden client follows when it is shown again
    page.js("document.querySelector('#clients input[value=\"python-blocking\"]').click()")
    page.js(FRAMES)
    shown = (
        "[...document.querySelectorAll('.grid')[0].querySelectorAll('svg')].map((one) => one.getAttribute('viewBox'))"
    )
    assert len({box.partition(" 0 ")[0] for box in page.js(shown)}) == 1
