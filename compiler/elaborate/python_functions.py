"""A function that a Python program gives: how it is kept, and how it enters a spec with units."""

from __future__ import annotations

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.types.type_names import TypeReader
from metac.compiler.types.types import FunctionType, NumberType
from metac.dsl import ast
from metac.dsl.parser import parse_expression
from metac.dsl.source import Source, Span

BASE_UNITS = ("t", "mm", "s", "K", "rad")
"""Internal units of the base dimensions, in their order."""


class PythonFunction(str):
    """The text of a function of the language that calculates with bare numbers in internal units, `(x1) -> { … }`."""

    def __new__(cls, text: str) -> PythonFunction:
        """`text` as it is parsed."""
        return super().__new__(cls, text)

    def __reduce__(self) -> tuple[type[PythonFunction], tuple[str]]:
        """For `pickle` and `copy`."""
        return PythonFunction, (str(self),)


def function_with_units(
    name: str, given: PythonFunction, declared: ast.TypeExpression | None, findings: DiagnosticsSink
) -> ast.Expression | None:
    """The function as a value of the type that a parameter declares; None, and a finding, where that is no such type.

    `declared` is None where the value is given to something else than a `param`.
    """
    source = Source(name, given)
    span = Span(source, 0, len(given))
    found = None if declared is None else TypeReader(lambda _: False, lambda: (), DiagnosticsSink()).read(declared)
    parameters = _parameters(given)
    kinds = (*found.parameters, found.result) if isinstance(found, FunctionType) else ()
    numbers = [each for each in kinds if isinstance(each, NumberType)]
    if not kinds or len(numbers) != len(kinds):
        findings.error(
            "M0314",
            "a Python function stands only for a `param` whose type is a function of numbers",
            span,
            help="declare `param law: Function[Scalar, Pressure]`; a curve takes a table, an array or a list of points",
        )
        return None
    *taken, result = numbers
    if len(taken) != len(parameters):
        findings.error(
            "M0314",
            f"the Python function takes {len(parameters)} numbers, its type says {len(taken)}",
            span,
            help=f"the parameter is declared `{declared.span.text}`" if declared else None,
        )
        return None
    ratios = ", ".join(f"{each} / {_unit(kind)}" for each, kind in zip(parameters, taken, strict=True))
    text = f"({', '.join(parameters)}) -> {{ let bare = {given}, bare({ratios}) * {_unit(result)} }}"
    return parse_expression(Source(name, text)).expression


def _parameters(given: PythonFunction) -> list[str]:
    head, _, _ = given.partition("->")
    return [each.strip() for each in head.strip().strip("()").split(",")]


def _unit(kind: NumberType) -> str:
    """The internal unit of a dimension as a product that the language reads; `1` for bare numbers."""
    factors = [
        f"(1 {unit})^({power})" if power != 1 else f"(1 {unit})"
        for unit, power in zip(BASE_UNITS, kind.dimension.exponents, strict=True)
        if power
    ]
    return f"({' * '.join(factors)})" if factors else "1"
