"""The claims of parts 15 to 19 about running programs, answered from the records of `trials`."""

from __future__ import annotations

from typing import Any

from harness.claims import Answer, Claim, answered
from harness.claims.records import Records, Unobserved, service_evidence
from harness.printable import counted

SOON = 1.0  # seconds: a hang-up that is passed on later than this only holds within limits
SHARE = 0.5  # share of the time of the first fetch: a cached poem takes less
STOPS = ("SIGTERM", "SIGINT")

Record = dict[str, Any]


def _answered(true: bool, figures: str, name: str, *, limit: bool = False) -> Answer:
    return answered(true, figures, (service_evidence(name),), limit=limit)


def _proxy_hang_up(records: Records) -> Answer:
    record = records.service("proxy-hang-up")
    hung_up, size = record["hung_up"], record["poem_bytes"]
    ends = [entry for entry in record["send_log"] if entry["act"] in ("hang-up", "close", "reset")]
    sends = [entry for entry in record["send_log"] if entry["act"] == "send"]
    if not ends or not sends or ends[0]["t"] < hung_up:
        raise Unobserved(
            "the slow server saw no end of the connection after the client's hang-up", service_evidence("proxy-hang-up")
        )
    after = sum(entry["end"] - entry["start"] for entry in sends if entry["t"] > hung_up)
    took, sent = ends[0]["t"] - hung_up, sends[-1]["end"]
    passed_on = ends[0]["act"] == "hang-up" and sent < size
    what = "the proxy hung up" if passed_on else "the slow server ended the connection"
    figures = (
        f"{what} {took * 1000:.0f} ms after the client's hang-up; the slow server sent {counted(after, 'more byte')}, "
        f"{sent} of {size} in all"
    )
    return _answered(passed_on, figures, "proxy-hang-up", limit=took > SOON)


def _proxy_cache(records: Records) -> Answer:
    record = records.service("proxy-cache")
    first, second = record["fetches"][0], record["fetches"][-1]
    if first is second or not first["exact"]:
        raise Unobserved("there was no second fetch after a complete one", service_evidence("proxy-cache"))
    figures = (
        f"the first fetch took {first['seconds'] * 1000:.0f} ms, the second {second['seconds'] * 1000:.0f} ms, "
        f"with {'the same poem' if second['exact'] else 'another poem'}; "
        f"the slow server accepted {counted(record['accepts'], 'connection')}"
    )
    quick = second["seconds"] < SHARE * first["seconds"]
    return _answered(second["exact"] and record["accepts"] == 1 and quick, figures, "proxy-cache")


def _twistd_lifecycle(records: Records) -> Answer:
    record = records.service("twistd-lifecycle")
    missing = [how for how in STOPS if how not in record]
    if missing:
        raise Unobserved(f"no daemon was stopped by {' and by '.join(missing)}", service_evidence("twistd-lifecycle"))
    wrong = [f"{how}: {fault}" for how in STOPS for fault in _unclean(record[how])]
    figures = "; ".join(wrong) or (
        f"a request was served and logged; after {' and after '.join(STOPS)} the pid file was gone and the shutdown "
        "was logged"
    )
    return _answered(not wrong, figures, "twistd-lifecycle")


def _unclean(daemon: Record) -> list[str]:
    checks = {
        "there was no pid file with its id while it ran": daemon["pid_file_while_running"] == str(daemon["pid"]),
        "the poem was not served": daemon["served"],
        "the request was not logged": daemon["logged_request"],
        "it did not end": daemon["ended"],
        "the pid file is still there": daemon["pid_file_after"] is None,
        "the last line of the log is not the shutdown": daemon["last_log_line"] == "Server Shut Down.",
        "there is a traceback in the log": not daemon["traceback"],
    }
    return [fault for fault, good in checks.items() if not good]


def _inline_fallback(records: Records) -> Answer:
    record = records.service("inline-fallback")
    original, transformed = record["poem"] + "\n", record["transformed"] + "\n"
    with_server, without = record["with_server"], record["without_server"]
    if with_server["stdout"] != transformed or original == transformed:
        raise Unobserved("the transform server did not transform the poem", service_evidence("inline-fallback"))
    kinds = {original: "the original", transformed: "the transformed poem", "": "nothing"}
    printed = kinds.get(without["stdout"], "something else")
    message = " ".join(without["stderr"].strip().splitlines()[-1:])
    figures = f"without a transform server the client printed {printed}{f'; its message: {message}' if message else ''}"
    return _answered(without["stdout"] == original, figures, "inline-fallback")


def _trial_waits(records: Records) -> Answer:
    record = records.service("trial-waits")
    marks = record["marks"]
    returns, fires = "the test returns a Deferred", "the test's Deferred fires"
    tears = "tearDown returns a Deferred"
    if returns not in marks or tears not in marks:
        raise Unobserved(
            f"trial did not run the test to its end; exit status {record['status']}", service_evidence("trial-waits")
        )
    waited = fires in marks and marks.index(fires) < marks.index(tears)
    when = "after" if waited else "before"
    figures = f"tearDown began {when} the test's Deferred had fired; exit status {record['status']}"
    return _answered(waited and record["status"] == 0, figures, "trial-waits")


CLAIMS = (
    Claim("trial-waits", 15, "trial waits for a test's Deferred before it runs tearDown", _trial_waits),
    Claim("twistd-lifecycle", 16, "twistd logs, writes and removes a pid file, and stops cleanly", _twistd_lifecycle),
    Claim("inline-fallback", 17, "a poem whose transformation fails is printed unchanged", _inline_fallback),
    Claim(
        "proxy-hang-up", 19, "if a client hangs up, the proxy stops the download from the slow server", _proxy_hang_up
    ),
    Claim("proxy-cache", 19, "a poem that was received whole is cached and then sent at once", _proxy_cache),
)
