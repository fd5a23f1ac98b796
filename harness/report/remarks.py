"""One sentence for each thing of a run that is worth noticing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from harness.spec.server_program import REFERENCE

Cell = dict[str, Any]

NOT_POSSIBLE = "not-possible-here"


def remarks(run: dict[str, Any]) -> list[str]:
    """The sentences: first what went against the declarations, then what tells the runtimes apart."""
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
    told = set()
    for cell in cells:
        key = (cell["scenario"], cell["client"], cell["reason"]["sentence"])
        declared = cell["expected"] and cell["verdict"] != "pass" and cell["reason"]["code"] != NOT_POSSIBLE
        if declared and key not in told:
            told.add(key)
            yield f"{_name(cell)}: {cell['verdict']}, as declared: {cell['reason']['sentence']}."


def _not_possible(cells: Sequence[Cell]) -> Iterator[str]:
    beyond = [cell for cell in cells if cell["reason"]["code"] == NOT_POSSIBLE]
    for scenario, sentence in dict.fromkeys((cell["scenario"], cell["reason"]["sentence"]) for cell in beyond):
        yield f"{scenario} was not run: {sentence}."


def _lab(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell["attempt"] > 1:
            yield f"{_name(cell)} was run {cell['attempt']} times: the lab was not in time in the runs before."


def _left(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell.get("left_behind"):
            yield f"{_name(cell)} left {cell['left_behind']} processes running; the lab ended them."
        if cell["verdict"] == "pass" and cell.get("weak_evidence"):
            yield f"{_name(cell)} printed its progress on standard output: its evidence is weaker."


def _servers(run: dict[str, Any]) -> Iterator[str]:
    """What the lab itself saw of the servers that were chosen, and whether clients act alike against all of them."""
    witnessed = [one for one in run.get("witness", ()) if one["code"] is None]
    for server in run["servers"]:
        seen = sum(one["server"] == server["name"] for one in witnessed)
        if seen:
            yield f"{server['name']} servers: read by the lab itself in {seen} scenarios, every byte when it was due."
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
            told = ", ".join(f"{'/'.join(sorted(values))} ({server})" for server, values in by_server.items())
            yield f"{scenario} · {client}: {axis} depends on the servers: {told}."
    if traits and not different:
        yield "Whatever the language of the servers, every client shows the same traits."


def _cut_short(run: dict[str, Any]) -> Iterator[str]:
    for scenario in run["scenarios"]:
        for cut in scenario.get("cut_short", ()):
            yield (
                f"{scenario['name']}: server {cut['server']} closes after {cut['sent']} of {cut['size']} bytes, and "
                "TCP cannot tell that from the end: what came counts as the poem."
            )


def _patience(run: dict[str, Any]) -> Iterator[str]:
    """How long the clients that were told to give up on silence waited."""
    for scenario in run["scenarios"]:
        waits = [
            wait
            for cell in run["cells"]
            if cell["scenario"] == scenario["name"] and (wait := cell["metrics"].get("gave_up_s")) is not None
        ]
        if waits and "patience_s" in scenario:
            least, most = f"{min(waits):.2f}", f"{max(waits):.2f}"
            yield (
                f"{scenario['name']}: told to give up after {scenario['patience_s']:.2f} s of silence, the clients "
                f"did so after {least}{'' if least == most else f' to {most}'} s."
            )


def _hang_ups(run: dict[str, Any]) -> Iterator[str]:
    """How soon clients that were sent a signal, or could not print, let go of their servers."""
    for scenario in run["scenarios"]:
        cells = [cell for cell in run["cells"] if cell["scenario"] == scenario["name"]]
        waits = [wait for cell in cells if (wait := cell["metrics"].get("hang_up_ms")) is not None]
        if waits:
            told = scenario.get("client", {})
            what = f"SIG{told['signal']}" if "signal" in told else "standard output was closed"
            least, most = f"{min(waits):.1f}", f"{max(waits):.1f}"
            yield (
                f"{scenario['name']}: the servers saw the clients hang up {least}"
                f"{'' if least == most else f' to {most}'} ms after {what}."
            )


def _gains(run: dict[str, Any]) -> Iterator[str]:
    """What waiting for many things at once gains over waiting for one after another."""
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
                    f"{scenario['name']}: one after another took {slow:.2f} s, together {quick:.2f} s "
                    f"(medians): waiting for all at once gains {slow / quick:.1f} times."
                )


def _characters(run: dict[str, Any]) -> Iterator[str]:
    sayings = {
        ("reads", "one-at-a-time"): "reads one poem at a time, the others waiting in the sockets",
        ("delivery", "streams"): "prints a poem while it is still coming",
        ("delivery", "at-end"): "prints nothing until all poems have ended",
        ("order", "reverse-completion"): "prints the poem that was finished last first",
        ("grain", "line"): "reports lines, not reads",
        ("grain", "silent"): "reports nothing on its way",
        ("flush", "held-back"): "holds its reports back",
    }
    for client in run["clients"]:
        own = [cell for cell in run["cells"] if cell["client"] == client["name"] and cell["verdict"] == "pass"]
        said = [
            text
            for (axis, value), text in sayings.items()
            if any(list(cell["axes"].get(axis, ())) == [value] for cell in own)
        ]
        if said:
            yield f"{client['name']} {' and '.join(said)}."


def _name(cell: Cell) -> str:
    by = "" if cell["server"] == REFERENCE else f" · {cell['server']} servers"
    return f"{cell['scenario']}{by} · {cell['client']}"
