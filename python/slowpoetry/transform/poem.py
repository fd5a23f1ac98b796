"""One poem, fetched and then transformed: two waits, one after the other, in one generator (seed part 17)."""

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.python.failure import Failure

from slowpoetry.address import Address, format_address
from slowpoetry.clients.command_line import report
from slowpoetry.clients.twisted_protocol import get_poetry
from slowpoetry.progress import failed_line, plain_words
from slowpoetry.transform.proxy import NotTransformed, TransformProxy


@inlineCallbacks
def get_transformed_poem(
    reactor: Any, proxy: TransformProxy, task: int, address: Address
) -> Generator[Deferred[bytes], bytes, bytes]:
    """Fetch a poem and transform it; the Deferred fails with OSError if the poem cannot be fetched.

    If the poem cannot be transformed, that is reported, and the poem is returned unchanged.
    """
    poem = yield get_poetry(reactor, task, address)
    try:
        return (yield proxy.transform(reactor, poem))
    except (OSError, NotTransformed) as error:
        report(f"Task {task}: not transformed: {plain_words(error)} ({format_address(proxy.server)})")
        return poem


def report_failure(failure: Failure, task: int, address: Address) -> Failure:
    """Report why a poem did not come, and return the failure; this is an errback."""
    error = failure.value
    report(failed_line(task, error if isinstance(error, Exception) else Exception(error), address))
    return failure
