"""`--expect connects=together,flush=live`: traits that a client must have; one that is otherwise is a failure.

The expected traits take the place of those in a manifest, so the verdicts, run.json and JUnit are those of a client
that declares them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.check.explain import Explanation, joined
from harness.check.server_account import account, capitalised, ending
from harness.errors import UsageError
from harness.judge.axes import AXES, TRAITS
from harness.paths import SCHEMAS
from harness.record.evidence import Evidence
from harness.record.run_folder import RunFolder
from harness.spec.client import ANY

ORDER = "order-not-as-sent"  # the verdict on reports of which some are held back
UNSHOWN = "no scenario that passed shows it"
OPTION = "expect"  # in the options of run.json
ADVICE = {
    ("connects", "together"): (
        "Open all connections before you wait for bytes from any of them: with a thread or a task for each address, or "
        "with non-blocking sockets and select."
    ),
    ("connects", "in-turn"): "Connect to the next address only when the poem before it has ended.",
    ("reads", "all-at-once"): (
        "Read from every connection as soon as it has bytes: with a thread or a task for each, or with select over all."
    ),
    ("reads", "one-at-a-time"): "Read the next poem only when the one before it has ended.",
    ("grain", "read"): "Print a progress line after every read, with the number of bytes that it returned.",
    ("grain", "line"): "Print a progress line for every line of a poem, with its number of bytes.",
    ("grain", "poem"): "Print one progress line for each poem, with its size.",
    ("grain", "silent"): "Print no progress lines. An address that fails is still named.",
    ("flush", "live"): (
        "Print a progress line as soon as you have read, and flush it: a runtime may keep back what does not go to a "
        "terminal."
    ),
    ("flush", "held-back"): "Keep the progress lines, and print them at the end.",
    ("delivery", "streams"): (
        "Print the bytes of one poem as they come, and flush each time. Keep the bytes of the other poems until it is "
        "their turn, so that poems are never mixed."
    ),
    ("delivery", "each"): "Print a poem as soon as it is complete, not earlier and not later, and flush then.",
    ("delivery", "at-end"): "Keep all poems, and print them when the last one has ended.",
    ("order", "arguments"): (
        "Print the poems in the order of the addresses on the command line: keep a poem that is complete too early."
    ),
    ("order", "completion"): "Print a poem when it is complete: do not wait for the poems before it.",
    ("order", "reverse-completion"): "Print the poem that was completed last first.",
}


def possible() -> dict[str, list[str]]:
    """The values that a manifest may declare, by trait."""
    schema = json.loads((SCHEMAS / "client.schema.json").read_text("utf-8"))
    declared = schema["properties"]["traits"]["properties"]
    return {axis.name: [value for value in declared[axis.name]["enum"] if value != ANY] for axis in TRAITS}


def expected(words: str) -> dict[str, str]:
    """The traits of `--expect`.  UsageError lists what is possible."""
    known = possible()
    found: dict[str, str] = {}
    for word in filter(None, (word.strip() for word in words.split(","))):
        name, _, value = word.partition("=")
        if name not in known:
            raise UsageError(f"--expect {word}: write TRAIT=VALUE; the traits are: {', '.join(known)}")
        if value not in known[name]:
            raise UsageError(f"--expect {word}: the values of {name} are: {', '.join(known[name])}")
        if found.setdefault(name, value) != value:
            raise UsageError(f"--expect: {name} is given twice")
    if found.get("grain") == "silent" and "flush" in found:
        raise UsageError(f"--expect flush={found['flush']}: a silent client has no progress lines to flush")
    return found


def of_run(folder: RunFolder) -> dict[str, str]:
    """The traits that a run's client was expected to have."""
    return dict(folder.run["options"].get(OPTION, {}))


def unmet(cell: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Whether the cell passes but for an expected trait."""
    return bool(wanted) and cell["verdict"] == "pass" and not cell["expected"]


def explain_trait(evidence: Evidence, code: str, sentence: str, wanted: Mapping[str, str]) -> Explanation:
    """Explain a cell in which the client keeps the contract, but is not as expected."""
    name = code.removeprefix("trait-") if code.startswith("trait-") else "flush"
    value, sayings = wanted[name], AXES[name].sayings
    seen = " or ".join(sayings.get(value, value) for value in AXES[name].observe(evidence))
    otherwise = f"Seen: {seen}." if code.startswith("trait-") and seen else f"{capitalised(sentence)}."
    fault = f"Expected: {name}={value} ({sayings[value]}). {otherwise}"
    seen_by_servers, ended = joined(*account(evidence)), joined(*ending(evidence))
    return Explanation(fault, seen_by_servers, ended, advice=ADVICE[name, value], evidence=evidence)


def achieved(cells: list[dict[str, Any]], wanted: Mapping[str, str]) -> Iterator[tuple[str, bool, str]]:
    """For each expected trait: `NAME=VALUE`, whether the client has it, and what was seen, and where."""
    passed = [cell for cell in cells if cell["verdict"] == "pass"]
    for name, value in wanted.items():
        observed = [(cell["scenario"], cell["axes"][name]) for cell in passed if cell["axes"].get(name)]
        other = [(scenario, values) for scenario, values in observed if value not in values]
        if name == "flush":
            other += [(cell["scenario"], [ORDER]) for cell in passed if cell["reason"]["code"] == ORDER]
        shown = [scenario for scenario, values in observed if list(values) == [value]]
        if other:
            scenario, values = other[0]
            yield f"{name}={value}", False, f"{' or '.join(values)} in {scenario}"
        else:
            yield f"{name}={value}", bool(shown), f"seen in {shown[0]}" if shown else UNSHOWN
