"""Holds back the reports of its first poem until the poem is done."""

from slowpoetry.clients import asyncio_streams as honest

get_poem = honest.get_poem
report = honest.report
held: list[str] = []


async def get_poem_then_tell(task: int, address: honest.Address, timeout: float | None = None) -> bytes:
    poem = await get_poem(task, address, timeout)
    while task == 1 and held:
        report(held.pop(0))
    return poem


honest.report = lambda line: held.append(line) if line.startswith("Task 1:") else report(line)
honest.get_poem = get_poem_then_tell
honest.main()
