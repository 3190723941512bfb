"""Stress and stretch at a point of a body, and along a line."""

from __future__ import annotations

from collections.abc import Sequence
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


class FieldAt:
    """A field at a place of the unloaded body, x and y in mm, increment by increment; no number where the body has a pore.

    Raises `FieldError` M0523 on `at` for a place beside the body.
    """

    def __init__(self, *, of: Any, at: Sequence[Any]) -> None:
        self.of = of
        self.at = _place("at", at, meshed_body(of))

    def field(self, loaded: LoadedBody) -> Field:
        """What is asked for."""
        raise NotImplementedError

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]` over `abscissa[increment]`."""
        loaded = loaded_body(self.of)
        body, response, field = loaded.body, loaded.response, self.field(loaded)
        located = stress_field.locate(body.mesh, body.coordinates, jnp.asarray(self.at)[None])

        def value(displacement: Array) -> Array:
            return located.interpolate(field(loaded.deformation(displacement)))[0]

        return Curve(response.abscissa, jax.vmap(value)(response.displacement))


class FieldAlong:
    """A field along a straight line of the unloaded body, at the end of a load.

    `line` holds x and y of its start and of its end, mm. Raises `FieldError` M0523 on it where an end lies beside the body,
    or it has no length.
    """

    def __init__(self, *, of: Any, line: Sequence[Any], points: int) -> None:
        self.of, self.points, body = of, int(points), meshed_body(of)
        self.start, self.end = (_place("line", each, body) for each in (line[:2], line[2:]))
        self.length = float(np.linalg.norm(self.end - self.start))
        if self.length == 0:
            raise FieldError("line", "this line has no length", code=CODE)

    def field(self, loaded: LoadedBody) -> Field:
        """What is asked for."""
        raise NotImplementedError

    @cached_property
    def value(self) -> Curve:
        """`ordinate[place]` over `abscissa[place]`, mm from the start; no number in pores."""
        loaded = loaded_body(self.of)
        body, field = loaded.body, self.field(loaded)
        shares = np.linspace(0, 1, self.points)
        places = self.start + shares[:, None] * (self.end - self.start)
        located = stress_field.locate(body.mesh, body.coordinates, jnp.asarray(places))
        found = located.interpolate(field(loaded.deformation(loaded.response.displacement[-1])))
        return Curve(jnp.asarray(shares * self.length), found)


class StressAt(FieldAt):
    """A quantity of Cauchy's stress, MPa."""

    def __init__(self, *, of: Any, at: Sequence[Any], quantity: str) -> None:
        super().__init__(of=of, at=at)
        self.quantity = quantity

    def field(self, loaded: LoadedBody) -> Field:
        """MPa."""
        return StressOf(loaded, self.quantity, None)


class StretchAt(FieldAt):
    """A principal stretch in the plane, or the change of area."""

    def __init__(self, *, of: Any, at: Sequence[Any], quantity: str) -> None:
        super().__init__(of=of, at=at)
        self.quantity = quantity

    def field(self, loaded: LoadedBody) -> Field:
        """A number."""
        del loaded
        return STRETCHES[self.quantity]


class StressAlong(FieldAlong):
    """A quantity of Cauchy's stress, MPa."""

    def __init__(self, *, of: Any, line: Sequence[Any], points: int, quantity: str) -> None:
        super().__init__(of=of, line=line, points=points)
        self.quantity = quantity

    def field(self, loaded: LoadedBody) -> Field:
        """MPa."""
        return StressOf(loaded, self.quantity, None)


def _place(field: str, given: Sequence[Any], body: Any) -> np.ndarray:
    x, y = (float(each) for each in given)
    nodes = body.mesh.nodes
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    slack = 1e-9 * float(np.max(high - low))
    if not (low[0] - slack <= x <= high[0] + slack and low[1] - slack <= y <= high[1] + slack):
        raise FieldError(
            field,
            f"there is no body at ({x:.6g}, {y:.6g}) mm",
            code=CODE,
            help=f"it lies between ({low[0]:.6g}, {low[1]:.6g}) and ({high[0]:.6g}, {high[1]:.6g}) mm",
        )
    return np.array([x, y])


if TYPE_CHECKING:
    Satisfies[Measure](StressAt, StretchAt, StressAlong)
