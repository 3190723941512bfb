"""Short names of tests for small displacements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.point_forces import PointForces, Points
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.paths.linear import Linear

if TYPE_CHECKING:
    from metac.compiler.interfaces.load import Load
    from metac.compiler.interfaces.satisfies import Satisfies


class Homogenisation(Experiment):
    """One period under the three unit strains, by one factorisation."""

    def __init__(self, *, body: Any) -> None:
        super().__init__(body=body, boundary=Periodic(), control=UnitStrains(), path=Linear())


class ForcesAtPoints(Experiment):
    """Forces `[force][component]`, N, at points `at[force][coordinate]`, mm, of a body on `supports`.

    Raises:
        FieldError: where points and forces do not pair, no corner of an element is at a point, or the body is not held.
    """

    def __init__(
        self,
        *,
        body: Any,
        supports: Sequence[Any],
        at: Sequence[Sequence[float]],
        forces: Sequence[Sequence[Any]],
        built: Points | None = None,
    ) -> None:
        control = PointForces(at=at, forces=forces, built=built)
        super().__init__(body=body, boundary=Supported(supports=supports), control=control, path=Linear())

    @staticmethod
    def build(at: Sequence[Sequence[float]]) -> Points:
        """The points, as the control takes them."""
        return PointForces.build(at)


if TYPE_CHECKING:
    Satisfies[Load](Homogenisation, ForcesAtPoints)
