"""Optimality criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.runtime.optimise.methods.bound_transform import Bounds
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.methods.optimality_criteria import OptimalityCriteria
from metac.stdlib.optimisers.mma import UNBOUNDED

if TYPE_CHECKING:
    from metac.compiler.interfaces.optimiser import Constrained, Optimiser, SelectiveOptimiser
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """The update of classic topology optimisation (Bendsøe and Sigmund 2003)."""

    move: float
    damping: float

    def refusal(self, bounds: Bounds | None) -> tuple[str, str] | None:
        """Why parameters cannot be varied, and what could vary them; None where they can."""
        if bounds is None:
            return UNBOUNDED
        if bounds[0] < 0:
            return "optimality criteria multiply parameters, and these may be negative", "take `mma`"
        return None

    def refusal_of(self, constraints: int) -> tuple[str, str] | None:
        """Why that number of bounds cannot be held, and what could hold them; None where they can."""
        if constraints == 1:
            return None
        has = "none" if not constraints else f"{constraints} bounds"
        message = f"optimality criteria hold just one requirement with one bound, such as a volume; this design has {has}"
        return message, "require one upper bound, or take `mma`"

    def method(self, bounds: Bounds | None = None) -> Method:
        """How a step is made; raises ValueError without bounds."""
        if bounds is None:
            raise ValueError(UNBOUNDED[0])
        return OptimalityCriteria(bounds, float(self.move), float(self.damping))


if TYPE_CHECKING:
    Satisfies[Optimiser[Method]](Criteria)
    Satisfies[SelectiveOptimiser](Criteria)
    Satisfies[Constrained](Criteria)
