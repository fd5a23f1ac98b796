"""The failures that Twisted logs because nobody has handled them."""

from twisted.logger import LogEvent, globalLogBeginner


def logged_failures() -> list[str]:
    """Return a list that grows by each exception that is logged from now on.

    A Deferred's last failure is logged when the Deferred is collected as
    garbage, because until then somebody could still add an errback.
    """
    failures: list[str] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(repr(event["log_failure"].value))

    observers = [observe]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)  # type: ignore[arg-type]  # any callable
    return failures
