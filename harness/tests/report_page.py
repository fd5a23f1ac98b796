"""What a reader finds on the page of a run: ticks and marks of its timelines, in pixels."""

from __future__ import annotations

from chromium import Page

from harness.report.recorded import RecordedRun

FRAMES = "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


def article(anchor: str) -> str:
    return f"document.getElementById('{anchor}')"


def do(page: Page, what: str) -> None:
    """Press a button of the first player, and wait until the timelines are drawn."""
    page.js(f"document.querySelector('.player [data-do={what}]').click()")
    page.js(FRAMES)


def ticks(page: Page, anchor: str) -> list[tuple[float, float]]:
    """The ticks of the time axis: (number at the tick, its place in the plot)."""
    found = page.js(
        f"""(() => {{
            const grid = {article(anchor)}.closest('.grid');
            const left = {article(anchor)}.querySelector('.plot').getBoundingClientRect().left;
            const labels = [...grid.querySelectorAll('.axis span')].map((node) => parseFloat(node.textContent));
            const places = [...grid.querySelectorAll('.tick')].map((node) => node.getBoundingClientRect().left - left);
            return places.map((x, i) => [labels[i], x]);
        }})()"""
    )
    return [(float(value), float(x)) for value, x in found]


def drawn(page: Page, anchor: str, kind: str) -> list[float]:
    """The places of the marks of a kind in the plot that lie within it, in pixels from its left edge."""
    found = page.js(
        f"""(() => {{
            const svg = {article(anchor)}.querySelector('.timeline'), node = svg.querySelector('path.{kind}');
            const [left, , width] = svg.getAttribute('viewBox').split(' ').map(Number);
            const scale = svg.getBoundingClientRect().width / width;
            return [...(node?.getAttribute('d') ?? '').matchAll(/M([-.0-9e]+) /g)].map((m) => (m[1] - left) * scale);
        }})()"""
    )
    return [float(x) for x in found]


def times(page: Page, anchor: str, kind: str) -> list[float]:
    """The times at which the marks of a kind are drawn, by the ticks of the axis."""
    (first, x0), *_, (last, x1) = ticks(page, anchor)
    return sorted(first + (x - x0) * (last - first) / (x1 - x0) for x in drawn(page, anchor, kind))


def pixel(page: Page, anchor: str) -> float:
    """The seconds in one pixel."""
    (first, x0), *_, (last, x1) = ticks(page, anchor)
    return (last - first) / (x1 - x0)


def middle_of_a_mark(page: Page, anchor: str, kind: str, index: int = 0) -> tuple[float, float]:
    """The place of a mark of a kind in the window, after it was scrolled into view."""
    page.js(f"{article(anchor)}.scrollIntoView({{block: 'center'}})")
    x = drawn(page, anchor, kind)[index]
    box, y = page.js(
        f"""(() => {{
            const svg = {article(anchor)}.querySelector('.timeline');
            const marks = svg.querySelector('path.{kind}').getAttribute('d');
            const all = [...marks.matchAll(/M[-.0-9e]+ ([.0-9]+)(?:v([.0-9]+))?/g)];
            const [, top, high] = all.at({index});
            return [svg.getBoundingClientRect().toJSON(), Number(top) + Number(high ?? 0) / 2];
        }})()"""
    )
    return box["left"] + x, box["top"] + y


def point(page: Page, x: float, y: float) -> None:
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)


def click(page: Page, x: float, y: float) -> None:
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


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
