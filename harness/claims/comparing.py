"""The claims of parts 20 and 21 on how the clients connect, read, report and print: answered from a compare."""

from __future__ import annotations

from harness.axes import MARGIN
from harness.claims import Answer, Claim, answered
from harness.claims.records import Cells, Records, Unobserved
from harness.evidence import Evidence
from harness.interleaving import switches

TWISTED = "python-twisted-deferredlist"
ERLANG = "erlang-processes"
HASKELL = "haskell-announcing"
LAZY = "haskell-lazy"
ALIKE = 0.9  # agreement with the order sent, or its share of switches, from which an order is the servers'

CLIENTS = (TWISTED, ERLANG, HASKELL, LAZY)
SCENARIOS = ("trio", "one-down", "reset", "flood")


def _both(records: Records, scenario: str) -> tuple[Cells, Cells]:
    return records.cells(TWISTED, scenario), records.cells(ERLANG, scenario)


def _connects_at_once(cells: Cells) -> tuple[bool, str]:
    together = cells.always("connects", "together")
    spread = cells.metric("accept_spread_ms")
    return together, f"{spread:.1f} ms from the first accept to the last"


def _both_connect_at_once(records: Records) -> Answer:
    twisted, erlang = _both(records, "trio")
    (one, told), (other, told_too) = _connects_at_once(twisted), _connects_at_once(erlang)
    return answered(one and other, f"Twisted: {told}; Erlang: {told_too}", twisted.evidence)


def _data_as_it_comes(records: Records) -> Answer:
    twisted, erlang = _both(records, "trio")
    taus = [cells.metric("order") for cells in (twisted, erlang)]
    live = all(cells.always("flush", "live") for cells in (twisted, erlang))
    figures = f"agreement with the order sent (Kendall's tau): Twisted {taus[0]:.3f}, Erlang {taus[1]:.3f}"
    return answered(live and min(taus) >= ALIKE, figures, twisted.evidence)


def _little_bits(records: Records) -> Answer:
    twisted, erlang = _both(records, "trio")
    bits = all(cells.always("grain", "read") and cells.always("bytes", "exact") for cells in (twisted, erlang))
    counts = [cells.metric("reports") for cells in (twisted, erlang)]
    figures = f"three poems exact to the byte, of {counts[0]:g} reads (Twisted) and {counts[1]:g} (Erlang)"
    return answered(bits, figures if bits else "the poems or the reads are not as sent", twisted.evidence)


def _finish_counted(records: Records) -> Answer:
    counted, times = True, []
    for scenario in ("trio", "one-down", "reset"):
        for cells in _both(records, scenario):
            counted &= cells.always("exit", "true") and cells.always("bytes", "exact")
            counted &= all(cell["stopped"] is None for cell in cells.cells)
            times.append(cells.figure(lambda cell: cell["ended"]) - _last_done(cells))
    figures = f"with none, one down and one reset they ended at most {max(times) * 1000:.0f} ms after the last was done"
    return answered(counted, figures, records.cells(ERLANG, "one-down").evidence)


