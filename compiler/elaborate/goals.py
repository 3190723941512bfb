"""From `match`, `minimize`, `maximize`, `require`, `verify` and `report` to goals, requirements and reports."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.elaborate.changeable_values import ChangeableValues
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.partial_targets import asks_for_something, partial_target
from metac.compiler.elaborate.requirements import Requirements, UniqueNames
from metac.compiler.elaborate.scope import Scope
from metac.compiler.graph_walk import free_names
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import CurveType, NumberType, Type, as_tensor
from metac.compiler.types.units import internal_unit
from metac.compiler.types.wording import describe
from metac.dsl import ast


class Goals:
    """Types goals; each gets the text of its measure as a name."""

    def __init__(self, expressions: Expressions, scope: Scope) -> None:
        self._expressions, self._scope, self._findings = expressions, scope, expressions.findings
        self._judged, self._reported = UniqueNames(), UniqueNames()
        self._changeable = ChangeableValues(expressions.findings)
        self._requirements = Requirements(expressions, scope, self._judged, self._changeable)

    # match, minimize, maximize

    def match(self, statement: ast.Match) -> graph.Goal | None:
        """One `match`; None where its measure or target is wrong."""
        measure = self._measure(statement.measure, "`match`")
        if measure is None:
            self._target(statement, types.ERROR)
            return None
        statement, asked = self._asked(statement, measure.type)
        target = self._target(statement, measure.type)
        entry = NumberType(_entry_dimension(measure.type))
        domain = self._domain(statement, measure.type, target)
        scale = self._option(statement.scale, entry, "`scale`", target)
        weight = self._option(statement.weight, types.SCALAR, "`weight`")
        tolerance = self._option(statement.tolerance, entry, "`within`", target)
        if types.is_error(target.type):
            return None
        name = self._judged.of(statement.measure.span)
        return graph.Goal(name, "match", measure, target, domain, scale, weight, tolerance, statement.span, asked)

    def _asked(self, statement: ast.Match, measure: Type) -> tuple[ast.Match, graph.Asked | None]:
        """The goal with a number for each component of its target, and which of them count; None where all do."""
        tensor = as_tensor(measure)
        if tensor is None:
            return statement, None
        target, asked = partial_target(statement.target, tensor.shape)
        if asked is not None and not asks_for_something(asked):
            self._findings.error(
                "M0519",
                "this target asks for nothing: each of its components is `none`",
                statement.target.span,
                help="give one component a value; `report` has a measure computed without a target",
            )
        return replace(statement, target=target), asked

    def extremum(self, statement: ast.Extremum) -> graph.Goal | None:
        """One `minimize` or `maximize`."""
        measure = self._measure(statement.measure, f"`{statement.sense}`")
        if measure is not None and not isinstance(measure.type, NumberType):
            help = "take `max(…)` or `mean(…)` of it, or its value at a point, `curve(5 %)`"
            self._findings.error(
                "M0502",
                f"`{statement.sense}` needs one number, found {describe(measure.type)}",
                measure.span,
                help=help if isinstance(measure.type, CurveType) else "take a component of it, `C[1, 1]`, or `norm(…)`",
            )
            measure = None
        entry = measure.type if measure else types.ERROR
        scale = self._option(statement.scale, entry, "`scale`")
        weight = self._option(statement.weight, types.SCALAR, "`weight`")
        if measure is None:
            return None
        name = self._judged.of(statement.measure.span)
        return graph.Goal(name, statement.sense, measure, None, None, scale, weight, None, statement.span)

    def _measure(self, node: ast.Expression, subject: str) -> graph.Expression | None:
        measure = self._expressions.typed(node, self._scope)
        if types.is_error(measure.type):
            return None
        if not isinstance(measure.type, NumberType | CurveType) and as_tensor(measure.type) is None:
            self._findings.error(
                "M0403",
                f"{subject} needs a measure, found {describe(measure.type)}",
                measure.span,
                help="a measure is a number, a curve or a tensor, taken of a load or a body",
            )
            return None
        help = "measure something of a load or a body that a generator changes"
        message = f"{subject} of something that no design can change"
        return measure if self._changeable.accepts(measure, node.span, message, help) else None

    def _target(self, statement: ast.Match, measure: Type) -> graph.Expression:
        node, subject = statement.target, "the target"
        if types.is_error(measure) and self._is_function(node):
            # What it is given cannot be known without the measure, which is reported.
            self._expressions.check(node, self._scope, node.span)
            return Expressions.error(node.span)
        if isinstance(measure, CurveType):
            ordinate, abscissa = NumberType(measure.ordinate), NumberType(measure.abscissa)
            wanted = types.FunctionType((abscissa,), ordinate)
            if self._is_function(node):
                target = self._expressions.typed(node, self._scope, wanted)
                return fit(target, wanted, subject, self._findings)
            level = self._expressions.typed(node, self._scope, measure)
            if isinstance(level.type, CurveType) and not free_names(level).references:
                return self._given_target(level, measure)
            if isinstance(level.type, CurveType):
                self._findings.error(
                    "M0502",
                    "a target cannot itself be a measured curve",
                    level.span,
                    help="match the difference of the two curves to `e -> 0`",
                )
                return Expressions.error(node.span)
            example = "a curve is written as a function of what runs along it, `e -> 2 MPa * e`"
            if isinstance(level, graph.Constant) and isinstance(level.value, str):
                unit = internal_unit(measure.ordinate)
                of_unit = f", unit = {unit if unit.isidentifier() else _quoted(unit)}" if unit else ""
                example = f'a measured curve is read by `curve({_quoted(level.value)}, x = "…", y = "…"{of_unit})`'
            level = fit(level, ordinate, subject, self._findings, help=example)
            if types.is_error(level.type):
                return level
            variable = graph.Variable("_", abscissa, node.span)
            return graph.Function((variable,), level, None, wanted, node.span)
        if self._is_function(node):
            self._findings.error(
                "M0502",
                f"the target is a function, but what is measured is {describe(measure)}",
                node.span,
                "a function",
                help="give one value; only curves are matched to functions",
            )
            return Expressions.error(node.span)
        tensor = as_tensor(measure)
        expected: Type = tensor or measure
        if isinstance(measure, NumberType):
            expected = NumberType(measure.dimension)
        return self._expressions.require(node, self._scope, expected, subject)

    def _given_target(self, level: graph.Expression, measure: CurveType) -> graph.Expression:
        """A curve that is given as points as a function, whose domain is where there are points."""
        level = fit(level, measure, "the target", self._findings)
        if types.is_error(level.type):
            return level
        abscissa, ordinate = NumberType(measure.abscissa), NumberType(measure.ordinate)
        variable = graph.Variable("_", abscissa, level.span)
        body = graph.Apply("at", (level, variable), ordinate, level.span)
        start, end = (graph.Apply(part, (level,), abscissa, level.span) for part in ("curve_start", "curve_end"))
        domain = graph.Interval(start, end, None, types.RangeType(abscissa), level.span)
        return graph.Function((variable,), body, domain, types.FunctionType((abscissa,), ordinate), level.span)

    def _is_function(self, node: ast.Expression) -> bool:
        return self._expressions.function_of(node, self._scope) is not None

    def _domain(self, statement: ast.Match, measure: Type, target: graph.Expression) -> graph.Interval | None:
        if statement.domain is None:
            own = target.domain if isinstance(target, graph.Function) else None
            if own is None or not isinstance(measure, CurveType):
                return own
            return self._fitted_domain(own, measure)
        domain = self._expressions.typed(statement.domain, self._scope)
        if not isinstance(measure, CurveType):
            self._findings.error(
                "M0509",
                f"`for` bounds a curve, but what is measured is {describe(measure)}",
                statement.domain.span,
                help="remove the range",
            )
            return None
        return self._fitted_domain(domain, measure)

    def _fitted_domain(self, domain: graph.Expression, measure: CurveType) -> graph.Interval | None:
        kind = types.RangeType(NumberType(measure.abscissa))
        fitted = fit(domain, kind, "the goal's range", self._findings)
        return fitted if isinstance(fitted, graph.Interval) and not types.is_error(fitted.type) else None

    def _option(
        self, node: ast.Expression | None, expected: Type, subject: str, target: graph.Expression | None = None
    ) -> graph.Expression | None:
        if node is None:
            return None
        value = self._expressions.typed(node, self._scope, expected)
        help = None if target is None else _as_share(value, expected, target)
        value = fit(value, expected, subject, self._findings, help=help)
        return None if types.is_error(value.type) else value

    def require(self, statement: ast.Require) -> Iterator[graph.Requirement]:
        """The requirements of a condition, one for each of those joined by `and`."""
        return self._requirements.of(statement)

    def require_varied(self, varied: Collection[str]) -> None:
        """M0501 for each measure of parameters alone, none of which a study varies."""
        self._changeable.require_varied(varied)

    # report

    def report(self, statement: ast.ReportSyntax) -> graph.Report | None:
        """One `report`; None where its measure is wrong."""
        measure = self._measure(statement.measure, "`report`")
        if measure is None:
            return None
        return graph.Report(self._reported.of(statement.measure.span), measure, statement.span)


def _quoted(text: str) -> str:
    """A text as it is written."""
    return f'"{text}"'


def _as_share(value: graph.Expression, expected: Type, target: graph.Expression) -> str | None:
    """How a part of a target with a unit is written: `within 5 %` of 2 GPa is `within 5 % * (2 GPa)`."""
    found = value.type
    if not isinstance(found, NumberType) or not found.dimension.dimensionless or expected == found:
        return None
    if not isinstance(target.type, NumberType) or len(target.span.text) > 24:
        return None
    return f"a part of the target is its product with it: `{value.span.text} * ({target.span.text})`"


def _entry_dimension(measure: Type):
    match measure:
        case CurveType(ordinate=dimension) | NumberType(dimension=dimension):
            return dimension
    tensor = as_tensor(measure)
    assert tensor is not None
    return tensor.dimension
