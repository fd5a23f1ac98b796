"""The Twisted slow poetry server: the seed's own command line, and the lab's servers in one process."""
