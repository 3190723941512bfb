"""J2 elasto-plasticity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.plasticity.j2 import J2_PLANE_STRAIN, J2_POWER_LAW, J2PlaneStrain

if TYPE_CHECKING:
    from metac.compiler.interfaces.material import Material, Strain, StrainLimited
    from metac.compiler.interfaces.satisfies import Satisfies


class J2:
    """Fulfils `metac.runtime.fem.constitutive_law.Law`; all parameters in MPa but for `nu`."""

    strain: Strain = "small"

    def __init__(
        self, *, E: Any, nu: Any, yield_stress: Any, hardening: Any, hardening_exponent: Any, hardening_strain: Any
    ) -> None:
        """`FieldError` on `hardening_strain` where there is no power law for it."""
        self.functions: J2PlaneStrain = J2_PLANE_STRAIN
        self.parameters: tuple[Any, ...] = (E, nu, yield_stress, hardening)
        if hardening_exponent is not None:
            self.functions = J2_POWER_LAW
            strain = yield_stress / E if hardening_strain is None else hardening_strain
            self.parameters = (*self.parameters, strain, hardening_exponent)
        elif hardening_strain is not None:
            help = "say `hardening_exponent` too, or leave it out"
            raise FieldError("hardening_strain", "this is the strain of a power law, and there is none", help=help)


if TYPE_CHECKING:
    Satisfies[Material](J2)
    Satisfies[StrainLimited](J2)
