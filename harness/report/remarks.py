"""One sentence for each thing in a run that is worth noticing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from harness.printable import counted
from harness.spec.server_program import REFERENCE

Cell = dict[str, Any]

NOT_POSSIBLE = "not-possible-here"


def remarks(run: dict[str, Any]) -> list[str]:
    """The sentences: first what differs from the declarations, then how the clients differ from one another."""
    cells = run["cells"]
    return [
        *_unexpected(cells),
        *_unstable(run),
        *_known(cells),
        *_not_possible(cells),
        *_lab(cells),
        *_left(cells),
        *_servers(run),
        *_cut_short(run),
        *_patience(run),
        *_hang_ups(run),
        *_gains(run),
        *_characters(run),
    ]


def _unexpected(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if not cell["expected"]:
            reason = cell["reason"]
            yield f"UNEXPECTED {_name(cell)}: {cell['verdict']}, {reason['code']}: {reason['sentence']}."


def _unstable(run: dict[str, Any]) -> Iterator[str]:
    for found in run.get("stability", ()):
        if found["sentence"]:
            yield f"UNSTABLE {_name(found)}: {found['sentence']}; flake rate {found['rate']:.0%}."


def _known(cells: Sequence[Cell]) -> Iterator[str]:
    seen = set()
    for cell in cells:
        key = (cell["scenario"], cell["client"], cell["reason"]["sentence"])
        declared = cell["expected"] and cell["verdict"] != "pass" and cell["reason"]["code"] != NOT_POSSIBLE
        if declared and key not in seen:
            seen.add(key)
            yield f"{_name(cell)}: {cell['verdict']}, as declared: {cell['reason']['sentence']}."


def _not_possible(cells: Sequence[Cell]) -> Iterator[str]:
    not_run = [cell for cell in cells if cell["reason"]["code"] == NOT_POSSIBLE]
    for scenario, sentence in dict.fromkeys((cell["scenario"], cell["reason"]["sentence"]) for cell in not_run):
        yield f"{scenario} was not run: {sentence}."


def _lab(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell["attempt"] > 1:
            times = "again" if cell["attempt"] == 2 else "twice more"
            yield f"{_name(cell)} was run {times}, alone, because the lab or other programs had disturbed it."


def _left(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell.get("left_behind"):
            left = cell["left_behind"]
            yield f"{_name(cell)} left {counted(left, 'process', 'processes')} running; the lab ended what was left."
        if cell["verdict"] == "pass" and cell.get("weak_evidence"):
            yield f"{_name(cell)} printed its progress on standard output, so its evidence is weaker."


def _servers(run: dict[str, Any]) -> Iterator[str]:
    """What the lab's own client saw of the chosen servers, and whether all servers bring out the same traits."""
    witnessed = [one for one in run.get("witness", ()) if one["code"] is None]
    for server in run["servers"]:
        seen = sum(one["server"] == server["name"] for one in witnessed)
        if seen:
            yield (
                f"{server['name']} servers: the lab's own client checked them in {counted(seen, 'scenario')}; every "
                "byte came on time."
            )
    if len(run["servers"]) < 2:
        return
    traits: dict[tuple[str, str, str], dict[str, set[str]]] = {}
    for cell in run["cells"]:
        if cell["verdict"] == "pass":
            for axis, values in cell["axes"].items():
                if len(values) == 1:
                    of_axis = traits.setdefault((cell["scenario"], cell["client"], axis), {})
                    of_axis.setdefault(cell["server"], set()).add(values[0])
    different = 0
    for (scenario, client, axis), by_server in traits.items():
        if len(set(map(frozenset, by_server.values()))) > 1:
            different += 1
            shown = ", ".join(f"{'/'.join(sorted(values))} ({server})" for server, values in by_server.items())
            yield f"{scenario} · {client}: {axis} depends on the servers: {shown}."
    if traits and not different:
        yield "Every client shows the same traits against all servers, in whatever language these are written."


