"""Sentences about a run's clients compared with one another, and about its servers."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from harness.printable import counted
from harness.report.remark import Remark, place


def servers(run: dict[str, Any]) -> Iterator[Remark]:
    """What the lab's own client saw of the chosen servers, and whether all servers bring out the same traits."""
    witnessed = [one for one in run.get("witness", ()) if one["code"] is None]
    for server in run["servers"]:
        seen = sum(one["server"] == server["name"] for one in witnessed)
        if seen:
            yield Remark(
                f"{server['name']} servers: the lab's own client checked them in {counted(seen, 'scenario')}; every "
                "byte came on time.",
                "servers",
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
            sentence = f"{scenario} · {client}: {axis} depends on the servers: {shown}."
            yield Remark(sentence, "servers", scenario, client, next(iter(by_server)))
    if traits and not different:
        sentence = "Every client shows the same traits against all servers, in whatever language these are written."
        yield Remark(sentence, "servers")


def cut_short(run: dict[str, Any]) -> Iterator[Remark]:
    for scenario in run["scenarios"]:
        for cut in scenario.get("cut_short", ()):
            yield Remark(
                f"{scenario['name']}: server {cut['server']} closes after {cut['sent']} of {cut['size']} bytes. "
                "For TCP this is a normal end, so the bytes that came count as the poem.",
                "scenario",
                scenario["name"],
            )


def patience(run: dict[str, Any]) -> Iterator[Remark]:
    """How long clients with a time-out waited for silent servers."""
    for scenario in run["scenarios"]:
        waits = [
            wait
            for cell in run["cells"]
            if cell["scenario"] == scenario["name"] and (wait := cell["metrics"].get("gave_up_s")) is not None
        ]
        if waits and "patience_s" in scenario:
            least, most = f"{min(waits):.2f}", f"{max(waits):.2f}"
            yield Remark(
                f"{scenario['name']}: the clients had to give up on a silent server after {scenario['patience_s']:.2f} "
                f"s; they did so after {least}{'' if least == most else f' to {most}'} s.",
                "scenario",
                scenario["name"],
            )


def hang_ups(run: dict[str, Any]) -> Iterator[Remark]:
    """How soon clients closed their connections after a signal, or after standard output was closed."""
    for scenario in run["scenarios"]:
        cells = [cell for cell in run["cells"] if cell["scenario"] == scenario["name"]]
        waits = [wait for cell in cells if (wait := cell["metrics"].get("hang_up_ms")) is not None]
        if waits:
            conditions = scenario.get("client", {})
            what = f"SIG{conditions['signal']}" if "signal" in conditions else "standard output was closed"
            least, most = f"{min(waits):.1f}", f"{max(waits):.1f}"
            yield Remark(
                f"{scenario['name']}: the clients closed their connections {least}"
                f"{'' if least == most else f' to {most}'} ms after {what}, as the servers saw it.",
                "scenario",
                scenario["name"],
            )


def gains(run: dict[str, Any]) -> Iterator[Remark]:
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
                yield Remark(
                    f"{scenario['name']}: sequential clients took {slow:.2f} s, concurrent clients {quick:.2f} s "
                    f"(medians): concurrent clients are {slow / quick:.1f} times as fast.",
                    "speed",
                    scenario["name"],
                    weight=slow / quick,
                )


def characters(run: dict[str, Any]) -> Iterator[Remark]:
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
        shown = {
            text: cell
            for (axis, value), text in sentences.items()
            for cell in reversed(own)
            if list(cell["axes"].get(axis, ())) == [value]
        }
        if shown:
            sentence = f"{client['name']} {' and '.join(shown)}."
            yield Remark(sentence, "character", *place(next(iter(shown.values()))))
