"""A load is an experiment of three choices: boundary condition, control, path.

What a body does in it, the body itself knows: a body that implements `test` is simulated under every load, and a load
that is made of the three choices is understood by every body.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any, Protocol, Self, runtime_checkable

from metac.compiler.interfaces.beside import require_beside
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Remark, Remarked
from metac.stdlib.controls.unit_strains import UnitStrains


@runtime_checkable
class Simulated(Protocol):
    """A body that can be loaded."""

    def test(self, boundary: Any, control: Any, path: Any) -> Test:
        """The body in a test; nothing is solved yet.

        Args:
            boundary: an object of `stdlib/boundaries`.
            control: an object of `stdlib/controls`.
            path: an object of `stdlib/paths`.

        Raises:
            FieldError: on `body`, `boundary`, `control` or `path`: M0521 for a combination that does not exist.
        """
        ...


class Test(Protocol):
    """A body, held and loaded."""

    @property
    def rest(self) -> Any:
        """A start of which nothing is known; None where every path begins at rest."""
        ...

    def respond(self, start: Any) -> Any:
        """What the body does: one of `stdlib/loads/responses.py`, or what offers as much; differentiable.

        `start` is `rest`, or what the response of a neighbouring design has left as `start`; None: from rest.
        """
        ...


class Experiment:
    """A body in a test: `boundary` says where it is held, `control` what is prescribed, `path` how that grows.

    Raises `FieldError` on `body` where it cannot be loaded, and M0521 for parts that do not go together.
    """

    def __init__(self, *, body: Any, boundary: Any, control: Any, path: Any) -> None:
        if not isinstance(body, Simulated):
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
    def response(self) -> Any:
        """What the body does; differentiable."""
        return self.test.respond(self.start)
