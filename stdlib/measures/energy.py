"""Stored energy of a load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.mechanical_response import DirectedResponse, StoredEnergyResponse
from metac.compiler.interfaces.values import Curve
from metac.stdlib.measures.reading import direction, read, uniaxial
from metac.stdlib.measures.refusals import one_way

if TYPE_CHECKING:
    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class StoredEnergy:
    """Energy that the load has stored in the body; in one period of a periodic one."""

    def __init__(self, *, of: Any, along: Any | None) -> None:
        self.of, self.along = of, direction(of, along)

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, N·mm, over `abscissa[increment]`: magnitude of the applied strain, or load factor."""
        if isinstance(self.of.response, DirectedResponse):
            found, _ = uniaxial(self.of, self.along)
        elif self.along is None:
            found = read(self.of, StoredEnergyResponse, "stored energy")
        else:
            raise one_way()
        return Curve(found.abscissa, found.energy)


if TYPE_CHECKING:
    Satisfies[Measure](StoredEnergy)
