"""The claims of parts 15 to 19 on programs that run and serve: answered from the records of `trials`."""

from __future__ import annotations

from typing import Any

from harness.claims import Answer, Claim, answered
from harness.claims.records import Records, Unobserved

SOON = 1.0  # seconds: within this a hang-up is passed on, however loaded the machine is
SHARE = 0.5  # of the first fetch: a cached poem takes less


def _proxy_hang_up(records: Records) -> Answer:
    record = records.service("proxy-hang-up")
    ends = [entry for entry in record["send_log"] if entry["act"] in ("hang-up", "close", "reset")]
    sends = [entry for entry in record["send_log"] if entry["act"] == "send"]
    if not ends or not sends:
        raise Unobserved("the slow server saw no end of the connection", records.service_evidence("proxy-hang-up"))
    after = sum(entry["end"] - entry["start"] for entry in sends if entry["t"] > record["hung_up"])
    took = ends[0]["t"] - record["hung_up"]
    sent, size = sends[-1]["end"], record["poem_bytes"]
    figures = f"the proxy hung up {took * 1000:.0f} ms after its client; {after} more bytes, {sent} of {size} in all"
    holds = ends[0]["act"] == "hang-up" and took < SOON and sent < size
    return answered(holds, figures, records.service_evidence("proxy-hang-up"))


def _proxy_cache(records: Records) -> Answer:
    record = records.service("proxy-cache")
    first, second = record["fetches"]
    figures = (
        f"first {first['seconds'] * 1000:.0f} ms, then {second['seconds'] * 1000:.0f} ms; "
        f"the slow server was asked {record['accepts']} time{'s' * (record['accepts'] != 1)}"
    )
    quick = second["seconds"] < SHARE * first["seconds"]
    holds = first["exact"] and second["exact"] and record["accepts"] == 1 and quick
    return answered(holds, figures, records.service_evidence("proxy-cache"))


def _twistd_lifecycle(records: Records) -> Answer:
    record = records.service("twistd-lifecycle")
    wrong = [f"{how}: {fault}" for how, daemon in record.items() for fault in _unclean(daemon)]
    figures = "; ".join(wrong) or "served and logged; stopped by SIGTERM and SIGINT, pid file gone, the log says so"
    return answered(not wrong, figures, records.service_evidence("twistd-lifecycle"))


def _unclean(daemon: dict[str, Any]) -> list[str]:
    checks = {
        "no pid file while it ran": daemon["pid_file_while_running"],
        "the poem was not served": daemon["served"],
        "the request was not logged": daemon["logged_request"],
        "it did not end": daemon["ended"],
        "the pid file is still there": not daemon["pid_file_after"],
        "its last word is not the shutdown": daemon["last_log_line"] == "Server Shut Down.",
        "a traceback in the log": not daemon["traceback"],
    }
    return [fault for fault, good in checks.items() if not good]


def _inline_fallback(records: Records) -> Answer:
    record = records.service("inline-fallback")
    refused, transformed = record["refused"], record["transformed"]
    if not transformed["as_due"]:
        raise Unobserved("nothing was transformed where it should be", records.service_evidence("inline-fallback"))
    said = " ".join(refused["stderr"].strip().splitlines()[-1:])
    printed = "the original" if refused["as_due"] else "something else"
    figures = f"with no transform server it printed {printed}: {said}"
    return answered(refused["as_due"], figures, records.service_evidence("inline-fallback"))


def _trial_waits(records: Records) -> Answer:
    record = records.service("trial-waits")
    marks = record["marks"]
    fires, tears = "the test's Deferred fires", "tearDown returns a Deferred"
    if tears not in marks:
        raise Unobserved("tearDown was not seen", records.service_evidence("trial-waits"))
    waited = fires in marks and marks.index(fires) < marks.index(tears)
    when = "after" if waited else "before"
    figures = f"tearDown began {when} the test's Deferred had fired; status {record['status']}"
    return answered(waited and record["status"] == 0, figures, records.service_evidence("trial-waits"))


CLAIMS = (
    Claim("trial-waits", 15, "trial waits for a test's Deferred before it tears down", _trial_waits),
    Claim("twistd-lifecycle", 16, "twistd logs, writes a pid file, removes it, stops cleanly", _twistd_lifecycle),
    Claim("inline-fallback", 17, "a poem whose transformation fails is printed as it was", _inline_fallback),
    Claim("proxy-hang-up", 19, "a client's hang-up reaches the slow server, which stops", _proxy_hang_up),
    Claim("proxy-cache", 19, "a poem that has come whole is cached, and then sent at once", _proxy_cache),
)
