"""J2 elasto-plasticity."""

from __future__ import annotations

from typing import Any, ClassVar

from metac.runtime.plasticity.j2 import J2_PLANE_STRAIN, J2PlaneStrain


class J2:
    """Fulfils `metac.runtime.fem.constitutive_law.Law`; all parameters in MPa but for `nu`."""

    functions: ClassVar[J2PlaneStrain] = J2_PLANE_STRAIN
    strain: ClassVar[str] = "small"

    def __init__(self, *, E: Any, nu: Any, yield_stress: Any, hardening: Any) -> None:
        self.parameters = (E, nu, yield_stress, hardening)
