"""Declared to connect together, and fetches one poem after another."""

from slowpoetry.clients.blocking import main

main()
