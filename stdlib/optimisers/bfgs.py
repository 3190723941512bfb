"""BFGS with a line search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.runtime.optimise.methods.bfgs import scale_by_bfgs
from metac.runtime.optimise.methods.bound_transform import Bounds, with_bounds
from metac.runtime.optimise.methods.method import Method, QuasiNewton

if TYPE_CHECKING:
    from metac.compiler.interfaces.optimiser import Optimiser
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True)
class Bfgs:
    """Quasi-Newton steps (Nocedal & Wright, 2006, algorithm 6.1) from all past ones, at most `trials` samples each."""

    trials: int

    def method(self, bounds: Bounds | None = None) -> Method:
        """How a step is made; between bounds, of the parameters' logits."""
        return with_bounds(bounds, QuasiNewton(scale_by_bfgs(), int(self.trials)))


if TYPE_CHECKING:
    Satisfies[Optimiser[Method]](Bfgs)
