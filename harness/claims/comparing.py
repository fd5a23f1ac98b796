"""The claims of parts 20 and 21 on how the clients connect, read, report and print: answered from a compare."""

from __future__ import annotations

from harness.claims import Answer, Claim, answered
from harness.claims.records import Cells, Records, Unobserved
from harness.judge.axes.axis import MARGIN
from harness.judge.interleaving import switches
from harness.record.evidence import Evidence

TWISTED = "python-twisted-deferredlist"
ERLANG = "erlang-processes"
HASKELL = "haskell-announcing"
LAZY = "haskell-lazy"

ALIKE = 0.9  # from this share on of what the servers did, a client did the same
BITS = 0.5  # of the chunks sent: a client that takes little bits makes more reads than this, on a busy machine too
PATIENCE = 5.0  # seconds: who ends later than this after the last poem has not known, but given up waiting
QUICK = 0.5  # of a poem's schedule: printing what has gathered takes less

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


def _data_as_it_comes(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    taus = [cells.metric("order") for cells in both]
    live = all([cells.always("flush", "live") for cells in both])
    figures = f"agreement with the order sent (Kendall's tau): Twisted {taus[0]:.3f}, Erlang {taus[1]:.3f}"
    if not live:
        figures += "; told in bursts"
    return _answered(live and min(taus) >= ALIKE, figures, twisted, erlang)


def _little_bits(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    exact = all([cells.always("bytes", "exact") for cells in both])
    bits = all([cells.always("grain", "read") for cells in both])
    told, shares = [], []
    for name, cells in (("Twisted", twisted), ("Erlang", erlang)):
        evidence = cells.read[0]
        chunks, reads = sum(len(c.ends) for c in evidence.log.connections), len(evidence.transcript.reports)
        told.append(f"{name} {reads} reads of {chunks} chunks")
        shares.append(reads / chunks if chunks else 0.0)
    figures = f"the poems came {'exact to the byte' if exact else 'with differences'}: {', '.join(told)}"
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
            wrong.append(f"{cells.name}: did not end")
    late = max(evidence.recording.ended - evidence.last_done for cells in runs for evidence in cells.read)
    figures = "; ".join(wrong) or f"all good, one down, one reset: ended {late * 1000:.0f} ms at most after the last"
    return _answered(not wrong and late < PATIENCE, figures, *runs)


def _dead_port_survived(records: Records) -> Answer:
    cells = records.cells(ERLANG, "one-down")
    named, kept = cells.always("failures", "named"), cells.always("isolation", "kept")
    ended = all(cell["stopped"] is None and cell["signal"] is None for cell in cells.cells)
    statuses = {cell["exit_status"] for cell in cells.cells}
    end = f"exit status {'/'.join(map(str, sorted(statuses)))}" if ended else "it had to be ended"
    figures = (
        f"the dead address is {'named' if named else 'not named'}; "
        f"the other poem is {'printed whole' if kept else 'not printed whole'}; {end}"
    )
    return _answered(named and kept and ended, figures, cells, limit=statuses != {1})


def _blocking_only_itself(records: Records) -> Answer:
    cells = records.cells(ERLANG, "flood")
    sent, size = min(_moved(evidence) for evidence in cells.read)
    figures = f"while one process waited for its slow poem, {_megabytes(sent, size)} had come for another"
    return _answered(cells.always("reads", "all-at-once"), figures, cells)


def _moved(evidence: Evidence) -> tuple[int, int]:
    """Of a flood: how much of the large poem was sent before the slow one's end, and its size."""
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    large = max(tasks, key=lambda task: len(evidence.scenario.server(task).poem))
    slow = [done for task in tasks if task != large and (done := evidence.done(task)) is not None]
    if not slow:
        raise Unobserved("the slow poem of the flood was never sent")
    connection = evidence.log.of_task(large)
    return (connection.sent_by(max(slow)) if connection else 0), len(evidence.scenario.server(large).poem)


def _megabytes(part: int, whole: int) -> str:
    return f"{part / 1e6:.1f} of {whole / 1e6:.0f} MB"


def _switches(records: Records) -> Answer:
    twisted, erlang = both = _both(records, "trio")
    ratios = [cells.metric("switches") for cells in both]
    seen = [switches([s.task for s in cells.read[0].sightings]) for cells in both]
    figures = (
        f"switches between servers: Twisted {seen[0]}, Erlang {seen[1]}; "
        f"to those of the servers as {ratios[0]:.2f} and {ratios[1]:.2f} to 1"
    )
    # Who fetches one poem after another switches just as its servers do: once a poem.
    forth = min(seen) > len(twisted.read[0].scenario.tasks)
    return _answered(forth and min(ratios) >= ALIKE, figures, twisted, erlang)


def _prints_at_the_end(records: Records) -> Answer:
    cells = records.cells(ERLANG, "trio")
    if not cells.always("bytes", "exact"):
        return _answered(False, "the poems were not printed whole", cells)
    figures = f"delivery {cells.shown('delivery')}; the order of the poems: {cells.shown('order')}"
    return _answered(cells.always("delivery", "at-end"), figures, cells)


def _line_by_line(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    poems = {server.poem for server in cells.read[0].scenario.servers}
    lines = sum(len(poem.splitlines()) for poem in poems)
    reports = f"{cells.metric('reports'):g} reports of {lines} lines"
    return _answered(cells.always("grain", "line"), f"{reports}; each covers a {cells.shown('grain')}", cells)


def _together_not_in_turn(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    together = cells.always("connects", "together")
    spread, tau = cells.metric("accept_spread_ms"), cells.metric("order")
    figures = f"{spread:.1f} ms from the first accept to the last; agreement with the order sent {tau:.3f}"
    return _answered(together and tau >= ALIKE, figures, cells)


def _first_when_finished(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    after, ahead = zip(*(_first_printed(cells, evidence) for evidence in cells.read), strict=True)
    figures = (
        f"the first poem that was done was printed {max(after) * 1000:.0f} ms after its end, "
        f"{abs(min(ahead)):.2f} s {'before' if min(ahead) > 0 else 'after'} the last one's"
    )
    # Nearer to its own end than to the last one's: that does not depend on how busy the machine is.
    return _answered(min(ahead) > max(MARGIN, *after), figures, cells)


def _first_printed(cells: Cells, evidence: Evidence) -> tuple[float, float]:
    """Of the poem that was done first: how long after its own end it was printed, how long before the last one's."""
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
    figures = f"{min(shares):.0%} of the first poem's bytes were printed before its last was sent"
    return _answered(min(shares) > QUICK and cells.always("delivery", "streams"), figures, cells)


def _lazy_accumulates(records: Records) -> Answer:
    small, large = records.cells(LAZY, "trio"), records.cells(LAZY, "flood")
    gathered, took = zip(*(_second(small, evidence) for evidence in small.read), strict=True)
    share = min(gathered)
    quick = max(seconds / schedule for seconds, schedule in took) < QUICK
    stood, size = max(_moved(evidence) for evidence in large.read)
    limit = large.always("reads", "one-at-a-time")
    figures = (
        f"when the first was done, {share:.0%} of the second had been sent; its rest took "
        f"{max(seconds for seconds, _ in took) * 1000:.0f} ms; of a great one {_megabytes(stood, size)}"
        f"{', what sockets hold' * limit}"
    )
    return _answered(share > 0 and quick and stood > 0, figures, small, large, limit=limit)


def _second(cells: Cells, evidence: Evidence) -> tuple[float, tuple[float, float]]:
    """How much of the second poem was sent when the first was done; how long its printing took, and its sending."""
    printed = evidence.stdout_poems.whole()
    if len(printed) < len(evidence.good):
        raise Unobserved("not all poems were printed whole", cells.evidence)
    first, second = printed[0], printed[1]
    connection, done = evidence.log.of_task(second.task), evidence.done(second.task)
    ready = evidence.done(first.task)
    if connection is None or done is None or ready is None:
        raise Unobserved("the first two poems were not sent", cells.evidence)
    stdout, server = evidence.transcript.stdout, evidence.scenario.server(second.task)
    # It can be printed once the first is, and once it is there itself.
    took = stdout.at(second.end - 1) - max(stdout.at(first.end - 1), done)
    return connection.sent_by(ready) / len(server.poem), (took, server.seconds)


def _servers_send_at_once(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    shares, wholes = [], []
    for evidence in cells.read:
        spans = [(c.times[0], c.times[-1]) for c in evidence.log.connections if c.times]
        if len(spans) < len(evidence.scenario.tasks):
            raise Unobserved("not every server sent something", cells.evidence)
        together = max(0.0, min(end for _, end in spans) - max(start for start, _ in spans))
        shares.append(together / min(end - start for start, end in spans))
        wholes.append(together / (max(end for _, end in spans) - min(start for start, _ in spans)))
    figures = (
        f"all sent during {min(shares):.0%} of the shortest poem, and during {min(wholes):.0%} of the time in which "
        "any sent"
    )
    return _answered(min(shares) >= ALIKE, figures, cells)


CLAIMS = (
    Claim("both-connect-at-once", 20, "Twisted's and Erlang's client try all servers at once", _both_connect_at_once),
    Claim("data-as-it-comes", 20, "both take data as it comes, from whichever server", _data_as_it_comes),
    Claim("little-bits", 20, "both take a poem in little bits and keep what has come", _little_bits),
    Claim("finish-counted", 20, "both know when all poems have ended, well or badly", _finish_counted),
    Claim("dead-port-survived", 20, "with a dead port Erlang's client gets and prints the rest", _dead_port_survived),
    Claim("blocking-only-itself", 20, "a receive blocks its own Erlang process only", _blocking_only_itself),
    Claim("switches-back-and-forth", 20, "the client turns to whichever server has poetry", _switches),
    Claim("prints-at-the-end", 20, "Erlang's client prints the poems when all are done", _prints_at_the_end),
    Claim("line-by-line", 21, "Haskell's client reports lines of poetry, not chunks", _line_by_line),
    Claim("together-not-in-turn", 21, "Haskell's client works on all servers together", _together_not_in_turn),
    Claim("first-when-finished", 21, "it prints a poem when that is done, not when all are", _first_when_finished),
    Claim("lazy-streams", 21, "the lazy client prints the first poem while it comes", _lazy_streams),
    Claim("lazy-accumulates", 21, "... and has gathered the second one meanwhile", _lazy_accumulates),
    Claim("servers-send-at-once", 21, "all servers are sending at the same time", _servers_send_at_once),
)
