"""A load is an experiment of three choices: boundary condition, control, path.

What a body does in it, the body itself knows: a body that implements `test` is simulated under every load, and a load
that is made of the three choices is understood by every body.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self

from metac.compiler.interfaces.beside import require_beside
from metac.compiler.interfaces.body import LoadableBody
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Remark, Remarked, Test
from metac.stdlib.controls.unit_strains import UnitStrains

if TYPE_CHECKING:
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.load import AlongPath, EveryDirection, Load, OnBody, OnBoundary, Tested, WarmStartable
    from metac.compiler.interfaces.path import Path
    from metac.compiler.interfaces.response import Response
    from metac.compiler.interfaces.satisfies import Satisfies


class Experiment:
    """A body in a test: `boundary` says where it is held, `control` what is prescribed, `path` how that grows.

    Raises `FieldError` on `body` where it cannot be loaded, and M0521 for parts that do not go together.
    """

    def __init__(self, *, body: object, boundary: Boundary, control: Control, path: Path) -> None:
        if not isinstance(body, LoadableBody):
            raise FieldError("body", "this body cannot be loaded: its class has no `test`")
        require_beside({"body": body, "boundary": boundary, "control": control, "path": path})
        self.body, self.boundary, self.control, self.path = body, boundary, control, path
        self.test: Test = body.test(boundary, control, path)
        self.start: Any = None

    @property
    def every_direction(self) -> bool:
        """Whether the response holds for every direction: that of linear homogenisation."""
        return isinstance(self.control, UnitStrains)

    @property
    def remarks(self) -> Sequence[Remark]:
        """What the test has to say, at a field of its own or of the load that it was made for."""
        return self.test.remarks if isinstance(self.test, Remarked) else ()

    @property
    def rest(self) -> Any:
        """Nothing is known to start from; None where every path begins at rest."""
        return self.test.rest

    def starting_from(self, start: Any) -> Self:
        """The same load, from the equilibria of a neighbouring design (`runtime/fem/path/warm_start.py`)."""
        load = copy(self)
        load.__dict__.pop("response", None)
        load.start = start
        return load

    @cached_property
    def response(self) -> Response:
        """What the body does; differentiable."""
        return self.test.respond(self.start)


if TYPE_CHECKING:
    Satisfies[Load](Experiment)
    Satisfies[WarmStartable](Experiment)
    Satisfies[EveryDirection](Experiment)
    Satisfies[OnBoundary](Experiment)
    Satisfies[Remarked](Experiment)
    Satisfies[OnBody](Experiment)
    Satisfies[Tested](Experiment)
    Satisfies[AlongPath](Experiment)
