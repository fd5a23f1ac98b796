"""One poetry client for each way of waiting. Each is a module to run: `python3 -m slowpoetry.clients.blocking 10001`.

Read them in this order: blocking, threads and selector_loop, which use the operating system directly;
twisted_protocol, twisted_callbacks, twisted_deferredlist, twisted_inlinecallbacks and twisted_async_await;
asyncio_streams and trio_nursery. In each, `fetch` handles one address, and `main` returns when all are done.
All output goes through `command_line`.
"""

# Twisted's transports read at most so many bytes at a time. With the same size, "one line per read" means the same
# in every client.
READ_SIZE = 2**16
