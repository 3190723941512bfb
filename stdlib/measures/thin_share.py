"""How much of a picture is thinner than a width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.grid.morphology import opening

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class ThinShare:
    """Of the solid, or of the void.

    Raises `FieldError` on `width` where it is wider than the body, or less than two pixels: nothing is thinner than one.
    """

    def __init__(self, *, of: Any, width: Any, phase: str) -> None:
        self.of, self.phase = of, phase
        pixel = min(of.width / of.columns, of.height / of.rows)
        self.pixels = round(float(width) / pixel)
        if not 2 <= self.pixels <= min(of.rows, of.columns):
            message = f"{float(width):.6g} mm is {self.pixels} pixels of {pixel:.6g} mm"
            help = "take two pixels at least, and no more than there are; more pixels resolve finer widths"
            raise FieldError("width", message, help=help)

    @cached_property
    def value(self) -> Array:
        """Σ ρ (ρ − opened ρ) / Σ ρ."""
        field = self.of.density if self.phase == "solid" else 1 - self.of.density
        total = field.sum()
        lost = jnp.sum(field * (field - opening(field, self.pixels)))
        return jnp.where(total > 0, lost / jnp.where(total > 0, total, 1.0), 0.0)


if TYPE_CHECKING:
    Satisfies[Measure](ThinShare)
