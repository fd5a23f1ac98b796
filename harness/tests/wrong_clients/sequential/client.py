"""Declared to connect together, but fetches one poem after another."""

from slowpoetry.clients.blocking import main

main()
