"""Reports a failure of an address that did not fail."""

from slowpoetry.clients import asyncio_streams as honest

end = honest.end


def accuse_and_end(outcomes: list[bool]) -> None:
    honest.report("Task 1: failed: connection reset (127.0.0.1:1)")
    end(outcomes)


honest.end = accuse_and_end
honest.main()
