"""What `./lab check` prints: what passed, why the rest failed, and the client's character."""

from __future__ import annotations

import itertools
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from harness.check.command_line import BARE_PORT, EXPECTED, TRIALS, Trial
from harness.check.expect import OPTION, achieved
from harness.check.explain import Explanation
from harness.judge.axes import TRAITS
from harness.judge.exit_status import incomplete
from harness.paths import ROOT, SCENARIOS, lab_here
from harness.printable import printable_lines

MOST = 100  # columns
INDENT = "  "
LEFT_OUT = "left-out"  # the reason code of a scenario that a check did not run


class Checked:
    """The text of a check, from a run, its cells' explanations, its trials, and the command that repeats it.

    What is to be mended next comes first: one failure, explained in one paragraph and a picture.  Every other scenario
    has one line.  `everything` explains all failures at length instead, and says what the client is like.
    """

    def __init__(
        self,
        run: dict[str, Any],
        folder: str,
        explanations: Sequence[Explanation | None],
        trials: Sequence[tuple[Trial, str]],
        again: Sequence[str] = (),
        width: int = MOST,
        *,
        everything: bool = False,
    ) -> None:
        self._run = run
        self._folder = folder
        self._explained = list(zip(run["cells"], explanations, strict=True))
        self._trials = trials
        self._again = again
        self._command = [word for client in run["clients"][:1] for word in client["command"]]
        self._width = min(width, MOST)
        self._everything = everything
        self._summaries = {one["name"]: one["summary"] for one in run["scenarios"]}
        # The lab's own faults and what was not run come after what the client can mend.
        failed = [(cell, why) for cell, why in self._explained if why]
        self._failed = sorted(failed, key=lambda one: one[0]["verdict"] in ("lab-error", "skipped"))

    def text(self) -> str:
        """The whole text."""
        failed = bool(self._failed) or any(fault for _, fault in self._trials)
        parts: list[Iterable[str]] = [self._list(), *self._sections(), self._character()]
        if failed and not self._everything:
            parts = [*itertools.islice(self._sections(), 1), self._list()]
        parts.append(self._expected())
        blocks = ["\n".join(part) for part in [*parts, self._left_out(), self._sum()]]
        # The run and the command in it may come from someone else.
        return printable_lines("\n\n".join(block for block in blocks if block)) + "\n"

    def first(self) -> str:
        """What is to be mended next, and no more; "" if nothing is wrong."""
        first = ["\n".join(section) for section in itertools.islice(self._sections(), 1)]
        return printable_lines("".join(f"{section}\n\n" for section in first))

    def _list(self) -> Iterator[str]:
        """A line for every scenario and every trial; if only one failure is explained, with what is wrong."""
        said: dict[tuple[str, str], str] = {}
        for cell, why in self._explained:
            name, code = cell["scenario"], cell["reason"]["code"]
            summary = cell["reason"]["sentence"] if cell["verdict"] == "unsupported" else self._summaries[name]
            line = f"{_mark(cell, why):<10} {name}: {summary}"
            if why and not self._everything and code != LEFT_OUT:
                before = said.setdefault((code, why.kind), name)
                told = f"{code}, as in {before}" if before != name else f"{code}: {why.advice or why.fault}"
                told = f"{code}, see above" if cell is self._failed[0][0] else told
                line = f"{_mark(cell, why):<10} {name}: {told}"
            yield self._one_line(line)
        for trial, fault in self._trials:
            line = f"{'FAIL' if fault else 'ok':<10} command line: {_words(trial)}"
            yield self._one_line(f"{line}: {fault}" if fault and not self._everything else line)
        for trial in self._untried():
            yield self._one_line(f"{'left out':<10} command line: {_words(trial)}")

    def _untried(self) -> list[Trial]:
        """The trials of a whole check that were left out, because the client does not end."""
        whole = any(cell["scenario"] == BARE_PORT for cell in self._run["cells"])
        hopeless = any(cell["reason"]["code"] == LEFT_OUT for cell in self._run["cells"])
        tried = [trial for trial, _ in self._trials]
        return [trial for trial in TRIALS.values() if trial not in tried] if whole and hopeless else []

    def _one_line(self, line: str) -> str:
        return line if self._everything or len(line) <= self._width else f"{line[: self._width - 3].rstrip()}..."

    def _sections(self) -> Iterator[Iterable[str]]:
        """An explanation of each failure, the one to be mended next first."""
        told: dict[tuple[str, str], str] = {}
        for cell, why in self._failed:
            name, code = cell["scenario"], cell["reason"]["code"]
            before = told.setdefault((code, why.advice), name)
            new = [why.account, why.difference, why.advice] if self._everything else [why.brief]
            # The same advice again would hide what is new.
            new = new if before == name else [why.difference]
            verdict = "not as expected" if cell["verdict"] == "pass" else cell["verdict"]
            heading = f"== {name}: {verdict}, {code}{'' if before == name else f', as in {before}'}"
            drawn = why.picture(self._width - len(INDENT)) if before == name else []
            picture = ["", *(f"{INDENT}{line}".rstrip() for line in drawn), ""] if drawn else []
            yield [heading, *self._paragraphs(new), *picture, *self._places(cell)]
        for trial, fault in self._trials:
            if fault:
                by_hand = f"{shlex.join([*self._command, *trial.shown])}; echo $?"
                yield [
                    f"== command line: {_words(trial)}",
                    *self._paragraphs([f"{fault} {EXPECTED}"]),
                    f"{INDENT}by hand    {by_hand}",
                ]

    def _paragraphs(self, paragraphs: Sequence[str]) -> Iterator[str]:
        for paragraph in filter(None, paragraphs):
            yield textwrap.fill(
                paragraph, self._width, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
            )

    def _places(self, cell: dict[str, Any]) -> Iterator[str]:
        name = cell["scenario"]
        path = SCENARIOS / f"{name}.toml"
        if path.exists():
            yield f"{INDENT}scenario   {path.relative_to(ROOT)}"
        if cell["evidence"]:
            yield f"{INDENT}evidence   {self._folder}/{cell['evidence']['stdout'].removesuffix('/stdout')}"
        if self._again:
            known = path.exists() or name == BARE_PORT
            yield f"{INDENT}again      {self._command_for(name if known else '')}"

    def _command_for(self, scenarios: str) -> str:
        """The command that runs only these scenarios; with "" all of a check."""
        lab, *rest = self._again
        return shlex.join([lab, "check", *(["--scenarios", scenarios] if scenarios else []), *rest])

    def _character(self) -> Iterator[str]:
        """The client's traits, as far as the scenarios that it passed can show them."""
        passed = [cell for cell, why in self._explained if cell["verdict"] == "pass" and not why]
        if not passed:
            return
        yield "What kind of client it is (none of this is a fault):"
        for axis in TRAITS:
            seen = [(cell["axes"][axis.name], cell["scenario"]) for cell in passed if cell["axes"][axis.name]]
            common = [value for value in axis.sayings if seen and all(value in values for values, _ in seen)]
            if len(common) == 1:
                yield f"  {axis.name:<10} {common[0]}: {axis.sayings[common[0]]}"
            elif seen and not common:
                # What leaves more values open says nothing beside what leaves fewer.
                least = [one for one in seen if not any(set(values) < set(one[0]) for values, _ in seen)]
                places = {" or ".join(values): scenario for values, scenario in least}
                differs = ", ".join(f"{values} in {scenario}" for values, scenario in places.items())
                yield f"  {axis.name:<10} not always the same: {differs}"
        for cell in passed:
            if cell["scenario"] == "trio" and cell["metrics"]["wall_s"] and cell["metrics"]["floor_s"]:
                took, floor = cell["metrics"]["wall_s"], cell["metrics"]["floor_s"]
                yield f"  time       {took:.1f} s for trio; its longest poem takes {floor:.1f} s"
        if any(cell["weak_evidence"] for cell in passed):
            yield "  progress   on standard output; the contract asks for standard error"
        if any(cell["left_behind"] for cell in passed):
            yield "  processes  it left processes running; the lab ended them"

    def _expected(self) -> Iterator[str]:
        """A line for every expected trait."""
        wanted = self._run["options"].get(OPTION, {})
        if wanted:
            yield "What was expected of it:"
        for trait, has, seen in achieved(self._run["cells"], wanted):
            yield f"{'ok' if has else 'FAIL':<10} {trait}: {seen}"

    def _left_out(self) -> Iterator[str]:
        left_out = [cell["scenario"] for cell, _ in self._explained if cell["reason"]["code"] == LEFT_OUT]
        if left_out and self._again:
            named = ",".join(left_out)
            yield f"To run what was left out:\n{INDENT}{self._command_for(named)}"

    def _sum(self) -> Iterator[str]:
        ran = [why is not None for cell, why in self._explained if cell["verdict"] not in ("unsupported", "skipped")]
        ran += [bool(fault) for _, fault in self._trials]
        otherwise = any(not has for _, has, _ in achieved(self._run["cells"], self._run["options"].get(OPTION, {})))
        whole = "the client does what every client must." if self._trials else "this was a part of the contract."
        verdict = f"All {len(ran)} passed: {whole}"
        if any(ran):
            verdict = f"{sum(ran)} of {len(ran)} failed."
        elif otherwise:
            verdict = f"All {len(ran)} passed, but they do not show all that was expected."
        elif why := incomplete(self._run):
            verdict = f"All {len(ran)} passed, but {why}."
        yield f"{verdict} The evidence is in {self._folder}"
        if any(ran) and not self._everything:
            words = [lab_here(), "check", "--all", "--replay", self._folder]
            yield f"To read all about it:\n{INDENT}{shlex.join(words)}"
        if not any(ran) and not otherwise and self._trials and self._again:
            yield "The contract says more, about --timeout, signals and a closed standard output. To try that:"
            yield f"{INDENT}{self._command_for('faults')}"


def _words(trial: Trial) -> str:
    return shlex.join(trial.shown) or "no arguments"


def _mark(cell: dict[str, Any], why: Explanation | None) -> str:
    if cell["reason"]["code"] == LEFT_OUT:
        return "left out"
    marks = {"lab-error": "LAB-ERROR", "unsupported": "skipped", "skipped": "SKIPPED"}
    return marks.get(cell["verdict"], "FAIL" if why else "ok")
