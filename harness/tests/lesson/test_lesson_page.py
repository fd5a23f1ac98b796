"""The page of a lesson: side by side if there is room, nothing is cut off, and it is harmless to a terminal."""

from __future__ import annotations

import pytest

from harness.lesson.lesson import Lesson, Variant
from harness.lesson.page import Pane, index, page
from harness.paths import ROOT

LESSON = Lesson("made", 19, "A lesson made for this test", ())
LONG = "    call(" + ", ".join(f"argument_{number}" for number in range(12)) + ")"
PANES = [
    Pane("one.py", f"first line\n\n{LONG}\nlast line\n", "output of python", "python printed this\n"),
    Pane("two.erl", "%% erlang\n", "output of erlang", "erlang printed this\nand this\n"),
    Pane("Three.hs", "-- haskell\n", "output of haskell", "haskell printed this\n"),
]


def longest(text: str) -> int:
    return max(map(len, text.splitlines()))


def lines_with(text: str, words: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines()) if words in line]


def test_without_a_terminal_languages_are_one_below_the_other_and_no_line_is_folded() -> None:
    assert page(LESSON, PANES[:2], None) == (
        "made: A lesson made for this test (part 19)\n\n"
        f"== one.py ==\nfirst line\n\n{LONG}\nlast line\n\n"
        "== output of python ==\npython printed this\n\n"
        "== two.erl ==\n%% erlang\n\n"
        "== output of erlang ==\nerlang printed this\nand this\n"
    )


@pytest.mark.parametrize(
    ("width", "abreast"), [(40, 1), (80, 1), (98, 1), (99, 2), (149, 2), (150, 3), (160, 3), (400, 3)]
)
def test_as_many_languages_are_side_by_side_as_fit(width: int, abreast: int) -> None:
    text = page(LESSON, PANES, width)
    assert longest(text) <= width
    outputs = [lines_with(text, f"{language} printed this")[0] for language in ("python", "erlang", "haskell")]
    assert outputs.count(outputs[0]) == abreast


@pytest.mark.parametrize("width", [1, 40, 80, 100, 160])
def test_long_lines_are_folded_and_not_cut(width: int) -> None:
    text = page(LESSON, PANES[:1], width)
    assert longest(text) <= max(width, 40)
    assert "".join(LONG.split()) in "".join(text.split())
    if len(LONG) > width:
        further = text.splitlines()[lines_with(text, "call(")[0] + 1]
        assert further.startswith("        ") and further.lstrip().startswith("argument")


def test_outputs_side_by_side_begin_on_the_same_line() -> None:
    lines = page(LESSON, PANES, 160).splitlines()
    [heads] = [line for line in lines if "output of" in line]
    columns = [heads.index(f"== output of {name}") for name in ("python", "erlang", "haskell")]
    printed = lines[lines.index(heads) + 1]
    assert [printed.index(f"{name} printed this") for name in ("python", "erlang", "haskell")] == columns


def test_what_is_wrong_is_named_below_the_output() -> None:
    panes = [PANES[0], Pane("two.erl", "%% erlang\n", "output of erlang", "other\n", ["-this", "+other"])]
    lines = page(LESSON, panes, 100).splitlines()
    [number] = [number for number, line in enumerate(lines) if "PROBLEMS" in line]
    place = lines[number].index("== PROBLEMS")
    assert place == next(line for line in lines if "output of" in line).index("== output of erlang")
    assert [line[place:] for line in lines[number + 1 : number + 3]] == ["-this", "+other"]
    assert "PROBLEMS" not in page(LESSON, PANES, 100)


@pytest.mark.parametrize("width", [None, 80, 160])
def test_the_output_of_a_lesson_cannot_act_on_the_terminal(width: int | None) -> None:
    wild = "\x1b[2Jred \x07\r\tafter a tab\n"
    text = page(LESSON, [Pane("one.py", wild, "output", wild, [wild]), PANES[1]], width)
    assert all(line.isprintable() for line in text.splitlines())
    assert "\\x1b[2Jred" in text


def test_the_index_has_every_lesson_under_its_part_with_its_languages() -> None:
    def variants(*languages: str) -> tuple[Variant, ...]:
        return tuple(Variant("any", language, ROOT / "any") for language in languages)

    lessons = [
        Lesson("first", 17, "One of part 17", variants("python")),
        Lesson("second", 19, "A title that is so long that it has to be folded " * 2, variants("python", "haskell")),
    ]
    legend = "p: python, e: erlang, h: haskell; ./lab lesson NAME shows and runs one\n"
    assert index(lessons[:1], None) == f"{legend}part 17\n  first  p      One of part 17\n"
    text = index(lessons, 80)
    assert longest(text) <= 80
    assert "part 19\n  second  p   h  A title" in text
    assert "".join(text.split()).endswith("".join(lessons[1].title.split()))
