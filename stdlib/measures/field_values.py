"""Deformation and stress inside of a loaded body: what is asked of them, and for which bodies it is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from metac.compiler.interfaces.body import Filled, Graded, MadeOfMaterial, OfPhases
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import AlongPath, OnBody
from metac.compiler.interfaces.material import StrainLimited
from metac.compiler.interfaces.mechanical_response import NodalDisplacements
from metac.runtime.dimensions import PLANE
from metac.runtime.fem import stress_field
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, UnknownAcrossPlane
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.fem.plane_state import plane_state
from metac.stdlib.measures.reading import MeshedInDomain
from metac.stdlib.measures.refusals import CODE
from metac.stdlib.paths.linear import Linear

if TYPE_CHECKING:
    from jax import Array

STRESSES: dict[str, Callable[[stress_field.Stress], Array]] = {
    "von_mises": stress_field.von_mises,
    "largest_principal": lambda stress: stress_field.principal(stress)[0],
    "smallest_principal": lambda stress: stress_field.principal(stress)[2],
    "tresca": lambda stress: stress_field.principal(stress)[0] - stress_field.principal(stress)[2],
    "pressure": lambda stress: -(stress.xx + stress.yy + stress.zz) / 3,
    "xx": lambda stress: stress.xx,
    "yy": lambda stress: stress.yy,
    "zz": lambda stress: stress.zz,
    "xy": lambda stress: stress.xy,
}
"""What a stress may be asked for."""
STRETCHES: dict[str, Callable[[Array], Array]] = {
    "largest": lambda F: stress_field.principal_stretches(F)[0],
    "smallest": lambda F: stress_field.principal_stretches(F)[1],
    "area": lambda F: F[0, 0] * F[1, 1] - F[0, 1] * F[1, 0],
}
"""What a deformation gradient may be asked for."""
Field = Callable[["Array"], "Array"]
"""`[point, cell]` of the deformation gradient `[2, 2, point, cell]` in all elements of a body."""


@dataclass(frozen=True)
class LoadedBody:
    """A meshed body and what a load does to it; `FieldError` M0523 on `of` where it is none (`loaded_body`)."""

    body: Any
    """Without a medium that fills its pores."""
    response: NodalDisplacements
    linear: bool
    nodes: Any
    """Which nodes of the response are the body's."""

    def deformation(self, displacement: Array) -> Array:
        """F at the sampling points `[2, 2, point, cell]` of one state, `displacement[node, 2]` of the response."""
        return stress_field.deformation(
            self.body.mesh, self.body.coordinates, displacement[self.nodes], _functions_of(self.body)
        )


def _functions_of(body: object) -> Any:
    """Of the body's law, which may say where it holds; None where it has no law."""
    return body.material.functions if isinstance(body, MadeOfMaterial) else None


def meshed_body(load: object) -> Any:
    """The body of a load; `FieldError` M0523 on `of` where it is not meshed."""
    if not isinstance(load, OnBody) or not isinstance(load.body, MeshedInDomain):
        raise _no_fields()
    return load.body.solid_part().body if isinstance(load.body, Filled) else load.body


def loaded_body(load: Any) -> LoadedBody:
    """The body of a load, with its response; `FieldError` M0523 on `of`."""
    body, response = meshed_body(load), load.response
    if not isinstance(response, NodalDisplacements):
        raise _no_fields()
    nodes = load.body.solid_part().nodes if isinstance(load.body, Filled) else slice(None)
    return LoadedBody(body, response, isinstance(load, AlongPath) and isinstance(load.path, Linear), nodes)


def _no_fields() -> FieldError:
    help = "take a body that is meshed, under a load that deforms it; of frames, `peak_von_mises`"
    return FieldError("of", "this load has no fields of stress and strain", code=CODE, help=help)


def _materials(body: object, law: Any) -> Sequence[Any]:
    """What a body is made of: its phases, or its one material."""
    if isinstance(law, PhasedMaterial):
        return law.materials
    return body.materials if isinstance(body, OfPhases) else (law,)


class StressOf:
    """A quantity of Cauchy's stress as a function of the deformation gradient in the elements of a body."""

    def __init__(self, loaded: LoadedBody, quantity: str, relaxation: Any | None) -> None:
        """`relaxation`: of pixels the stress of the last phase times density^relaxation, not that of the mixture."""
        body = loaded.body
        if not isinstance(body, MadeOfMaterial) or isinstance(body.material.functions, HistoryDependentLaw):
            message = "the stress inside of a body with a history is not stored"
            raise FieldError("of", message, code=CODE, help="take `stress`, the mean over the body")
        law, cells, self._share = body.material, len(loaded.body.mesh.cells), None
        phases = _materials(body, law)
        self._plane = plane_state(phases[-1])
        if relaxation is not None:
            if not (isinstance(body, Graded) and isinstance(body, OfPhases)):
                raise FieldError("relaxation", "this body has no densities", code=CODE, help="leave out `relaxation`")
            law, self._share = body.materials[-1], _power(body.density.reshape(-1), relaxation)
        limited = law if isinstance(law, StrainLimited) else phases[-1]
        small = isinstance(limited, StrainLimited) and limited.strain == "small"
        self._linear = loaded.linear or small
        self._law = law
        self._parameters = tuple(jnp.asarray(value, float) for value in law.parameters)
        self._quantity = STRESSES[quantity]
        try:
            self(jnp.broadcast_to(jnp.eye(PLANE)[:, :, None, None], (PLANE, PLANE, 1, cells)))
        except UnknownAcrossPlane:
            message = "a law of this body does not know the stress across the plane"
            raise FieldError("of", message, code=CODE) from None

    def __call__(self, F: Array) -> Array:
        """`[point, cell]`, MPa, of `F[2, 2, point, cell]`."""
        stress = stress_field.cauchy_stress(self._law.functions, F, self._parameters, plane=self._plane, linear=self._linear)
        found = self._quantity(stress)
        return found if self._share is None else found * self._share


def _power(density: Array, exponent: Any) -> Array:
    """density^exponent, whose derivative where the density is zero is taken for zero: a square root has none there."""
    solid = density > 0
    return jnp.where(solid, jnp.where(solid, density, 1.0) ** exponent, 0.0)
