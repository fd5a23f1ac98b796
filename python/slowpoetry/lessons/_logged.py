"""What Twisted logs of failures that nobody has handled."""

from twisted.logger import LogEvent, globalLogBeginner


def logged_failures() -> list[str]:
    """A list that gets each failure's exception from now on, as it is logged.

    A Deferred's last failure is logged when the Deferred is collected as
    garbage: until then, somebody might still add an errback.
    """
    failures: list[str] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(repr(event["log_failure"].value))

    observers = [observe]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)  # type: ignore[arg-type]  # any callable
    return failures
