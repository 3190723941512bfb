"""A worker process: calls come in by its standard input, results go out by its standard output.

Started by `worker_pool.py`; it ends when its input does, so also when the parent process is killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback


def serve() -> None:
    """Answer `(function, arguments)` by `(True, value)` or `(False, traceback)` until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the one that asks
    calls = sys.stdin.buffer
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed gets among the answers
        while True:
            try:
                function, arguments = pickle.load(calls)
            except EOFError:
                return
            try:
                answer = True, function(*arguments)
            except Exception:
                answer = False, traceback.format_exc()
            try:
                pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
                answers.flush()
            except BrokenPipeError:
                os._exit(0)  # nobody is left to answer to


if __name__ == "__main__":
    serve()
