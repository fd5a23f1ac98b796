"""The lab itself.  Its folders in the order of the flow: a folder imports only those above it.

spec      what is to be run: manifests of clients and servers, scenarios
backend   where it runs: containers or this machine
run       one cell: servers, client and recorder at work
record    what was recorded, read back: send log, transcript, poems
judge     pure functions of the record: axes, metrics, verdict
compare   the main job: every client in every scenario
report    a run shown: table, page, JUnit, ...
check, audit, lesson, claims, demo   what stands on it, each a task of its own
suites    the tests of all languages; cli: the command line
"""
