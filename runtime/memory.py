"""Memory that a compilation leaves behind, given back to the system.

XLA's compiler frees most of what it took, but in pieces that the C library keeps: 370 MB after the step of a sheet of 25,000
degrees of freedom, more than the step itself then needs.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache

COMPILED = "/jax/core/compile/backend_compile_duration"
"""JAX's name for the event that a program has been compiled."""
LONG = 0.5
"""Seconds; shorter compilations leave little."""


@lru_cache
def return_memory_after_compilations() -> None:
    """From now on give back what compilations leave, in this process; calling it again does nothing.

    Only the GNU C library keeps it and can be asked to release it; elsewhere nothing is done.
    """
    trim = _trim()
    if trim is None:
        return
    import jax.monitoring

    def compiled(event: str, duration_secs: float, **_: str | int) -> None:
        if event == COMPILED and duration_secs >= LONG:
            trim(0)

    jax.monitoring.register_event_duration_secs_listener(compiled)


def _trim() -> Callable[[int], int] | None:
    """`malloc_trim` of the GNU C library, if it is ours."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
