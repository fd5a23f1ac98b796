"""What a demo shows, computed from events."""

from __future__ import annotations

import pytest
from demo_stage import client, scenario

from harness.demo import drawing
from harness.demo.events import Accepted, Closed, Command, Ended, Event, Printed, Sent
from harness.demo.model import LINE_BYTES, LINES, Show

GOT = b"Task %d: got %d bytes of poetry from 127.0.0.1:1\n"


def show(*events: Event, clients: int = 1, grain: str = "read", connects: str = "together") -> Show:
    shown = Show([client(f"c{number}", connects, grain) for number in range(clients)], scenario())
    for event in events:
        shown.feed(event)
    return shown


def lanes(shown: Show, width: int = 30) -> list[str]:
    return drawing.lanes(shown, shown.panes[0], width, dark=True).plain.splitlines()


def test_how_a_client_waits_ends_with_an_ellipsis_if_it_does_not_fit() -> None:
    shown = show()
    assert drawing.head(shown, shown.panes[0], 8).plain == "the mod…"
    assert drawing.head(shown, shown.panes[0], 15).plain == "the model of c0"


def test_marks_are_in_the_order_sent_and_full_once_reported() -> None:
    shown = show(
        Accepted(1, 0, 1), Accepted(1, 0, 2), Sent(2, 0, 2, 0, 4), Sent(3, 0, 1, 0, 6), Sent(4, 0, 2, 4, 8),
        Printed(3, 0, "stderr", GOT % (2, 4)), Closed(5, 0, 2, "close"),
    )  # fmt: skip
    first, second = lanes(shown, 12)
    assert first == "1  ○       0"
    assert second == "2 ● □│     4".replace("●", "■")
    shown.feed(Printed(5, 0, "stderr", GOT % (1, 6) + GOT % (2, 4)))
    assert [line.split() for line in lanes(shown, 12)] == [["1", "●", "6"], ["2", "■", "■│", "8"]]


def test_a_report_of_half_a_chunk_leaves_its_mark_hollow() -> None:
    shown = show(Sent(2, 0, 1, 0, 6), Printed(3, 0, "stderr", GOT % (1, 5)))
    assert "○" in lanes(shown)[0] and "●" not in lanes(shown)[0]
    shown.feed(Printed(3, 0, "stderr", GOT % (1, 1)))
    assert "●" in lanes(shown)[0]


def test_a_silent_client_shows_what_it_was_sent_and_never_a_report() -> None:
    shown = show(Sent(2, 0, 1, 0, 6), grain="silent")
    assert shown.panes[0].seen == 6
    assert "○" in lanes(shown)[0] and lanes(shown)[0].endswith(" 6")


def test_a_progress_line_that_comes_in_pieces_is_one_line() -> None:
    line = GOT % (1, 6)
    shown = show(*(Printed(1, 0, "stderr", line[i : i + 1]) for i in range(len(line))))
    assert shown.panes[0].seen == 6
    assert [(line.task, line.text) for line in shown.panes[0].lines] == [(1, line.decode().rstrip())]


def test_lines_of_poetry_are_assigned_to_their_poem() -> None:
    shown = show(Printed(1, 0, "stdout", b"another\n\none road\nis long\n\n"))
    assert [line.task for line in shown.panes[0].lines] == [2, 2, 1, 1, 1]
    assert shown.panes[0].first_poem == 2


def test_progress_lines_on_standard_output_count_too() -> None:
    shown = show(Printed(1, 0, "stdout", GOT % (2, 4)))
    assert shown.panes[0].lanes[2].seen == 4 and shown.panes[0].first_poem is None


@pytest.mark.parametrize("figure", [b"Task 2: got 4 bytes of poetry from x", b"Task 9: got 4 bytes of poetry from x\n"])
def test_an_unfinished_line_and_an_unknown_task_do_not_count(figure: bytes) -> None:
    assert show(Printed(1, 0, "stderr", figure)).panes[0].seen == 0


def test_a_line_of_a_megabyte_is_cut_and_the_next_line_is_shown() -> None:
    shown = show(*(Printed(1, 0, "stdout", b"x" * 65536) for _ in range(16)))
    assert len(shown.panes[0].rest["stdout"]) <= LINE_BYTES
    shown.feed(Printed(1, 0, "stdout", b"\nanother\n"))
    assert [line.text[:7] for line in shown.panes[0].lines] == ["xxxxxxx", "another"]
    assert len(shown.panes[0].lines[0].text) <= LINE_BYTES


def test_only_the_last_lines_are_kept() -> None:
    assert len(show(Printed(1, 0, "stderr", b"x\n" * 9999)).panes[0].lines) == LINES


def test_control_characters_are_not_shown() -> None:
    shown = show(Printed(1, 0, "stdout", b"\x1b[2J\x07\x9b31m\tred\xff\r\n"), Printed(1, 0, "stdout", b"\x1b]0;t"))
    text = drawing.output(shown.panes[0], 40, 9, dark=True).plain
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "red" in text and "[2J" in text


