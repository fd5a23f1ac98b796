"""Questions to the audience before the answer is shown, and the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.demo.model import Show

Truth = Callable[[Show], int | None]  # the right answer; None: not known yet


@dataclass(frozen=True)
class Question:
    """A question, its possible answers, its right answer once known, and the command to carry out after the answer."""

    words: str
    answers: range
    truth: Truth
    command: tuple[str, ...] = ()


@dataclass
class Asked:
    """A question that was answered: how many chose each answer, and the right answer once it is known."""

    question: Question
    votes: Mapping[int, int] = field(default_factory=dict)
    truth: int | None = None


class Game:
    """Asks one question at a time; an answer counts once the right answer is known."""

    def __init__(self, show: Show) -> None:
        self.right = 0
        self.settled = 0
        self.said = ""  # whether the last answer was right
        self.last: Asked | None = None  # the last question that was answered
        self._show = show
        self._open: list[Asked] = []  # without a right answer so far
        self._waiting = [_first_poem(show, number) for number in range(len(show.panes))]
        self.question: Question | None = None
        self.ask()

    def ask(self) -> None:
        """Ask the next question: first one about each client, then about the next chunk, until all poems have ended."""
        self.question = self._waiting.pop(0) if self._waiting else _next_poem(self._show)

    def ask_fault(self, fault: str, task: str) -> None:
        """Ask about the effect of a fault before it happens; a question that was interrupted is asked again later."""
        if self.question is not None and not self.question.command:
            self._waiting.insert(0, self.question)
        count = len(self._show.panes)
        effect = {"reset": "is reset", "stall": "is stalled", "down": "goes down", "go": "continues"}[fault]
        words = f"Poem {task} {effect} now: how many of the {count} clients will end with status 0?"
        self.question = Question(words, range(count + 1), _ended_well, (fault, task))

    def answer(self, number: int | None, votes: Mapping[int, int] | None = None) -> tuple[str, ...]:
        """Take the answer of a person (None: none) and the `votes` of a room, how many for each answer.

        Returns the command to carry out now; () for none, or if the answer is not possible.
        """
        question = self.question
        if question is None or (number is not None and number not in question.answers):
            return ()
        counts = Counter({each: count for each, count in (votes or {}).items() if each in question.answers})
        counts.update([] if number is None else [number])
        self.said = ""
        self.last = Asked(question, counts)
        self._open.append(self.last)
        self.question = None
        self.settle()
        return question.command

    def settle(self) -> None:
        """Count the answers for which the right answer is known by now."""
        for asked in list(self._open):
            truth = asked.truth = asked.question.truth(self._show)
            if truth is not None:
                self._open.remove(asked)
                self.settled += sum(asked.votes.values())
                self.right += asked.votes.get(truth, 0)
                wrong = [each for each, count in asked.votes.items() if count and each != truth]
                self.said = f"Not {', '.join(map(str, sorted(wrong)))}, but {truth}." if wrong else "Right."

    @property
    def score(self) -> str:
        """The score so far, as text."""
        return f"{self.right} of {self.settled}"


def _first_poem(show: Show, number: int) -> Question:
    name = show.panes[number].client.name
    tasks = range(1, len(show.scenario.tasks) + 1)

    def truth(show: Show) -> int | None:
        return show.panes[number].first_poem

    return Question(f"Which poem will {name} print first?", tasks, truth)


def _ended_well(show: Show) -> int | None:
    return sum(pane.good for pane in show.panes) if show.over else None


def _next_poem(show: Show) -> Question | None:
    task = next_poem(show)
    if task is None:
        return None
    tasks = range(1, len(show.scenario.tasks) + 1)
    return Question("Which poem sends its next chunk?", tasks, lambda _: task, ("step", str(task)))


def next_poem(show: Show) -> int | None:
    """The task whose next act is first in the schedules, counted from the client that has been sent most; or None."""
    found: list[tuple[float, int]] = []
    for task in range(1, len(show.scenario.tasks) + 1):
        chunks = [pane.lanes[task].chunks for pane in show.panes if pane.lanes[task].open]
        schedule = show.scenario.server(task).schedule
        if chunks and max(chunks) < len(schedule):
            found.append((schedule[max(chunks)].at, task))
    return min(found)[1] if found else None
