"""How close a generator has come to turning an element inside out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.mesh.quality import jacobian_ratio

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class SmallestJacobian:
    """Smallest ratio of an element's local area, moved by the generator, to that of its mesh as made.

    1 for nodes that have not moved, not positive where an element is inverted; taken at quadrature points and nodes.
    """

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number."""
        return jacobian_ratio(self.of.mesh, self.of.coordinates).min()


if TYPE_CHECKING:
    Satisfies[Measure](SmallestJacobian)
