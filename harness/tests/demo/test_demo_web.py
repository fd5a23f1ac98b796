"""A room that watches the demo in its browsers: a real browser and twenty plain viewers see the same, and answer."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import pytest
from chromium import Page
from demo_stage import FIRST, SECOND, client, recorded_scene, run, status, until
from rich.text import Text

from harness.demo.app import DemoApp
from harness.demo.events import Accepted, Closed, Command, Ended, Event, Printed, Sent
from harness.demo.frame import frame, parts
from harness.demo.performance import Performance
from harness.demo.room import Room, opened
from harness.demo.scene import PREDICT
from harness.demo.web.server import Viewer
from harness.errors import UsageError

VIEWERS = 20


def events() -> list[Event]:
    """Two poems are sent; then the second one is printed first."""
    return [
        Command(0, ("resume",)), Accepted(0, 0, 1), Accepted(0, 0, 2), Sent(1, 0, 1, 0, 6),
        Printed(1, 0, "stdout", b"another\none road\n"),
        Sent(2, 0, 2, 0, len(SECOND)), Closed(2, 0, 2, "close"), Sent(3, 0, 1, 6, len(FIRST)), Ended(3, 0, 0),
    ]  # fmt: skip


async def request(port: int, line: str, *, host: str = "127.0.0.1") -> tuple[str, bytes]:
    """The status line of an answer, and all of it."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"{line} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.split(b"\r\n")[0].decode(), answer


