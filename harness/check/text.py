"""What `./lab check` prints: what passed, why the rest failed, and the client's character."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from harness.check.command_line import Trial
from harness.check.explain import Explanation
from harness.judge.axes import TRAITS
from harness.paths import ROOT, SCENARIOS
from harness.printable import printable_lines

Cells = Sequence[dict[str, Any]]


class Checked:
    """The text of a check, from a run, its cells' explanations, its trials, and the command that repeats it."""

    def __init__(
        self,
        run: dict[str, Any],
        folder: str,
        explanations: Sequence[Explanation | None],
        trials: Sequence[tuple[Trial, str]],
        again: Sequence[str] = (),
        width: int = 100,
    ) -> None:
        self._run = run
        self._folder = folder
        self._explained = list(zip(run["cells"], explanations, strict=True))
        self._trials = trials
        self._again = again
        self._command = [word for client in run["clients"][:1] for word in client["command"]]
        self._width = min(width, 100)
        self._summaries = {one["name"]: one["summary"] for one in run["scenarios"]}

    def text(self) -> str:
        """The whole text."""
        blocks = ["\n".join(self._passes()), *self._failures(), "\n".join(self._character()), self._sum()]
        # The run and the command in it may come from someone else.
        return printable_lines("\n\n".join(block for block in blocks if block)) + "\n"

    def _passes(self) -> Iterator[str]:
        for cell, why in self._explained:
            mark = _mark(cell) if why or cell["verdict"] == "unsupported" else "ok"
            yield f"{mark:<10} {cell['scenario']}: {self._summaries[cell['scenario']]}"
        for trial, fault in self._trials:
            words = shlex.join(trial.shown) or "no arguments"
            yield f"{'FAIL' if fault else 'ok':<10} command line: {words}"

    def _failures(self) -> Iterator[str]:
        told: dict[tuple[str, str], str] = {}
        for cell, why in self._explained:
            if why is None:
                continue
            name, code = cell["scenario"], cell["reason"]["code"]
            before = told.setdefault((code, why.advice), name)
            # The same advice again would hide what is new.
            new = [why.account, why.difference, why.advice] if before == name else [why.difference]
            heading = f"== {name}: {cell['verdict']}, {code}{'' if before == name else f', as in {before}'}"
            yield "\n".join([heading, *self._paragraphs(new), *self._places(cell)])
        for trial, fault in self._trials:
            if fault:
                heading = f"== command line: {shlex.join(trial.shown) or 'no arguments'}"
                by_hand = f"{shlex.join([*self._command, *trial.shown])}; echo $?"
                yield "\n".join(
                    [heading, *self._paragraphs([fault[:1].upper() + fault[1:]]), f"  by hand    {by_hand}"]
                )

    def _paragraphs(self, paragraphs: Sequence[str]) -> Iterator[str]:
        for paragraph in filter(None, paragraphs):
            yield textwrap.fill(
                paragraph, self._width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
            )

    def _places(self, cell: dict[str, Any]) -> Iterator[str]:
        name = cell["scenario"]
        path = SCENARIOS / f"{name}.toml"
        if path.exists():
            yield f"  scenario   {path.relative_to(ROOT)}"
        if cell["evidence"]:
            yield f"  evidence   {self._folder}/{cell['evidence']['stdout'].removesuffix('/stdout')}"
        if self._again:
            lab, *rest = self._again
            only = ["--scenarios", name] if path.exists() else []
            yield f"  again      {shlex.join([lab, 'check', *only, *rest])}"

    def _character(self) -> Iterator[str]:
        """The client's traits, as far as the scenarios that it passed can show them."""
        passed = [cell for cell in self._run["cells"] if cell["verdict"] == "pass"]
        if not passed:
            return
        yield "What kind of client it is (none of this is a fault):"
        for axis in TRAITS:
            seen = [(cell["axes"][axis.name], cell["scenario"]) for cell in passed if cell["axes"][axis.name]]
            common = [value for value in axis.sayings if seen and all(value in values for values, _ in seen)]
            if len(common) == 1:
                yield f"  {axis.name:<10} {common[0]}: {axis.sayings[common[0]]}"
            elif seen and not common:
                single = {values[0]: scenario for values, scenario in seen if len(values) == 1}
                differs = ", ".join(f"{value} in {scenario}" for value, scenario in single.items())
                yield f"  {axis.name:<10} not always the same: {differs}"
        for cell in passed:
            if cell["scenario"] == "trio" and cell["metrics"]["wall_s"] and cell["metrics"]["floor_s"]:
                took, floor = cell["metrics"]["wall_s"], cell["metrics"]["floor_s"]
                yield f"  time       {took:.1f} s for trio; its longest poem takes {floor:.1f} s"
        if any(cell["weak_evidence"] for cell in passed):
            yield "  progress   on standard output; the contract asks for standard error"
        if any(cell["left_behind"] for cell in passed):
            yield "  processes  it left processes running; the lab ended them"

    def _sum(self) -> str:
        ran = [why is not None for cell, why in self._explained if cell["verdict"] != "unsupported"]
        ran += [bool(fault) for _, fault in self._trials]
        verdict = (
            f"{sum(ran)} of {len(ran)} failed."
            if any(ran)
            else f"All {len(ran)} passed: the client keeps the contract."
        )
        said = f"{verdict} The evidence is in {self._folder}"
        if any(ran) or not self._trials or not self._again:
            return said
        lab, *rest = self._again
        command = shlex.join([lab, "check", "--scenarios", "faults", *rest])
        return f"{said}\nTo try more faults (--timeout, signals, a closed standard output):\n  {command}"


def _mark(cell: dict[str, Any]) -> str:
    return {"lab-error": "LAB-ERROR", "unsupported": "skipped", "skipped": "SKIPPED"}.get(cell["verdict"], "FAIL")
