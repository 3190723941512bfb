"""`python -m metac` is the command `metac`."""

from metac.commands.main import entry

if __name__ == "__main__":
    entry()
