"""A body whose pores are filled with a third medium: the law of its solid, and what the medium adds.

As a law the medium does nothing: stresses and energies are those of the solid. Its forces are of whole elements, since its
second gradient ties their points together (`medium.py`), and the problem adds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import Law, LawFunctions, Parameters, energy_density, law_tangent, piola_stress
from metac.runtime.fem.dimension import identity
from metac.runtime.fem.third_medium.medium import Medium

KEPT = 64
"""Filled laws that are cached."""


class FilledFunctions:
    """The solid's law on its elements, nothing on the medium's; compared by identity (`filled_functions`).

    Its parameters are those of the solid, numbers or `[cell]` of its elements, and then the medium's two.
    """

    def __init__(self, solid: LawFunctions, medium: Medium) -> None:
        self._solid, self.medium = solid, medium

    def energy2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]`, MPa."""
        return self._of_solid(energy_density, F, parameters)

    def stress2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 *points"]:
        """First Piola–Kirchhoff stress `[2, 2, *points]`, MPa."""
        return self._of_solid(piola_stress, F, parameters)

    def tangent2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 2 2 *points"]:
        """Its derivative `[2, 2, 2, 2, *points]`, MPa."""
        return self._of_solid(law_tangent, F, parameters)

    def _of_solid(self, evaluate: Callable[..., Array], F: Array, parameters: Parameters) -> Array:
        found = evaluate(self._solid, F[..., : self.medium.first], parameters[:-2])
        nothing = jnp.zeros((*found.shape[:-1], max(0, F.shape[-1] - self.medium.first)))
        return jnp.concatenate([found, nothing], axis=-1)


@lru_cache(maxsize=KEPT)
def filled_functions(solid: LawFunctions, first: int) -> FilledFunctions:
    """One object for equal arguments, as functions are static in a trace."""
    return FilledFunctions(solid, Medium(first))


@dataclass(frozen=True, eq=False)
class FilledMaterial:
    """A material whose body has a medium in its pores: a law (`constitutive_law.py: Law`)."""

    solid: Law
    first: int
    """The medium's first element."""
    softness: Any
    """The medium's stiffness over that of the solid at rest."""
    reach: Any
    """mm: over what length the medium evens out how it deforms, √(R/S)."""

    def laid_out(self, first: int) -> FilledMaterial:
        """The same on the elements of another mesh."""
        return FilledMaterial(self.solid, first, self.softness, self.reach)

    @property
    def functions(self) -> LawFunctions:
        """The same object for the same solid law and number of its elements."""
        return filled_functions(self.solid.functions, self.first)

    @property
    def parameters(self) -> Parameters:
        """The solid's, S (MPa) and R (N)."""
        given = tuple(jnp.asarray(value, float) for value in self.solid.parameters)
        tangent = law_tangent(self.solid.functions, identity(PLANE, 1), given)
        stiffness = self.softness * (tangent[0, 0, 0, 0] + tangent[1, 1, 1, 1]).mean() / 2
        return (*given, stiffness, stiffness * jnp.asarray(self.reach, float) ** 2)
