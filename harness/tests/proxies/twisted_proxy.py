"""A solution of the exercise a-proxy in Python: the lab's own proxy (seed part 19), once for each address."""

import sys

from twisted.internet import reactor

from slowpoetry.address import parse_addresses
from slowpoetry.proxy.service import PoetryProxyFactory, ProxyService

factories = [PoetryProxyFactory(ProxyService(address)) for address in parse_addresses(sys.argv[1:])]
ports = [reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port for factory in factories]
reactor.callWhenRunning(print, "listening", *ports, flush=True)
reactor.run()
