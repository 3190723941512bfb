"""Bodies of several materials: one law for all elements, which evaluates each material's law once, on its own elements.

The last axis of points is the element, as in all element integrals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.fem.constitutive_law import (
    Law,
    LawFunctions,
    Parameters,
    across_plane,
    energy_density,
    law_tangent,
    piola_stress,
)

KEPT = 64
"""Combinations of laws that are cached."""


@runtime_checkable
class WithStrainLimit(Protocol):
    """A law that says for which strains it holds."""

    @property
    def strain(self) -> str:
        """`small` or `finite`."""
        ...


class PhasedFunctions:
    """Energy, stress and tangent of elements that follow different laws; compared by identity (`phased_functions`).

    Its parameters are those of all laws one after the other, numbers or `[cell]`.
    """

    def __init__(self, laws: tuple[LawFunctions, ...], counts: tuple[int, ...], law_of: NDArray[np.int32]) -> None:
        self._laws = laws
        self._ends = np.cumsum(counts).tolist()
        self._cells = [np.flatnonzero(law_of == number) for number in range(len(laws))]
        self._order = np.argsort(np.concatenate(self._cells))

    def energy2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]`, MPa."""
        return self._each(energy_density, F, parameters)

    def stress2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 *points"]:
        """First Piola–Kirchhoff stress `[2, 2, *points]`, MPa."""
        return self._each(piola_stress, F, parameters)

    def tangent2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 2 2 *points"]:
        """Its derivative `[2, 2, 2, 2, *points]`, MPa."""
        return self._each(law_tangent, F, parameters)

    def across2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """P33 in plane strain, `[*points]`, MPa; raises `UnknownAcrossPlane`."""
        return self._each(across_plane, F, parameters)

    def _each(self, evaluate: Any, F: Array, parameters: Parameters) -> Array:
        found, start = [], 0
        for law, end, cells in zip(self._laws, self._ends, self._cells, strict=True):
            own = tuple(each[..., cells] if each.ndim else each for each in map(jnp.asarray, parameters[start:end]))
            found.append(evaluate(law, F[..., cells], own))
            start = end
        return jnp.concatenate(found, axis=-1)[..., self._order]


@dataclass(frozen=True, eq=False)
class PhasedMaterial:
    """Which element is of which material: a law (`constitutive_law.py: Law`) with parameters `[cell]`."""

    materials: tuple[Law, ...]
    phases: NDArray[np.int32]
    """`[cell]`: index among the materials; a number, 0, where all elements are of one."""

    def laid_out(self, phases: NDArray[np.int32]) -> PhasedMaterial:
        """The same materials on the elements of another mesh."""
        return PhasedMaterial(self.materials, phases)

    @property
    def strain(self) -> str:
        """`small` where all laws are for small strains only."""
        small = (isinstance(each, WithStrainLimit) and each.strain == "small" for each in self.materials)
        return "small" if all(small) else "finite"

    @cached_property
    def _laws(self) -> list[tuple[LawFunctions, int]]:
        """Different laws: functions and how many parameters."""
        return list(dict.fromkeys((each.functions, len(each.parameters)) for each in self.materials))

    @cached_property
    def _law_of(self) -> NDArray[np.int32]:
        """`[material]`: index of its law."""
        return np.array([self._laws.index((each.functions, len(each.parameters))) for each in self.materials], np.int32)

    @property
    def functions(self) -> LawFunctions:
        """That of the one law that all materials follow, else one of all laws; the same object for equal phases."""
        if len(self._laws) == 1:
            return self._laws[0][0]
        laws, counts = zip(*self._laws, strict=True)
        return phased_functions(laws, counts, self._law_of[self.phases].astype(np.int32).tobytes())

    @property
    def parameters(self) -> Parameters:
        """`[cell]` each: those of all laws one after the other; an element counts for its own law only.

        Not cached: the object outlives the trace of one program, whose values must not reach that of the next.
        """
        found: list[Array] = []
        for law, (_, count) in enumerate(self._laws):
            own = np.flatnonzero(self._law_of == law)
            places = np.zeros(len(self.materials), np.int32)
            places[own] = np.arange(len(own))
            values = [self.materials[number].parameters for number in own]
            found += [_spread([each[k] for each in values], places[self.phases]) for k in range(count)]
        return tuple(found)


def _spread(values: Sequence[Array | float], places: NDArray[np.int32]) -> Array:
    return jnp.stack([jnp.asarray(value, float) for value in values])[places]


@lru_cache(maxsize=KEPT)
def phased_functions(laws: tuple[LawFunctions, ...], counts: tuple[int, ...], law_of: bytes) -> PhasedFunctions:
    """One object for equal arguments, as functions are static in a trace; `law_of` holds an int32 for each element."""
    return PhasedFunctions(laws, counts, np.frombuffer(law_of, np.int32))
