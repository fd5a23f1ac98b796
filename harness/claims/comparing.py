"""The claims of parts 20 and 21 about how clients connect, read, report and print, answered from a compare."""

from __future__ import annotations

from harness.claims import Answer, Claim, answered
from harness.claims.records import Cells, Records, Unobserved
from harness.judge.axes.axis import MARGIN
from harness.judge.interleaving import switches
from harness.printable import counted
from harness.record.evidence import Evidence

TWISTED = "python-twisted-deferredlist"
ERLANG = "erlang-processes"
HASKELL = "haskell-announcing"
LAZY = "haskell-lazy"

ALIKE = 0.9  # a client did the same as the servers if the measure of agreement is at least this
BITS = 0.5  # share of the chunks: a client that takes small pieces makes more reads than this, on a busy machine too
PATIENCE = 5.0  # seconds: a client that ends later than this after the last poem did not notice the end, but timed out
QUICK = 0.5  # share of a poem's schedule: printing a poem that has already been received takes less

CLIENTS = (TWISTED, ERLANG, HASKELL, LAZY)
SCENARIOS = ("trio", "one-down", "reset", "flood")


def _answered(true: bool, figures: str, *cells: Cells, limit: bool = False) -> Answer:
    return answered(true, figures, tuple(each.evidence for each in cells), limit=limit)


def _both(records: Records, scenario: str) -> tuple[Cells, Cells]:
    return records.cells(TWISTED, scenario), records.cells(ERLANG, scenario)


