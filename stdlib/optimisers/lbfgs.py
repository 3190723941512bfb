"""L-BFGS with a line search."""

from __future__ import annotations

from dataclasses import dataclass

from metac.runtime.optimise.method import Method, QuasiNewton


@dataclass(frozen=True)
class Lbfgs:
    """Quasi-Newton steps (Nocedal & Wright, 2006, algorithm 7.5) from `memory` past ones, at most `trials` samples each."""

    memory: int = 10
    trials: int = 20

    def method(self) -> Method:
        """How a step is made."""
        return QuasiNewton(int(self.memory), int(self.trials))
