"""Serves a demo to the browsers of a room: a page, a stream of frames for each viewer, and the viewers' answers.

A program of its own, so that no viewer can disturb the demo.  It is told what to show on standard input, a line each:

    frame TAB JSON            what the room sees now
    ask TAB NUMBER TAB 1,2,3  the question that is open, and its possible answers; without answers, none is open

and says on standard output, a line each:

    listening TAB PORT             or: error TAB WORDS, and it ends
    watching TAB COUNT
    votes TAB NUMBER TAB {"1": 5}  how many viewers have chosen each answer of a question

At the end of its input it tells the viewers that the demo is over, and ends.  Nothing is kept: of an answer it knows
the name that a browser has made up for itself, until the next question.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet import stdio
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall
from twisted.protocols.basic import LineOnlyReceiver
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

HERE = Path(__file__).parent
FILES = (("", "page.html", "html"), ("page.css", "page.css", "css"), ("page.js", "page.js", "javascript"))
MOST_VIEWERS = 300
NICER = 10  # the poems' servers go first
LONGEST_NAME = 40  # characters of a viewer's name
LARGEST = 1 << 20  # bytes of a frame
LAST_SECONDS = 0.2  # in which the last words reach the viewers
ALIVE_SECONDS = 15.0  # between two comments in a stream, which show both sides that the other is there
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the link may hold a token
    "X-Content-Type-Options": "nosniff",
}
reactor: Any = _reactor


class SafeRequest(Request):
    """A request; it has no body, and its answer has the headers that keep a browser safe."""

    def gotLength(self, length: int | None) -> None:
        """Refuse a body at once, because no request of the page has one."""
        if length != 0:
            self.loseConnection()
        super().gotLength(length)

    def process(self) -> None:
        """Add the headers."""
        self.setHeader("Server", "Slow Poetry Lab")
        for name, value in HEADERS.items():
            self.setHeader(name, value)
        super().process()


class Viewer:
    """The stream to one browser.  A browser that reads slowly misses frames; nothing piles up for it."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._paused = False
        self._missed: bytes | None = None
        request.registerProducer(self, True)

    def send(self, event: bytes) -> None:
        """Send an event now, or, if the browser is slow, the latest one as soon as it has read what it was sent."""
        if self._paused:
            self._missed = event
        else:
            self._request.write(event)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        missed, self._missed = self._missed, None
        if missed:
            self.send(missed)

    def stopProducing(self) -> None:
        self._paused, self._missed = True, None

    def finish(self) -> None:
        """Say that the demo is over, and end the stream."""
        self._request.unregisterProducer()
        self._request.write(b"event: over\ndata: \n\n")
        self._request.finish()


class Audience:
    """All viewers, the frame that they see, and their answers to the question that is open."""

    def __init__(self) -> None:
        self.tell: Callable[..., None] = lambda *words: None
        self.viewers: dict[str, Viewer] = {}
        self._frame = b""
        self._number = ""
        self._answers: frozenset[int] = frozenset()
        self._votes: dict[str, int] = {}

    def show(self, frame: bytes) -> None:
        """Show a frame to all."""
        self._frame = b"data: %s\n\n" % frame
        self.send(self._frame)

    def send(self, event: bytes) -> None:
        """Send an event to all."""
        for viewer in list(self.viewers.values()):
            viewer.send(event)

    def ask(self, number: str, answers: frozenset[int]) -> None:
        """Open a question, or, without answers, close the one that is open; the answers so far are forgotten."""
        self._number, self._answers = number, answers
        self._votes.clear()

    def come(self, name: str, request: Any) -> None:
        """Begin a viewer's stream; a viewer who comes again, after a loss of the connection, replaces the old one."""
        self._left(name, self.viewers.get(name))
        viewer = self.viewers[name] = Viewer(request)
        request.notifyFinish().addBoth(lambda _: self._left(name, viewer))
        viewer.send(self._frame or b": wait\n\n")
        self.tell("watching", len(self.viewers))

    def _left(self, name: str, viewer: Viewer | None) -> None:
        if viewer is not None and self.viewers.get(name) is viewer:
            del self.viewers[name]
            self.tell("watching", len(self.viewers))

    def vote(self, name: str, number: str, answer: int) -> bool:
        """Count a viewer's answer, or change it; whether the question is open and the answer possible."""
        if name not in self.viewers or number != self._number or answer not in self._answers:
            return False
        self._votes[name] = answer
        self.tell("votes", number, json.dumps(Counter(self._votes.values())))
        return True

    def finish(self) -> None:
        """Tell all viewers that the demo is over."""
        for viewer in list(self.viewers.values()):
            viewer.finish()