def test_an_unfinished_last_line_counts_when_the_client_ends() -> None:
    shown = show(Printed(1, 0, "stderr", b"Task 2: failed: connection reset (x)"), Ended(2, 0, 1))
    pane = shown.panes[0]
    assert pane.lanes[2].failed and lanes(shown)[1].endswith("failed")
    assert (pane.ended, pane.good, shown.over) == ("exit 1", False, True)


@pytest.mark.parametrize(
    ("end", "words"), [(Ended(2, 0, 0), "exit 0"), (Ended(2, 0, None, 9), "signal 9"), (Ended(2, 0, None), "stopped")]
)
def test_the_head_says_how_a_client_ended(end: Ended, words: str) -> None:
    shown = show(end)
    assert drawing.head(shown, shown.panes[0], 40).plain[2:].startswith(words)


def test_time_is_measured_in_seconds_of_the_script_without_pauses_and_at_any_pace() -> None:
    events: list[Event] = [
        Accepted(10, 0, 1), Command(12, ("resume",)), Command(13, ("pace", "2")), Command(15, ("pause",)),
        Command(95, ("resume",)), Ended(99, 0, 0),
    ]  # fmt: skip
    shown = show(*events)
    assert shown.panes[0].took == pytest.approx(1 + 1 + 2)
    assert shown.time(shown.panes[0]) == pytest.approx(4 / 3)  # the longest schedule takes 3 s
    in_turn = show(*events, connects="in-turn")
    assert in_turn.time(in_turn.panes[0]) == pytest.approx(4 / 6)


@pytest.mark.parametrize("words", [("step", "1"), ("reset", "1"), ("stall", "2"), ("down", "2")])
def test_no_time_is_shown_if_a_single_poem_was_commanded(words: tuple[str, ...]) -> None:
    shown = show(Accepted(1, 0, 1), Command(1, ("resume",)), Command(2, words), Ended(5, 0, 0))
    assert shown.time(shown.panes[0]) is None
    assert "conducted" in drawing.head(shown, shown.panes[0], 40).plain


def test_lanes_fit_their_width_and_show_the_newest_marks() -> None:
    shown = show(*(Sent(n, 0, 1 + n % 2, n, n + 1) for n in range(500)), Closed(501, 0, 1, "reset"))
    for width in (12, 20, 77):
        assert all(len(line) <= width for line in lanes(shown, width))
        assert "✗" in lanes(shown, width)[0] and "reset" in lanes(shown, width)[0]


def test_tasks_differ_without_colour() -> None:
    assert len({shape for shapes in drawing.SHAPES for shape in shapes}) == 2 * len(drawing.SHAPES)
    assert len(set(drawing.DARK)) == len(set(drawing.LIGHT)) == len(drawing.SHAPES)


def test_at_the_end_the_lanes_show_the_whole_on_one_time_axis_for_all_clients() -> None:
    shown = Show([client("quick"), client("slow", connects="in-turn")], scenario())
    shown.feed(Command(0, ("resume",)))
    for number, (size, seconds) in enumerate(((1, 1), (1, 3))):
        shown.feed(Accepted(0, number, 1))
        for end in range(1, 17):
            shown.feed(Sent(end * seconds / 16, number, 1, end - size, end))
    shown.feed(Closed(1, 0, 1, "close"))
    shown.feed(Ended(1, 0, 0))
    assert "─" not in lanes(shown)[-1]  # while a client runs, the newest marks are on the right
    shown.feed(Closed(3, 1, 1, "reset"))
    shown.feed(Ended(3, 1, 1))
    assert shown.axis == (0, 3)
    for width in (20, 30, 60, 118):
        quick, slow = (drawing.lanes(shown, pane, width, dark=True).plain.splitlines() for pane in shown.panes)
        assert quick[-1].endswith("3.0 s") and slow[-1].endswith("3.0 s")
        assert len(quick[-1]) == len(slow[-1]) <= width
        # The client that took a third of the time has its marks, and its end, in the first third.
        assert quick[-1].index("┤") < slow[-1].index("┤") / 2
        assert quick[0].rindex("○") < slow[0].rindex("○") / 2
        assert "│" in quick[0] and "✗" in slow[0]


def test_a_conducted_scene_has_the_time_of_the_room_on_its_axis() -> None:
    shown = Show([client("a")], scenario())
    shown.feed(Accepted(100, 0, 1))
    shown.feed(Command(101, ("step", "1")))
    shown.feed(Sent(101, 0, 1, 0, 6))
    shown.feed(Closed(109, 0, 1, "close"))
    shown.feed(Ended(110, 0, 0))
    assert shown.axis == (100, 110) and lanes(shown)[-1].endswith("10.0 s")
