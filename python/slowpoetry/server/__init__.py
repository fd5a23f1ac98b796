"""The slow poetry server with Twisted: as a program like the seed's, and as the lab's servers in one process."""
