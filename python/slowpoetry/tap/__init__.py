"""The services that twistd runs by name: each module has `Options` and `makeService`, which makes the service.

A bad value is a UsageError: twistd shows the options and the error, and ends with status 1.
"""
