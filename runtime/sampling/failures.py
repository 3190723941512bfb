"""What ends the making of cells."""

from __future__ import annotations

from metac.runtime.errors import RuntimeFailure


class SamplingFailed(RuntimeFailure):
    """A family that cannot be made, or not be kept; or a process that helps ended."""
