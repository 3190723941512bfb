"""Forces that do nothing, reported while a spec is checked: in plain numbers, without JAX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.doubted import Doubt


def no_force(forces: Facts, made: Mapping[str, Any]) -> Doubt | None:
    """All forces are zero: nothing moves, and whatever is read of the load is zero for every design."""
    del made
    given = forces.fields.get("forces")
    components = list(_numbers(given))
    if not components or any(components):
        return None
    return Doubt(
        "forces", "no force acts: all of them are zero", ("every design answers with nothing",), "write `[0 N, -1 N]`"
    )


def _numbers(value: Any) -> Iterator[float]:
    """All numbers of nested tuples; one that is not known counts as a force."""
    if isinstance(value, tuple):
        for each in value:
            yield from _numbers(each)
    else:
        yield 1.0 if value is None else value
