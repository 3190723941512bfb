"""The command line, one file a sub-command: each has `add(subparsers)` and a function that runs it and gives the exit code."""
