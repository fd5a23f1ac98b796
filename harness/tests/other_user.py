"""What a test's code does as a user who is not root."""

from __future__ import annotations

import os
from collections.abc import Callable


def as_nobody(said: Callable[[], str]) -> str:
    """What a function says in a process whose user is not root, because root may do everything."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            os.write(writer, said().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as text:
        told = text.read()
    os.waitpid(child, 0)
    return told
