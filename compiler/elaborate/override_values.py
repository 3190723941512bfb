"""Values given from outside as expressions of the language."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.python_functions import PythonFunction, function_with_units
from metac.compiler.interfaces.values import ArrayValue
from metac.dsl import ast
from metac.dsl.parser import parse_expression
from metac.dsl.source import Source, Span

GIVEN = "--set "
"""What the name of the source of a value begins with."""


@dataclass(frozen=True)
class GivenSource(Source):
    """A value from Python: its numbers are in internal units (mm, N, MPa, s) of whatever dimension is asked for."""


class OptionText(str):
    """A text that another option of the command than `--set` gave; messages point there."""

    option: str

    def __new__(cls, text: str, option: str) -> OptionText:
        """`option` as it is written, `--start`."""
        made = super().__new__(cls, text)
        made.option = option
        return made

    def __reduce__(self) -> tuple[type[OptionText], tuple[str, str]]:
        """For `pickle` and `copy`."""
        return OptionText, (str(self), self.option)


def is_given(span: Span) -> bool:
    """Whether something was put in from outside, by `--set`, rather than written in the spec."""
    return span.source.name.startswith(GIVEN)


def value_of(path: str, given: object, param: ast.Param | None, findings: DiagnosticsSink) -> ast.Expression | None:
    """What was given for a path, which may be that of a parameter; None where it is no value."""
    source = _source(path, given)
    if isinstance(given, PythonFunction):
        return function_with_units(source.name, given, None if param is None else param.type, findings)
    value = None
    if param is not None and isinstance(given, str):
        if _is_of(param.type, "Text"):
            value = _raw_text(source)
        elif _is_of(param.type, "Curve") and given.strip().lower().endswith(TABLES):
            value = _curve_of_file(source, param.value)
    return value or _expression(source, given, findings)


def _source(path: str, given: object) -> Source:
    name = given.option if isinstance(given, OptionText) else f"{GIVEN}{path}"
    return Source(name, given) if isinstance(given, str) else GivenSource(name, repr(given))


TABLES = (".csv", ".txt", ".tsv", ".dat")
"""How the name of a file of points ends, where it stands for a curve by itself."""


def _is_of(type: ast.TypeExpression, name: str) -> bool:
    return isinstance(type, ast.TypeName) and type.name.text == name


def _curve_of_file(source: Source, old: ast.Expression | None) -> ast.Expression:
    """`curve("…")` of a file of which only the name is given; columns and units are those of the file that it replaces."""
    span = Span(source, 0, len(source.text))
    name = ast.Argument(None, ast.Text(source.text.strip(), span), span)
    match old:
        case ast.Call(ast.Name("curve"), (ast.Argument(None, ast.Text()), *others)):
            return replace(old, arguments=(name, *others))
    return ast.Call(ast.Name("curve", span), (name,), span)


def _raw_text(source: Source) -> ast.Expression | None:
    """The text itself; None where it is a text of the language, in quotation marks."""
    result = parse_expression(source)
    if isinstance(result.expression, ast.Text) and not result.diagnostics:
        return None
    return ast.Text(source.text, Span(source, 0, len(source.text)))


def _expression(source: Source, given: object, findings: DiagnosticsSink) -> ast.Expression | None:
    if isinstance(given, str):
        result = parse_expression(source)
        for diagnostic in result.diagnostics:
            findings.add(diagnostic)
        return result.expression
    span = Span(source, 0, len(source.text))
    try:
        return _literal(given, span)
    except _NotANumber as problem:
        findings.error(
            "M0414",
            f"{_position(problem.position)} of `{source.name.removeprefix(GIVEN)}` is not a number",
            span,
            help="fill such places, or leave them out, before the values are handed over",
        )
        return None
    except TypeError:
        findings.error(
            "M0314",
            f"a value of Python type `{type(given).__name__}` has no counterpart in a spec",
            span,
            help='give a number, a text such as "30 kPa", a truth value, None or a list of these',
        )
        return None


class _NotANumber(Exception):
    """A value is NaN; `position` counts from 1."""

    def __init__(self, position: tuple[int, ...]) -> None:
        self.position = position
        super().__init__(position)


def _position(position: tuple[int, ...]) -> str:
    match position:
        case ():
            return "the value"
        case (row, column):
            return f"the value in row {row}, column {column}"
    return f"value {', '.join(map(str, position))}"


def _literal(given: object, span: Span, position: tuple[int, ...] = ()) -> ast.Expression:
    if isinstance(given, ArrayValue):
        given = given.tolist()
    match given:
        case float() if math.isnan(given):
            raise _NotANumber(position)
        case None:
            return ast.Nothing(span)
        case bool():
            return ast.Boolean(given, span)
        case int() | float() if math.isinf(given):
            return ast.Name("inf", span) if given > 0 else ast.Unary("-", ast.Name("inf", span), span)
        case int() | float():
            number = ast.Number(abs(float(given)), isinstance(given, int), span)
            return ast.Unary("-", number, span) if given < 0 else number
        case str():
            return ast.Text(given, span)
        case list() | tuple():
            items = (_literal(item, span, (*position, number)) for number, item in enumerate(given, start=1))
            return ast.SequenceSyntax(tuple(items), span)
    raise TypeError(type(given))
