"""The verdict on a cell: a pure function of its evidence and its client's declarations."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from harness.judge.axes import observe
from harness.judge.breaches import Axes, first_breach, too_many_connections
from harness.judge.metrics import measure, without_timing
from harness.record.evidence import Evidence
from harness.spec.client import ANY, Client

LATE_BUDGET_MS = 20.0
LATE_SHARE = 0.5  # of the patience that clients are told to have: no chunk may be late by more
ORDER_LEAST = 0.9  # a live client that sees the chunks in less than this agreement reorders them
ORDER_PAIRS = 20  # fewer pairs than this say nothing about it
ONE_READ = 1 << 16  # bytes: what clients are ready to take at once


@dataclass(frozen=True)
class Judgement:
    """What the lab says of a cell: `verdict`, whether it was `expected`, and why."""

    verdict: str
    expected: bool
    code: str
    sentence: str
    axes: Axes = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As it stands in run.json."""
        data = asdict(self)
        reason = {"code": data.pop("code"), "sentence": data.pop("sentence")}
        return {**data, "reason": reason}


def judge(client: Client, evidence: Evidence, late_budget_ms: float = LATE_BUDGET_MS) -> Judgement:
    """Judge one recorded cell."""
    axes = observe(evidence)
    metrics = measure(evidence, sequential=client.sequential)
    if axes["bytes"] == ["differs"]:
        metrics = without_timing(metrics)
    swarm = too_many_connections(evidence)
    late = metrics["late_ms"]["p99"]
    # A swarm makes any servers late; that is then its own fault.
    if swarm is None and late is not None and late > late_budget_ms:
        sentence = f"the servers' chunks were {late:.1f} ms late at p99, over the budget of {late_budget_ms:g} ms"
        return Judgement("lab-error", False, "servers-late", sentence, axes, metrics)
    if swarm is None and evidence.signal_missed:
        sentence = "the signal came, if at all, only when every poem had ended"
        return Judgement("lab-error", False, "signal-missed", sentence, axes, metrics)
    patience, longest = evidence.scenario.patience, max(evidence.log.lateness, default=0.0)
    if swarm is None and patience is not None and longest >= LATE_SHARE * patience:
        # Such a chunk alone can make a client give up, and it is right to.
        sentence = (
            f"a chunk of the servers was {longest:.2f} s late, and clients are told to give up after {patience:g} s"
        )
        return Judgement("lab-error", False, "servers-late", sentence, axes, metrics)
    verdict, code, sentence = swarm or first_breach(evidence, axes)
    known = [k for k in client.known_failures if k.scenario == evidence.scenario.name]
    if verdict != "pass":
        reason = next((k.reason for k in known if k.code == code), None)
        if reason:
            sentence = f"{sentence} (known: {reason})"
        return Judgement(verdict, reason is not None, code, sentence, axes, metrics)
    if known:
        sentence = f"the known failure {known[0].code!r} no longer fails: take it out of the manifest"
        return Judgement("pass", False, "known-failure-passes", sentence, axes, metrics)
    unexpected = _undeclared(client, evidence, axes, metrics)
    if unexpected:
        return Judgement("pass", False, *unexpected, axes, metrics)
    return Judgement("pass", True, "as-declared", "every poem as due, every trait as declared", axes, metrics)


def _undeclared(client: Client, evidence: Evidence, axes: Axes, metrics: dict[str, Any]) -> tuple[str, str] | None:
    """The first trait that is not as declared: reason code and sentence."""
    for trait in ("connects", "reads", "grain", "flush", "delivery", "order"):
        declared = getattr(client.traits, trait)
        observed = axes[trait]
        if declared not in (None, ANY) and observed and declared not in observed:
            return f"trait-{trait}", f"declared {trait} {declared!r}, observed {' or '.join(map(repr, observed))}"
    tau = metrics["order"]
    telling = metrics["order_pairs"] >= ORDER_PAIRS and _order_tells(evidence)
    if tau is not None and tau < ORDER_LEAST and telling and client.traits.flush == "live":
        return "order-not-as-sent", f"it saw the chunks in another order than they were sent: tau {tau:.2f}"
    return None


def _order_tells(evidence: Evidence) -> bool:
    """Whether an order other than that of the sends would be the client's doing."""
    # Which connection is whose is a guess where tasks share a server; and a chunk of many reads waits in sockets, where
    # how long it waits is told by how busy the machine is.
    sizes = (act.size for server in evidence.scenario.servers for act in server.schedule)
    return evidence.at_ease and not evidence.scenario.shares_servers and max(sizes, default=0) <= ONE_READ
