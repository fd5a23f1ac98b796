"""`./lab TASK ...`: invoke runs the tasks of `tasks.py`; bad usage ends with the lab's own exit status."""

from __future__ import annotations

import inspect
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
from harness.cli.words import USAGE, with_options, without_value
from harness.errors import UsageError


class LabProgram(Program):
    """Invoke's program; a command line that it cannot parse ends with exit status 2."""

    def parse_core(self, argv: Any) -> None:
        if option := without_value(argv[1:]):
            raise Exit(f"lab: {option}: needs a value, and it is empty or missing", code=UsageError.status)
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
        options = {str(task.name): list(task.flags) for task in self.collection.to_contexts()}
        return Exit(f"lab: {bad_usage(error, self.argv[1:], options)}", code=UsageError.status)

    def task_list_opener(self, extra: str = "") -> str:
        return "Tasks"

    def print_task_help(self, name: str) -> None:
        """The help of one task, without words that are invoke's own."""
        print(f"Usage: ./lab {name} [--options] {USAGE.get(name, '')}".rstrip())
        print(f"\n{inspect.getdoc(self.collection[name])}\n\nOptions:")
        self.print_columns(self.parser.contexts[name].help_tuples())

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
            words = with_options(sys.argv, namespace.task_names)
            LabProgram(name="lab", binary="./lab", namespace=namespace, version="1").run(words)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(output_closed())


if __name__ == "__main__":
    main()
