"""Who watches while something is built: where to report progress, and whether to stop.

What is built is asked for deep inside a program that is being linked, where nobody could hand a display through; so the one
who starts the work sets it for everything within.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


def _nothing(text: str) -> None:
    """Reports to nobody."""


@dataclass(frozen=True)
class Watch:
    """`phase`: what is being done now. `note`: what the user should know. `wanted`: whether the user wants to stop."""

    phase: Callable[[str], None] = _nothing
    note: Callable[[str], None] = _nothing
    wanted: Callable[[], bool] = lambda: False


_PRESENT: ContextVar[Watch] = ContextVar("watch", default=Watch())  # noqa: B039


def present_watch() -> Watch:
    """The innermost watch; one that says nothing and never stops where there is none."""
    return _PRESENT.get()


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let what is built within the block report to `watch`."""
    token = _PRESENT.set(watch)
    try:
        yield
    finally:
        _PRESENT.reset(token)
