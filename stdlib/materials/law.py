"""Hyperelastic materials whose law is written as an energy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from metac.compiler.interfaces.material import Material, Strain, StrainLimited, WithFields
    from metac.compiler.interfaces.satisfies import Satisfies


class HyperelasticLaw(Protocol):
    """What the compiler makes of a definition's `energy(F)`: see `metac.runtime.fem.constitutive_law.Law`."""

    @property
    def functions(self) -> Any:
        """Energy, stress and tangent, static in a trace."""
        ...

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The values of the definition's fields that the energy mentions, MPa, mm, s."""
        ...


class Hyperelastic:
    """A material that stores energy: `energy` with its parameters, and the definition's fields as attributes of `fields`.

    Fulfils `metac.runtime.fem.constitutive_law.Law`; `strain` is "finite", or "small" for laws that do not hold for large
    rotations.
    """

    def __init__(self, *, energy: HyperelasticLaw, strain: Strain, **fields: Any) -> None:
        self.functions = energy.functions
        self.parameters = energy.parameters
        self.strain: Strain = strain
        self.fields = fields


if TYPE_CHECKING:
    Satisfies[Material](Hyperelastic)
    Satisfies[StrainLimited](Hyperelastic)
    Satisfies[WithFields](Hyperelastic)
