"""`./lab TASK ...`: invoke runs the tasks of `tasks.py`; bad usage ends with the lab's own exit status."""

from __future__ import annotations

import json
import signal
import sys

# Until a task sets its own handlers (`cli.run_task`), Ctrl-C ends the lab without a traceback, even during the imports.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from typing import Any

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.program import Program

import tasks
from harness.cli.bad_usage import bad_usage
from harness.cli.run_task import output_closed
from harness.errors import UsageError


# Invoke has no optional positional arguments: the first word after one of these tasks is the value of its option.
FIRST_WORD = {"lesson": "--name", "exercise": "--name", "new-client": "--name", "worker": "--scheduler"}
# It takes a list only as an option that is repeated: that of the words after one of these tasks, and what has no value.
ALL_WORDS = {
    "merge": ("--run", "--json"),
    "site": ("--run", "--no-install"),
    "grade": ("--folder", "--no-install"),
}


def with_option(argv: list[str]) -> list[str]:
    """The command line, with a task's first word, or all words after `--`, turned into the option that they mean."""
    if argv[1:2] in (["check"], ["exercise"], ["grade"]) and "--" in argv:
        # Invoke would join the words after `--` into one string, and would read some of them as its own options.
        at = argv.index("--")
        argv = [*argv[:at], f"--command={json.dumps(argv[at + 1 :])}"]
    match argv:
        case [program, task, word, *rest] if task in FIRST_WORD and not word.startswith("-"):
            return [program, task, FIRST_WORD[task], word, *rest]
        case [program, task, *rest] if task in ALL_WORDS:
            option, flag = ALL_WORDS[task]
            values = {
                at + 1 for at, word in enumerate(rest) if word.startswith("-") and "=" not in word and word != flag
            }
            own = [at for at, word in enumerate(rest) if not word.startswith("-") and at not in values]
            return [program, task, *(f"{option}={word}" if at in own else word for at, word in enumerate(rest))]
    return argv


class LabProgram(Program):
    """Invoke's program; a command line that it cannot parse ends with exit status 2."""

    def parse_core(self, argv: Any) -> None:
        try:
            super().parse_core(argv)
        except ParseError as error:
            raise self._refused(error) from None

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except (ParseError, ValueError) as error:  # ValueError: an option's value should be a number and is not
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> Exit:
        return Exit(f"lab: {bad_usage(error, self.argv[1:], list(self.collection.task_names))}", code=UsageError.status)

    def task_list_opener(self, extra: str = "") -> str:
        return "Tasks"

    def print_help(self) -> None:
        """The help of `./lab` without a task: the tasks, but not invoke's own options."""
        print("Slow Poetry Lab: ./lab TASK [--options]; ./lab TASK --help explains a task.\n")
        self.list_tasks()
        print("./lab python|twistd|trial ...  runs this program in the lab's own environment")
        print("./lab --lab-in-container TASK  runs the lab itself in a container, as on a host that is no Linux\n")


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