def argument(request: Any, name: bytes) -> str:
    """An argument of a request's address; an empty text if it has none."""
    return str(request.args.get(name, [b""])[0].decode("utf-8", "replace"))


class File(Resource):
    """A file of the page."""

    isLeaf = True

    def __init__(self, data: bytes, kind: str) -> None:
        super().__init__()
        self._data, self._kind = data, kind

    def render_GET(self, request: Any) -> bytes:
        request.setHeader("Content-Type", f"text/{self._kind}; charset=utf-8")
        return self._data


class Watch(Resource):
    """The stream of frames, as Server-Sent Events."""

    isLeaf = True

    def __init__(self, audience: Audience) -> None:
        super().__init__()
        self._audience = audience

    def render_GET(self, request: Any) -> Any:
        name = argument(request, b"viewer")
        full = len(self._audience.viewers) >= MOST_VIEWERS and name not in self._audience.viewers
        if full or not 0 < len(name) <= LONGEST_NAME:
            request.setResponseCode(503 if full else 400)
            return b"The room is full." if full else b"A viewer needs a name."
        request.setHeader("Content-Type", "text/event-stream")
        self._audience.come(name, request)
        return NOT_DONE_YET


class Answer(Resource):
    """The answers of the viewers."""

    isLeaf = True

    def __init__(self, audience: Audience) -> None:
        super().__init__()
        self._audience = audience

    def render_POST(self, request: Any) -> Any:
        name, number, answer = (argument(request, each) for each in (b"viewer", b"question", b"answer"))
        taken = answer.isdecimal() and len(answer) < 4 and self._audience.vote(name, number, int(answer))
        request.setResponseCode(204 if taken else 409)
        return b""


class Told(LineOnlyReceiver):
    """The conversation with the demo: standard input and output."""

    delimiter = b"\n"
    MAX_LENGTH = LARGEST

    def __init__(self, audience: Audience, port: int) -> None:
        self._audience, self._port = audience, port

    def connectionMade(self) -> None:
        self._audience.tell = self.tell
        self.tell("listening", self._port)

    def tell(self, *words: object) -> None:
        """Say a line."""
        self.sendLine("\t".join(map(str, words)).encode())

    def lineReceived(self, line: bytes) -> None:
        word, _, rest = line.partition(b"\t")
        if word == b"frame":
            self._audience.show(rest)
        elif word == b"ask":
            number, _, answers = rest.decode().partition("\t")
            self._audience.ask(number, frozenset(int(each) for each in answers.split(",") if each))

    def connectionLost(self, reason: Any = None) -> None:
        self._audience.tell = lambda *words: None
        self._audience.finish()
        reactor.callLater(LAST_SECONDS, reactor.stop)


def site(audience: Audience, token: str) -> Site:
    """All that is served; with a token, nothing can be reached without it."""
    root: Any = Resource()
    room: Any = Resource() if token else root
    for path, name, kind in FILES:
        room.putChild(path.encode(), File((HERE / name).read_bytes(), kind))
    room.putChild(b"watch", Watch(audience))
    room.putChild(b"answer", Answer(audience))
    if token:
        root.putChild(token.encode(), room)
    return Site(root, requestFactory=SafeRequest)


def main(interface: str, port: int, token: str) -> None:
    """Serve until the input ends."""
    os.nice(NICER)
    audience = Audience()
    try:
        listening = reactor.listenTCP(port, site(audience, token), interface=interface)
    except CannotListenError as error:
        print("error", getattr(error.socketError, "strerror", None) or error.socketError, sep="\t")
        return
    stdio.StandardIO(Told(audience, listening.getHost().port))
    LoopingCall(audience.send, b": alive\n\n").start(ALIVE_SECONDS, now=False)
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
