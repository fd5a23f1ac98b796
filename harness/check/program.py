"""`./lab check`: tries any program against the contract.  Only a breach of the contract is a failure."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.backend import Ready, Say
from harness.backend.child_process import search_path
from harness.check import command_line, expect
from harness.check.command_line import read_trials
from harness.check.endless import Endless
from harness.check.explain import Explanation, explain
from harness.compare.besides import Besides
from harness.compare.matrix import run
from harness.compare.options import Options, selected_scenarios
from harness.compare.progress import Watch
from harness.errors import UsageError
from harness.judge.exit_status import NO_FAILURE
from harness.judge.verdict import Judgement
from harness.paths import lab_here
from harness.record import run_folder
from harness.record.evidence import read_evidence
from harness.record.run_folder import RunFolder
from harness.spec import client as clients
from harness.spec import scenario_file
from harness.spec.client import ANY, Client, Traits
from harness.spec.scenario import Scenario

CALLS = {command_line.BARE_PORT: command_line.by_bare_port}
INTERPRETERS = ("python3", "python", "perl", "ruby", "node", "php", "lua", "sh", "bash", "escript", "runghc", "Rscript")
UNDECLARED = Traits(ANY, ANY, ANY, ANY, ANY)


def undeclared(command: Sequence[str], image: str, home: Path) -> Client:
    """A client without a manifest; UsageError if its script is missing."""
    _check_script(command, home)
    return Client(
        name="client",
        language=ANY,
        model="not declared",
        summary="a program without a manifest",
        image=image_name(image) if image else "none",
        command=tuple(command),
        traits=UNDECLARED,
        unsupported={},
        known_failures=(),
        home=home,
    )


def image_name(image: str) -> str:
    """The user's image as NAME:TAG, because a name without a tag is a stage of the lab's Dockerfile."""
    return image if ":" in image else f"{image}:latest"


def declared(folder: Path) -> Client:
    """The client of a manifest, without its declared traits and failures.

    UsageError if there are several clients, or if its script is missing.
    """
    found = list(clients.from_outside(folder).values())
    if len(found) > 1:
        raise UsageError(f"{folder}: check takes one client, but there are several: {', '.join(c.name for c in found)}")
    _check_script(found[0].command, folder)
    return replace(found[0], traits=UNDECLARED, known_failures=())


def _check_script(command: Sequence[str], home: Path) -> None:
    """UsageError if an interpreter is to run a file that is not there: many then exit as if the arguments were bad."""
    interpreter, *words = command
    script = words[0] if interpreter in INTERPRETERS and words else "-"
    if not script.startswith(("-", "/")) and not (home / script).is_file():
        raise UsageError(f"{script}: there is no such file in the client's folder; {interpreter} cannot run it")


def expecting(client: Client, wanted: Mapping[str, str]) -> Client:
    """The client, declared to have the expected traits."""
    return replace(client, traits=replace(client.traits, **wanted))


def chosen(command: Sequence[str], folder: str, image: str, backend: str) -> tuple[Client, str]:
    """The client and its backend: a command runs on this machine, with an image in a container.  UsageError."""
    if command and folder:
        raise UsageError("there is a program after -- and a --client FOLDER; give one of the two")
    if not command and not folder:
        raise UsageError(
            "check needs a program: ./lab check -- COMMAND [ARG ...], or --client FOLDER, a folder with a manifest"
        )
    if folder:
        if image:
            raise UsageError("--image: use it with -- COMMAND only; a manifest names its own image")
        return declared(Path(folder)), backend or "auto"
    if image and backend == "local":
        raise UsageError("--image: an image needs a container; remove --backend local")
    if backend == "docker" and not image:
        raise UsageError("--backend docker: name the container's image with --image NAME")
    home = Path.cwd()
    if image and home.stat().st_mode & 0o005 != 0o005:
        raise UsageError(f"{home}: the user in the container cannot read this folder; allow it with: chmod o+rx {home}")
    if not image:
        _check_program(command[0], home)
    return undeclared(command, image, home), "docker" if image else "local"


def _check_program(word: str, home: Path) -> None:
    """UsageError if this machine has no such program."""
    if "/" in word and not (home / word).exists():
        raise UsageError(f"{word}: there is no such file; name a program, or an interpreter and its file")
    if "/" in word and (home / word).is_dir():
        raise UsageError(f"{word}: this is a folder; name a program, or write --client {word} if it has a manifest")
    if "/" not in word and shutil.which(word, path=search_path()) is None:
        raise UsageError(f"{word}: there is no such program in PATH; one of the current folder is called ./{word}")


def refusing(*clients: Client) -> Callable[[Ready], None]:
    """A function that ends a run before it begins if none of the clients can run; UsageError says why."""

    def refuse(ready: Ready) -> None:
        if all(client.key in ready.unready for client in clients):
            raise UsageError(ready.unready[clients[0].key].sentence)

    return refuse


def repeated(command: Sequence[str], given: Mapping[str, Any]) -> list[str]:
    """The words that check this client again with the options `given`: the lab, then what follows `check`."""
    pace = "" if given["pace"] == 1 else f"{given['pace']:g}"
    named = {f"--{name}": given[name] for name in ("client", "image", "backend", "expect")} | {"--pace": pace}
    options = [word for option, value in named.items() if value for word in (option, value)]
    return [lab_here(), *options, *(["--", *command] if command else [])]


def check(
    client: Client, options: Options, wanted: Mapping[str, str], say: Say, watch: Watch | None = None
) -> RunFolder:
    """Run the check scenarios and try the command line, or run only the chosen scenarios; returns an ordinary run.

    `wanted` holds the traits that the client is expected to have.
    """
    options.check()
    client = expecting(client, wanted)

    def note(folder: RunFolder) -> None:
        if wanted:
            folder.run["options"][expect.OPTION] = dict(wanted)

    if options.scenarios:
        besides = Besides(calls=CALLS, prepared=refusing(client), begun=note)
        return run(options, [client], _chosen_scenarios(options), say, watch, besides)
    files = scenario_file.paths("default", "check")
    if "reads" in wanted:  # no other scenario shows which poems a client reads while another one is unfinished
        files["flood"] = scenario_file.paths()["flood"]
    scenarios = list(scenario_file.discover(files.values(), pace=options.pace, seed=options.seed).values())
    besides = Besides(
        command_line.trials(client, scenarios[0]),
        command_line.write,
        CALLS,
        prepared=refusing(client),
        begun=note,
        policy=Endless(scenarios),
    )
    return run(options, [client], [*scenarios, command_line.bare_port()], say, watch, besides)


def _chosen_scenarios(options: Options) -> list[Scenario]:
    """The scenarios that are named; only a check has the one with a bare port."""
    names = options.scenarios.split(",")
    others = ",".join(name for name in names if name != command_line.BARE_PORT)
    chosen = selected_scenarios(replace(options, scenarios=others)) if others else []
    return [*chosen, command_line.bare_port()] if command_line.BARE_PORT in names else chosen


def explanations(folder: RunFolder) -> list[Explanation | None]:
    """For every cell of a run, why it failed; None if the client kept the contract."""
    known, cells = run_folder.scenarios_of(folder), folder.run["cells"]
    found = [_explained(folder, cell, known) for cell in cells]
    for index, (cell, why) in enumerate(zip(cells, found, strict=True)):
        if why and cell["scenario"] == command_line.BARE_PORT:
            # If the client connected twice, or if the same goes wrong in another cell, the bare port is not the cause.
            elsewhere = any(other is not cell and other["reason"]["code"] == cell["reason"]["code"] for other in cells)
            connected = why.evidence is not None and len(why.evidence.log.connections) > 1
            advice = why.advice if elsewhere or connected else command_line.ADVICE
            found[index] = replace(why, fault=f"{command_line.CALLED} {why.fault}", advice=advice)
    return found


def _explained(folder: RunFolder, cell: dict[str, Any], known: dict[str, Scenario]) -> Explanation | None:
    wanted = expect.of_run(folder)
    if cell["verdict"] in ("pass", "unsupported") and not expect.unmet(cell, wanted):
        return None
    reason = cell["reason"]
    if cell["evidence"] is None:
        return Explanation(f"It was not run: {reason['sentence'].removeprefix('not run, because ')}.")
    place = folder.path / Path(cell["evidence"]["transcript"]).parent
    evidence = read_evidence(place, known[cell["scenario"]], run_folder.recording_of(cell))
    if cell["verdict"] == "pass":
        return expect.explain_trait(evidence, reason["code"], reason["sentence"], wanted)
    return explain(evidence, Judgement(cell["verdict"], cell["expected"], reason["code"], reason["sentence"]))


def exit_status(folder: RunFolder) -> int:
    """0 if the client keeps the contract and is as expected, 4 if only the lab failed, otherwise 1.

    Failures that a manifest declares count, and so do wrong answers to bad arguments.
    """
    failed = {cell["verdict"] for cell in folder.run["cells"]}.difference(NO_FAILURE)
    wanted, cells = expect.of_run(folder), folder.run["cells"]
    unmet = {seen for _, has, seen in expect.achieved(cells, wanted) if not has}
    if failed:
        unmet.discard(expect.UNSHOWN)  # it may be that only the scenario which the lab failed in shows the trait
    if failed - {"lab-error"} or unmet or any(fault for _, fault in read_trials(folder)):
        return 1
    return 4 if failed else 0
