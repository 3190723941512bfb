"""From the conditions of `require` and `verify` to requirements."""

from __future__ import annotations

from collections.abc import Iterator

from metac.compiler import graph
from metac.compiler.elaborate.changeable_values import ChangeableValues
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.scope import Scope
from metac.compiler.graph_walk import free_names
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import NumberType
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.source import Span

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class UniqueNames:
    """Names after texts, each given once."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._counts: dict[str, int] = {}
        """By text, the last number that was tried."""

    def of(self, span: Span) -> str:
        """The text of a place, with a number where it was given before."""
        text = " ".join(span.text.split()) or "goal"
        name, count = text, self._counts.get(text, 1)
        while name in self._names:
            count += 1
            name = f"{text} ({count})"
        self._counts[text] = count
        self._names.add(name)
        return name


class Requirements:
    """Types conditions; each requirement gets its text as a name, as goals do."""

    def __init__(self, expressions: Expressions, scope: Scope, names: UniqueNames, changeable: ChangeableValues) -> None:
        self._expressions, self._scope, self._findings = expressions, scope, expressions.findings
        self._names, self._changeable = names, changeable

    def of(self, statement: ast.Require) -> Iterator[graph.Requirement]:
        """The requirements of a condition, one for each of those joined by `and`."""
        yield from self._conditions(statement.condition, statement)

    def _conditions(self, node: ast.Expression, statement: ast.Require) -> Iterator[graph.Requirement]:
        if isinstance(node, ast.Binary) and node.operator == "and":
            yield from self._conditions(node.left, statement)
            yield from self._conditions(node.right, statement)
            return
        condition = self._expressions.typed(node, self._scope)
        if types.is_error(condition.type):
            return
        match condition:
            case graph.Apply(operator="in", arguments=(value, graph.Interval(start=low, stop=high))):
                requirement = self._requirement(value, low, high, node, statement)
            case graph.Apply(operator=("<" | "<=" | ">" | ">=") as operator, arguments=(left, right)):
                requirement = self._inequality(operator, left, right, node, statement)
            case _:
                requirement = None
                self._not_a_bound(condition, node, statement)
        if requirement is not None:
            yield requirement

    def _not_a_bound(self, condition: graph.Expression, node: ast.Expression, statement: ast.Require) -> None:
        equality = isinstance(condition, graph.Apply) and condition.operator in ("==", "!=")
        required = statement.sense == "require"
        instead = "write `match M to T within t`" if required else "write `verify M in T - t .. T + t`"
        self._findings.error(
            "M0507",
            f"this cannot be {'required' if required else 'verified'}",
            node.span,
            "an equality is never met exactly" if equality else describe(condition.type),
            help=instead if equality else "a requirement is `M in a .. b`, `M <= b` or `M >= a`",
        )

    def _inequality(
        self, operator: str, left: graph.Expression, right: graph.Expression, node: ast.Expression, statement: ast.Require
    ) -> graph.Requirement | None:
        measured, bounding = free_names(left), free_names(right)
        of_parameters = not (measured.references or bounding.references)
        own, other = (bool(each.parameters if of_parameters else each.references) for each in (measured, bounding))
        if own and other:
            difference = self._expressions.apply("-", (left, right), node.span)
            left, right = difference, graph.Constant(0.0, difference.type, node.span)
        elif other:
            operator, left, right = _FLIPPED[operator], right, left
        low, high = (right, None) if operator in (">", ">=") else (None, right)
        return self._requirement(left, low, high, node, statement)

    def _requirement(
        self,
        value: graph.Expression,
        low: graph.Expression | None,
        high: graph.Expression | None,
        node: ast.Expression,
        statement: ast.Require,
    ) -> graph.Requirement | None:
        help = f"{statement.sense} something of a load or a body: `MEASURE(BODY) in 49 % .. 51 %`"
        message = f"`{statement.sense}` of something that no design can change"
        if not self._changeable.accepts(value, node.span, message, help):
            return None
        for bound in (low, high):
            if bound is not None and free_names(bound).references:
                self._findings.error(
                    "M0507",
                    "the bounds of a requirement must not depend on objects",
                    bound.span,
                    help="bring both to one side: `a - b >= 0`",
                )
                return None
        assert isinstance(value.type, NumberType)
        low, high = (None if _infinite(bound) else bound for bound in (low, high))
        expected = NumberType(value.type.dimension)
        low = None if low is None else fit(low, expected, "the lower bound", self._findings)
        high = None if high is None else fit(high, expected, "the upper bound", self._findings)
        return graph.Requirement(self._names.of(node.span), statement.sense, value, low, high, statement.span)


def _infinite(bound: graph.Expression | None) -> bool:
    return isinstance(bound, graph.Constant) and bound.value in (float("inf"), float("-inf"))