def _cut_short(run: dict[str, Any]) -> Iterator[str]:
    for scenario in run["scenarios"]:
        for cut in scenario.get("cut_short", ()):
            yield (
                f"{scenario['name']}: server {cut['server']} closes after {cut['sent']} of {cut['size']} bytes. "
                "For TCP this is a normal end, so the bytes that came count as the poem."
            )


def _patience(run: dict[str, Any]) -> Iterator[str]:
    """How long clients with a time-out waited for silent servers."""
    for scenario in run["scenarios"]:
        waits = [
            wait
            for cell in run["cells"]
            if cell["scenario"] == scenario["name"] and (wait := cell["metrics"].get("gave_up_s")) is not None
        ]
        if waits and "patience_s" in scenario:
            least, most = f"{min(waits):.2f}", f"{max(waits):.2f}"
            yield (
                f"{scenario['name']}: the clients had to give up on a silent server after {scenario['patience_s']:.2f} "
                f"s; they did so after {least}{'' if least == most else f' to {most}'} s."
            )


def _hang_ups(run: dict[str, Any]) -> Iterator[str]:
    """How soon clients closed their connections after a signal, or after standard output was closed."""
    for scenario in run["scenarios"]:
        cells = [cell for cell in run["cells"] if cell["scenario"] == scenario["name"]]
        waits = [wait for cell in cells if (wait := cell["metrics"].get("hang_up_ms")) is not None]
        if waits:
            conditions = scenario.get("client", {})
            what = f"SIG{conditions['signal']}" if "signal" in conditions else "standard output was closed"
            least, most = f"{min(waits):.1f}", f"{max(waits):.1f}"
            yield (
                f"{scenario['name']}: the clients closed their connections {least}"
                f"{'' if least == most else f' to {most}'} ms after {what}, as the servers saw it."
            )


def _gains(run: dict[str, Any]) -> Iterator[str]:
    """How much faster concurrent clients are than sequential ones."""
    in_turn = {client["name"] for client in run["clients"] if client["traits"]["connects"] == "in-turn"}
    for scenario in run["scenarios"]:
        walls: dict[bool, list[float]] = {True: [], False: []}
        for cell in run["cells"]:
            if cell["scenario"] == scenario["name"] and cell["verdict"] == "pass" and cell["metrics"].get("wall_s"):
                walls[cell["client"] in in_turn].append(cell["metrics"]["wall_s"])
        if walls[True] and walls[False]:
            slow, quick = statistics.median(walls[True]), statistics.median(walls[False])
            if slow > 1.2 * quick:
                yield (
                    f"{scenario['name']}: sequential clients took {slow:.2f} s, concurrent clients {quick:.2f} s "
                    f"(medians): concurrent clients are {slow / quick:.1f} times as fast."
                )


def _characters(run: dict[str, Any]) -> Iterator[str]:
    sentences = {
        ("reads", "one-at-a-time"): "reads one poem at a time, while the others wait in the sockets",
        ("delivery", "streams"): "prints a poem while it is still coming",
        ("delivery", "at-end"): "prints nothing until all poems have ended",
        ("order", "reverse-completion"): "prints the poem that ended last first",
        ("grain", "line"): "reports lines, not reads",
        ("grain", "silent"): "reports no progress",
        ("flush", "held-back"): "flushes its progress lines late",
    }
    for client in run["clients"]:
        own = [cell for cell in run["cells"] if cell["client"] == client["name"] and cell["verdict"] == "pass"]
        said = [
            text
            for (axis, value), text in sentences.items()
            if any(list(cell["axes"].get(axis, ())) == [value] for cell in own)
        ]
        if said:
            yield f"{client['name']} {' and '.join(said)}."


def _name(cell: Cell) -> str:
    by = "" if cell["server"] == REFERENCE else f" · {cell['server']} servers"
    return f"{cell['scenario']}{by} · {cell['client']}"
