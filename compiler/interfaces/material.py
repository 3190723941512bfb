"""Materials: constitutive laws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from jax import Array

Strain = Literal["small", "finite"]


@runtime_checkable
class Material(Protocol):
    """A law with values of its parameters; see `runtime/fem/constitutive_law.py: Law`."""

    @property
    def functions(self) -> Any:
        """Energy, stress and tangent as functions of deformation and parameters; static in a trace, shared by equal laws."""
        ...

    @property
    def parameters(self) -> tuple[Array | float, ...]:
        """Values in the order in which `functions` takes them, MPa, mm, s."""
        ...


@runtime_checkable
class WithFields(Protocol):
    """A material that still has what its definition was given."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """By name, but for what only its energy is made of."""
        ...


@runtime_checkable
class StrainLimited(Protocol):
    """A material that says for which strains its law holds."""

    @property
    def strain(self) -> Strain:
        """Small ones only, or those of any size."""
        ...


@runtime_checkable
class PlaneFunctions(Protocol):
    """A law of plane bodies: see `runtime/fem/constitutive_law.py: PlaneLaw`, which says what each gives."""

    def energy2(self, F: Array, parameters: Any) -> Array:
        """`[*points]`, MPa, of `F[2, 2, *points]`."""
        ...

    def stress2(self, F: Array, parameters: Any) -> Array:
        """`[2, 2, *points]`, MPa."""
        ...

    def tangent2(self, F: Array, parameters: Any) -> Array:
        """`[2, 2, 2, 2, *points]`, MPa."""
        ...


@runtime_checkable
class SpatialFunctions(Protocol):
    """A law in three dimensions: `SpatialLaw` there."""

    def energy(self, F: Array, parameters: Any) -> Array:
        """`[*points]`, MPa, of `F[3, 3, *points]`."""
        ...

    def stress(self, F: Array, parameters: Any) -> Array:
        """`[3, 3, *points]`, MPa."""
        ...

    def tangent(self, F: Array, parameters: Any) -> Array:
        """`[3, 3, 3, 3, *points]`, MPa."""
        ...


@runtime_checkable
class HistoryDependent(Protocol):
    """Functions whose parameters are followed by internal variables: `HistoryDependentLaw` there."""

    @property
    def internal_variables(self) -> int:
        """How many."""
        ...
