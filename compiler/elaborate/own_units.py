"""Units that a spec declares: `unit furlong = 201.168 m`."""

from __future__ import annotations

import math
import re

from metac.compiler import graph
from metac.compiler.constant_values import number_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.scope import Bound, Entry, LetBinding, Scope
from metac.compiler.elaborate.typer import Typer
from metac.compiler.types import types
from metac.compiler.types.literals import Units
from metac.compiler.types.units import Unit, show, symbols
from metac.compiler.types.wording import describe
from metac.dsl import ast


class Broken(Exception):
    """A unit whose own declaration is wrong, which is reported there."""


def is_own_unit(name: str, scope: Scope) -> bool:
    """Whether a name stands for a unit that the spec declares, or for something wrong, which is reported elsewhere."""
    entry = scope.find_quietly(name)
    return entry is not None and ((isinstance(entry, LetBinding) and entry.unit) or _is_told(entry))


def _is_told(entry: Entry) -> bool:
    """Whether a name stands for something that is reported as wrong; an argument of a function that nobody calls is not."""
    expression = entry.expression if isinstance(entry, Bound) else None
    return isinstance(expression, graph.Constant) and types.is_error(expression.type)


def own_units(typer: Typer, scope: Scope) -> Units:
    """The units that can be named in a scope, its own and those that imports without a name bring.

    Raises Broken for one whose declaration is wrong.
    """

    def find(symbol: str) -> Unit | None:
        entry = scope.find_quietly(symbol)
        if entry is not None and _is_told(entry):
            raise Broken
        if not isinstance(entry, LetBinding) or not entry.unit:
            return None
        value = typer.typed(ast.Name(symbol, entry.name.span), scope)
        unit = _unit(value)
        if unit is None:
            raise Broken
        return unit

    return find


def _unit(value: graph.Expression) -> Unit | None:
    number = number_or_none(value)
    if number is None or not isinstance(value.type, types.NumberType) or not 0 < number < math.inf:
        return None
    return Unit(value.type.dimension, float(number))


def check_unit(statement: ast.Let, value: graph.Expression, findings: DiagnosticsSink) -> None:
    """M0423 for a unit that has the symbol of another one, or whose size is no positive number."""
    name = statement.name.text
    if name in symbols():
        known = symbols()[name]
        findings.error(
            "M0423",
            f"`{name}` is a unit already",
            statement.name.span,
            f"1 {name} is {show(float(known.scale), known.dimension)}",
            help="give yours another name",
        )
    elif any(letter.isdigit() for letter in name):
        power = re.sub(r"(\d+)", r"^\1", name, count=1)
        label = f"a number in a unit is a power: `{power}`" if name[-1].isdigit() else "a number in a unit is a power"
        findings.error("M0423", "the name of a unit has no digits", statement.name.span, label, help="use letters")
    if types.is_error(value.type) or _unit(value) is not None:
        return
    number = number_or_none(value)
    found = "this is not positive" if number is not None else "this is not known when the spec is checked"
    if not isinstance(value.type, types.NumberType):
        found = f"this is {describe(value.type)}"
    message = f"the size of the unit `{name}` is a positive number that is known"
    findings.error("M0423", message, statement.value.span, found, help=f"write it in other units, `unit {name} = 3.5 mm`")
