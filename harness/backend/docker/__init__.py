"""Programs in containers: the one package of the lab that knows Docker.

`backend` puts it together; `images` builds them, `container` talks to those that run, `engine` asks and sweeps.
"""
