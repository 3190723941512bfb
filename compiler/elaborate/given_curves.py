"""Curves that are given: `curve("test.csv", x = "strain", y = "stress", unit = MPa)`, `curve([[0, 0 MPa], [1, 2 MPa]])`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from metac.compiler import graph
from metac.compiler.constant_values import number_or_none, value_or_none
from metac.compiler.elaborate.point_files import BadTable, PointFile
from metac.compiler.elaborate.repetition import Repetition
from metac.compiler.elaborate.scope import Scope
from metac.compiler.interfaces.given_curve import INTERPOLATIONS, GivenCurve, Interpolation
from metac.compiler.interfaces.spec_files import file_named
from metac.compiler.operators.rules import OperandError, unify
from metac.compiler.types import types
from metac.compiler.types.dimensions import SCALAR, Dimension
from metac.compiler.types.types import CurveType, NumberType, Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.source import Span

_EXAMPLE = 'write `curve("test.csv", x = "strain", y = "stress", unit = MPa)` or `curve([[0, 0 MPa], [5 %, 1 MPa]])`'
ORDER = ("points", "x", "y", "unit", "x_unit", "interpolation")
"""The arguments of `curve`; a file or a list of points is the first."""
Scaled = tuple[tuple[float, ...], Dimension]
"""Values in internal units, and their dimension."""


class _Told(Exception):
    """The finding is made."""


class GivenCurves(Repetition):
    """Types curves that are given as points."""

    def given_curve(self, node: ast.Call, scope: Scope, expected: Type | None) -> graph.Expression:
        """`curve(…)` of a file or of points."""
        try:
            return self._given_curve(node, scope, expected)
        except _Told:
            return self.error(node.span)

    def _given_curve(self, node: ast.Call, scope: Scope, expected: Type | None) -> graph.Expression:
        given = self._arguments(node)
        interpolation = self._interpolation(given.get("interpolation"))
        source = given.get("points")
        if source is None:
            self.findings.error("M0310", "`curve` needs the name of a file, or points", node.span, help=_EXAMPLE)
            raise _Told
        if isinstance(source, ast.SequenceSyntax | ast.Comprehension):
            return self.curve_of_points(source, scope, expected, interpolation, node.span)
        text = self.require(source, scope, types.TEXT, "the file of a curve")
        name = value_or_none(text)
        if types.is_error(text.type) or not isinstance(name, str):
            if not types.is_error(text.type):
                self._wrong("the file of a curve must be known when the spec is checked", source.span)
            raise _Told
        columns = [self._column(given.get(word)) for word in ("x", "y")]
        units = [self._unit(given.get(word), scope) for word in ("x_unit", "unit")]
        return self._from_file(name, source.span, columns, units, expected, interpolation, node.span)

    def curve_of_points(
        self,
        node: ast.Expression,
        scope: Scope,
        expected: Type | None,
        interpolation: Interpolation = "linear",
        span: Span | None = None,
    ) -> graph.Expression:
        """A curve from a list of pairs."""
        wanted = _dimensions(expected)
        pairs = list(node.items) if isinstance(node, ast.SequenceSyntax) else []
        if not pairs or not all(isinstance(pair, ast.SequenceSyntax) and len(pair.items) == 2 for pair in pairs):
            self._wrong("the points of a curve are pairs", node.span)
            return self.error(node.span)
        columns: list[Scaled] = []
        for place in (0, 1):
            items = tuple(self.typed(cast(ast.SequenceSyntax, pair).items[place], scope) for pair in pairs)
            column = self._values(items, wanted[place], node.span)
            if column is None:
                return self.error(node.span)
            columns.append(column)
        return self._made(columns[0], columns[1], interpolation, span or node.span)

    def _values(self, items: tuple[graph.Expression, ...], wanted: Dimension | None, span: Span) -> Scaled | None:
        if any(types.is_error(item.type) for item in items):
            return None
        odd = next((item for item in items if not isinstance(item.type, NumberType)), None)
        if odd is not None:
            self.findings.error("M0403", f"the points of a curve are numbers, found {describe(odd.type)}", odd.span)
            return None
        try:
            kind = unify("curve", [cast(NumberType, item.type) for item in items])
        except OperandError as problem:
            self.report(problem, items, span)
            return None
        values: list[float] = []
        for item in items:
            value = number_or_none(item)
            if value is None:
                self._wrong("the points of a curve must be known when the spec is checked", item.span)
                return None
            values.append(float(value))
        free = kind.any_dimension and wanted is not None
        return tuple(values), cast(Dimension, wanted) if free else kind.dimension

    def _from_file(
        self,
        name: str,
        place: Span,
        columns: list[str | int | None],
        units: list[tuple[float, Dimension] | None],
        expected: Type | None,
        interpolation: Interpolation,
        span: Span,
    ) -> graph.Expression:
        wanted = _dimensions(expected)
        if units[1] is None and wanted[1] is not None and not wanted[1].dimensionless:
            help = "a file holds bare numbers: say what they are in, `unit = MPa`"
            self._wrong(f"the unit of the values in `{name}` is not given", place, help)
            return self.error(span)
        try:
            table = PointFile.read(file_named(name))
            numbers = [table.numbers(table.place(column, default)) for default, column in enumerate(columns)]
        except BadTable as problem:
            notes = () if problem.note is None else (problem.note,)
            self.findings.error("M0321", problem.message, place, notes=notes, help=problem.help)
            return self.error(span)
        scaled = [
            (tuple(value * factor for value in column), dimension)
            for column, (factor, dimension) in zip(numbers, [each or (1.0, SCALAR) for each in units], strict=True)
        ]
        return self._made(scaled[0], scaled[1], interpolation, span, name)

    def _made(self, x: Scaled, y: Scaled, interpolation: Interpolation, span: Span, file: str = "") -> graph.Expression:
        """The curve, its points in increasing order of the abscissa."""
        points = list(zip(x[0], y[0], strict=True))
        if len(points) < 2:
            self._wrong("a curve needs two points at least", span)
            return self.error(span)
        if points[-1][0] < points[0][0]:
            points.reverse()
        for before, after in pairwise(points):
            if not before[0] < after[0]:
                where = f" of `{file}`" if file else ""
                message = f"the abscissae{where} do not increase: {after[0]:g} follows on {before[0]:g}"
                self._wrong(message, span, "sort the points, keep one at each place; a cycle is cut into its branches")
                return self.error(span)
        curve = GivenCurve(tuple(p[0] for p in points), tuple(p[1] for p in points), interpolation)  # type: ignore[arg-type]
        return graph.Constant(curve, CurveType(x[1], y[1]), span)

    # Arguments

    def _arguments(self, node: ast.Call) -> Mapping[str, ast.Expression]:
        given: dict[str, ast.Expression] = {}
        before = self.findings.count
        for place, argument in enumerate(node.arguments):
            name = argument.name.text if argument.name else ORDER[place] if place < len(ORDER) else None
            if name not in ORDER:
                meant = suggest(name, ORDER) if name else None
                help = f"did you mean `{meant}`?" if meant else _EXAMPLE
                message = f"`curve` has no argument `{name}`" if name else f"`curve` takes {len(ORDER)} arguments at most"
                self.findings.error("M0310", message, argument.span, help=help)
            elif name in given:
                self.findings.error("M0303", f"`{name}` is given twice", argument.span, "again here")
            else:
                given[name] = argument.value
        if self.findings.count > before:
            raise _Told
        return given

    def _interpolation(self, node: ast.Expression | None) -> Interpolation:
        if node is None:
            return "linear"
        if isinstance(node, ast.Name) and node.text in INTERPOLATIONS:
            return cast(Interpolation, node.text)
        names = ", ".join(f"`{each}`" for each in INTERPOLATIONS)
        self.findings.error("M0309", "`interpolation` is one of the choices", node.span, notes=(f"the choices are {names}",))
        raise _Told

    def _column(self, node: ast.Expression | None) -> str | int | None:
        """The name or number of a column; None where it is not given."""
        match node:
            case None:
                return None
            case ast.Text(value=value):
                return value
            case ast.Number(value=value, is_integer=True):
                return int(value)
        self._wrong('a column is named, `x = "strain"`, or counted from 1, `x = 2`', node.span)
        raise _Told

    def _unit(self, node: ast.Expression | None, scope: Scope) -> tuple[float, Dimension] | None:
        """The size of a unit in internal ones, and its dimension."""
        match node:
            case None:
                return None
            case ast.Name(text=text) | ast.Text(value=text):
                node = ast.Quantity(1.0, text, node.span, node.span)
        found = self.typed(node, scope) if isinstance(node, ast.Quantity) else None
        if not isinstance(found, graph.Constant) or not isinstance(found.type, NumberType):
            if found is None:
                self._wrong('a unit is written `MPa`, `"N/mm^2"`, or as a quantity, `0.1 MPa`', node.span)
            raise _Told
        return float(cast(float, found.value)), found.type.dimension

    def _wrong(self, message: str, span: Span, help: str | None = None) -> None:
        self.findings.error("M0320", message, span, help=help or _EXAMPLE)


def _dimensions(expected: Type | None) -> tuple[Dimension | None, Dimension | None]:
    """What is asked for along and across."""
    return (expected.abscissa, expected.ordinate) if isinstance(expected, CurveType) else (None, None)
