"""The verdict on a cell: a pure function of its evidence and of its client's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from harness.judge.axes import TRAITS, observe
from harness.judge.axes.waiting import max_open
from harness.judge.breaches import Axes, first_breach
from harness.judge.breaches.ending import outnumbered
from harness.judge.metrics import measure, without_timing
from harness.judge.starved import starved, waited
from harness.record.evidence import Evidence
from harness.spec.client import ANY, Client

LATE_BUDGET_MS = 20.0
LATE_SHARE = 0.5  # of the clients' timeout: no chunk may be later than that
ORDER_LEAST = 0.9  # agreement (tau): below it, a live client reorders the chunks
SEQUENTIAL = "sequential"  # the reason code of a scenario for clients that fetch all poems together
ORDER_PAIRS = 20  # with fewer pairs tau says nothing


@dataclass(frozen=True)
class Judgement:
    """What the lab says about a cell: its `verdict`, whether it was `expected`, and the reason."""

    verdict: str
    expected: bool
    code: str
    sentence: str
    axes: Axes = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As recorded in run.json."""
        data = asdict(self)
        reason = {"code": data.pop("code"), "sentence": data.pop("sentence")}
        return {**data, "reason": reason}


def judge(client: Client, evidence: Evidence, late_budget_ms: float = LATE_BUDGET_MS) -> Judgement:
    """Judge one recorded cell."""
    axes = observe(evidence)
    metrics = measure(evidence, sequential=client.sequential)
    if axes["bytes"] == ["differs"]:
        metrics = without_timing(metrics)
    found = first_breach(evidence, axes)
    if not (found and found[0].own_doing):
        fault = _fault_of_lab(evidence, metrics["late_ms"]["p99"], late_budget_ms)
        if fault:
            return Judgement("lab-error", False, *fault, axes, metrics)
    known = [k for k in client.known_failures if k.scenario == evidence.scenario.name]
    if found:
        breach, sentence = found
        if breach.timed and starved(evidence):
            return Judgement("lab-error", False, *_excuse(evidence, breach.code), axes, metrics)
        if client.traits.connects == ANY and outnumbered(evidence):
            sentence = (
                f"it was still fetching poems, {max_open(evidence)} at a time, when its time was over; this scenario "
                "is for clients that fetch all poems together"
            )
            return Judgement("unsupported", True, SEQUENTIAL, sentence, axes, metrics)
        reason = next((k.reason for k in known if k.code == breach.code), None)
        if reason:
            sentence = f"{sentence} (known: {reason})"
        return Judgement(breach.verdict, reason is not None, breach.code, sentence, axes, metrics)
    if known:
        sentence = f"the known failure {known[0].code!r} no longer fails: remove it from the manifest"
        return Judgement("pass", False, "known-failure-passes", sentence, axes, metrics)
    unexpected = _undeclared(client, evidence, axes, metrics)
    if unexpected:
        # Would it be as declared if it was late only because it got no processor?
        late = replace(evidence, slack=waited(evidence))
        if not _undeclared(client, late, observe(late), measure(late, sequential=client.sequential)):
            return Judgement("lab-error", False, *_excuse(evidence, unexpected[0]), axes, metrics)
        return Judgement("pass", False, *unexpected, axes, metrics)
    return Judgement("pass", True, "as-declared", "all poems and traits are as declared", axes, metrics)


def _excuse(evidence: Evidence, code: str) -> tuple[str, str]:
    """Reason code and sentence if a client got no processor."""
    return "starved", (
        f"the client or its recorder got no processor for {waited(evidence):.1f} s, because other programs used them, "
        f"so {code!r} may not be the client's fault"
    )


def differences(recorded: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """The keys in which two records of one cell differ.  A reason's sentence does not count, only its code: another
    version of the lab may word it otherwise.
    """
    changed = [key for key in ("verdict", "expected", "axes", "metrics") if recorded[key] != again[key]]
    return changed + ["reason"] * (recorded["reason"]["code"] != again["reason"]["code"])


def _fault_of_lab(evidence: Evidence, late_ms: float | None, budget_ms: float) -> tuple[str, str] | None:
    """Reason code and sentence if the lab itself spoilt the cell."""
    if late_ms is not None and late_ms > budget_ms:
        return "servers-late", f"the servers' chunks were {late_ms:.1f} ms late at p99; the budget is {budget_ms:g} ms"
    if evidence.signal_missed:
        return "signal-missed", "the lab sent its signal too late: every poem had already ended"
    patience, longest = evidence.scenario.patience, max(evidence.log.lateness, default=0.0)
    if patience is not None and longest >= LATE_SHARE * patience:
        # One such chunk is enough to make a client give up, and the client is right.
        return (
            "servers-late",
            f"one chunk of the servers was {longest:.2f} s late; the clients' timeout is {patience:g} s",
        )
    return None


def _undeclared(client: Client, evidence: Evidence, axes: Axes, metrics: dict[str, Any]) -> tuple[str, str] | None:
    """The first trait that is not as declared: reason code and sentence."""
    for trait in TRAITS:
        declared, observed = getattr(client.traits, trait.name), axes[trait.name]
        if declared not in (None, ANY) and observed and declared not in observed:
            values = " or ".join(map(repr, observed))
            return f"trait-{trait.name}", f"{trait.name} should be {declared!r}, the lab observed {values}"
        if trait.name == "flush" and declared not in (None, ANY) and axes["grain"] == ["silent"]:
            return "trait-flush", f"flush should be {declared!r}, but it printed no progress lines"
    tau = metrics["order"]
    conclusive = metrics["order_pairs"] >= ORDER_PAIRS and _order_is_the_clients(evidence)
    if tau is not None and tau < ORDER_LEAST and conclusive and client.traits.flush == "live":
        return "order-not-as-sent", f"it reported the chunks in another order than they were sent: tau {tau:.2f}"
    return None


def _order_is_the_clients(evidence: Evidence) -> bool:
    """Whether only the client can have changed the order of the chunks."""
    # If tasks share a server, the lab can only guess which connection belongs to which task.
    buffered = any(server.fills_buffers for server in evidence.scenario.servers)
    return evidence.at_ease and not evidence.scenario.shares_servers and not buffered
