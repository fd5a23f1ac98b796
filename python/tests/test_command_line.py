"""The command line of a client: which time-outs are accepted, and which signals end the client."""

import signal

import pytest

from slowpoetry.address import Address, UsageError
from slowpoetry.clients.command_line import Job, parse_job
from tests.client_process import finish, running

HERE = Address("127.0.0.1", 10001)


@pytest.mark.parametrize(("text", "seconds"), [("1", 1.0), ("0.25", 0.25), ("3600", 3600.0), ("007.50", 7.5)])
def test_a_timeout_is_a_decimal_number_of_seconds_before_the_addresses(text: str, seconds: float) -> None:
    assert parse_job(["--timeout", text, "10001", "10001"]) == Job([HERE, HERE], seconds)


def test_without_a_timeout_a_client_waits_for_ever() -> None:
    assert parse_job(["10001"]) == Job([HERE], None)


WRONG = [
    *("0", "0.0", "-1", "+1", "1e3", "1_0", "1.", ".5", "inf", "nan", "3600.01", "9" * 999),
    *("", " 1", "1\n", "1s", "soon", "1:1", "\u0661", "--timeout"),
]


@pytest.mark.parametrize("text", WRONG)
def test_a_timeout_that_is_not_a_number_above_0_and_up_to_3600_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_job(["--timeout", text, "10001"])
    assert str(refusal.value) == f"bad timeout {text!r}: not a number of seconds above 0 and at most 3600"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--timeout"], "bad timeout ''"),
        (["--timeout", "1"], "no address given"),
        (["10001", "--timeout", "1"], "bad argument '--timeout'"),
        (["--timeout=1", "10001"], "bad argument '--timeout=1'"),
    ],
)
def test_a_timeout_in_the_wrong_place_is_refused(arguments: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_job(arguments)


# A mutex that is locked twice: a wait inside C code, during which Python cannot run a signal handler.
STUCK_IN_A_CALL = """
import ctypes
from slowpoetry.clients.command_line import leave_on_signals
leave_on_signals()
print("ready", flush=True)
mutex, take = ctypes.create_string_buffer(64), ctypes.CDLL(None).pthread_mutex_lock
take(mutex), take(mutex)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_program_that_is_stuck_in_a_call(number: int) -> None:
    with running({"command": ["python3", "-c", STUCK_IN_A_CALL]}) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert finish(process) == (-number, b"", [])
