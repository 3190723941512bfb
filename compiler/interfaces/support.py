"""Supports: what holds a body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Support(Protocol):
    """Degrees of freedom of a mesh that do not move."""

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """Numbers `2 node + component` of those that are held."""
        ...


@runtime_checkable
class ElasticSupport(Support, Protocol):
    """A support that yields: it holds no degrees of freedom, but has a stiffness."""

    @property
    def stiffness(self) -> Any:
        """N/mm."""
        ...

    def attached(self, mesh: Any) -> Any:
        """What it is to a mesh: a `runtime.fem.attachments.Spring`; `FieldError` where the body is not there."""
        ...


@runtime_checkable
class InclinedSupport(Support, Protocol):
    """A support that also holds nodes across a line that lies neither along x nor along y, so that they slide on it."""

    def sliding(self, mesh: Any) -> Sequence[tuple[int, tuple[float, float]]]:
        """Nodes, and the unit normals of the lines that they slide on."""
        ...


@runtime_checkable
class PointSupport(Support, Protocol):
    """A support at points."""

    @property
    def places(self) -> Sequence[Sequence[float]]:
        """`(x, y)` of each, mm."""
        ...
