"""The part of a Dockerfile that a stage needs: no other language's stage is built with it."""

from __future__ import annotations

import pytest

from harness.backend.stages import part_for
from harness.paths import ROOT

HEAD = "# what it is\nARG BASE\n\n"
ONE = "FROM ${BASE} AS one\nRUN echo FROM here\n\n"
TOOLS = "FROM ${BASE} AS tools\nRUN make\n"
MADE = "FROM ${BASE} AS made\nCOPY --from=tools /built /\n"
LAST = "FROM made AS last\n"


@pytest.mark.parametrize(
    ("stage", "parts"),
    [("one", [ONE]), ("tools", [TOOLS]), ("made", [TOOLS, MADE]), ("last", [TOOLS, MADE, LAST])],
)
def test_a_stage_has_what_it_is_made_from_and_nothing_else(stage: str, parts: list[str]) -> None:
    assert part_for(stage, HEAD + ONE + TOOLS + MADE + LAST) == HEAD + "".join(parts)


def test_of_an_unknown_stage_the_engine_sees_all_and_says_so() -> None:
    assert part_for("none", HEAD + ONE) == HEAD + ONE
    assert (
        part_for("guests/mine", "ARG BASE\nFROM ${BASE}\nCOPY client /\n") == "ARG BASE\nFROM ${BASE}\nCOPY client /\n"
    )


def test_the_languages_of_the_lab_need_nothing_of_one_another() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "erlang" not in part_for("haskell", dockerfile) and "FROM ${BASE} AS haskell-build" in part_for(
        "haskell", dockerfile
    )
    assert "ghc" not in part_for("erlang", dockerfile) and "python3" not in part_for("erlang", dockerfile)
