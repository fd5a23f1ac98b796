# The poetry proxy for twistd, with its settings (an exercise of seed part 16). From the top of the checkout:
#     ./lab twistd --nodaemon --python python/tac/poetryproxy.tac
from twisted.application.service import Application

from slowpoetry.address import Address
from slowpoetry.proxy.service import poetry_proxy

port = 10000
iface = "127.0.0.1"
upstream = Address("127.0.0.1", 10001)

application = Application("poetryproxy")  # the name that twistd looks for
poetry_proxy(upstream, port, iface).setServiceParent(application)
