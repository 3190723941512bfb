"""What loads along one axis have in common, and what measures may ask of them."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.warm_start import WarmStart, cold_start

AXES = {"x": 0, "y": 1}


def require_axis_and_steps(along: str, steps: int) -> None:
    """`FieldError` on `along` or `steps`."""
    if along not in AXES:
        raise FieldError("along", f"a load acts along x or y, not along {along}")
    if steps < 1:
        raise FieldError("steps", f"a load needs one increment at least, not {steps}")


class AxialLoad:
    """A nominal strain along x or y that grows in equal increments; `sign` tells whether it pulls or pushes.

    Signs: `response.strain`, displacements and `nominal_stress` are positive in tension, negative in compression. Measures
    report what is positive in both: their curves run over the magnitude of the strain.
    """

    sign: ClassVar[int]
    largest_strain: ClassVar[float]

    def __init__(self, body: Any, strain: Array | float, along: str, steps: int) -> None:
        """`body` has `mesh`, `coordinates[node, 2]`, `material`, `thickness`, `domain`; `strain` is a positive magnitude."""
        require_axis_and_steps(along, steps)
        # Inside a trace the value is not known; a wrong one then shows in the status.
        if not isinstance(strain, Tracer):
            value = float(strain)
            if not 0 < value < self.largest_strain:
                limit = "" if np.isinf(self.largest_strain) else f" and less than {self.largest_strain:.0%}"
                raise FieldError("strain", f"strain must be more than zero{limit}, got {value:g}", help=self._direction())
        self.body, self.along, self.steps = body, along, steps
        self.start: WarmStart | None = None
        self.strain = jnp.asarray(strain, dtype=float)

    def _direction(self) -> str:
        return "give the magnitude; `tension` pulls and `compression` pushes"

    @cached_property
    def problem(self) -> Problem:
        """Mesh, law and what is held."""
        raise NotImplementedError

    @property
    def rest(self) -> WarmStart:
        """Nothing is known to start from."""
        return cold_start(self.problem, self.steps)

    def starting_from(self, start: WarmStart) -> Self:
        """The same load, from the equilibria of a neighbouring design (`runtime/fem/path/warm_start.py`)."""
        load = copy(self)
        load.__dict__.pop("response", None)
        load.start = start
        return load

    @property
    def axis(self) -> int:
        """0 where the load acts along x, 1 along y."""
        return AXES[self.along]

    @property
    def strains(self) -> Array:
        """`[increment]`: nominal strains along the axis; negative in compression."""
        return self.sign * self.strain * np.linspace(0, 1, self.steps + 1)[1:]

    @property
    def abscissa(self) -> Array:
        """`[increment]`: what curves run over, the magnitude of the strain."""
        return jnp.abs(self.strains)


class AxiallyLoaded(Protocol):
    """What a load along one axis offers to measures."""

    sign: ClassVar[int]

    @property
    def response(self) -> Any:
        """Equilibrium at each increment: `strain`, `displacement[increment, node, 2]`, `energy[increment]`, `status`."""
        ...

    @property
    def abscissa(self) -> Array:
        """`[increment]`: what curves run over: the magnitude of the strain, or how far it has gone where it turns."""
        ...

    @property
    def nominal_stress(self) -> Array:
        """`[increment]`: force along the axis over undeformed width and thickness, MPa; negative in compression."""
        ...

    @property
    def lateral_strain(self) -> Array:
        """Nominal strain across the axis at the last increment."""
        ...
