"""L-BFGS with a line search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import optax

from metac.runtime.optimise.methods.bound_transform import Bounds, with_bounds
from metac.runtime.optimise.methods.method import Method, QuasiNewton

if TYPE_CHECKING:
    from metac.compiler.interfaces.optimiser import Optimiser
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True)
class Lbfgs:
    """Quasi-Newton steps (Nocedal & Wright, 2006, algorithm 7.5) from `memory` past ones, at most `trials` samples each."""

    memory: int
    trials: int

    def method(self, bounds: Bounds | None = None) -> Method:
        """How a step is made; between bounds, of the parameters' logits."""
        return with_bounds(bounds, QuasiNewton(optax.scale_by_lbfgs(memory_size=int(self.memory)), int(self.trials)))


if TYPE_CHECKING:
    Satisfies[Optimiser[Method]](Lbfgs)
