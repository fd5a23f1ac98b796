"""The program `twistd`, as a module."""

from twisted.scripts.twistd import run

if __name__ == "__main__":
    run()
