"""What the finite elements ask of a material: energy density and its two derivatives, component axes first.

All arrays have the shape `[components…, *points]` with any trailing point axes; `F` is the deformation gradient
(dimensionless), energy density and stress are per reference volume, MPa (= N·mm/mm³). Parameters are scalars that
broadcast against the points.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import jax.numpy as jnp
from jax import Array

Parameters = tuple[Array, ...]
"""Scalar arrays in internal units, traced and differentiable."""


@runtime_checkable
class LawFunctions(Protocol):
    """Pure `jax.numpy` functions without state, hashed and compared by identity (they are static in a trace).

    One object per law, not per material: objects made anew in each trace would trace and compile the solver anew.
    """

    def energy2(self, F: Array, parameters: Parameters) -> Array:
        """Energy density `[*points]` of the in-plane `F[2, 2, *points]`, MPa; the law embeds it in three dimensions."""
        ...

    def stress2(self, F: Array, parameters: Parameters) -> Array:
        """First Piola–Kirchhoff stress P = ∂W/∂F, in-plane components `[2, 2, *points]`, MPa."""
        ...

    def tangent2(self, F: Array, parameters: Parameters) -> Array:
        """A[i, j, k, l] = ∂P[i, j]/∂F[k, l], `[2, 2, 2, 2, *points]`, MPa; has the major symmetry ijkl = klij."""
        ...


@runtime_checkable
class RememberingLaw(LawFunctions, Protocol):
    """A law whose answer depends on how a state was reached.

    Its parameters are those of the material and then what it remembers, fields of the points that are zero in a material
    that nothing has happened to. `F` is the deformation gradient of one increment, from the state that is remembered.
    """

    @property
    def memory(self) -> int:
        """How many fields it remembers."""
        ...

    def remember(self, F: Array, parameters: Parameters) -> Parameters:
        """What is remembered after the increment, `[*points]` each."""
        ...


def blank_memory(functions: LawFunctions, *points: int) -> Parameters:
    """What a law remembers of nothing: fields `[*points]`, none for a law without memory."""
    count = functions.memory if isinstance(functions, RememberingLaw) else 0
    return tuple(jnp.zeros(points) for _ in range(count))


@runtime_checkable
class Law(Protocol):
    """A material: static functions and traced parameters."""

    @property
    def functions(self) -> LawFunctions:
        """The law itself."""
        ...

    @property
    def parameters(self) -> Parameters:
        """The values that it is evaluated with."""
        ...
