"""The player of a live demo: a signal ends it at whatever moment it comes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from harness.demo.live import LivePlayer


class Started:
    """Stands for a client that starts at once and connects when the test says so."""

    def __init__(self) -> None:
        self.connected = asyncio.Event()

    async def start(self) -> None:
        pass


@pytest.mark.parametrize("turns", range(8))
def test_a_start_is_cancelled_so_many_turns_of_the_loop_after_the_last_client_connected(turns: int) -> None:
    async def story() -> None:
        first: Any = Started()
        last: Any = Started()
        player = LivePlayer(lambda: pytest.fail("no pod is started"), [first, last], Path(), lambda event: None)
        starting = asyncio.create_task(player.start())
        first.connected.set()
        for _ in range(8):
            await asyncio.sleep(0)
        last.connected.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    asyncio.run(story())
