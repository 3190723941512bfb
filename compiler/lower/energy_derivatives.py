"""Energy, stress and tangent of a law as generated functions, by symbolic differentiation within a limit of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import sympy

from metac.compiler import graph
from metac.compiler.graph_walk import located
from metac.compiler.lower import budget
from metac.compiler.lower.emit import generate
from metac.compiler.lower.generated_function import GeneratedFunction
from metac.compiler.lower.symbolic import matrix_of_symbols, symbol, to_sympy
from metac.compiler.lower.tape import Tape


def derived(
    name: str, energy: graph.Function, known: Mapping[str, object], parameters: Sequence[str], dimension: int
) -> tuple[GeneratedFunction, ...]:
    """Functions of `(F components, parameters)`: energy, stress row by row, upper triangle of the tangent.

    Raises DiagnosticError M0556 where the energy has no symbolic form, or takes longer than `budget.SECONDS`.
    """
    try:
        with budget.limited():
            return _derived(name, energy, known, parameters, dimension)
    except budget.OutOfTime:
        raise located(
            energy.body, f"its derivatives take more than {budget.SECONDS:g} s of processor time to work out"
        ) from None
    except ValueError as problem:
        raise located(energy.body, f"this energy cannot be computed: {problem}") from None


def _derived(
    name: str, energy: graph.Function, known: Mapping[str, object], parameters: Sequence[str], dimension: int
) -> tuple[GeneratedFunction, ...]:
    letter = "F"
    while any(f"{letter}{i}{j}" in parameters for i in "123" for j in "123"):
        letter += "_"
    F = matrix_of_symbols(letter, 3, 3)[:dimension, :dimension]
    embedded = np.array(sympy.eye(3).tolist(), dtype=object)
    embedded[:dimension, :dimension] = F
    symbols = {parameter: symbol(parameter) for parameter in parameters}
    density = to_sympy(energy.body, {energy.parameters[0].name: embedded, **known, **symbols})
    if not isinstance(density, sympy.Expr):
        raise located(energy.body, "an energy must be a scalar")
    components = list(F.ravel())
    tape = Tape(density, components)
    stress = [tape.slope(tape.value, component) for component in components]
    pairs = combinations_with_replacement(range(len(components)), 2)
    tangent = [tape.slope(stress[i], components[j]) for i, j in pairs]
    arguments = [*components, *symbols.values()]
    suffix = "2" if dimension == 2 else ""
    return tuple(
        generate(f"{quantity}{suffix}", arguments, outputs, f"{text} of {name}, MPa.", tape.steps)
        for quantity, outputs, text in (
            ("energy", [tape.value], "Energy density"),
            ("stress", stress, "First Piola–Kirchhoff stress, row by row,"),
            ("tangent", tangent, "Tangent, upper triangle over pairs of components,"),
        )
    )