async def watch(port: int, name: str, seen: dict[str, dict[str, Any]]) -> bool:
    """A viewer: keeps its last frame in `seen`; returns whether it was told that the demo is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /watch?viewer={name} HTTP/1.1\r\nHost: lab\r\n\r\n".encode())
    over = False
    while line := await reader.readline():
        if line.startswith(b"data: {"):
            seen[name] = json.loads(line[6:])
        over |= line.startswith(b"event: over")
    writer.close()
    return over


def port_of(room: Room) -> int:
    return int(room.link.rsplit(":", 1)[1].split("/")[0])


def test_a_room_watches_answers_and_sees_the_spread_of_its_answers(browser: Page) -> None:
    seen: dict[str, dict[str, Any]] = {}

    async def in_browser(do: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(do)

    async def story() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: "Press space to start" in status(app), "the scene is open")
            watching = [asyncio.create_task(watch(port, f"viewer{n}", seen)) for n in range(VIEWERS)]
            await in_browser(lambda: browser.open(room.link))
            await until(pilot, lambda: room.watching == VIEWERS + 1, "all watch")
            await pilot.press("space")
            question = "Which poem will a print first?"
            await until(pilot, lambda: question in status(app), "the lecturer sees the question")
            await until(
                pilot, lambda: len(seen) == VIEWERS and all(each["question"] for each in seen.values()), "so do all"
            )
            number = seen["viewer0"]["question"]["number"]
            assert {each["question"]["words"] for each in seen.values()} == {question}
            # A third of the room is right; the browser is wrong first, and then changes its answer.
            for n in range(VIEWERS):
                answer = 2 if n % 3 == 0 else 1
                said, _ = await request(port, f"POST /answer?viewer=viewer{n}&question={number}&answer={answer}")
                assert said == "HTTP/1.1 204 No Content"
            buttons = "[...document.querySelectorAll('#answers button')]"
            await in_browser(lambda: browser.until(f"{buttons}.length === 2"))
            for index in (0, 1):
                await in_browser(lambda index=index: browser.js(f"{buttons}[{index}].click()"))
                await in_browser(
                    lambda index=index: browser.until(f"{buttons}[{index}].getAttribute('aria-pressed') === 'true'")
                )
            await until(pilot, lambda: room.votes == {1: 13, 2: 8}, "all answers are counted")
            await until(pilot, lambda: "21 of 21 have answered. v reveals." in status(app), "the lecturer knows")
            # No viewer can do anything else: not answer what was not asked, nor for nobody, nor press a key.
            for wrong in (f"viewer0&question={number}&answer=3", f"viewer0&question={number + 1}&answer=1",
                          f"nobody&question={number}&answer=1", "viewer0&question=&answer=q"):  # fmt: skip
                assert (await request(port, f"POST /answer?viewer={wrong}"))[0] == "HTTP/1.1 409 Conflict"
            await pilot.press("v")
            await until(pilot, lambda: "1 ▇" in heading() and " 13 " in heading(), "the lecturer sees the spread")
            await until(pilot, lambda: (seen["viewer1"]["last"] or {}).get("votes") == [[1, 13], [2, 8]], "so do all")
            await in_browser(lambda: browser.until("document.querySelectorAll('.bar')[0]?.textContent === '13'"))
            assert (await request(port, f"POST /answer?viewer=viewer0&question={number}&answer=2"))[0].endswith(
                "Conflict"
            )
            await pilot.press("space")
            await until(pilot, lambda: app.show.over, "the recording has ended")
            await until(pilot, lambda: "8 of 21 answers were right" in status(app), "the score is that of the room")
            await in_browser(lambda: browser.until("document.querySelector('.bar.right')?.textContent === '8 ✓ right'"))
            await in_browser(lambda: browser.until("document.querySelector('article.ended .dim')"))
            await until(pilot, lambda: all(each == seen["viewer0"] for each in seen.values()), "all see the same")
            for width, mobile in ((1280, False), (400, True)):
                await in_browser(
                    lambda width=width, mobile=mobile: browser.call(
                        "Emulation.setDeviceMetricsOverride",
                        width=width,
                        height=800,
                        deviceScaleFactor=1,
                        mobile=mobile,
                    )
                )
                wide = await in_browser(lambda: browser.js("document.documentElement.scrollWidth"))
                assert wide <= width, "the page scrolls sideways"
            assert browser.console == []
            await pilot.press("q")
        assert await asyncio.gather(*watching) == [True] * VIEWERS
        await in_browser(lambda: browser.until("document.getElementById('status').textContent === 'The demo is over.'"))

    def heading() -> str:
        return str(app.query_one("#heading").render())  # type: ignore[attr-defined]

    with opened("127.0.0.1", 0) as room:
        port = port_of(room)
        app = DemoApp([recorded_scene([client("a")], events(), mode=PREDICT)], room=room)
        try:
            run(story())
        finally:
            browser.call("Emulation.clearDeviceMetricsOverride")
    assert app.return_value == 0 and room._process.returncode == 0


def test_elsewhere_than_on_loopback_the_link_has_a_token_and_nothing_is_served_without_it() -> None:
    async def story() -> None:
        assert token
        for path in ("/", "/page.js", "/watch?viewer=a", f"/{token}x/"):
            assert "404" in (await request(port, f"GET {path}"))[0]
        said, page = await request(port, f"GET /{token}/")
        assert "200" in said and b"<title>Slow Poetry Lab</title>" in page
        assert b"default-src 'none'" in page and b"Referrer-Policy: no-referrer" in page and b"http" not in page[200:]
        assert "503" not in (await request(port, f"GET /{token}/watch"))[0]
        assert "405" in (await request(port, f"POST /{token}/"))[0]

    with opened("0.0.0.0", 0) as room:
        port, token = port_of(room), room.link.rstrip("/").rpartition("/")[2]
        run(story())


def test_an_address_that_cannot_be_used_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for interface, number, words in (
            ("127.0.0.1", port, rf"port {port} of 127\.0\.0\.1: Address already in use; choose another --port"),
            ("192.0.2.1", 0, r"--web cannot listen on port 0 of 192\.0\.2\.1"),
            ("localhost", 0, "--interface 'localhost': must be an IP address"),
            ("127.0.0.1", 70000, "--port 70000: must be from 0 to 65535"),
        ):
            with pytest.raises(UsageError, match=words), opened(interface, number):
                pass


def test_a_viewer_that_reads_slowly_misses_frames_and_gets_the_latest() -> None:
    class Slow:
        def __init__(self) -> None:
            self.written: list[bytes] = []

        def registerProducer(self, producer: object, streaming: bool) -> None:
            assert streaming

        def write(self, data: bytes) -> None:
            self.written.append(data)

    request = Slow()
    viewer = Viewer(request)
    viewer.send(b"1")
    viewer.pauseProducing()
    for event in (b"2", b"3", b"4"):
        viewer.send(event)
    assert request.written == [b"1"]
    viewer.resumeProducing()
    assert request.written == [b"1", b"4"]


def test_a_frame_has_the_same_words_as_the_terminal_in_parts_of_one_style() -> None:
    performance = Performance(recorded_scene([client("a")], []), lambda: None)
    for event in events():
        performance.show.feed(event)
    made = frame(performance, "1/2 Title", 0, dark=True)
    json.dumps(made)
    [pane] = made["panes"]
    lanes = cast(list[tuple[str, str]], pane["lanes"])
    assert "".join(words for words, _ in lanes).splitlines()[0].startswith("1 ")
    assert ("1 ", "bold t1") in lanes and any(classes == "t2" and "□" in words for words, classes in lanes)
    assert all(before[1] != after[1] for before, after in pairwise(lanes))
    text = Text("plain ").append("red", style="bold").append(" end")
    assert parts(text, True) == [("plain ", ""), ("red", "bold"), (" end", "")]
