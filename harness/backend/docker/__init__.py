"""Programs in containers: the only package of the lab that knows Docker.

`backend` uses the others: `images` builds images, `container` talks to running containers, `engine` checks the engine
and removes what dead runs have left.
"""
