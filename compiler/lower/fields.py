"""Values of a node's fields and members as its class takes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeGuard

import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import Scope
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.types import types


def field_values(
    node: graph.Node, scope: Scope, xp: Any, inputs: Mapping[str, Any], names: Collection[str] | None = None
) -> dict[str, Any]:
    """Every field, or those of `names`: numbers in internal units, lists as tuples, tensors as arrays, objects.

    `inputs` holds values by `node.field` that replace what the text says.
    """
    values = {}
    for name in node.fields if names is None else names:
        key, expression = f"{node.name}.{name}", node.fields[name]
        value = inputs[key] if key in inputs else evaluate_expression(expression, scope, xp)
        values[name] = as_type(value, node.definition.fields[name].type, xp)
    return values


def member_values(node: graph.Node, fields: Mapping[str, Any], xp: Any) -> dict[str, Any]:
    """What a definition without a class of its own computes, for the class of its kind.

    A function of a tensor that gives an energy density becomes an `EnergyLaw`, other functions callables.
    """
    if node.definition.python is not None:
        return {}
    scope = Scope(variables=fields)
    values = {}
    for name, expression in node.members.items():
        if name not in node.definition.kind.members:
            continue
        if is_energy(expression):
            from metac.compiler.lower.energy_law import lower_energy

            values[name] = lower_energy(node.definition.name, expression, fields)
        else:
            value = evaluate_expression(expression, scope, xp)
            values[name] = as_type(value, node.definition.kind.members[name].type, xp)
    return values


def is_energy(expression: Any) -> TypeGuard[graph.Function]:
    """Whether an expression is a function of a tensor: a material's law."""
    return isinstance(expression, graph.Function) and any(
        isinstance(variable.type, types.TensorType) for variable in expression.parameters
    )


def as_type(value: Any, kind: types.Type, xp: Any) -> Any:
    """A value in the form that a type promises: whole numbers as int, tensors as arrays of the namespace `xp`."""
    if value is None:
        return None
    match kind:
        case types.NumberType(integer=True):
            return int(value)
        case types.NumberType():
            return float(value) if isinstance(value, int | np.generic) else value
        case types.ListType(item=item):
            return tuple(as_type(each, item, xp) for each in value)
        case types.TensorType() | types.GridType():
            return xp.asarray(value, float)
    return value


def is_continuous(kind: types.Type) -> bool:
    """Whether values of a type are real numbers, or lists and tensors of them: what a program can take as inputs."""
    match kind:
        case types.NumberType():
            return not kind.integer
        case types.ListType(item=item):
            return is_continuous(item)
        case types.TensorType() | types.GridType():
            return True
    return False


def as_input(value: Any) -> Any:
    """A concrete value as an input: arrays for numbers, tuples for lists."""
    if isinstance(value, tuple):
        return tuple(as_input(each) for each in value)
    return np.asarray(value, float)
