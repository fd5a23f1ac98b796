"""What twistd runs by name: one module a name, with the `Options` it takes and `makeService`, which makes the service.

A bad value is a UsageError: twistd shows the options and the error, and ends with status 1.
"""
