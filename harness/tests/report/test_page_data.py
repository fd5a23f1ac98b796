"""What the page's script is given: the marks as they are, and of very long poems no more than a part."""

from __future__ import annotations

import base64
import zlib

import pytest
from evidence_maker import TRIO, evidence, scenario, server

from harness.report import page_data
from harness.report.lanes import Plot
from harness.report.marks import marks
from harness.report.page_data import STEP, cell_data
from harness.report.recorded import RecordedCell

FOUND = marks(evidence(TRIO))
LOG = b'{"t": 1}\n' * 50


def data(found=FOUND, made=TRIO):
    record = {"axes": {"connects": ["together"], "order": ["arguments", "completion"]}}
    return cell_data(made, Plot(3, (0.0, 2.0)), {"a/made": (RecordedCell(record, send_log=LOG), found)})


@pytest.mark.parametrize("kind", ["open", "sent", "reported", "printed"])
def test_the_marks_read_back_as_they_are(kind):
    columns = data()["cells"]["a/made"]["marks"][kind]
    t, rows = 0, []
    for i, step in enumerate(columns["t"]):
        t += step
        rows.append({name: values[i] for name, values in columns.items()} | {"t": pytest.approx(t * STEP)})
    assert rows == [{**row, **({"u": round(row["u"] / STEP)} if "u" in row else {})} for row in getattr(FOUND, kind)]


def test_the_send_log_is_there_in_full():
    cell = data()["cells"]["a/made"]
    assert zlib.decompress(base64.b64decode(cell["log"])) == LOG
    assert cell["start"] == FOUND.start


def test_what_the_client_does_is_said_of_the_traits_that_the_cell_tells():
    assert data()["cells"]["a/made"]["does"] == {"connects": "connects to all addresses at once"}


def test_of_a_very_long_poem_the_page_holds_the_first_part_and_the_size(monkeypatch):
    monkeypatch.setattr(page_data, "KEPT", 20)
    made = scenario(server(b"x" * 50, 10, 0.1), server(b"short", 5, 0.1), tasks=3)
    found = data(marks(evidence(made)), made)
    assert [len(base64.b64decode(poem)) for poem in found["poems"]] == [20, 5]
    assert found["sizes"] == [50, 5] and found["tasks"] == [0, 1, 0]
