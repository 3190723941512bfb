"""What the command's exit status says."""

from __future__ import annotations

MET = 0
"""Done, and every goal met."""
SPEC_WRONG = 1
USAGE = 2
"""Wrong usage: an unknown option, a file that is not there."""
MISSED = 3
"""Done, but a goal is not met."""
FAILED = 4
"""The run failed: no equilibrium, no memory, no space on the disk."""
INTERNAL_ERROR = 70
"""An internal error."""
INTERRUPTED = 130
"""Stopped by Ctrl-C (128 + SIGINT), after saving."""
TERMINATED = 143
"""Stopped by the system (128 + SIGTERM), after saving."""
PIPE_CLOSED = 141
"""Nobody reads our output any more (128 + SIGPIPE)."""
