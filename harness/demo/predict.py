"""Questions to the room before the answer is shown, and the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.demo.model import Show

Truth = Callable[[Show], int | None]  # None: not known yet


@dataclass(frozen=True)
class Question:
    """What is asked, the answers there are, when the truth is known, and the command that brings it about."""

    words: str
    answers: range
    truth: Truth
    command: tuple[str, ...] = ()


class Game:
    """Asks one question at a time; what cannot be told at once counts when it can."""

    def __init__(self, show: Show) -> None:
        self.right = 0
        self.settled = 0
        self.said = ""  # of the last answer
        self._show = show
        self._guesses: list[tuple[Question, int]] = []
        self._waiting = [_first_poem(show, number) for number in range(len(show.panes))]
        self.question: Question | None = None
        self.ask()

    def ask(self) -> None:
        """The next question: first of each client, then poem after poem; none when all poems are over."""
        self.question = self._waiting.pop(0) if self._waiting else _next_poem(self._show)

    def ask_fault(self, fault: str, task: str) -> None:
        """Before a poem is broken."""
        if self.question is not None and not self.question.command:
            self._waiting.insert(0, self.question)
        count = len(self._show.panes)
        done = {"reset": "is reset", "stall": "stalls", "down": "goes down", "go": "goes on"}[fault]
        words = f"poem {task} {done} now: how many of the {count} clients will end with status 0?"
        self.question = Question(words, range(count + 1), _ended_well, (fault, task))

    def answer(self, number: int) -> tuple[str, ...]:
        """Take the answer; returns the command to be carried out now, () for none."""
        question = self.question
        if question is None or number not in question.answers:
            return ()
        self._guesses.append((question, number))
        self.question = None
        self.settle()
        return question.command

    def settle(self) -> None:
        """Count the guesses whose truth is known by now."""
        for question, guess in list(self._guesses):
            truth = question.truth(self._show)
            if truth is not None:
                self._guesses.remove((question, guess))
                self.settled += 1
                self.right += guess == truth
                self.said = "right" if guess == truth else f"not {guess}, but {truth}"

    @property
    def score(self) -> str:
        """So far."""
        return f"{self.right} of {self.settled} right"


def _first_poem(show: Show, number: int) -> Question:
    name = show.panes[number].client.name
    tasks = range(1, len(show.scenario.tasks) + 1)

    def truth(show: Show) -> int | None:
        return show.panes[number].first_poem

    return Question(f"which poem will {name} print first?", tasks, truth)


def _ended_well(show: Show) -> int | None:
    return sum(pane.good for pane in show.panes) if show.over else None


def _next_poem(show: Show) -> Question | None:
    task = next_poem(show)
    if task is None:
        return None
    tasks = range(1, len(show.scenario.tasks) + 1)
    return Question("which poem sends its next chunk?", tasks, lambda _: task, ("step", str(task)))


def next_poem(show: Show) -> int | None:
    """The task whose next act comes first by the script, as far as the quickest client has heard it."""
    found: list[tuple[float, int]] = []
    for task in range(1, len(show.scenario.tasks) + 1):
        chunks = [pane.lanes[task].chunks for pane in show.panes if pane.lanes[task].open]
        schedule = show.scenario.server(task).schedule
        if chunks and max(chunks) < len(schedule):
            found.append((schedule[max(chunks)].at, task))
    return min(found)[1] if found else None
