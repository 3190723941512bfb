"""The method of moving asymptotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.runtime.optimise.methods.bound_transform import Bounds
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.methods.mma import MovingAsymptotes

if TYPE_CHECKING:
    from metac.compiler.interfaces.optimiser import Optimiser, SelectiveOptimiser
    from metac.compiler.interfaces.satisfies import Satisfies


UNBOUNDED = (
    "the generator's free parameters have no bounds, which moving asymptotes and optimality criteria need",
    "take `adam`, `lbfgs` or `bfgs`; with `requirements = lagrangian` they hold requirements too",
)


@dataclass(frozen=True, kw_only=True)
class Mma:
    """Convex, separable approximations between moving asymptotes (Svanberg 1987)."""

    move: float

    def refusal(self, bounds: Bounds | None) -> tuple[str, str] | None:
        """Why parameters cannot be varied, and what could vary them; None where they can."""
        return UNBOUNDED if bounds is None else None

    def method(self, bounds: Bounds | None = None) -> Method:
        """How a step is made; raises ValueError without bounds."""
        if bounds is None:
            raise ValueError(UNBOUNDED[0])
        return MovingAsymptotes(bounds, float(self.move))


if TYPE_CHECKING:
    Satisfies[Optimiser[Method]](Mma)
    Satisfies[SelectiveOptimiser](Mma)
