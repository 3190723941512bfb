"""From syntax to typed expressions: names resolved, units gone, `let`s and functions inlined.

Typing goes in both directions: `expected` is what is asked for, so that `along = y` finds the choice `y`, `activation =
tanh` the definition, and `e -> …` the type of `e`; what comes back still has to be fitted (`Expressions.require`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from metac.compiler import graph
from metac.compiler.constant_values import folded
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.conditional import Conditionals
from metac.compiler.elaborate.function_values import nameless
from metac.compiler.elaborate.indexing import Indexing
from metac.compiler.elaborate.names import Names
from metac.compiler.elaborate.own_units import Broken, is_own_unit, own_units
from metac.compiler.elaborate.scope import FunctionBinding, Scope
from metac.compiler.elaborate.typer import DEEPEST, TooLarge
from metac.compiler.graph_walk import children
from metac.compiler.operators.rules import OperandError, unify
from metac.compiler.types import types
from metac.compiler.types.fits import fits
from metac.compiler.types.literals import number, quantity
from metac.compiler.types.types import Type
from metac.compiler.types.units import symbols
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label
from metac.dsl.source import Span

HIGHEST = 128
"""Levels of a typed expression, names written out: every later walk goes down them within Python's limit of frames."""
MOST_STEPS = 200_000
"""Expressions typed for one spec: functions that call functions can grow without bound."""

PARTIAL = "`none` stands for a component that does not matter in the target of a tensor, written out where it is matched"

_LEAVES = (graph.Constant, graph.Variable, graph.Parameter, graph.Reference)
_FURTHER_FACTOR = re.compile(r"(?P<between>[*/·])(?P<name>[A-Za-zµ]+)")


