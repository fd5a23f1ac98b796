"""What Twisted logs of forgotten failures, printed as the lessons print."""

import gc

from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogBeginner


def print_errors() -> None:
    """From now on print what is logged as critical, on standard output."""
    observers = [_print_critical]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)  # type: ignore[arg-type]  # any callable


def collect_garbage() -> None:
    """Collect it: that is when Twisted logs a Deferred's last failure."""
    gc.collect()


def _print_critical(event: LogEvent) -> None:
    if event["log_level"] is LogLevel.critical:
        failure = event.get("log_failure")
        what = repr(failure.value) if failure else formatEvent(event)
        print(f"  log: {what}")
