"""The largest stress or stretch of a body, and smooth stand-ins for it; over all of it or a part.

Aggregates: the p-norm (Σ |s|^p)^(1/p) over all places, which is never less than the largest magnitude and comes to it as p
grows; the mean of that kind, (∫ |s|^p dA / A)^(1/p), which is never more and does not depend on the mesh (Duysinx and
Sigmund, 7th AIAA Symposium on Multidisciplinary Analysis and Optimization, 1998; Le et al., Struct. Multidiscip. Optim. 41,
2010, 605); and the function of Kreisselmeier and Steinhauser (IFAC Proc. 12, 1979, 113), r/p ln Σ exp(p s/r) with the root
mean square r, which is never less than the largest value. All three have a gradient everywhere but where everything is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.values import Curve
from metac.runtime.fem import stress_field
from metac.stdlib.measures.field_values import STRETCHES, Field, LoadedBody, StressOf, loaded_body, meshed_body
from metac.stdlib.measures.refusals import CODE

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.mesh.mesh import Mesh

Box = tuple[float, float, float, float]
"""x and y of the lower left corner, x and y of the upper right one, mm."""
CORNERS = 4
HELP = "write x and y of its lower left, then of its upper right corner"


def p_norm(values: Array, weights: Array, exponent: Any) -> Array:
    """(Σ |v|^p)^(1/p) of the values whose weight is not zero."""
    return _norm(values, jnp.where(weights > 0, 1.0, 0.0), exponent)


def p_mean(values: Array, weights: Array, exponent: Any) -> Array:
    """(Σ w |v|^p / Σ w)^(1/p)."""
    return _norm(values, weights / weights.sum(), exponent)


def kreisselmeier_steinhauser(values: Array, weights: Array, exponent: Any) -> Array:
    """r/p ln Σ exp(p v/r), r their root mean square."""
    size = p_mean(values, weights, 2.0)
    safe = jnp.where(size > 0, size, 1.0)
    terms = jnp.where(weights > 0, exponent * values / safe, -jnp.inf)
    return jnp.where(size > 0, safe / exponent * jax.nn.logsumexp(terms), 0.0)


def maximum(values: Array, weights: Array, exponent: Any) -> Array:
    """The largest value; its gradient is that of the place where it is."""
    del exponent
    return jnp.where(weights > 0, values, -jnp.inf).max()


def minimum(values: Array, weights: Array, exponent: Any) -> Array:
    """The smallest value."""
    del exponent
    return jnp.where(weights > 0, values, jnp.inf).min()


AGGREGATES: dict[str, Callable[[Array, Array, Any], Array]] = {
    "maximum": maximum,
    "minimum": minimum,
    "p_norm": p_norm,
    "p_mean": p_mean,
    "ks": kreisselmeier_steinhauser,
    "mean": lambda values, weights, exponent: jnp.sum(values * weights) / weights.sum(),
}
"""What is made of the values `[point, cell]` at places with weights `[point, cell]`, mm², zero where they do not count."""


class FieldExtreme:
    """An aggregate over the places of a body, increment by increment; `inside` and `outside` are boxes, None: everywhere.

    Raises `FieldError` M0523 on `inside` or `outside` where no element is left.
    """

    def __init__(self, *, of: Any, aggregate: str, exponent: Any, inside: Any | None, outside: Any | None) -> None:
        self.of, self.aggregate, self.exponent = of, aggregate, exponent
        self.inside, self.outside = _box("inside", inside), _box("outside", outside)
        body = meshed_body(of)
        if not self._selected(self._places(body.mesh, body.mesh.nodes, np), np).any():
            field = "inside" if self.inside is not None else "outside"
            raise FieldError(
                field, "no element of the body is left to look at", code=CODE, help="lengths count from the origin"
            )

    def field(self, loaded: LoadedBody) -> Field:
        """What it is an aggregate of."""
        raise NotImplementedError

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]` over `abscissa[increment]`."""
        loaded = loaded_body(self.of)
        body, response, field = loaded.body, loaded.response, self.field(loaded)
        selected = self._selected(self._places(body.mesh, body.coordinates, jnp), jnp)
        weights = jnp.where(selected, stress_field.weights(body.mesh, body.coordinates), 0.0)

        def aggregate(displacement: Array) -> Array:
            return AGGREGATES[self.aggregate](field(loaded.deformation(displacement)), weights, self.exponent)

        return Curve(response.abscissa, jax.vmap(aggregate)(response.displacement))

    def _places(self, mesh: Mesh, coordinates: Any, xp: Any) -> Any:
        """Where the sampling points lie, `[2, point, cell]`, mm; `xp` is numpy for concrete coordinates, or `jax.numpy`."""
        table = stress_field.sampling(mesh)
        values = table.element.shape(table.rule.points)
        return xp.einsum("np,cnd->dpc", values, coordinates[mesh.cells])

    def _selected(self, places: Any, xp: Any) -> Any:
        chosen = xp.ones(places.shape[1:], bool)
        if self.inside is not None:
            chosen = chosen & _in(self.inside, places)
        if self.outside is not None:
            chosen = chosen & ~_in(self.outside, places)
        return chosen


class PeakStress(FieldExtreme):
    """Of a quantity of Cauchy's stress, MPa."""

    def __init__(self, *, of: Any, quantity: str, relaxation: Any | None, **fields: Any) -> None:
        """`relaxation`: see `StressOf`."""
        super().__init__(of=of, **fields)
        self.quantity, self.relaxation = quantity, relaxation

    def field(self, loaded: LoadedBody) -> Field:
        """MPa."""
        return StressOf(loaded, self.quantity, self.relaxation)


class PeakStretch(FieldExtreme):
    """Of the principal stretches in the plane, or of the change of area."""

    def __init__(self, *, of: Any, quantity: str, **fields: Any) -> None:
        super().__init__(of=of, **fields)
        self.quantity = quantity

    def field(self, loaded: LoadedBody) -> Field:
        """A number."""
        del loaded
        return STRETCHES[self.quantity]


def _box(field: str, given: Sequence[Any] | None) -> Box | None:
    if given is None:
        return None
    if len(given) != CORNERS:
        raise FieldError(field, "a box has four numbers", code=CODE, help=HELP)
    x0, y0, x1, y1 = (float(each) for each in given)
    if x0 >= x1 or y0 >= y1:
        raise FieldError(field, "this box is empty", code=CODE, help=HELP)
    return x0, y0, x1, y1


def _in(box: Box, places: Any) -> Any:
    x0, y0, x1, y1 = box
    return (places[0] >= x0) & (places[0] <= x1) & (places[1] >= y0) & (places[1] <= y1)


def _norm(values: Array, weights: Array, exponent: Any) -> Array:
    sizes = jnp.where(weights > 0, jnp.abs(values), 0.0)
    # The largest is taken out so that no power is too large; it cancels, and is no part of the derivative.
    largest = jax.lax.stop_gradient(sizes.max())
    safe = jnp.where(largest > 0, largest, 1.0)
    total = jnp.sum(weights * (sizes / safe) ** exponent)
    return jnp.where(largest > 0, safe * jnp.where(largest > 0, total, 1.0) ** (1 / exponent), 0.0)


if TYPE_CHECKING:
    Satisfies[Measure](PeakStress, PeakStretch)