class Expressions(Names, Indexing, Conditionals):
    """Types expressions; `objects` makes the nodes for constructors and measure calls."""

    def __init__(self, findings: DiagnosticsSink) -> None:
        super().__init__(findings)
        self._steps = 0
        self._in_list = False
        self._unlike_told = False
        """Whether unlike items were reported in the outermost list that is being typed: its rows make one mistake."""
        self._heights: dict[int, tuple[int, graph.Expression]] = {}
        """By identity; the expression is kept, so that no other gets its identity."""

    def typed(self, node: ast.Expression, scope: Scope, expected: Type | None = None) -> graph.Expression:
        """The typed expression; of ErrorType where something in it is wrong."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise self.too_deep(node, "grows too large once functions are written out")
        # As `deeper`, without its cost: this is where a check spends its time.
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise self.too_deep(node)
            found = self._typed(node, scope, expected)
        finally:
            self._depth -= 1
        if self._height(found) > HIGHEST:
            self.findings.error(
                "M0419",
                "this expression is nested too deeply once names are written out",
                node.span,
                help="a sum over many values is `sum([a, b, …])`",
            )
            raise TooLarge
        return found

    def _height(self, expression: graph.Expression) -> int:
        """Levels of an expression; those of its parts are known, as they were typed before."""
        if isinstance(expression, _LEAVES):
            return 1
        known = self._heights.get(id(expression))
        if known is None:
            below = max((self._height(child) for child in children(expression)), default=0)
            known = self._heights[id(expression)] = (below + 1, expression)
        return known[0]

    def _typed(self, node: ast.Expression, scope: Scope, expected: Type | None) -> graph.Expression:
        match node:
            case ast.Number(value=value):
                return number(node, value, self.findings)
            case ast.Quantity():
                return self._quantity(node, scope, expected)
            case ast.Text(value=value):
                return graph.Constant(value, types.TEXT, node.span)
            case ast.Boolean(value=value):
                return graph.Constant(value, types.BOOLEAN, node.span)
            case ast.Nothing():
                return graph.Constant(None, types.NOTHING, node.span)
            case ast.Name():
                return self.name(node, scope, expected)
            case ast.Attribute():
                return self.attribute(node, scope, expected)
            case ast.Index():
                return self.index(node, scope)
            case ast.Call():
                return self.call(node, scope, expected)
            case ast.Unary():
                return self._unary(node, scope)
            case ast.Binary(operator=name, left=left, right=right):
                if isinstance(expected, types.ConditionType):
                    return self.condition(node, scope, expected)
                return self.apply(name, self._sides(name, left, right, scope), node.span)
            case ast.Conditional():
                return self.conditional(node, scope, expected)
            case ast.IntervalSyntax():
                return self.interval(node, scope)
            case ast.SequenceSyntax() if isinstance(expected, types.CurveType):
                return self.curve_of_points(node, scope, expected)
            case ast.SequenceSyntax():
                return self._sequence(node, scope, expected)
            case ast.Comprehension():
                return self._comprehension(node, scope, expected)
            case ast.Lambda():
                return self.function(FunctionBinding.of_lambda(nameless(node), node, scope), node.span, expected)
            case ast.Block():
                return self.block(node, scope, expected)
            case ast.Constructor():
                return self.objects.constructed(node, scope, expected)
        raise AssertionError(f"not an expression: {node!r}")

    def _quantity(self, node: ast.Quantity, scope: Scope, expected: Type | None) -> graph.Expression:
        """A quantity; a further factor of its unit must not be a name as well, or one would be taken for the other."""
        for factor in _FURTHER_FACTOR.finditer(node.unit):
            name = factor["name"]
            if name in symbols() and scope.find_quietly(name) is not None:
                before, after = node.unit[: factor.start()], node.unit[factor.end("between") :]
                spaced = f"{before} {factor['between']} {after}"
                self.findings.error(
                    "M0417",
                    f"`{name}` is a unit here, but also the name of something else",
                    node.unit_span,
                    f"read as the unit `{node.unit}`",
                    help=f"for what is called `{name}`, put spaces around `{factor['between']}`; "
                    "for the unit, give the other another name",
                    fix=Fix(node.unit_span, spaced),
                )
                return self.error(node.span)
        named = node.unit not in symbols() and scope.find_quietly(node.unit) is not None
        if named and not is_own_unit(node.unit, scope):
            number = node.span.text[: node.unit_span.start - node.span.start].strip()
            help = f"`{node.unit}` is a name: for the product write `{number} * {node.unit}`"
            self.findings.error("M0401", f"there is no unit `{node.unit}`", node.unit_span, "unknown unit", help=help)
            return self.error(node.span)
        wanted = types.bounded(expected) if expected is not None else None
        dimension = wanted.dimension if isinstance(wanted, types.NumberType) else None
        try:
            return quantity(node, self.findings, dimension, own_units(self, scope))
        except Broken:
            return self.error(node.span)

    def _sides(
        self, name: str, left: ast.Expression, right: ast.Expression, scope: Scope
    ) -> tuple[graph.Expression, graph.Expression]:
        """Both operands; what is compared with a choice may be one of its bare names, `plane == stress`."""
        first = self.typed(left, scope)
        choice = first.type if name in ("==", "!=") and isinstance(first.type, types.ChoiceType) else None
        return first, self.typed(right, scope, choice)

    def interval(self, node: ast.IntervalSyntax, scope: Scope) -> graph.Interval:
        """`a .. b [by s]`; an error in it shows in its type."""
        ends = [self.typed(end, scope) for end in (node.start, node.stop)]
        step = None if node.step is None else self.typed(node.step, scope)
        parts = [*ends, *([] if step is None else [step])]
        item: Type = types.ERROR
        if not any(types.is_error(part.type) for part in parts):
            try:
                numbers = [part.type for part in parts if isinstance(part.type, types.NumberType)]
                if len(numbers) < len(parts):
                    odd = next(part for part in parts if not isinstance(part.type, types.NumberType))
                    raise OperandError(
                        "M0403", f"the ends of a range are numbers, found {describe(odd.type)}", parts.index(odd)
                    )
                item = unify("..", numbers)
            except OperandError as problem:
                self.report(problem, tuple(parts), node.span)
        return graph.Interval(ends[0], ends[1], step, types.RangeType(item), node.span)

    def _sequence(self, node: ast.SequenceSyntax, scope: Scope, expected: Type | None) -> graph.Expression:
        return self._list([(item, scope) for item in node.items], expected, node.span)

    def _comprehension(self, node: ast.Comprehension, scope: Scope, expected: Type | None) -> graph.Expression:
        scopes = self.repeated(node.name, node.values, scope)
        if scopes is None:
            return self.error(node.span)
        return self._list([(node.item, each) for each in scopes], expected, node.span, fold=True)

    def _list(
        self, parts: Sequence[tuple[ast.Expression, Scope]], expected: Type | None, span: Span, *, fold: bool = False
    ) -> graph.Expression:
        """A list of items, each typed in its scope; `fold`: what is known of them is worked out here and now.

        A rule may give thousands of items, and every later walk over the graph would go through each formula again.
        """
        wanted: Type | None = None
        if isinstance(expected, types.ListType):
            wanted = expected.item
        elif isinstance(expected, types.TensorType) and len(expected.shape) > 1:
            wanted = types.TensorType(expected.shape[1:], expected.dimension)
        elif isinstance(expected, types.GridType) and not parts:
            wanted = types.ListType(types.SCALAR)
        elif isinstance(expected, types.KindType):
            wanted = expected  # one object is asked for, not a list: what is in it is looked up as if it were right
        outermost, self._in_list = not self._in_list, True
        try:
            items = self._ruled(parts, wanted) if fold else tuple(self.typed(item, scope, wanted) for item, scope in parts)
            if not items and wanted is None:
                return graph.Sequence((), types.EMPTY_LIST, span)
            return graph.Sequence(items, types.ListType(self._common(items, wanted), len(items)), span)
        finally:
            if outermost:
                self._in_list = self._unlike_told = False

    def _ruled(self, parts: Sequence[tuple[ast.Expression, Scope]], wanted: Type | None) -> tuple[graph.Expression, ...]:
        """Items of one rule, up to the first that is wrong: the others have the same text."""
        items: list[graph.Expression] = []
        for item, scope in parts:
            items.append(folded(self.typed(item, scope, wanted)))
            if types.is_error(items[-1].type):
                break
        return tuple(items)

    def _common(self, items: tuple[graph.Expression, ...], wanted: Type | None) -> Type:
        """The type that all items have; what is asked for where it fits them."""
        if not items:
            return wanted or types.ERROR
        if any(types.is_error(item.type) for item in items):
            return types.ERROR
        if wanted is not None:
            return next((item.type for item in items if not fits(item.type, wanted)), items[0].type)
        numbers = [item.type for item in items if isinstance(item.type, types.NumberType)]
        if len(numbers) == len(items):
            try:
                return unify("list", numbers)
            except OperandError:
                pass
        first = items[0].type
        for item in items[1:]:
            if not fits(item.type, first) and not fits(first, item.type):
                if self._unlike_told:
                    return types.ERROR
                self._unlike_told = True
                self.findings.error(
                    "M0413",
                    "the items of a list must be alike",
                    item.span,
                    _told(item.type, first),
                    others=(Label(items[0].span, _told(first, item.type)),),
                    help=PARTIAL if types.NothingType() in (first, item.type) else None,
                )
                return types.ERROR
        return first

    def _unary(self, node: ast.Unary, scope: Scope) -> graph.Expression:
        operand = self.typed(node.operand, scope)
        if node.operator == "+":
            return operand
        if node.operator == "-" and isinstance(operand, graph.Constant) and isinstance(operand.type, types.NumberType):
            assert isinstance(operand.value, int | float)
            return graph.Constant(-operand.value, operand.type, node.span)
        return self.apply("neg" if node.operator == "-" else node.operator, (operand,), node.span)


def _told(kind: Type, other: Type) -> str:
    """A type in words; of two lists of one type, how long it is."""
    if isinstance(kind, types.ListType) and str(kind) == str(other):
        return "1 item" if kind.length == 1 else f"{kind.length} items"
    return describe(kind)
