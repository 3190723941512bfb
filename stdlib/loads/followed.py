"""Pulling or pushing between grips along the path's length: through limit points of the strain, where a sheet snaps back.

What is given is how far the sheet moves from one recorded state to the next; the grip's displacement is found with it
(`runtime/fem/path/arc_length.py`). Curves over the strain may therefore turn back.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.path.arc_length import ProportionalLoad, follow_path
from metac.runtime.fem.path.load_history import internal_forces_and_energies
from metac.stdlib.loads.axial import require_axis_and_steps
from metac.stdlib.loads.grips import Gripped, Grips
from metac.stdlib.loads.uniaxial import Response


class Followed(Gripped):
    """A sheet between grips, followed along its path as it is, stable or not; `sign` tells which way the grips set out.

    `travel`: length of the path, mm: the distances between recorded states, each the root mean square over the sheet's area
    of how far its points move, added up. Raises `FieldError` on `travel`, `along`, `steps` or `body`.
    """

    sign: ClassVar[int]

    def __init__(self, body: Any, travel: Array | float, along: str = "y", steps: int = 20) -> None:
        require_axis_and_steps(along, steps)
        if not isinstance(travel, Tracer) and not 0 < float(travel) < float("inf"):
            raise FieldError("travel", f"the path must have a length, got {float(travel):g} mm")
        self.body, self.along, self.steps = body, along, steps
        self.travel = jnp.asarray(travel, dtype=float)
        self.grips = Grips(body, along)

    @cached_property
    def response(self) -> Response:
        """Equilibrium at equal lengths of the path; differentiable."""
        grips = self.grips
        nothing = jnp.zeros((grips.problem.assembly.point_count, 2))
        load = ProportionalLoad(jnp.asarray(self.sign * grips.length * grips.unit), nothing)
        arcs = jnp.full(self.steps, 1.0) * self.travel / self.steps
        displacement, factor, status = follow_path(grips.problem, self.body.coordinates, grips.parameters, load, arcs)
        force, energy = internal_forces_and_energies(grips.problem, self.body.coordinates, grips.parameters, displacement)
        energy = self.body.thickness * energy
        return Response(self.sign * factor, displacement, grips.reaction(force), energy, status)

    @property
    def abscissa(self) -> Array:
        """`[increment]`: what curves run over, the magnitude of the strain, which may turn back."""
        return jnp.abs(self.response.strain)


class FollowedTension(Followed):
    """The grips set out moving apart."""

    sign = 1


class FollowedCompression(Followed):
    """The grips set out moving towards each other."""

    sign = -1
