"""Materials: constitutive laws."""

from __future__ import annotations

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
class StrainLimited(Protocol):
    """A material that says for which strains its law holds."""

    @property
    def strain(self) -> Strain:
        """Small ones only, or those of any size."""
        ...
