"""Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import optax

from metac.runtime.optimise.methods.bound_transform import Bounds, with_bounds
from metac.runtime.optimise.methods.method import FirstOrder, Method

if TYPE_CHECKING:
    from metac.compiler.interfaces.optimiser import Optimiser
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Steps scaled by running means of the gradient and of its square (Kingma & Ba, ICLR 2015); all fields without unit."""

    rate: float
    b1: float
    b2: float
    epsilon: float

    def method(self, bounds: Bounds | None = None) -> Method:
        """How a step is made; between bounds, of the parameters' logits."""
        rule = optax.adam(float(self.rate), float(self.b1), float(self.b2), float(self.epsilon))
        return with_bounds(bounds, FirstOrder(rule))


if TYPE_CHECKING:
    Satisfies[Optimiser[Method]](Adam)
