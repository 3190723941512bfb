"""Short names of simple shear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.controls.shear import Shear
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.uniaxial import require_axis_and_increments, require_magnitude
from metac.stdlib.paths.increments import Increments

if TYPE_CHECKING:
    from metac.compiler.interfaces.load import Load
    from metac.compiler.interfaces.satisfies import Satisfies


LARGEST = float("inf")


class GrippedShear(Experiment):
    """The moving grip goes sideways, the distance of the grips stays."""

    def __init__(self, *, body: Any, along: str, strain: Any, increments: int) -> None:
        """`along` is the direction in which the grip moves. Raises `FieldError` on each of its fields."""
        require_axis_and_increments(along, increments)
        require_magnitude(strain, LARGEST)
        boundary = Grips(along="y" if along == "x" else "x", clamp="both")
        super().__init__(body=body, boundary=boundary, control=Shear(strain=strain), path=Increments(count=increments))


class PeriodicShear(Experiment):
    """The mean displacement along x grows with y."""

    def __init__(self, *, body: Any, strain: Any, increments: int) -> None:
        """Raises `FieldError` on each of its fields."""
        require_axis_and_increments("x", increments)
        require_magnitude(strain, LARGEST)
        control, path = Shear(strain=strain), Increments(count=increments)
        super().__init__(body=body, boundary=Periodic(), control=control, path=path)


if TYPE_CHECKING:
    Satisfies[Load](GrippedShear, PeriodicShear)
