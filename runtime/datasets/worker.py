"""A worker process: calls come in by its standard input, results go out by its standard output.

Started by `worker_pool.py`; it ends when its input does, so also when the parent process is killed.
"""

from __future__ import annotations

import os
import signal
import sys

from metac.runtime.cluster.call_encoding import answer
from metac.runtime.datasets.frames import read_frame, write_frame


def serve() -> None:
    """Answer calls until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the one that asks
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed gets among the answers
        while True:
            try:
                call = read_frame(sys.stdin.buffer)
            except EOFError:
                return
            try:
                write_frame(answers, answer(call))
            except BrokenPipeError:
                os._exit(0)  # nobody is left to answer to


if __name__ == "__main__":
    serve()
