"""Mixed control of a periodic body: each mean component a strain or a stress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.boundaries.grips import AXES

if TYPE_CHECKING:
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


Component = tuple[int, int]
"""Of H_ij = ∂u_i/∂X_j and P_ij, the force along i on the face with the normal j."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanStrain:
    """Components of the mean displacement gradient H, or of the mean first Piola–Kirchhoff stress P, MPa.

    Of the two shear components of H, the one that turns lines along the axis `keep` is held at zero; `xy` and `stress_xy`
    are the other one, H_xy and P_xy where lines along x keep their direction, H_yx and P_yx where those along y do.

    Raises `FieldError` on a stress whose strain is given too, and on `keep`.
    """

    xx: Any | None
    yy: Any | None
    xy: Any | None
    stress_xx: Any | None
    stress_yy: Any | None
    stress_xy: Any | None
    keep: str

    def __post_init__(self) -> None:
        if self.keep not in AXES:
            raise FieldError("keep", f"lines along x or y keep their direction, not along {self.keep}")
        for name in ("xx", "yy", "xy"):
            if getattr(self, name) is not None and getattr(self, f"stress_{name}") is not None:
                raise FieldError(
                    f"stress_{name}",
                    f"the mean strain {name} is given: the stress that goes with it cannot be given too",
                    code="M0522",
                    help=f"leave out `{name}` or `stress_{name}`",
                )
        if self.strains.keys() == {self.held} and not self.stresses:
            raise FieldError("xx", "no mean strain or stress is given: nothing would happen", code="M0522")

    @property
    def shear(self) -> Component:
        """The shear component that may change."""
        return (0, 1) if self.keep == "x" else (1, 0)

    @property
    def held(self) -> Component:
        """The shear component that is zero."""
        return self.shear[1], self.shear[0]

    @property
    def strains(self) -> dict[Component, Any]:
        """What is prescribed of H, the component that is held among it."""
        return {**_given({(0, 0): self.xx, (1, 1): self.yy, self.shear: self.xy}), self.held: 0.0}

    @property
    def stresses(self) -> dict[Component, Any]:
        """What is prescribed of P, MPa; other components whose strain is not prescribed are zero."""
        return _given({(0, 0): self.stress_xx, (1, 1): self.stress_yy, self.shear: self.stress_xy})

    @property
    def driven(self) -> Component | None:
        """The one component that drives the body; None where several do."""
        given = [*_given({(0, 0): self.xx, (1, 1): self.yy, self.shear: self.xy}), *self.stresses]
        return given[0] if len(given) == 1 else None


class MeanStress(MeanStrain):
    """All components are stresses."""

    def __init__(self, *, xx: Any | None, yy: Any | None, xy: Any | None, keep: str) -> None:
        super().__init__(xx=None, yy=None, xy=None, stress_xx=xx, stress_yy=yy, stress_xy=xy, keep=keep)


def _given(components: dict[Component, Any | None]) -> dict[Component, Any]:
    return {component: value for component, value in components.items() if value is not None}


if TYPE_CHECKING:
    Satisfies[Control](MeanStrain, MeanStress)
