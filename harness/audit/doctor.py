"""What this machine can run, what is missing, and whether the path between client and server changes connections."""

from __future__ import annotations

import os
import platform

from harness.audit.path_probe import PROBE, SERVERS, probe
from harness.backend import Backend, Say, ownership
from harness.backend.choice import choose
from harness.backend.docker.own_container import VARIABLE
from harness.backend.toolchain import toolchains
from harness.paths import ROOT
from harness.run.resources import lacking
from harness.spec import scenario_file

PROBES = 3


def doctor(backend: str, *, install: bool, say: Say) -> int:
    """Print one line for each finding; returns 0 if the chosen backend can run everything, else 1."""
    contained = ", in a container of the lab" if os.environ.get(VARIABLE) else ""
    system = f"{platform.system()} {platform.machine()}{contained}"
    findings = [line(True, f"python {platform.python_version()} on {system}", "")]
    with choose(backend, ownership.this_owner(), install=install, say=say) as chosen:
        ready = chosen.prepare([PROBE, SERVERS], say)
        engine = f", engine {ready.details['engine']}" if "engine" in ready.details else ""
        engine += ", rootless" if ready.details.get("rootless") else ""
        findings.append(line(True, f"{chosen.name} backend{engine}"))
        fit = _scenarios(findings, chosen)
        fit &= _toolchains(findings, needed=chosen.name == "local")
        if ready.unready:
            findings.append(line(False, "path probe", next(iter(ready.unready.values())).sentence))
            fit = False
        else:
            fit &= _path(findings, _survival(chosen))
    print("\n".join(findings))
    return 0 if fit else 1


def line(good: bool, what: str, remedy: str = "") -> str:
    """The text of one finding, and on a second line what to do about it."""
    return f"{'ok    ' if good else 'NOT OK'}  {what}" + (f"\n        {remedy}" if remedy else "")


def _scenarios(findings: list[str], backend: Backend) -> bool:
    """Add the scenarios that cannot run within the limits here."""
    limits, known = backend.limits(ROOT), scenario_file.discover()
    found = {name: lack for name, scenario in known.items() if (lack := lacking(scenario, limits))}
    findings += [line(False, f"the scenario {name} cannot run here", lack) for name, lack in found.items()]
    if not found:
        findings.append(line(True, f"the limits allow all {len(known)} scenarios"))
    return not found


def _toolchains(findings: list[str], *, needed: bool) -> bool:
    """Add the toolchains.  Only the local backend needs them, because containers have their own."""
    fit = True
    for chain in toolchains().values():
        if chain.present():
            findings.append(line(True, f"{chain.language} {chain.read_version()}", ""))
        else:
            wanted = "" if needed else " (for the local backend)"
            findings.append(line(False, f"{chain.language} toolchain{wanted}", " ".join(chain.install_command())))
            fit = fit and not needed
    return fit


def _survival(backend: Backend) -> dict[str, bool]:
    """What survives the path, in the best of several probes: a busy machine may join two chunks once, a path always."""
    for _ in range(PROBES):
        survival: dict[str, bool] = vars(probe(backend))
        if all(survival.values()):
            break
    return survival


def _path(findings: list[str], survival: dict[str, bool]) -> bool:
    said = {
        "chunks": "path: a chunk sent is a chunk read",
        "reset": "path: a reset arrives as a reset",
        "half_close": "path: a half-close arrives, and the way back stays open",
    }
    for what, good in survival.items():
        remedy = "" if good else "something between client and server changes connections; do not trust verdicts here"
        findings.append(line(good, said[what], remedy))
    return all(survival.values())
