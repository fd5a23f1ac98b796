"""The wrong clients that each scenario with conditions catches, and with which reason code."""

UNDER_CONDITIONS = {
    "sigterm": {
        "ignores-signals": "signal-ignored",
        "lingers": "hang-up-late",
        "stops-with-zero": "exit-lies",
        "forgets-poems": "whole-poem-lost",
    },
    "sigint": {"takes-offence": "stack-trace"},
    "closed-pipe": {
        "ignores-closed-pipe": "pipe-ignored",
        "content-without-reader": "exit-lies",
        "breaks-with-the-pipe": "stack-trace",
    },
    "slow-reader": {"forgets-the-rest": "output-lost"},
    "bare-environment": {"trusts-locale": "bytes-differ", "needs-home": "poem-missing"},
    "read-only": {"writes-files": "poem-missing"},
    "trio-v6": {"knows-no-ipv6": "poem-missing"},
    "dual": {"tries-one-address": "poem-missing"},
}
