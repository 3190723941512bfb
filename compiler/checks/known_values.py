"""Concrete values of parameters and of nodes' fields, as far as they are known when a spec is checked."""

from __future__ import annotations

from collections.abc import Iterable

from metac.compiler import graph
from metac.compiler.checks.once_a_design import once_a_design
from metac.compiler.constant_values import Environment, Unknown, evaluate, settled, value_or_none
from metac.compiler.interfaces.values import Known
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.units import show


def parameter_values(design: graph.DesignGraph) -> dict[str, Known]:
    """The defaults of parameters and the first values of stages and sweeps, by name; those without are left out."""
    return dict(_parameter_values(design))


@once_a_design
def _parameter_values(design: graph.DesignGraph) -> dict[str, Known]:
    """A large grid takes a tenth of a second."""
    waiting = {name: declaration.default for name, declaration in design.parameters.items()}
    waiting |= {continuation.name: continuation.values[0] for continuation in (*design.stages, *design.sweeps)}
    return settled(waiting, {}, _value)


def _value(expression: graph.Expression | None, values: Environment) -> Known | type[Unknown]:
    found = value_or_none(expression, values)
    return Unknown if found is None else found


def known_fields(node: graph.Node, parameters: Environment, *, only: Iterable[str] | None = None) -> dict[str, Known]:
    """The fields of a node whose values are known, all or those asked for; references to objects are not among them."""
    values = {}
    for name in node.fields if only is None else node.fields.keys() & set(only):
        expression = node.fields[name]
        try:
            values[name] = evaluate(expression, parameters)
        except (Unknown, ArithmeticError, ValueError, TypeError, IndexError):
            continue
    return values


def shown(expression: graph.Expression, value: float, kind: Type) -> str:
    """A value for people: as it stands in the text if that is a literal, otherwise in internal units."""
    text = " ".join(expression.span.text.split())
    if isinstance(expression, graph.Constant) and 0 < len(text) <= 24 and ".." not in text:
        return text
    while isinstance(kind, types.ListType | types.RangeType):
        kind = kind.item
    kind = types.bounded(kind)
    return show(value, kind.dimension) if isinstance(kind, types.NumberType) else str(value)


def target_at(target: graph.Expression | None, place: float, parameters: Environment) -> float | None:
    """The target of a curve at a place of its abscissa, if that is known."""
    if not isinstance(target, graph.Function) or len(target.parameters) != 1:
        return None
    value = value_or_none(target.body, {**parameters, target.parameters[0].name: place})
    return value if isinstance(value, int | float) else None
