"""The self-check: the same client twice differs only by noise, and a different second client is found."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evidence_maker import TRIO, client, evidence, in_turn, told
from lab_process import WRONG, lab
from run_maker import recorded

from harness.audit.self_check import LEAST, Differences, examine, findings
from harness.compare.options import Options
from harness.record.evidence import Evidence
from harness.record.run_folder import RunFolder
from harness.spec.client import from_outside

ONE, OTHER = client(name="one"), client(name="one-again")
NOISE = [0.3, -0.2, 0.0, 0.5, -0.1]


@pytest.mark.parametrize(
    ("values", "one_sided"),
    [
        ([0.1] * LEAST, True),
        ([-0.1] * LEAST, True),
        ([0.1] * (LEAST - 1), False),
        ([0.1] * LEAST + [0.0], False),
        ([0.1] * LEAST + [-0.001], False),
        ([], False),
    ],
)
def test_differences_of_the_same_sign_are_not_noise(values: list[float], one_sided: bool) -> None:
    assert Differences("lag", " ms", values).one_sided == one_sided


def test_only_a_lower_likeness_is_a_difference() -> None:
    assert not Differences("likeness", "", [0.1] * LEAST, least_only=True).one_sided
    assert Differences("likeness", "", [-0.1] * LEAST, least_only=True).one_sided


def test_the_noise_is_given_as_median_and_spread() -> None:
    said = str(Differences("lag", " ms", [0.5, -0.25, 0.125] * 4))
    spread = "half of them from -0.250 to +0.500, all from -0.250 to +0.500 ms"
    assert said == f"lag: differs by +0.125 ms (median of 12 pairs), {spread}"
    assert str(Differences("lag", " ms", [1.0] * LEAST)).endswith("all with the same sign")
    assert "run more rounds" in str(Differences("lag", " ms", [1.0]))
    assert "not measured in any pair" in str(Differences("lag", " ms", []))


def pairs(tmp_path: Path, one: Evidence, other: Evidence, rounds: int = LEAST) -> RunFolder:
    """A run of two clients in so many rounds; the noise of their lags has the same distribution."""
    folder = recorded(tmp_path, *[(ONE, one), (OTHER, other)] * rounds)
    for number, (cell, noise) in enumerate(zip(folder.run["cells"], itertools.cycle(NOISE), strict=False)):
        cell["metrics"]["lag_ms"]["p50"] = 1.0 + noise
        cell["metrics"]["time"] = 1.0 + noise * (-1) ** number
    return folder


def found(folder: RunFolder) -> list[str]:
    return [finding for good, finding in findings(folder, "one", "one-again") if not good]


def test_twins_that_differ_only_by_noise_are_alike(tmp_path: Path) -> None:
    folder = pairs(tmp_path, evidence(TRIO), evidence(TRIO))
    assert found(folder) == []
    said = [finding for _, finding in findings(folder, "one", "one-again")]
    assert said[0] == f"no verdict and no trait differs in {LEAST} pairs"
    assert [line.split(":")[0] for line in said[1:]] == [
        "time over floor", "lag", "likeness, compared to that of each with itself"
    ]  # fmt: skip


def slower(name: str, by: float) -> Callable[[RunFolder], None]:
    def edit(folder: RunFolder) -> None:
        for cell in folder.run["cells"]:
            if cell["client"] == "one-again":
                metrics: dict[str, Any] = cell["metrics"]["lag_ms"] if name == "p50" else cell["metrics"]
                metrics[name] += by

    return edit


@pytest.mark.parametrize(
    ("edit", "figure"), [(slower("p50", 1.0), "lag"), (slower("time", 1.1), "time over floor")], ids=["lag", "time"]
)
def test_a_figure_that_is_worse_in_every_pair_is_found(
    edit: Callable[[RunFolder], None], figure: str, tmp_path: Path
) -> None:
    folder = pairs(tmp_path, evidence(TRIO), evidence(TRIO))
    edit(folder)
    [finding] = found(folder)
    assert finding.startswith(f"{figure}: differs by +") and finding.endswith("all with the same sign")


def test_a_client_that_fetches_in_turn_is_found_different(tmp_path: Path) -> None:
    assert "made: connects together → in-turn" in found(
        pairs(tmp_path, evidence(TRIO), evidence(TRIO, accepts=in_turn(TRIO)))
    )


def test_a_client_that_sees_the_chunks_in_another_order_is_found_different(tmp_path: Path) -> None:
    honest = evidence(TRIO)
    lines = told(honest)
    times = [at for at, _ in lines]
    by_task = sorted(range(len(lines)), key=lambda index: lines[index][1].split(b":")[0])
    other = evidence(TRIO, stderr=[(at, lines[index][1]) for at, index in zip(times, by_task, strict=True)])
    assert any(finding.startswith("likeness") for finding in found(pairs(tmp_path, honest, other)))


def test_pairs_that_cannot_be_judged_are_reported(tmp_path: Path) -> None:
    folder = pairs(tmp_path, evidence(TRIO), evidence(TRIO))
    folder.run["cells"][1].update(verdict="lab-error", reason={"code": "servers-late", "sentence": "they were late"})
    assert found(folder) == [f"1 of {LEAST} pairs cannot be judged: they were late"]
    folder.run["cells"] = []
    assert found(folder) == ["0 of 0 pairs cannot be judged: none was run"]


DAWDLES = """
import time

from slowpoetry.clients import asyncio_streams as honest

report = honest.report


def report_late(line: str) -> None:
    time.sleep(0.2)
    report(line)


honest.report = report_late
honest.main()
"""


def test_a_client_that_is_slower_to_flush_is_found_different(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [honest] = from_outside(WRONG / "honest").values()
    (tmp_path / "client.py").write_text(DAWDLES)
    dawdler = replace(honest, name="honest-again", home=tmp_path)
    options = Options(scenarios="accents", backend="local", rounds=LEAST, pace=0.1, out=tmp_path / "runs")
    assert not examine(options, honest, dawdler, lambda line: None)
    assert any(line.startswith("NOT OK  lag: differs by +") for line in capsys.readouterr().out.splitlines())


def test_the_lab_checks_itself(tmp_path: Path) -> None:
    options = ("--backend", "local", "--rounds", 1, "--pace", 1, "--out", tmp_path, "--no-install")
    ended = lab("doctor", "--self-check", *options)
    assert ended.status == 0, ended
    for name in ("python-asyncio", "erlang-processes"):
        assert f"{name} and {name}-again, local backend, rounds 1" in ended.stdout
    assert ended.stdout.count("ok      no verdict and no trait differs in 3 pairs") == 2
    assert "NOT OK  python" not in ended.stdout
