"""What a definition without a class of its own computes, as the class of its kind takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.operators.entry import Namespace, Value
from metac.compiler.types import types


def member_value(node: graph.Node, name: str, fields: Mapping[str, object], xp: Namespace) -> Value:
    """The value of a member for values of the fields.

    A function of a tensor that gives an energy density becomes an `EnergyLaw`, other functions callables.
    """
    expression = node.members[name]
    if is_energy(expression):
        from metac.compiler.lower.energy_law import lower_energy

        return lower_energy(node.definition.name, expression, fields)
    return evaluate_expression(expression, Bindings(variables=fields), xp)


def is_energy(expression: object) -> TypeGuard[graph.Function]:
    """Whether an expression is a function of a tensor: a material's law."""
    return isinstance(expression, graph.Function) and any(
        isinstance(variable.type, types.TensorType) for variable in expression.parameters
    )
