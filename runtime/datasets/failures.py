"""What ends the making of cells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from metac.runtime.errors import RuntimeFailure


class SamplingFailed(RuntimeFailure):
    """A family that cannot be made, or not be kept; or a process that helps ended."""

    code = "M0641"


@contextmanager
def written(title: str) -> Iterator[None]:
    """Turns what a full disk does to the files of what was made into SamplingFailed."""
    try:
        yield
    except OSError as error:
        raise SamplingFailed(
            f"{title} are made, but cannot be written: {error.strerror or error}",
            remedy="free some space, or name another folder in METAC_CACHE; the parts that they consist of are kept",
        ) from error
