"""The strain at which a load becomes critical."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import jax.numpy as jnp
from jax import lax

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.mechanical_response import CriticalStatus, MeanFieldResponse
from metac.compiler.interfaces.response import LabelledResponse
from metac.stdlib.loads.responses import LOAD_FACTOR
from metac.stdlib.measures.reading import read
from metac.stdlib.measures.refusals import several_stresses

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import FromRest, Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class CriticalStrain:
    """Magnitude of the first critical strain of a load along one axis (`runtime/fem/path/path_status.py`).

    Of a path followed by arc length: that at the end of the first increment whose state is unstable.
    """

    from_rest: ClassVar[bool] = True
    """Only a path from rest passes the critical point."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """A number, infinite where the load never becomes critical; a constant for derivatives."""
        response = read(self.of, MeanFieldResponse, "critical strain")
        if not isinstance(response.status, CriticalStatus):
            raise FieldError("of", "this body is linear: it is never critical", code="M0523")
        if response.driven is None and isinstance(response, LabelledResponse) and response.applied == LOAD_FACTOR:
            raise several_stresses()
        strain = response.strain if response.driven is None else response.mean_strain[:, *response.driven]
        strains = jnp.concatenate([jnp.zeros(1), jnp.abs(strain)])
        strain = jnp.interp(response.status.critical_point, jnp.arange(len(strains), dtype=float), strains)
        strain = jnp.where(jnp.isnan(response.status.critical_point), jnp.nan, strain)
        return lax.stop_gradient(jnp.where(jnp.isnan(strain), jnp.inf, strain))


if TYPE_CHECKING:
    Satisfies[Measure](CriticalStrain)
    Satisfies[FromRest](CriticalStrain)
