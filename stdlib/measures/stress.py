"""Mean nominal stress of a load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.mechanical_response import DirectedResponse, MeanFieldResponse
from metac.compiler.interfaces.values import Curve
from metac.stdlib.measures.reading import read
from metac.stdlib.measures.refusals import several_components, two_components

if TYPE_CHECKING:
    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


COMPONENTS = {"xx": (0, 0), "yy": (1, 1), "xy": (0, 1), "yx": (1, 0)}


class NominalStress:
    """A component of the mean first Piola–Kirchhoff stress over the applied strain (Mirramezani et al., section 5).

    Positive where the body resists: pulling in tension, pushing in compression. The abscissa is the strain's
    magnitude, or how far it has gone where the load turns. `component` None: the one that the load drives.
    """

    def __init__(self, *, of: Any, component: str | None) -> None:
        self.of, self.component = of, component

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, MPa, over `abscissa[increment]`, the applied strain."""
        found = self._response
        component = found.driven if self.component is None else COMPONENTS[self.component]
        if component is None:
            raise several_components()
        return Curve(found.abscissa, found.sense * found.mean_stress[:, component[0], component[1]])

    @property
    def _response(self) -> MeanFieldResponse:
        response = self.of.response
        if not isinstance(response, DirectedResponse):
            return read(self.of, MeanFieldResponse, "mean stress")
        cases = {None: 0, "xx": 0, "yy": 1}
        if self.component not in cases:
            raise two_components()
        return response.cases[cases[self.component]]


if TYPE_CHECKING:
    Satisfies[Measure](NominalStress)
