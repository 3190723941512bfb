"""What objects of several kinds may do for the folder of a run: draw themselves, give files, be made for their own sake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from metac.compiler.interfaces.load import Load

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure


@runtime_checkable
class Drawable(Protocol):
    """It draws itself, and says what is saved beside the figure."""

    def figure(self, title: str) -> Figure:
        """A figure of it."""
        ...

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Arrays that are saved beside the figure, by name."""
        ...


@runtime_checkable
class DrawableUnderLoads(Drawable, Protocol):
    """A body whose figure depends on the loads on it: a period is drawn repeated."""

    def figure_under(self, title: str, loads: Mapping[str, Load]) -> Figure:
        """A figure of it under its `loads`, by their names; concrete values."""
        ...


@runtime_checkable
class DrawableLoad(Protocol):
    """A load that draws its response itself."""

    def figure(self, title: str, response: Any) -> Figure:
        """A figure of a concrete response."""
        ...


@runtime_checkable
class Exported(Protocol):
    """It gives further files for the folder of a run."""

    def files(self) -> Mapping[str, bytes]:
        """Contents by what the files' names end in."""
        ...


@runtime_checkable
class ExportedUnderLoads(Protocol):
    """A body that gives files which hold what loads do to it: input files of other programs."""

    def files_under(self, loads: Mapping[str, Load]) -> Mapping[str, bytes]:
        """Contents by what the files' names end in, of the body under its `loads`, by their names; concrete values."""
        ...


@runtime_checkable
class DrawnApart(Protocol):
    """A body whose drawing is not just what is simulated: what is made of it differs."""

    def drawing_difference(self) -> object:
        """By how much (`runtime/report/drawing_difference.py: DrawingDifference`); concrete values, host only."""
        ...


@runtime_checkable
class Prepared(Drawable, Protocol):
    """Something that is made rather than read: where nothing uses it, a run makes it for its own sake and draws it."""

    def prepare(self) -> None:
        """Make it, if it is not in the cache."""
        ...
