"""Material laws: an energy density over the deformation gradient becomes energy, stress and tangent.

Stress (first Piola–Kirchhoff, P = ∂W/∂F) and tangent (A = ∂²W/∂F∂F) are differentiated symbolically and printed as one
function each for three dimensions and for the plane (F33 = 1, F13 = F23 = F31 = F32 = 0: plane strain), with common
sub-expressions shared among all components. Only the 10 (in the plane) or 45 components of the tangent that its major
symmetry leaves are computed. What is derived is cached between processes, where a place for it is given
(`formula_cache.py`); SymPy is imported only where something is not there. Arrays have the shape `[components…, *points]`;
energies and stresses are per reference volume, MPa.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from metac.compiler import graph
from metac.compiler.cache_key import digest
from metac.compiler.graph_walk import free_names
from metac.compiler.lower import formula_cache
from metac.compiler.lower.generated_function import GeneratedFunction
from metac.compiler.operators.entry import Namespace, Value

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True)
class Derivation:
    """An energy with its two derivatives in 2 or 3 dimensions, as generated functions of `(F components, parameters)`."""

    dimension: int
    energy: GeneratedFunction
    stress: GeneratedFunction
    tangent: GeneratedFunction

    def evaluate(self, xp: Namespace, order: int, F: Value, parameters: Sequence[Value]) -> Value:
        """The derivative of that order (0 to 2) at `F[dimension, dimension, *points]`; `xp` is numpy or `jax.numpy`.

        Parameters are scalars or broadcast against the points. Gives `[components…, *points]`.
        """
        size = self.dimension
        components = [F[i, j] for i in range(size) for j in range(size)]
        function = (self.energy, self.stress, self.tangent)[order]
        values = function(xp, [*components, *parameters])
        shape = np.broadcast_shapes(np.shape(components[0]), *(np.shape(value) for value in parameters))
        dtype = xp.result_type(F, *parameters)
        filled = [xp.broadcast_to(xp.asarray(value, dtype), shape) for value in values]
        if order == 0:
            return filled[0]
        if order == 2:
            filled = [filled[_packed(i, j, size * size)] for i in range(size * size) for j in range(size * size)]
        return xp.stack(filled).reshape((size,) * (2 * order) + shape)


def _packed(row: int, column: int, size: int) -> int:
    """The position of a symmetric matrix's entry among those on and above the diagonal, row by row."""
    low, high = min(row, column), max(row, column)
    return low * size - low * (low - 1) // 2 + high - low


class EnergyFunctions:
    """One law's pure functions, static in a trace: hashed and compared by identity, shared by all instances of the law.

    What a dimension needs is derived when first asked for.
    """

    def __init__(
        self, name: str, energy: graph.Function, known: Mapping[str, object], symbols: tuple[str, ...], key: str
    ) -> None:
        self.name, self._key = name, key
        self.parameter_names = symbols
        """The names of `parameters`, in their order."""
        self._energy, self._known = energy, known

    def __repr__(self) -> str:
        return f"<law {self.name}({', '.join(self.parameter_names)})>"

    @cached_property
    def plane(self) -> Derivation:
        """In the plane."""
        return self._derive(2)

    @cached_property
    def space(self) -> Derivation:
        """In three dimensions."""
        return self._derive(3)

    def _derive(self, dimension: int) -> Derivation:
        key = f"{self._key}-{dimension}"
        known = formula_cache.stored(key, 3)
        if known is None:
            from metac.compiler.lower.energy_derivatives import derived

            known = derived(self.name, self._energy, self._known, self.parameter_names, dimension)
            formula_cache.store(key, known)
        return Derivation(dimension, *known)

    def energy(self, F: Array, parameters: Sequence[Value]) -> Array:
        """W `[*points]` at `F[3, 3, *points]`, MPa."""
        return self.space.evaluate(_jax_numpy(), 0, F, parameters)

    def stress(self, F: Array, parameters: Sequence[Value]) -> Array:
        """P `[3, 3, *points]` at `F[3, 3, *points]`, MPa."""
        return self.space.evaluate(_jax_numpy(), 1, F, parameters)

    def tangent(self, F: Array, parameters: Sequence[Value]) -> Array:
        """A `[3, 3, 3, 3, *points]` at `F[3, 3, *points]`, MPa."""
        return self.space.evaluate(_jax_numpy(), 2, F, parameters)

    def energy2(self, F: Array, parameters: Sequence[Value]) -> Array:
        """W `[*points]` at the in-plane `F[2, 2, *points]`, MPa."""
        return self.plane.evaluate(_jax_numpy(), 0, F, parameters)

    def stress2(self, F: Array, parameters: Sequence[Value]) -> Array:
        """In-plane P `[2, 2, *points]` at `F[2, 2, *points]`, MPa."""
        return self.plane.evaluate(_jax_numpy(), 1, F, parameters)

    def tangent2(self, F: Array, parameters: Sequence[Value]) -> Array:
        """In-plane A `[2, 2, 2, 2, *points]` at `F[2, 2, *points]`, MPa."""
        return self.plane.evaluate(_jax_numpy(), 2, F, parameters)


def _jax_numpy() -> Namespace:
    import jax.numpy

    return jax.numpy


@dataclass(frozen=True)
class EnergyLaw:
    """A law with values for its parameters: what the class of a material kind is given as `energy`."""

    functions: EnergyFunctions
    parameters: tuple[Value, ...]


_known_laws: dict[str, EnergyFunctions] = {}


def energy_functions(name: str, energy: graph.Function, fields: Mapping[str, object]) -> EnergyFunctions:
    """The functions of a law; the same object for the same mathematics, however often it is asked for.

    `fields` are the definition's fields by name: truth values, texts, choices and None choose the formula; numbers become
    parameters (their values do not matter here) where the energy mentions them. Raises DiagnosticError M0556 where the
    energy needs what has no symbolic form.
    """
    mentioned = free_names(energy).variables
    known = {key: value for key, value in fields.items() if isinstance(value, bool | str | None)}
    symbols = tuple(key for key in sorted(mentioned) if key in fields and key not in known)
    key = digest([name, energy, {key: known[key] for key in sorted(known) if key in mentioned}, symbols])
    if key not in _known_laws:
        _known_laws[key] = EnergyFunctions(name, energy, known, symbols, key)
    return _known_laws[key]


def lower_energy(name: str, energy: graph.Function, fields: Mapping[str, object]) -> EnergyLaw:
    """A law with its parameters taken from `fields`, which may be traced."""
    functions = energy_functions(name, energy, fields)
    return EnergyLaw(functions, tuple(fields[key] for key in functions.parameter_names))
