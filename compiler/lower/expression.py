"""Values of graph expressions: on the host with numpy, in a trace with `jax.numpy`, by the same code.

Numbers stay Python numbers as long as nothing else meets them, tensors and grids are arrays, lists of other things tuples,
curves `interfaces.Curve`s on which every operation works pointwise, functions callables.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings, evaluate, parts
from metac.compiler.lower.curve import lower_function
from metac.compiler.operators.array_algebra import ArrayAlgebra
from metac.compiler.operators.entry import Namespace, Value
from metac.compiler.operators.table import OPERATORS


def evaluate_expression(expression: graph.Expression, scope: Bindings, xp: Namespace = np) -> Value:
    """The value of an expression in internal units; `xp` is numpy or `jax.numpy`.

    Raises DiagnosticError M0556 at what cannot be evaluated.
    """
    with np.errstate(all="ignore"):
        return evaluate(expression, ExpressionAlgebra(xp), scope)


class ExpressionAlgebra(ArrayAlgebra):
    """Arrays, curves, and functions, which are callables."""

    def function(self, function: graph.Function, scope: Bindings) -> Callable[..., Value]:
        """A callable of the function's parameters, for arrays of any shape.

        One that reads a measured curve, which has no formula, is evaluated as it stands.
        """
        if any(map(_has_no_formula, parts(function.body))):
            return lambda *values: evaluate(function.body, self, scope.bind(function.parameters, values))
        return lower_function(function, scope, lambda part: evaluate(part, self, scope))


def _has_no_formula(part: graph.Expression) -> bool:
    return isinstance(part, graph.Apply) and part.operator in OPERATORS and not OPERATORS[part.operator].formula
