# Two fast poetry servers in one process, each as its own service (an exercise of seed part 16). From the checkout:
#     ./lab twistd --nodaemon --python python/tac/twopoems.tac
from pathlib import Path

from twisted.application.service import Application

from slowpoetry.services.fast import fast_poetry

port = 10000
second_port = 10001
iface = "127.0.0.1"
poem_file = Path("poems/ecstasy.txt")
second_poem_file = Path("poems/fascination.txt")

application = Application("twopoems")  # the name that twistd looks for
fast_poetry(poem_file, port, iface).setServiceParent(application)
fast_poetry(second_poem_file, second_port, iface).setServiceParent(application)
