"""The strain at which a load becomes critical."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import jax.numpy as jnp
from jax import lax

if TYPE_CHECKING:
    from jax import Array

    from metac.stdlib.loads.axial import AxiallyLoaded


class CriticalStrain:
    """Magnitude of the first critical strain of a load in equal increments (`runtime/fem/critical.py`)."""

    from_rest: ClassVar[bool] = True
    """Only a path from rest passes the critical point."""

    def __init__(self, of: AxiallyLoaded) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number, infinite where the load never becomes critical; a constant for derivatives."""
        response = self.of.response
        part = response.status.critical_point / len(response.strain)
        strain = part * jnp.abs(response.strain[-1])
        return lax.stop_gradient(jnp.where(jnp.isnan(strain), jnp.inf, strain))
