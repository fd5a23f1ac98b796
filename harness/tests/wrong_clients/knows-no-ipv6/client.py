"""Connects over IPv4 only."""

import asyncio
import socket

from slowpoetry.clients import asyncio_streams as honest

honest.connect = lambda address: asyncio.open_connection(*address, family=socket.AF_INET)
honest.main()
