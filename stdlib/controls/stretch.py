"""Pulling and pushing along one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.boundaries.grips import AXES, Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.controls.strains import require_strain

if TYPE_CHECKING:
    from metac.compiler.interfaces.beside import Selective
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A nominal strain along `along`, positive in tension; None: the axis of the grips. Raises `FieldError`."""

    strain: Any
    along: str | None

    def __post_init__(self) -> None:
        if self.along is not None and self.along not in AXES:
            raise FieldError("along", f"a load acts along x or y, not along {self.along}")
        require_strain(self.strain)

    def require_beside(self, others: Mapping[str, Any]) -> None:
        """`FieldError` M0521 on `along` where it is not that of the grips, or where there are none that say."""
        match others.get("boundary"):
            case Grips(along=axis) if self.along not in (None, axis):
                raise FieldError(
                    "along",
                    f"these grips lie along {axis}, and so they stretch the body along it",
                    code="M0521",
                    help=f"write `along = {axis}`, or leave it out",
                )
            case Periodic() if self.along is None:
                raise FieldError(
                    "along",
                    "a periodic body has no grips that say along which axis it is stretched",
                    code="M0521",
                    help=f"write `along = {' or '.join(AXES)}` in `stretch`",
                )


if TYPE_CHECKING:
    Satisfies[Control](Stretch)
    Satisfies[Selective](Stretch)
