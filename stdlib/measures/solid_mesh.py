"""Measures of a meshed body's solid part, by its mesh, its period and where its nodes are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.body import Filled, Repeating

if TYPE_CHECKING:
    from jax import Array


class SolidMeshMeasure:
    """Of a body whose pores may be filled with a medium, which does not count."""

    def __init__(self, *, of: Any) -> None:
        self.of = of.solid_part().body if isinstance(of, Filled) else of

    def measured(self, function: Callable[..., Array]) -> Array:
        """A function of the mesh, of what joins images of a period, or None, and of the coordinates `[node, 2]`, mm."""
        repeats = isinstance(self.of, Repeating)
        return function(self.of.mesh, self.of.constraints if repeats else None, self.of.coordinates)
