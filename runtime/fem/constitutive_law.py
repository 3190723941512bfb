"""What the finite elements ask of a material: energy density and its two derivatives, component axes first.

All arrays have the shape `[components…, *points]` with any trailing point axes; `F` is the deformation gradient
(dimensionless), energy density and stress are per reference volume, MPa (= N·mm/mm³). Parameters are scalars that
broadcast against the points, or `[cell]`, fields of the elements, which are then the last axis of the points.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

Parameters = tuple[Array | float, ...]
"""Scalars in internal units, traced and differentiable where they are arrays."""
PLANE = 2
"""Dimensions of a plane body."""


@runtime_checkable
class PlaneLaw(Protocol):
    """Pure `jax.numpy` functions without state, hashed and compared by identity (they are static in a trace).

    One object per law, not per material: a new object in each trace would have the solver traced and compiled again.
    """

    def energy2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]` of the in-plane `F[2, 2, *points]`, MPa; the law embeds it in three dimensions."""
        ...

    def stress2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 *points"]:
        """First Piola–Kirchhoff stress P = ∂W/∂F, in-plane components `[2, 2, *points]`, MPa."""
        ...

    def tangent2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 2 2 *points"]:
        """A[i, j, k, l] = ∂P[i, j]/∂F[k, l], `[2, 2, 2, 2, *points]`, MPa; has the major symmetry ijkl = klij."""
        ...


@runtime_checkable
class SpatialLaw(Protocol):
    """A law in three dimensions; one that serves plane bodies too is both."""

    def energy(self, F: Float[Array, "3 3 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]` of `F[3, 3, *points]`, MPa."""
        ...

    def stress(self, F: Float[Array, "3 3 *points"], parameters: Parameters) -> Float[Array, "3 3 *points"]:
        """First Piola–Kirchhoff stress P = ∂W/∂F, `[3, 3, *points]`, MPa."""
        ...

    def tangent(self, F: Float[Array, "3 3 *points"], parameters: Parameters) -> Float[Array, "3 3 3 3 *points"]:
        """A[i, j, k, l] = ∂P[i, j]/∂F[k, l], `[3, 3, 3, 3, *points]`, MPa; has the major symmetry ijkl = klij."""
        ...


@runtime_checkable
class PrincipalLaw(Protocol):
    """An isotropic law as a function of principal stretches, for homogeneous tests along them."""

    def principal_energy(self, stretches: Float[Array, "l=3 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]` of the principal stretches, in any order, MPa."""
        ...


LawFunctions = PlaneLaw | SpatialLaw
"""What bodies of two or of three dimensions are made of."""


def energy_density(law: LawFunctions, F: Float[Array, "d d *points"], parameters: Parameters) -> Float[Array, " *points"]:
    """Energy density `[*points]` of `F[d, d, *points]`, MPa, by the function of that dimension."""
    return law.energy2(F, parameters) if len(F) == PLANE else law.energy(F, parameters)  # type: ignore[union-attr]


def piola_stress(law: LawFunctions, F: Float[Array, "d d *points"], parameters: Parameters) -> Float[Array, "d d *points"]:
    """First Piola–Kirchhoff stress `[d, d, *points]`, MPa."""
    return law.stress2(F, parameters) if len(F) == PLANE else law.stress(F, parameters)  # type: ignore[union-attr]


def law_tangent(
    law: LawFunctions, F: Float[Array, "d d *points"], parameters: Parameters
) -> Float[Array, "d d d d *points"]:
    """Its derivative `[d, d, d, d, *points]`, MPa."""
    return law.tangent2(F, parameters) if len(F) == PLANE else law.tangent(F, parameters)  # type: ignore[union-attr]


@runtime_checkable
class AcrossPlane(Protocol):
    """A law of the plane that knows the stress across it in plane strain."""

    def across2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """P33 `[*points]` of the in-plane `F[2, 2, *points]`, MPa."""
        ...


class UnknownAcrossPlane(Exception):
    """A law does not know the stress across the plane."""


def across_plane(law: LawFunctions, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
    """P33 in plane strain, `[*points]`, MPa; raises `UnknownAcrossPlane`."""
    if isinstance(law, AcrossPlane):
        return law.across2(F, parameters)
    if not isinstance(law, SpatialLaw):
        raise UnknownAcrossPlane
    zero, one = jnp.zeros_like(F[0, 0]), jnp.ones_like(F[0, 0])
    rows = [[F[0, 0], F[0, 1], zero], [F[1, 0], F[1, 1], zero], [zero, zero, one]]
    return law.stress(jnp.stack([jnp.stack(row) for row in rows]), parameters)[2, 2]


@runtime_checkable
class HistoryDependentLaw(PlaneLaw, Protocol):
    """A law whose stress depends on how a state was reached.

    Its parameters are those of the material and then its internal variables, fields of the points that are zero in the
    virgin material. `F` is the deformation gradient of one increment, from the state of the internal variables.
    """

    @property
    def internal_variables(self) -> int:
        """How many fields of internal variables it has."""
        ...

    def updated_internal_variables(self, F: Array, parameters: Parameters) -> Parameters:
        """Internal variables after the increment, `[*points]` each."""
        ...


def initial_internal_variables(functions: LawFunctions, *points: int) -> Parameters:
    """Internal variables of the virgin material: fields `[*points]`, none for a law without history."""
    count = functions.internal_variables if isinstance(functions, HistoryDependentLaw) else 0
    return tuple(jnp.zeros(points) for _ in range(count))


@runtime_checkable
class ElementLaw(PlaneLaw, Protocol):
    """A law whose points in an element know of each other: forces and stiffness are of whole elements.

    As the functions of `assembly/element_kernels.py`, of which `Tables` and `Geometry` come from; the methods of `PlaneLaw`
    are of a point by itself.
    """

    def element_energy(self, table: Any, parameters: Parameters, shape: Any, displacement: Array) -> Array:
        """Stored energy of each element per thickness, `[cell]`, N."""
        ...

    def element_force(self, table: Any, parameters: Parameters, shape: Any, displacement: Array) -> Array:
        """Nodal forces per thickness, `[d, node, cell]`, N/mm."""
        ...

    def element_stiffness(self, table: Any, parameters: Parameters, shape: Any, displacement: Array) -> Array:
        """Their derivative, `[pair, cell]`, N/mm²."""
        ...

    def element_work_gradient(
        self, table: Any, parameters: Parameters, shape: Any, displacement: Array, virtual: Array
    ) -> tuple[Array, Array, Parameters]:
        """Derivatives of the virtual work by coordinates, displacement and parameters."""
        ...

    def smoothed(self, table: Any, shape: Any, F: Float[Array, "d d point cell"]) -> Float[Array, "d d point cell"]:
        """What the law sees of the deformation gradient at the points."""
        ...


@runtime_checkable
class Law(Protocol):
    """A material: static functions and traced parameters."""

    @property
    def functions(self) -> LawFunctions:
        """The law itself."""
        ...

    @property
    def parameters(self) -> Parameters:
        """The values that it is evaluated with."""
        ...
