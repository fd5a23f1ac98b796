# The fast poetry server for twistd, with its settings (seed part 16). From the top of the checkout:
#     ./lab twistd --nodaemon --python python/tac/fastpoetry.tac
from pathlib import Path

from twisted.application.service import Application

from slowpoetry.services.fast import fast_poetry

port = 10000
iface = "127.0.0.1"
poem_file = Path("poems/ecstasy.txt")

application = Application("fastpoetry")  # the name that twistd looks for
fast_poetry(poem_file, port, iface).setServiceParent(application)
