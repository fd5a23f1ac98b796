"""The lines that tell people and the lab what a client is doing."""

import errno
import os
import socket

import pytest

from slowpoetry.address import Address
from slowpoetry.progress import failed_line, got_line, plain_words

HERE = Address("127.0.0.1", 10001)


def test_the_line_for_a_read_has_task_size_and_address() -> None:
    assert got_line(1, 10, HERE) == "Task 1: got 10 bytes of poetry from 127.0.0.1:10001"


def test_the_line_for_a_failure_has_task_reason_and_address() -> None:
    line = failed_line(2, ConnectionRefusedError(), HERE)
    assert line == "Task 2: failed: connection refused (127.0.0.1:10001)"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ECONNREFUSED, "connection refused"),
        (errno.ECONNRESET, "connection reset"),
        (errno.ETIMEDOUT, "timed out"),
        (errno.EHOSTUNREACH, "no route to host"),
    ],
)
def test_errors_of_the_system_have_plain_words(number: int, words: str) -> None:
    assert plain_words(OSError(number, os.strerror(number))) == words


def test_a_name_without_an_address_is_an_unknown_host() -> None:
    assert plain_words(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "unknown host"
    assert plain_words(socket.gaierror(socket.EAI_AGAIN, "Temporary failure")) == "unknown host"


def test_any_other_error_is_described_in_one_line() -> None:
    assert plain_words(OSError("several\nthings: broken")) == "several things: broken"
    assert plain_words(OSError()) == "OSError"
