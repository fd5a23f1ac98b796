"""One poetry client per way of waiting, each a module to run: `python3 -m slowpoetry.clients.blocking 10001`.

Read them in this order: blocking, threads and selector_loop, which use what the operating system offers;
twisted_protocol, twisted_callbacks, twisted_deferredlist, twisted_inlinecallbacks and twisted_async_await;
asyncio_streams and trio_nursery. In each, `fetch` looks after one address and `main` knows when all are done;
what they tell the outside world goes through `command_line`.
"""

# What Twisted's transports read at a time: with it, "one line per read" means the same in every client.
READ_SIZE = 2**16
