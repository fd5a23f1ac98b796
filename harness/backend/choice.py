"""The choice between the two backends."""

from __future__ import annotations

from harness.backend import Backend, Ready, Say
from harness.errors import LabError, UsageError

BACKENDS = ("auto", "docker", "local")


def available(name: str) -> list[str]:
    """The backends that a name means; `auto` means all that work here."""
    if name != "auto":
        return [name]
    from harness.backend.docker.engine import engine_answers

    return ["docker", "local"] if engine_answers() is None else ["local"]


def connect(name: str, label: str, ready: Ready) -> Backend:
    """The backend of that name in a worker process, with what the process that it works for has prepared."""
    backend = _made(name, label, install=False)
    backend.resume(ready)
    return backend


def _made(name: str, label: str, *, install: bool) -> Backend:
    if name == "docker":
        from harness.backend.docker.backend import DockerBackend

        return DockerBackend(label, install=install)
    from harness.backend.local import LocalBackend

    return LocalBackend(label, install=install)


def choose(name: str, label: str, *, install: bool, say: Say) -> Backend:
    """The backend of that name; `auto` is docker if an engine answers, else local.

    UsageError if the name is unknown; LabError if docker was named and no engine answers.
    """
    if name not in BACKENDS:
        raise UsageError(f"unknown backend {name!r}; there are: {', '.join(BACKENDS)}")
    if name != "local":
        from harness.backend.docker.engine import engine_answers

        silence = engine_answers()
        if silence is None:
            return _made("docker", label, install=install)
        if name == "docker":
            raise LabError(f"no container engine answers{silence.lines()}")
        why = " to this user" if silence.forbidden else ""
        say(f"no container engine answers{why}: using the local backend")
    return _made("local", label, install=install)
