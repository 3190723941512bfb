"""Formulas that were worked out once, cached between processes where a program gives a place for them.

What is cached is text: the source of generated functions, which is read back only where it is plain arithmetic
(`generated_function.function_from`). Keys hold a hash of the compiler's own files: a changed compiler finds nothing old.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from metac.compiler.lower.generated_function import GeneratedFunction, function_from


class TextStore(Protocol):
    """Texts by key; neither method raises."""

    def read(self, key: str) -> str | None:
        """The text, or None where there is none."""
        ...

    def write(self, key: str, text: str) -> None:
        """Keep a text, where that is possible."""
        ...


_place: list[TextStore] = []


def keep_in(store: TextStore | None) -> None:
    """Where formulas are cached from now on; nowhere with None."""
    _place[:] = [] if store is None else [store]


def stored(key: str, count: int) -> tuple[GeneratedFunction, ...] | None:
    """The `count` functions of a key; None where they are not cached, or what is cached is damaged."""
    text = _place[0].read(_full(key)) if _place else None
    try:
        sources = [] if text is None else json.loads(text)
        if not isinstance(sources, list) or len(sources) != count or not all(isinstance(each, str) for each in sources):
            return None
        return tuple(map(function_from, sources))
    except (ValueError, RecursionError):
        return None


def store(key: str, functions: Sequence[GeneratedFunction]) -> None:
    """Keep functions, where they can be read back: Python reads brackets only to a certain depth."""
    if not _place:
        return
    sources = [each.source for each in functions]
    try:
        for source in sources:
            function_from(source)
    except ValueError:
        return
    _place[0].write(_full(key), json.dumps(sources, ensure_ascii=False))


def _full(key: str) -> str:
    return f"{key}-{_compiler()[:16]}"


@cache
def _compiler() -> str:
    """A hash of the files that formulas come from."""
    folder = Path(__file__).parents[1]
    files = sorted([*(folder / "lower").glob("*.py"), *(folder / "operators").glob("*.py")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
