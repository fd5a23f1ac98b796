"""`./lab TASK ...`: invoke's own program over `tasks.py`, with the lab's exit status for bad usage."""

from __future__ import annotations

import json
import signal
import sys

# Until a task has its own handlers (`cli.run_task`), Ctrl-C ends us quietly, in the middle of the imports too.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from typing import Any

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.program import Program

import tasks
from harness.cli.run_task import output_closed
from harness.errors import UsageError


# Invoke has no positional argument that may be left out: what follows these tasks at once is their option's value.
FIRST_WORD = {"lesson": "--name", "new-client": "--name"}


def with_option(argv: list[str]) -> list[str]:
    """The command line with the option spelt out that a first word, or what follows `--`, stands for."""
    match argv:
        case [program, task, word, *rest] if task in FIRST_WORD and not word.startswith("-"):
            return [program, task, FIRST_WORD[task], word, *rest]
        case [program, "check", *rest] if "--" in rest:
            # Invoke would join what follows `--` to one string, and take some of it for options of its own.
            at = rest.index("--")
            return [program, "check", *rest[:at], f"--command={json.dumps(rest[at + 1 :])}"]
    return argv


class LabProgram(Program):
    """Invoke's program; what it cannot parse ends with status 2."""

    def parse_core(self, argv: Any) -> None:
        try:
            super().parse_core(argv)
        except ParseError as error:
            raise Exit(f"lab: {error}", code=UsageError.status) from None

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except (ParseError, ValueError) as error:  # ValueError: no number where one is due
            raise Exit(f"lab: {error}; ./lab TASK --help explains a task", code=UsageError.status) from None

    def task_list_opener(self, extra: str = "") -> str:
        return "Tasks"

    def print_help(self) -> None:
        """`./lab` alone: the tasks, and nothing of invoke's own options."""
        print("Slow Poetry Lab: ./lab TASK [--options]; ./lab TASK --help explains one.\n")
        self.list_tasks()
        print("./lab python|twistd|trial ...  these programs, in the lab's own environment\n")


def main() -> None:
    """Run the tasks named on the command line."""
    namespace = Collection.from_module(tasks)
    try:
        try:
            LabProgram(name="lab", binary="./lab", namespace=namespace, version="1").run(with_option(sys.argv))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(output_closed())


if __name__ == "__main__":
    main()
