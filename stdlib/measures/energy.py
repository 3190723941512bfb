"""Stored energy of a load."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from metac.compiler.interfaces.values import Curve

if TYPE_CHECKING:
    from metac.stdlib.loads.axial import AxiallyLoaded


class StoredEnergy:
    """Energy that the load has stored in the body; in one period of a periodic one."""

    def __init__(self, of: AxiallyLoaded) -> None:
        self.of = of

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, N·mm, over `abscissa[increment]`, the magnitude of the applied strain."""
        return Curve(self.of.abscissa, self.of.response.energy)
