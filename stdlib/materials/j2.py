"""J2 elasto-plasticity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.runtime.plasticity.j2 import J2_PLANE_STRAIN, J2PlaneStrain

if TYPE_CHECKING:
    from metac.compiler.interfaces.material import Material, Strain, StrainLimited
    from metac.compiler.interfaces.satisfies import Satisfies


class J2:
    """Fulfils `metac.runtime.fem.constitutive_law.Law`; all parameters in MPa but for `nu`."""

    functions: J2PlaneStrain = J2_PLANE_STRAIN
    strain: Strain = "small"

    def __init__(self, *, E: Any, nu: Any, yield_stress: Any, hardening: Any) -> None:
        self.parameters = (E, nu, yield_stress, hardening)


if TYPE_CHECKING:
    Satisfies[Material](J2)
    Satisfies[StrainLimited](J2)
