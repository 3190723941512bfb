"""Functions of numbers, target curves and activations among them: graph → SymPy → code for arrays of any shape."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from metac.compiler import graph
from metac.compiler.cache_key import digest
from metac.compiler.graph_walk import Bindings, children, free_names, located
from metac.compiler.lower import budget, formula_cache
from metac.compiler.lower.generated_function import GeneratedFunction
from metac.compiler.operators.entry import Namespace, Value


@dataclass(frozen=True, eq=False)
class ElementwiseFunction:
    """A function of numbers, applied to arrays entry by entry; arguments broadcast against each other.

    Works with numpy and, where an argument or a captured value is a JAX array, in a JAX trace, differentiable in both.
    """

    names: tuple[str, ...]
    generated: GeneratedFunction
    captured: tuple[Value, ...]
    """Values of parameters and fields that the function mentions."""

    def __call__(self, *arguments: Value, **named: Value) -> Value:
        """The function's value, of the arguments' shape and precision; arguments may be named."""
        if named:
            arguments = (*arguments, *(named[name] for name in self.names[len(arguments) :]))
        xp = _namespace(*arguments, *self.captured)
        arguments = tuple(xp.asarray(argument) for argument in arguments)
        kind = xp.result_type(*arguments) if arguments else xp.result_type(float)
        kind = kind if xp.issubdtype(kind, xp.inexact) else xp.result_type(kind, float)
        with np.errstate(all="ignore"):
            (value,) = self.generated(xp, [xp.asarray(each, kind) for each in (*arguments, *self.captured)])
        value = xp.asarray(value)
        if value.dtype != bool:
            value = xp.asarray(value, kind)
        return xp.broadcast_to(value, np.broadcast_shapes(*(argument.shape for argument in arguments), value.shape))


def _namespace(*values: object) -> Namespace:
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(value, jax.Array) for value in values):
        import jax.numpy

        return jax.numpy
    return np


_generated: dict[str, GeneratedFunction] = {}
_without_captures: dict[str, ElementwiseFunction] = {}


def lower_function(
    function: graph.Function, scope: Bindings, evaluate: Callable[[graph.Expression], Value]
) -> ElementwiseFunction:
    """The callable for a function of numbers.

    Parameters, fields and parts that depend on other objects become captured values, which `evaluate` gives; they may be
    traced. A function that captures nothing is the same object however often it is asked for. Raises DiagnosticError
    M0556 at what has no symbolic form.
    """
    function, hoisted = _hoist(function)
    free = free_names(function)
    known: dict[str, Value] = {}
    captured: dict[str, Value] = {}
    for name, variable in free.variables.items():
        value = evaluate(hoisted.get(name, variable))
        (known if isinstance(value, bool | str | None) else captured)[name] = value
    parameters = {name: evaluate(parameter) for name, parameter in free.parameters.items()}
    for name, value in {**captured, **parameters}.items():
        if isinstance(value, tuple) or np.ndim(value):
            raise located(function.body, f"`{name.lstrip('@')}` is not a single number")
    key = digest([function, known, sorted(captured), sorted(parameters)])
    if key not in _generated:
        _generated[key] = _kept(key, function, known, tuple(captured), tuple(parameters))
    names = tuple(variable.name for variable in function.parameters)
    values = (*(captured[name] for name in sorted(captured)), *(parameters[name] for name in sorted(parameters)))
    if not values:
        return _without_captures.setdefault(key, ElementwiseFunction(names, _generated[key], ()))
    return ElementwiseFunction(names, _generated[key], values)


def _kept(
    key: str, function: graph.Function, known: Mapping[str, Value], captured: tuple[str, ...], parameters: tuple[str, ...]
) -> GeneratedFunction:
    found = formula_cache.stored(key, 1)
    if found is None:
        try:
            with budget.limited():
                found = (_generate(function, known, captured, parameters),)
        except budget.OutOfTime:
            message = f"this function takes more than {budget.SECONDS:g} s of processor time to work out"
            raise located(function.body, message) from None
        formula_cache.store(key, found)
    return found[0]


def _generate(
    function: graph.Function, known: Mapping[str, Value], captured: tuple[str, ...], parameters: tuple[str, ...]
) -> GeneratedFunction:
    from metac.compiler.lower.emit import generate
    from metac.compiler.lower.symbolic import symbol, to_sympy

    bound = {variable.name: symbol(variable.name) for variable in function.parameters}
    fields = {name: symbol(f"field_{name}") for name in sorted(captured)}
    inputs = {name: symbol(f"parameter_{name}") for name in sorted(parameters)}
    body = to_sympy(function.body, {**known, **fields, **bound}, inputs)
    arguments = [*bound.values(), *fields.values(), *inputs.values()]
    try:
        return generate("function", arguments, [body])
    except ValueError as problem:
        raise located(function.body, f"this function cannot be computed: {problem}") from None


def _hoist(function: graph.Function) -> tuple[graph.Function, dict[str, graph.Expression]]:
    """Parts that depend on other objects, and not on the function's variables, become free variables `@1`, `@2`, …"""
    bound = {variable.name for variable in function.parameters}
    hoisted: dict[str, graph.Expression] = {}
    known: dict[int, graph.Expression] = {}

    def visit(expression: graph.Expression) -> graph.Expression:
        if id(expression) not in known:
            known[id(expression)] = replaced(expression)
        return known[id(expression)]

    def replaced(expression: graph.Expression) -> graph.Expression:
        free = free_names(expression)
        if not free.references:
            return expression
        if not bound & free.variables.keys():
            name = f"@{len(hoisted) + 1}"
            hoisted[name] = expression
            return graph.Variable(name, expression.type, expression.span)
        if isinstance(expression, graph.Apply):
            return replace(expression, arguments=tuple(map(visit, children(expression))))
        return expression

    return replace(function, body=visit(function.body)), hoisted
