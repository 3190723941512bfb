"""A parameter of the spec as free parameters of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

    from metac.compiler.interfaces.generator import Bounded, ParameterGenerator, Restarted
    from metac.compiler.interfaces.satisfies import Satisfies


class ParameterRange(NamedTuple):
    """Where a parameter may lie, and where it begins; internal units."""

    start: float
    lower: float
    upper: float


class VariedParameter:
    """A number between two others. The free parameter is its share of the range, 0 at `lower` and 1 at `upper`.

    So steps of optimisers, and their rates, mean the same for a modulus in MPa as for an exponent.
    """

    bounds: tuple[float, float] = (0.0, 1.0)

    def __init__(self, *, start: Any, lower: Any, upper: Any, built: ParameterRange) -> None:
        self.span = built

    @staticmethod
    def build(start: Any, lower: Any, upper: Any) -> ParameterRange:
        """Once, as the range is what the free parameter is measured by."""
        return ParameterRange(float(start), float(lower), float(upper))

    def init(self, key: Array) -> Float[Array, ""]:
        """The share at which the spec begins."""
        start, lower, upper = self.span
        return jnp.asarray((start - lower) / (upper - lower))

    def restart(self, key: Array) -> Float[Array, ""]:
        """A random share, each equally likely."""
        return jax.random.uniform(key, dtype=jnp.float64)

    def at(self, theta: Float[Array, ""]) -> Float[Array, ""]:
        """The value, internal unit."""
        # Written so that both ends are exact.
        return self.span.lower * (1 - theta) + self.span.upper * theta


if TYPE_CHECKING:
    Satisfies[ParameterGenerator](VariedParameter)
    Satisfies[Restarted](VariedParameter)
    Satisfies[Bounded](VariedParameter)
