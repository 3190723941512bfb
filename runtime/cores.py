"""The processor's cores."""

from __future__ import annotations

import os


def cores() -> int:
    """How many this process may use, one at least."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
