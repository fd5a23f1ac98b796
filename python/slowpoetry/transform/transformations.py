"""The transformations of a poem: functions from bytes to bytes, by name. Nothing here uses the network.

A poem must be text in UTF-8. Other bytes are refused, because it is not known which of them are letters.
"""

from collections.abc import Callable, Mapping

Transformation = Callable[[bytes], bytes]


class Refused(Exception):
    """A poem cannot be transformed; the text says why."""


def cummingsify(poem: bytes) -> bytes:
    """Return the poem in lower case, as E. E. Cummings wrote; Refused if it is not UTF-8.

    The result may be longer, because some capital letters, for example İ, take fewer bytes in upper case.
    """
    try:
        return poem.decode().lower().encode()
    except UnicodeDecodeError as error:
        raise Refused(f"the poem is not UTF-8 at byte {error.start}") from None


TRANSFORMATIONS: Mapping[str, Transformation] = {"cummingsify": cummingsify}
