"""After a limit on time, what is traced (by a debugger, a profiler, coverage) goes on as before."""

from __future__ import annotations

import subprocess
import sys

import pytest

TRACED_AFTERWARDS = """
import sys
from contextlib import suppress

from metac.compiler.lower.budget import OutOfTime, limited

def work(loops):
    n = 0
    while n < loops:
        n += 1
    return n

done = None
with suppress(OutOfTime), limited({seconds}):
    done = work({loops})
sys.setprofile(lambda *_: None)
work(1)
sys.setprofile(None)
print(done)
"""


@pytest.mark.parametrize(("seconds", "loops", "done"), [(60, 3, "3"), (0.1, 10**12, "None")], ids=["in time", "out of time"])
def test_what_is_traced_after_a_limit_goes_on(seconds: float, loops: int, done: str) -> None:
    """An exception of another thread that stays marked as pending would keep it from ever returning."""
    code = TRACED_AFTERWARDS.format(seconds=seconds, loops=loops)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == done
