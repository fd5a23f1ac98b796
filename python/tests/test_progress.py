"""The lines by which people and the lab know what a client is doing."""

import errno
import os
import socket

import pytest

from slowpoetry.address import Address
from slowpoetry.progress import failed_line, got_line, plain_words

HERE = Address("127.0.0.1", 10001)


def test_a_read_is_told_with_task_size_and_address() -> None:
    assert got_line(1, 10, HERE) == "Task 1: got 10 bytes of poetry from 127.0.0.1:10001"


def test_a_failure_is_told_with_task_reason_and_address() -> None:
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
def test_errors_of_the_system_are_told_in_plain_words(number: int, words: str) -> None:
    assert plain_words(OSError(number, os.strerror(number))) == words


def test_a_name_that_leads_nowhere_is_an_unknown_host() -> None:
    assert plain_words(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "unknown host"
    assert plain_words(socket.gaierror(socket.EAI_AGAIN, "Temporary failure")) == "unknown host"


def test_an_error_without_a_word_of_its_own_is_told_in_one_line() -> None:
    assert plain_words(OSError("several\nthings: broken")) == "several things: broken"
    assert plain_words(OSError()) == "OSError"
