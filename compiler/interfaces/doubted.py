"""What a definition may know of objects that can be made but are seldom meant so; asked by `metac check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from metac.compiler.interfaces.attainability import Facts


class Doubt(NamedTuple):
    """What is seldom meant, at the field that says it, with what it means and a way out."""

    field: str
    message: str
    notes: tuple[str, ...] = ()
    help: str | None = None
    code: str | None = None
    """One of the registry, of the stage `check`; None: the one that stands for all of them."""


DoubtCheck = Callable[[Facts, Mapping[str, Any]], Doubt | None]
"""Asked by `metac check` of each object of a definition: `(object, made)`; None where nothing is doubtful, or not known.

`made` are those objects that could be made already (shapes and symmetries, say), or tuples of them, by the field that they
are given to. A definition names the function as `doubted = "module:function"`. It must not import JAX, nor numpy before it
knows that it needs it.
"""
