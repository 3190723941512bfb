"""Failures while a data set is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from metac.runtime.errors import RuntimeFailure


class SamplingFailed(RuntimeFailure):
    """A data set that cannot be made or saved, or a worker process that ended."""

    code = "M0641"


@contextmanager
def written(title: str) -> Iterator[None]:
    """Turns errors in writing the files of a finished data set into SamplingFailed."""
    try:
        yield
    except OSError as error:
        raise SamplingFailed(
            f"{title} are made, but cannot be written: {error.strerror or error}",
            remedy="free some space, or name another folder in METAC_CACHE; their chunks are cached",
        ) from error
