"""Loads: programs of loading on a body, and what some of them can do beside that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, runtime_checkable

from metac.compiler.interfaces.boundary import Boundary
from metac.compiler.interfaces.response import Response

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool

    from metac.compiler.interfaces.body import Body
    from metac.compiler.interfaces.path import Path


@runtime_checkable
class Load(Protocol):
    """A loading program on a body; `response` is differentiated through the implicit-function theorem."""

    @property
    def response(self) -> Response:
        """What the body does; computed once (`functools.cached_property`), as several measures ask for it."""
        ...


class Test(Protocol):
    """A body, held and loaded: what `LoadableBody.test` gives."""

    @property
    def rest(self) -> Any:
        """A start of which nothing is known; None where every path begins at rest."""
        ...

    def respond(self, start: Any) -> Response:
        """What the body does: a registered pytree; differentiable.

        `start` is `rest`, or what the response of a neighbouring design has left as `start`; None: from rest.
        """
        ...


@runtime_checkable
class WarmStartable(Protocol):
    """A load that may start from what the same load of a neighbouring design has left, as `response.start`.

    Its results are those from rest, within its tolerances. A measure that reads what only a path from rest shows has
    a class attribute `from_rest = True` (`measure.py: FromRest`).
    """

    @property
    def rest(self) -> Any:
        """A start of which nothing is known: a tree of arrays, all zero or not read; its shapes need no traced value."""
        ...

    def starting_from(self, start: Any) -> Self:
        """This load with a start, a tree like `rest`."""
        ...


@runtime_checkable
class EveryDirection(Protocol):
    """A load whose response may hold for every direction, so that an angle that is asked for may vary in a trace."""

    @property
    def every_direction(self) -> bool:
        """Whether it does."""
        ...


@runtime_checkable
class OnBody(Protocol):
    """A load on one body."""

    @property
    def body(self) -> Body:
        """What it loads."""
        ...


@runtime_checkable
class AlongPath(Protocol):
    """A load that grows along a path."""

    @property
    def path(self) -> Path:
        """How."""
        ...


@runtime_checkable
class Tested(Load, Protocol):
    """A load that leaves the solving to a test of its body."""

    @property
    def test(self) -> Test:
        """The body as it is held and loaded."""
        ...


@runtime_checkable
class OnBoundary(Protocol):
    """A load that holds its body by a boundary condition."""

    @property
    def boundary(self) -> Boundary:
        """How."""
        ...


@runtime_checkable
class PrescribesDisplacements(Protocol):
    """A test that prescribes displacements at nodes, so that there are reactions."""

    @property
    def prescribed_components(self) -> Bool[np.ndarray, "node 2"]:
        """`[node, 2]`: where; static."""
        ...


class Remark(NamedTuple):
    """Something that need not be wrong, but is seldom meant."""

    field: str
    """The load's field that it is about."""
    message: str
    help: str


@runtime_checkable
class Remarked(Protocol):
    """A load that has something to say of what it was given; a run shows it as warnings (M0625)."""

    @property
    def remarks(self) -> Sequence[Remark]:
        """Of concrete objects."""
        ...
