"""What can be done to a poem: functions from bytes to bytes, by name. Nothing here knows of the network.

A poem is text in UTF-8. Of other bytes nobody can say which are letters, so they are refused, not damaged.
"""

from collections.abc import Callable, Mapping

Transformation = Callable[[bytes], bytes]


class Refused(Exception):
    """A poem that cannot be transformed; its text says why."""


def cummingsify(poem: bytes) -> bytes:
    """Return the poem in lower case, after E. E. Cummings' typography; Refused if it is not UTF-8.

    The answer may be longer: some capitals, İ among them, take fewer bytes than their small letters.
    """
    try:
        return poem.decode().lower().encode()
    except UnicodeDecodeError as error:
        raise Refused(f"the poem is not UTF-8 at byte {error.start}") from None


TRANSFORMATIONS: Mapping[str, Transformation] = {"cummingsify": cummingsify}