def _last_done(cells: Cells) -> float:
    done = sorted(evidence.last_done for evidence in cells.read())
    return done[len(done) // 2]


def _dead_port_survived(records: Records) -> Answer:
    cells = records.cells(ERLANG, "one-down")
    survived = cells.always("failures", "named") and cells.always("isolation", "kept")
    status = cells.figure(lambda cell: cell["exit_status"])
    figures = f"the dead address is named, the other poem printed whole; exit status {status:g}"
    return answered(survived and status == 1, figures if survived else "the other poem was lost", cells.evidence)


def _blocking_only_itself(records: Records) -> Answer:
    cells = records.cells(ERLANG, "flood")
    moved = [_moved(evidence)[0] for evidence in cells.read()]
    figures = f"while one process waited for its slow poem, another took {min(moved) / 1e6:.1f} MB of 50 MB"
    return answered(cells.always("reads", "all-at-once"), figures, cells.evidence)


def _moved(evidence: Evidence) -> tuple[int, int]:
    """Of a flood: how much of the large poem was sent before the slow one's end, and its size."""
    tasks = range(1, len(evidence.scenario.tasks) + 1)
    large = max(tasks, key=lambda task: len(evidence.scenario.server(task).poem))
    slow = [done for task in tasks if task != large and (done := evidence.done(task)) is not None]
    connection = evidence.log.of_task(large)
    if not slow or connection is None:
        raise Unobserved("one of the poems of the flood was never sent")
    return connection.sent_by(max(slow)), len(evidence.scenario.server(large).poem)


def _switches(records: Records) -> Answer:
    twisted, erlang = _both(records, "trio")
    ratios = [cells.metric("switches") for cells in (twisted, erlang)]
    seen = [switches([s.task for s in cells.read()[0].sightings]) for cells in (twisted, erlang)]
    figures = (
        f"switches between servers: Twisted {seen[0]}, Erlang {seen[1]}; "
        f"to those of the servers as {ratios[0]:.2f} and {ratios[1]:.2f} to 1"
    )
    return answered(min(ratios) >= ALIKE and min(seen) > 3, figures, erlang.evidence)


def _prints_at_the_end(records: Records) -> Answer:
    cells = records.cells(ERLANG, "trio")
    holds = cells.always("delivery", "at-end") and cells.always("bytes", "exact")
    return answered(holds, f"printed {cells.shown('delivery')}, in the order: {cells.shown('order')}", cells.evidence)


def _line_by_line(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    figures = f"{cells.metric('reports'):g} reports for three poems; each covers a {cells.shown('grain')}"
    return answered(cells.always("grain", "line"), figures, cells.evidence)


def _together_not_in_turn(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    together, told = _connects_at_once(cells)
    tau = cells.metric("order")
    return answered(together and tau >= ALIKE, f"{told}; agreement with the order sent {tau:.3f}", cells.evidence)


def _first_when_finished(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    ahead = []
    for evidence in cells.read():
        whole = evidence.printed.whole()
        if not whole:
            raise Unobserved("it printed no poem", cells.evidence)
        ahead.append(evidence.last_done - evidence.transcript.stdout.at(whole[0].end - 1))
    figures = f"its first poem was printed {min(ahead):.2f} s before the last one was done"
    return answered(min(ahead) > MARGIN and cells.always("delivery", "each"), figures, cells.evidence)


def _lazy_streams(records: Records) -> Answer:
    cells = records.cells(LAZY, "trio")
    shares = []
    for evidence in cells.read():
        done = evidence.done(1) or evidence.last_done
        stdout, size = evidence.transcript.stdout, len(evidence.scenario.server(1).poem)
        early = sum(stdout.at(end - 1) < done for end in range(1, min(size, len(stdout.data)) + 1))
        shares.append(early / size)
    figures = f"{min(shares):.0%} of the first poem's bytes were printed before its last was sent"
    return answered(min(shares) > 0.5 and cells.always("delivery", "streams"), figures, cells.evidence)


def _lazy_accumulates(records: Records) -> Answer:
    small, large = records.cells(LAZY, "trio"), records.cells(LAZY, "flood")
    moved = [_moved(evidence) for evidence in large.read()]
    stood = max(byte for byte, _ in moved)
    size = moved[0][1]
    figures = f"small poems wait whole; of {size / 1e6:.0f} MB, {stood / 1e6:.1f} MB had come when the first was done"
    exact = small.always("bytes", "exact") and large.always("bytes", "exact")
    limit = large.always("reads", "one-at-a-time")
    return answered(exact and stood > 0, f"{figures}: as much as sockets hold" if limit else figures,
                    large.evidence, limit=limit)  # fmt: skip


def _servers_send_at_once(records: Records) -> Answer:
    cells = records.cells(HASKELL, "trio")
    shares = []
    for evidence in cells.read():
        spans = [(c.times[0], c.times[-1]) for c in evidence.log.connections if c.times]
        if len(spans) < len(evidence.scenario.tasks):
            raise Unobserved("not every server sent something", cells.evidence)
        together = min(end for _, end in spans) - max(start for start, _ in spans)
        whole = max(end for _, end in spans) - min(start for start, _ in spans)
        shares.append(max(0.0, together) / whole)
    figures = f"all three were sending in {min(shares):.0%} of the time in which any of them was"
    return answered(min(shares) > 0, figures, cells.evidence)


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
