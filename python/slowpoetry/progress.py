"""The lines that a client prints about its tasks: one line per read, one line per failure.

These functions only make text and write nothing. The words for errors are the same in every language of the lab,
so that a reader can compare clients without knowing the error names of each runtime.
"""

import socket

from slowpoetry.address import Address, format_address


def got_line(task: int, size: int, address: Address) -> str:
    """Return the progress line for one read of `size` bytes, without a newline."""
    return f"Task {task}: got {size} bytes of poetry from {format_address(address)}"


def failed_line(task: int, error: Exception, address: Address) -> str:
    """Return the line that says in plain words why a poem did not come whole, without a newline."""
    return f"Task {task}: failed: {plain_words(error)} ({format_address(address)})"


def plain_words(error: Exception) -> str:
    """Return an error in plain words; never empty, never more than one line."""
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError():
            return "connection reset"
        case TimeoutError():
            return "timed out"
        case socket.gaierror():
            return "unknown host"
        case OSError(strerror=str(words)):
            return words.lower()
    return " ".join(str(error).split()) or type(error).__name__
