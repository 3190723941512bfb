"""The command line, one file a sub-command: each has `add(subparsers)` and a function that gives the exit code."""
