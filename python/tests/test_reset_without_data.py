"""A reset that the kernel reports as a hang-up alone, before the connection is readable."""

from __future__ import annotations

import select
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.main import CONNECTION_LOST
from twisted.internet.posixbase import _PollLikeMixin

from slowpoetry.clients.twisted_protocol import read_before_end

FILE = 7


class Reactor(_PollLikeMixin):
    """What the epoll reactor decides with, and why it ended the connection."""

    _POLL_DISCONNECTED = select.EPOLLHUP | select.EPOLLERR
    _POLL_IN = select.EPOLLIN
    _POLL_OUT = select.EPOLLOUT
    why: Any = None

    def __init__(self) -> None:
        self._reads = {FILE}

    def _disconnectSelectable(self, selectable: object, why: object, isRead: bool) -> None:
        self.why = why


class ResetConnection:
    """A connection whose next read fails with ECONNRESET."""

    def fileno(self) -> int:
        return FILE

    def logPrefix(self) -> str:
        return "test"

    def doRead(self) -> object:
        return CONNECTION_LOST


def test_a_hang_up_without_data_is_read_and_so_known_as_a_reset() -> None:
    reactor = Reactor()
    read_before_end(reactor)
    reactor._doReadOrWrite(ResetConnection(), FILE, select.EPOLLHUP | select.EPOLLERR)
    assert isinstance(reactor.why, ConnectionLost)
