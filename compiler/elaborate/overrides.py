"""Values given from outside, `--set warp.hidden=[20,20]`: put into the syntax tree before it gets a meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.diagnostics.suggest import suggest
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


def apply_overrides(module: ast.Module, overrides: Mapping[str, Any], findings: DiagnosticsSink) -> ast.Module:
    """The module with values replaced: `name` of a `param` or of an object, `object.field`, `object.field.field`.

    A text is read as an expression; for a parameter of type `Text` it is that text, unless it is written in quotation marks.
    Other values are numbers, truth values, None and (nested) sequences of them.
    """
    statements = list(module.statements)
    params = [each for each in statements if isinstance(each, ast.Param)]
    texts = {each.name.text for each in params if _is_of(each.type, "Text")}
    curves = {each.name.text: each.value for each in params if _is_of(each.type, "Curve")}
    for path, given in overrides.items():
        source = _source(path, given)
        value = _raw_text(source) if path.strip() in texts and isinstance(given, str) else None
        if path.strip() in curves and isinstance(given, str) and given.strip().lower().endswith(TABLES):
            value = _curve_of_file(source, curves[path.strip()])
        value = value or _expression(source, given, findings)
        if value is not None:
            _apply(statements, path, value, findings)
    return replace(module, statements=tuple(statements))


def _source(path: str, given: Any) -> Source:
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


def _expression(source: Source, given: Any, findings: DiagnosticsSink) -> ast.Expression | None:
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


def _literal(given: Any, span: Span, position: tuple[int, ...] = ()) -> ast.Expression:
    if hasattr(given, "tolist"):
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
            return ast.Sequence(tuple(items), span)
    raise TypeError(type(given))


def _apply(statements: list[ast.Statement], path: str, value: ast.Expression, findings: DiagnosticsSink) -> None:
    name, *fields = path.strip().split(".")
    # Where a parameter is swept or staged, its own value does not count.
    for position, statement in enumerate(statements):
        if isinstance(statement, ast.Stage | ast.Sweep) and statement.name.text == name and not fields:
            many = value if isinstance(value, ast.Sequence) else ast.Sequence((value,), value.span)
            statements[position] = replace(statement, values=many)
            return
    for position, statement in enumerate(statements):
        match statement:
            case ast.Param(name=ast.Identifier(text=text)) if text == name and not fields:
                statements[position] = replace(statement, value=value)
                return
            case ast.Declaration(name=ast.Identifier(text=text), value=old) if text == name:
                objects = {each.name.text for each in statements if isinstance(each, ast.Declaration)}
                new = _with_field(old, fields, value, objects) if fields else _with_definition(old, value)
                if new is None:
                    place = ".".join([name, *fields[:-1]])
                    help = "set a field of the object that is named there"
                    _cannot(path, f"`{place}` is not written out as `definition {{ … }}`", findings, help)
                else:
                    statements[position] = replace(statement, value=new)
                return
            case ast.Let(name=ast.Identifier(text=text)) | ast.Function(name=ast.Identifier(text=text)) if text == name:
                _cannot(
                    path, f"`{name}` is fixed in the spec", findings, f"declare it `param {name}: Scalar = …` to change it"
                )
                return
    names = [each.name.text for each in statements if isinstance(each, ast.Param | ast.Declaration | ast.Stage | ast.Sweep)]
    meant = suggest(name, names)
    findings.add(
        Diagnostic(
            "M0307",
            f"`--set {path}`: the spec declares nothing called `{name}`",
            notes=(f"it declares {listing(names)}",) if names else (),
            help=f"did you mean `{'.'.join([meant, *fields])}`?" if meant else None,
        )
    )


def _with_definition(old: ast.Expression, value: ast.Expression) -> ast.Expression:
    """Another definition for an object; a bare name keeps the fields, so that `g=p1` changes just the group."""
    if isinstance(old, ast.Constructor) and isinstance(value, ast.Name):
        return replace(old, name=(ast.Identifier(value.text, value.span),))
    return value


def _with_field(old: ast.Expression, fields: list[str], value: ast.Expression, objects: set[str]) -> ast.Expression | None:
    """The constructor with a field, of itself or further inside, replaced or added; None where there is none to change.

    `objects` are the declared names: another object is not changed by way of one that uses it.
    """
    if isinstance(old, ast.Name) and len(fields) == 1 and old.text not in objects:
        old = ast.Constructor((ast.Identifier(old.text, old.span),), (), old.span)
    if not isinstance(old, ast.Constructor):
        return None
    name, *inner = fields
    changed = []
    found = False
    for assignment in old.fields:
        if assignment.name.text == name:
            new = _with_field(assignment.value, inner, value, objects) if inner else value
            if new is None:
                return None
            found = True
            changed.append(replace(assignment, value=new))
        else:
            changed.append(assignment)
    if not found:
        if inner:
            return None
        changed.append(ast.Assignment(ast.Identifier(name, value.span), value, value.span))
    return replace(old, fields=tuple(changed))


def _cannot(path: str, why: str, findings: DiagnosticsSink, help: str | None = None) -> None:
    findings.add(Diagnostic("M0308", f"`--set {path}` cannot be applied: {why}", help=help))


def is_given(span: Span) -> bool:
    """Whether something was put in from outside, by `--set`, rather than written in the spec."""
    return span.source.name.startswith(GIVEN)
