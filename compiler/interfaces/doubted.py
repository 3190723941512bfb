"""What a definition may know of objects that can be made but are seldom meant so; asked by `metac check`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from metac.compiler.interfaces.attainability import Facts


class Doubt(NamedTuple):
    """What is seldom meant, at the field that says it, with what it means and a way out."""

    field: str
    message: str
    notes: tuple[str, ...] = ()
    help: str | None = None


DoubtCheck = Callable[[Facts], Doubt | None]
"""Asked by `metac check` of each object of a definition; None where nothing is doubtful, or where it is not known.

A definition names it as `doubted = "module:function"`. It must not import JAX.
"""
