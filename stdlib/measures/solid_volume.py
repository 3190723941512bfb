"""How much material a body is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.body import Filled, Graded, OfKnownVolume
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.fem.stress_field import weights

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class SolidVolume:
    """Of all materials, or of one; `FieldError` on `material` where there are not so many."""

    def __init__(self, *, of: Any, material: int | None) -> None:
        self.of = of.solid_part().body if isinstance(of, Filled) else of
        self.number = None if material is None else int(material)
        count = self._count
        if self.number is not None and self.number > count:
            message = f"this body has {count} material{'s' if count > 1 else ''}"
            raise FieldError("material", message, help="materials are counted from 1, in the order of the body's field")

    @property
    def _graded(self) -> bool:
        return isinstance(self.of, Graded)

    @property
    def _count(self) -> int:
        law = self.of.material
        return len(law.materials) if isinstance(law, PhasedMaterial) and not self._graded else 1

    @cached_property
    def value(self) -> Array:
        """mm³."""
        body: Any = self.of
        if isinstance(body, OfKnownVolume):
            return body.volume
        if self._graded:
            return body.density.mean() * body.domain.area * body.thickness
        areas = weights(body.mesh, body.coordinates).sum(axis=0)
        if self.number is not None and self._count > 1:
            areas = jnp.where(np.broadcast_to(body.material.phases, areas.shape) == self.number - 1, areas, 0.0)
        return areas.sum() * body.thickness


if TYPE_CHECKING:
    Satisfies[Measure](SolidVolume)