def _both_connect_at_once(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    together = all([cells.always("connects", "together") for cells in both])
    spreads = [cells.metric("accept_spread_ms") for cells in both]
    figures = f"from the first accept to the last: Twisted {spreads[0]:.1f} ms, Erlang {spreads[1]:.1f} ms"
    return _answered(together, figures, twisted, erlang)


def _data_in_order(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    taus = [cells.metric("order") for cells in both]
    live = all([cells.always("flush", "live") for cells in both])
    figures = f"agreement with the order sent (Kendall's tau): Twisted {taus[0]:.3f}, Erlang {taus[1]:.3f}"
    if not live:
        figures += "; not reported live"
    return _answered(live and min(taus) >= ALIKE, figures, twisted, erlang)


def _small_pieces(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    exact = all([cells.always("bytes", "exact") for cells in both])
    bits = all([cells.always("grain", "read") for cells in both])
    parts, shares = [], []
    for name, cells in (("Twisted", twisted), ("Erlang", erlang)):
        evidence = cells.read[0]
        chunks, reads = sum(len(c.ends) for c in evidence.log.connections), len(evidence.transcript.reports)
        parts.append(f"{name} {counted(reads, 'read')} of {counted(chunks, 'chunk')}")
        shares.append(reads / chunks if chunks else 0.0)
    figures = f"the poems are {'exact' if exact else 'not exact'}: {', '.join(parts)}"
    return _answered(exact and bits and min(shares) > BITS, figures, twisted, erlang)


def _finish_counted(records: Records) -> Answer:
    runs = [cells for scenario in ("trio", "one-down", "reset") for cells in _both(records, scenario)]
    wrong = []
    for cells in runs:
        if not cells.always("bytes", "exact"):
            wrong.append(f"{cells.name}: not all poems were printed")
        elif not cells.always("exit", "true"):
            wrong.append(f"{cells.name}: exit status {cells.cells[0]['exit_status']}")
        elif any(cell["stopped"] for cell in cells.cells):
            wrong.append(f"{cells.name}: the client did not end")
    late = max(evidence.recording.ended - evidence.last_done for cells in runs for evidence in cells.read)
    figures = "; ".join(wrong) or (
        f"with good servers, one down and one reset, the clients ended at most {late * 1000:.0f} ms after the last task"
    )
    return _answered(not wrong and late < PATIENCE, figures, *runs)


def _dead_port_survived(records: Records) -> Answer:
    cells = records.cells(ERLANG, "one-down")
    named, kept = cells.always("failures", "named"), cells.always("isolation", "kept")
    ended = all(cell["stopped"] is None and cell["signal"] is None for cell in cells.cells)
    statuses = {cell["exit_status"] for cell in cells.cells}
    end = f"exit status {'/'.join(map(str, sorted(statuses)))}" if ended else "it did not end by itself"
    figures = (
        f"the refused address is {'named' if named else 'not named'}; "
        f"the other poem is {'printed whole' if kept else 'not printed whole'}; {end}"
    )
    return _answered(named and kept and ended, figures, cells, limit=statuses != {1})


def _blocking_only_itself(records: Records) -> Answer:
    cells = records.cells(ERLANG, "flood")
    sent, size = min(_moved(evidence) for evidence in cells.read)
    figures = f"while one process waited for its slow poem, another received {_megabytes(sent, size)}"
    return _answered(cells.always("reads", "all-at-once"), figures, cells)


def _moved(evidence: Evidence) -> tuple[int, int]:
    """In a flood: the bytes of the large poem that were sent before the slow poem ended, and the large poem's size."""
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    large = max(tasks, key=lambda task: len(evidence.scenario.server(task).poem))
    slow = [done for task in tasks if task != large and (done := evidence.done(task)) is not None]
    if not slow:
        raise Unobserved("the slow poem of the flood was not sent to its end")
    connection = evidence.log.of_task(large)
    return (connection.sent_by(max(slow)) if connection else 0), len(evidence.scenario.server(large).poem)


def _megabytes(part: int, whole: int) -> str:
    return f"{part / 1e6:.1f} of {whole / 1e6:.0f} MB"


def _switches(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    ratios = [cells.metric("switches") for cells in both]
    seen = [switches(cells.read[0].sightings.tasks) for cells in both]
    figures = (
        f"switches between servers: Twisted {seen[0]}, Erlang {seen[1]}; "
        f"divided by the switches of the servers: {ratios[0]:.2f} and {ratios[1]:.2f}"
    )
    # A sequential client switches exactly as often as its servers do: once per poem.
    interleaved = min(seen) > len(twisted.read[0].scenario.tasks)
    return _answered(interleaved and min(ratios) >= ALIKE, figures, twisted, erlang)


def _prints_at_the_end(records: Records) -> Answer:
    cells = records.cells(ERLANG, "trio")
    if not cells.always("bytes", "exact"):
        return _answered(False, "the poems were not printed whole", cells)
    figures = f"delivery: {cells.shown('delivery')}; order of the poems: {cells.shown('order')}"
    return _answered(cells.always("delivery", "at-end"), figures, cells)


def _line_by_line(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    poems = {server.poem for server in cells.read[0].scenario.servers}
    lines = sum(len(poem.splitlines()) for poem in poems)
    reports = f"{cells.metric('reports'):g} reports for {lines} lines"
    return _answered(cells.always("grain", "line"), f"{reports}; each covers a {cells.shown('grain')}", cells)


def _together_not_in_turn(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    together = cells.always("connects", "together")
    spread, tau = cells.metric("accept_spread_ms"), cells.metric("order")
    figures = f"from the first accept to the last: {spread:.1f} ms; agreement with the order sent: {tau:.3f}"
    return _answered(together and tau >= ALIKE, figures, cells)


def _first_when_finished(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    after, ahead = zip(*(_first_printed(cells, evidence) for evidence in cells.read), strict=True)
    figures = (
        f"the poem that ended first was printed {max(after) * 1000:.0f} ms after its own end and "
        f"{abs(min(ahead)):.2f} s {'before' if min(ahead) > 0 else 'after'} the last poem's end"
    )
    # Nearer to its own end than to the last poem's end: that does not depend on how busy the machine is.
    return _answered(min(ahead) > max(MARGIN, *after), figures, cells)


def _first_printed(cells: Cells, evidence: Evidence) -> tuple[float, float]:
    """For the poem that ended first: seconds from its end to its printing, and from then to the last poem's end."""
    done = {poem.task: at for poem in evidence.stdout_poems.whole() if (at := evidence.done(poem.task)) is not None}
    if len(done) < len(evidence.good):
        raise Unobserved("not all poems were printed whole", cells.evidence)
    first = min(done, key=lambda task: done[task])
    [poem] = [poem for poem in evidence.stdout_poems.whole() if poem.task == first]
    printed = evidence.transcript.stdout.at(poem.end - 1)
    return printed - done[first], evidence.last_done - printed


def _lazy_streams(records: Records) -> Answer:
    cells = records.cells(LAZY, "trio")
    shares = []
    for evidence in cells.read:
        if not evidence.stdout_poems.poems:
            raise Unobserved("it printed no poem", cells.evidence)
        first, stdout = evidence.stdout_poems.poems[0], evidence.transcript.stdout
        done = evidence.done(first.task) or evidence.last_done
        early = sum(stdout.at(byte) < done for byte in range(first.start, first.end))
        shares.append(early / (first.end - first.start))
    figures = f"{min(shares):.0%} of the first poem's bytes were printed before its last byte was sent"
    return _answered(min(shares) > QUICK and cells.always("delivery", "streams"), figures, cells)


def _lazy_accumulates(records: Records) -> Answer:
    small, large = records.cells(LAZY, "trio"), records.cells(LAZY, "flood")
    gathered, took = zip(*(_second(small, evidence) for evidence in small.read), strict=True)
    share = min(gathered)
    quick = max(seconds / schedule for seconds, schedule in took) < QUICK
    held, size = max(_moved(evidence) for evidence in large.read)
    limit = large.always("reads", "one-at-a-time")
    figures = (
        f"when the first poem ended, {share:.0%} of the second had been sent; printing it took "
        f"{max(seconds for seconds, _ in took) * 1000:.0f} ms; of a large poem {_megabytes(held, size)} had been sent"
        f"{', which is what the socket buffers hold' * limit}"
    )
    return _answered(share > 0 and quick and held > 0, figures, small, large, limit=limit)


def _second(cells: Cells, evidence: Evidence) -> tuple[float, tuple[float, float]]:
    """The share of the second poem that was sent when the first ended; the seconds of its printing and its schedule."""
    printed = evidence.stdout_poems.whole()
    if len(printed) < len(evidence.good):
        raise Unobserved("not all poems were printed whole", cells.evidence)
    first, second = printed[0], printed[1]
    connection, done = evidence.log.of_task(second.task), evidence.done(second.task)
    ready = evidence.done(first.task)
    if connection is None or done is None or ready is None:
        raise Unobserved("the first two poems were not sent to their end", cells.evidence)
    stdout, server = evidence.transcript.stdout, evidence.scenario.server(second.task)
    # It can be printed after the first poem has been printed and after it has come itself.
    took = stdout.at(second.end - 1) - max(stdout.at(first.end - 1), done)
    return connection.sent_by(ready) / len(server.poem), (took, server.seconds)


def _servers_send_at_once(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    shares, wholes = [], []
    for evidence in cells.read:
        spans = [(c.times[0], c.times[-1]) for c in evidence.log.connections if c.times]
        if len(spans) < len(evidence.scenario.tasks):
            raise Unobserved("some servers sent nothing", cells.evidence)
        together = max(0.0, min(end for _, end in spans) - max(start for start, _ in spans))
        shares.append(together / min(end - start for start, end in spans))
        wholes.append(together / (max(end for _, end in spans) - min(start for start, _ in spans)))
    figures = (
        f"all servers were sending during {min(shares):.0%} of the shortest poem's time, and during "
        f"{min(wholes):.0%} of the time in which any server was sending"
    )
    return _answered(min(shares) >= ALIKE, figures, cells)


CLAIMS = (
    Claim(
        "both-connect-at-once",
        20,
        "the Twisted and the Erlang client connect to all servers at once",
        _both_connect_at_once,
    ),
    Claim("data-as-it-comes", 20, "both clients receive data in the order in which it is sent", _data_in_order),
    Claim("little-bits", 20, "both clients receive a poem in small pieces and lose nothing", _small_pieces),
    Claim("finish-counted", 20, "both clients notice when all tasks have ended, well or badly", _finish_counted),
    Claim(
        "dead-port-survived",
        20,
        "if one port refuses, the Erlang client still gets and prints the other poems",
        _dead_port_survived,
    ),
    Claim("blocking-only-itself", 20, "a receive blocks only its own Erlang process", _blocking_only_itself),
    Claim("switches-back-and-forth", 20, "both clients switch to the server that sends poetry", _switches),
    Claim("prints-at-the-end", 20, "the Erlang client prints the poems when all have ended", _prints_at_the_end),
    Claim("line-by-line", 21, "the Haskell client reports lines of poetry, not chunks", _line_by_line),
    Claim("together-not-in-turn", 21, "the Haskell client fetches all poems at the same time", _together_not_in_turn),
    Claim(
        "first-when-finished",
        21,
        "the Haskell client prints a poem when it has ended, not when all have",
        _first_when_finished,
    ),
    Claim("lazy-streams", 21, "the lazy Haskell client prints the first poem while it is coming", _lazy_streams),
    Claim("lazy-accumulates", 21, "meanwhile the lazy client has received the second poem", _lazy_accumulates),
    Claim("servers-send-at-once", 21, "all servers send at the same time", _servers_send_at_once),
)
