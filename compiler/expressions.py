"""From syntax to typed expressions: names resolved, units gone, `let`s and functions inlined.

Typing goes in both directions: `expected` tells what is asked for, so that `along = y` finds the choice `y`, `activation =
tanh` the definition, and `e -> …` the type of `e`; what comes back still has to be fitted (`Expressions.require`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from metac.compiler import graph, types
from metac.compiler.assign import fit
from metac.compiler.builtins import BUILTINS, CONSTANTS, FUNCTIONS, Problem, result_type, unify
from metac.compiler.constant import value_or_none
from metac.compiler.findings import Findings, listing
from metac.compiler.library import Library
from metac.compiler.overrides import GivenSource
from metac.compiler.scope import Bound, Declared, Function, Input, Let, Scope
from metac.compiler.types import Type, describe
from metac.compiler.units import UnknownUnit, parse_unit, to_internal
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.source import Span

DEEPEST = 300
"""Levels of nesting, inlined functions included."""
MOST_STEPS = 200_000
"""Expressions typed for one spec: functions that call functions can grow without bound."""


class TooLarge(Exception):
    """The spec is beyond what can be typed; the finding is already made."""


class ObjectMaker(Protocol):
    """What expressions ask of objects (`objects.py`)."""

    library: Library

    def declared(self, statement: ast.Declaration, span: Span) -> graph.Expression:
        """A reference to a declared object."""
        ...

    def input(self, statement: ast.Param | ast.Stage | ast.Sweep, span: Span) -> graph.Expression:
        """A reference to a `param`, `stage` or `sweep` variable."""
        ...

    def constructed(self, node: ast.Constructor, scope: Scope, expected: Type | None) -> graph.Expression:
        """The object that a constructor makes."""
        ...

    def constructed_by_name(self, node: ast.Name | ast.Attribute, scope: Scope, expected: Type | None) -> graph.Expression:
        """The object of a definition that is named without braces."""
        ...

    def called(self, node: ast.Call, scope: Scope) -> graph.Expression:
        """A measure."""
        ...

    def is_called(self, name: str) -> bool:
        """Whether a definition of that name is called like a function."""
        ...

    def is_alias(self, name: str) -> bool:
        """Whether a file is imported under that name."""
        ...

    def field_of(self, reference: graph.Reference, name: ast.Identifier, span: Span) -> graph.Expression:
        """The value of an object's field."""
        ...


class Expressions:
    """Types expressions; `objects` makes the nodes for constructors and measure calls."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.objects: ObjectMaker
        self._depth = 0
        self._steps = 0
        self._open: list[tuple[str, object, Span]] = []
        self._circles: set[frozenset[int]] = set()

    # Entry points

    def require(
        self, node: ast.Expression, scope: Scope, expected: Type, subject: str, others: tuple[Label, ...] = ()
    ) -> graph.Expression:
        """The typed expression, fitted to the expected type; a finding where it does not fit."""
        return fit(self.typed(node, scope, expected), expected, subject, self.findings, others)

    def typed(self, node: ast.Expression, scope: Scope, expected: Type | None = None) -> graph.Expression:
        """The typed expression; of ErrorType where something in it is wrong."""
        self._steps += 1
        self._depth += 1
        if self._depth > DEEPEST or self._steps > MOST_STEPS:
            what = "is nested too deeply" if self._depth > DEEPEST else "grows too large once functions are written out"
            self.findings.error("M0419", f"this expression {what}", node.span, help="split it with `let`, or simplify it")
            raise TooLarge
        try:
            return self._typed(node, scope, expected)
        finally:
            self._depth -= 1

    def _typed(self, node: ast.Expression, scope: Scope, expected: Type | None) -> graph.Expression:
        match node:
            case ast.Number(value=value):
                return self._number(node, value)
            case ast.Quantity():
                return self._quantity(node)
            case ast.Text(value=value):
                return graph.Constant(value, types.TEXT, node.span)
            case ast.Boolean(value=value):
                return graph.Constant(value, types.BOOLEAN, node.span)
            case ast.Nothing():
                return graph.Constant(None, types.NOTHING, node.span)
            case ast.Name():
                return self._name(node, scope, expected)
            case ast.Attribute():
                return self._attribute(node, scope, expected)
            case ast.Index():
                return self._index(node, scope)
            case ast.Call():
                return self._call(node, scope, expected)
            case ast.Unary():
                return self._unary(node, scope)
            case ast.Binary(operator=name, left=left, right=right):
                if isinstance(expected, types.ConditionType):
                    return self._condition(node, scope, expected)
                return self.apply(name, self._sides(name, left, right, scope), node.span)
            case ast.Conditional(condition=condition, then=then, otherwise=otherwise):
                branches = (self.typed(then, scope, expected), self.typed(otherwise, scope, expected))
                return self.apply("if", (self.typed(condition, scope), *branches), node.span)
            case ast.Interval():
                return self.interval(node, scope)
            case ast.Sequence():
                return self._sequence(node, scope, expected)
            case ast.Lambda():
                return self.function(
                    Function(_nameless(node), node.parameters, node.body, scope, node.domain), node.span, expected
                )
            case ast.Constructor():
                return self.objects.constructed(node, scope, expected)
        raise AssertionError(f"not an expression: {node!r}")

    def _sides(
        self, name: str, left: ast.Expression, right: ast.Expression, scope: Scope
    ) -> tuple[graph.Expression, graph.Expression]:
        """Both operands; what is compared with a choice may be one of its bare names, `plane == stress`."""
        first = self.typed(left, scope)
        choice = first.type if name in ("==", "!=") and isinstance(first.type, types.ChoiceType) else None
        return first, self.typed(right, scope, choice)

    @staticmethod
    def error(span: Span) -> graph.Expression:
        """What stands for an expression that is already reported."""
        return graph.Constant(None, types.ERROR, span)

    # Literals

    def _number(self, node: ast.Number, value: float) -> graph.Expression:
        if value == 0:
            return graph.Constant(
                0 if node.is_integer else 0.0, types.NumberType(integer=True, any_dimension=True), node.span
            )
        if not math.isfinite(value):
            return self._not_finite(node.span)
        given = isinstance(node.span.source, GivenSource)
        kind = types.NumberType(integer=node.is_integer, any_dimension=given)
        return graph.Constant(int(value) if node.is_integer else value, kind, node.span)

    def _not_finite(self, span: Span) -> graph.Expression:
        self.findings.error("M0414", "this number is too large", span, help="the largest is about 1.8e308")
        return self.error(span)

    def _quantity(self, node: ast.Quantity) -> graph.Expression:
        try:
            unit = parse_unit(node.unit)
            value = to_internal(node.value, unit)
        except UnknownUnit as problem:
            return self._unknown_unit(node, problem)
        except OverflowError:
            return self._not_finite(node.span)
        if not math.isfinite(value):
            return self._not_finite(node.span)
        return graph.Constant(value, types.NumberType(unit.dimension), node.span)

    def _unknown_unit(self, node: ast.Quantity, problem: UnknownUnit) -> graph.Expression:
        meant = problem.suggestion
        corrected = node.unit.replace(problem.symbol, meant) if meant else None
        if problem.wrong_case and meant:
            self.findings.error(
                "M0416",
                f"`{problem.symbol}` is not a unit; `{meant}` is",
                node.unit_span,
                "upper and lower case differ",
                notes=("`m` is milli or metre, `M` is mega",) if problem.symbol[:1] in "mM" else (),
                help=f"write `{corrected}`",
                fix=Fix(node.unit_span, corrected or meant),
            )
            return self.error(node.span)
        help = f"did you mean `{corrected}`?" if corrected else "units are products such as `N/mm^2`, `kg/m^3`, `%`, `°`"
        if any(sign in node.unit for sign in "*/") and problem.symbol.isidentifier():
            start = node.unit.index(problem.symbol)
            before, sign = node.unit[: start - 1], node.unit[start - 1]
            if before and sign in "*/":
                spaced = f"{node.span.text[: node.span.text.index(node.unit)]}{before} {sign} {node.unit[start:]}"
                help = f"if `{problem.symbol}` is a name, put spaces around `{sign}`: `{spaced}`"
        self.findings.error("M0401", f"there is no unit `{problem.symbol}`", node.unit_span, "unknown unit", help=help)
        return self.error(node.span)

    def interval(self, node: ast.Interval, scope: Scope, expected: Type | None = None) -> graph.Interval:
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
                    raise Problem("M0403", f"the ends of a range are numbers, found {describe(odd.type)}", parts.index(odd))
                item = unify("..", numbers)
            except Problem as problem:
                self._report(problem, tuple(parts), node.span)
        return graph.Interval(ends[0], ends[1], step, types.RangeType(item), node.span)

    def _sequence(self, node: ast.Sequence, scope: Scope, expected: Type | None) -> graph.Expression:
        wanted: Type | None = None
        if isinstance(expected, types.ListType):
            wanted = expected.item
        elif isinstance(expected, types.TensorType) and len(expected.shape) > 1:
            wanted = types.TensorType(expected.shape[1:], expected.dimension)
        items = tuple(self.typed(item, scope, wanted) for item in node.items)
        return graph.Sequence(items, types.ListType(self._common(items, wanted), len(items)), node.span)

    def _common(self, items: tuple[graph.Expression, ...], wanted: Type | None) -> Type:
        """The type that all items have; what is asked for where it fits them."""
        if not items:
            return wanted or types.ERROR
        if any(types.is_error(item.type) for item in items):
            return types.ERROR
        if wanted is not None:
            return next((item.type for item in items if not types.fits(item.type, wanted)), items[0].type)
        numbers = [item.type for item in items if isinstance(item.type, types.NumberType)]
        if len(numbers) == len(items):
            try:
                return unify("list", numbers)
            except Problem:
                pass
        first = items[0].type
        for item in items[1:]:
            if not types.fits(item.type, first) and not types.fits(first, item.type):
                self.findings.error(
                    "M0413",
                    "the items of a list must be alike",
                    item.span,
                    describe(item.type),
                    others=(Label(items[0].span, describe(first)),),
                )
                return types.ERROR
        return first

    # Names

    def _name(self, node: ast.Name, scope: Scope, expected: Type | None) -> graph.Expression:
        if isinstance(expected, types.ConditionType):
            return self._condition(node, scope, expected)
        if isinstance(expected, types.ChoiceType) and node.text in expected.names:
            return graph.Constant(node.text, types.ChoiceType((node.text,)), node.span)
        found = scope.find(node.text)
        if found is not None:
            return self._entry(node, found[0], found[1], expected)
        if isinstance(expected, types.KindType):
            return self.objects.constructed_by_name(node, scope, expected)
        if node.text in CONSTANTS:
            any_dimension = math.isinf(CONSTANTS[node.text])
            return graph.Constant(CONSTANTS[node.text], types.NumberType(any_dimension=any_dimension), node.span)
        return self._unknown_name(node, scope, expected)

    def _entry(
        self, node: ast.Name, entry: Bound | Let | Function | Declared | Input, home: Scope, expected: Type | None
    ) -> graph.Expression:
        match entry:
            case Bound(expression=expression):
                return expression
            case Let():
                if isinstance(entry.value, ast.Lambda):
                    value = entry.value
                    made = Function(entry.name, value.parameters, value.body, home, value.domain)
                    return self.function(made, node.span, expected)
                if expected not in entry.known:
                    with self.opened(entry.name.text, entry, node.span) as fresh:
                        value = self.typed(entry.value, home, expected) if fresh else self.error(node.span)
                    if types.is_error(value.type):
                        value = self.error(node.span)
                    entry.known[expected] = value
                return entry.known[expected]
            case Function():
                return self.function(entry, node.span, expected)
            case Declared():
                return self.objects.declared(entry.statement, node.span)
            case Input():
                return self.objects.input(entry.statement, node.span)

    def _unknown_name(self, node: ast.Name, scope: Scope, expected: Type | None) -> graph.Expression:
        if isinstance(expected, types.ChoiceType):
            meant = suggest(node.text, expected.names)
            self.findings.error(
                "M0309",
                f"`{node.text}` is not one of the choices",
                node.span,
                notes=(f"the choices are {listing(expected.names)}",),
                help=f"did you mean `{meant}`?" if meant else None,
                fix=Fix(node.span, meant) if meant else None,
            )
            return self.error(node.span)
        meant = suggest(node.text, [*scope.names(), *CONSTANTS])
        help = f"did you mean `{meant}`?" if meant else None
        if node.text in FUNCTIONS or self.objects.is_called(node.text):
            help = f"`{node.text}` is a function: call it, `{node.text}(…)`"
        elif not meant and (kinds := self.objects.library.kinds_with(node.text)):
            help = f"`{node.text}` makes a {kinds[0]}: write `{node.text} {{ … }}`, or declare one"
        elif not meant and _is_unit(node.text):
            help = f"a unit needs a number before it: `1 {node.text}`"
        self.findings.error(
            "M0201",
            f"there is nothing called `{node.text}`",
            node.span,
            "unknown name",
            help=help,
            fix=Fix(node.span, meant) if meant and help and meant in help else None,
        )
        return self.error(node.span)

    @contextmanager
    def opened(self, name: str, entry: object, span: Span) -> Iterator[bool]:
        """Marks a name as being worked out; gives False, and makes the finding, where it already is: a cycle."""
        first = next((index for index, (_, each, _) in enumerate(self._open) if each is entry), None)
        if first is not None:
            names = [each for each, _, _ in self._open[first:]]
            circle = frozenset(id(each) for _, each, _ in self._open[first:])
            if circle in self._circles:
                yield False
                return
            self._circles.add(circle)
            self.findings.error(
                "M0205",
                f"`{name}` depends on itself" if len(names) == 1 else f"{listing(names)} depend on each other in a circle",
                span,
                f"needs `{name}`, which is being worked out",
                others=tuple(Label(place, f"needs `{each}`") for each, _, place in self._open[first + 1 :]),
                notes=(" → ".join([*names, name]),),
                help="one of them must not use the others",
            )
            yield False
            return
        self._open.append((name, entry, span))
        try:
            yield True
        finally:
            self._open.pop()

    def _attribute(self, node: ast.Attribute, scope: Scope, expected: Type | None) -> graph.Expression:
        name = node.value.text if isinstance(node.value, ast.Name) else ""
        if scope.find(name) is None and self.objects.is_alias(name):
            return self.objects.constructed_by_name(node, scope, expected)
        value = self.typed(node.value, scope)
        if types.is_error(value.type):
            return self.error(node.span)
        if node.name.text == "T" and types.as_tensor(value.type) is not None:
            return self.apply("transpose", (value,), node.span)
        if isinstance(value, graph.Reference):
            return self.objects.field_of(value, node.name, node.span)
        self.findings.error(
            "M0415",
            f"{describe(value.type)} has no part `{node.name.text}`",
            node.name.span,
            help="`.T` transposes a matrix; `object.field` gives a field of an object",
        )
        return self.error(node.span)

    # Operators

    def _unary(self, node: ast.Unary, scope: Scope) -> graph.Expression:
        operand = self.typed(node.operand, scope)
        if node.operator == "+":
            return operand
        if node.operator == "-" and isinstance(operand, graph.Constant) and isinstance(operand.type, types.NumberType):
            assert isinstance(operand.value, int | float)
            return graph.Constant(-operand.value, operand.type, node.span)
        return self.apply("neg" if node.operator == "-" else node.operator, (operand,), node.span)

    def apply(self, name: str, arguments: tuple[graph.Expression, ...], span: Span) -> graph.Expression:
        """An operator or built-in function applied to arguments."""
        try:
            return graph.Apply(name, arguments, result_type(name, arguments), span)
        except Problem as problem:
            self._report(problem, arguments, span)
            return self.error(span)

    def _report(self, problem: Problem, arguments: tuple[graph.Expression, ...], span: Span) -> None:
        others: tuple[Label, ...] = ()
        label = ""
        if problem.argument is not None:
            span, label = arguments[problem.argument].span, ""
        elif len(arguments) >= 2:
            others = tuple(Label(each.span, _brief(each.type)) for each in arguments[:3])
        self.findings.error(
            problem.code, problem.message, span, label, others=others, notes=problem.notes, help=problem.help
        )

    def _index(self, node: ast.Index, scope: Scope) -> graph.Expression:
        value = self.typed(node.value, scope)
        indices = tuple(self.require(index, scope, types.INTEGER, "an index") for index in node.indices)
        if any(types.is_error(part.type) for part in (value, *indices)):
            return self.error(node.span)
        tensor = types.as_tensor(value.type)
        if tensor is None and isinstance(value.type, types.ListType) and len(indices) == 1:
            shape: tuple[int | None, ...] = (value.type.length,)
        elif tensor is None or len(indices) > len(tensor.shape):
            component = ", ".join(index.span.text for index in node.indices)
            self.findings.error("M0408", f"{describe(value.type)} has no component `[{component}]`", node.span)
            return self.error(node.span)
        else:
            shape = tensor.shape
        for index, extent in zip(indices, shape, strict=False):
            position = value_or_none(index)
            if extent is not None and (position is None or not 1 <= position <= extent):
                self.findings.error(
                    "M0408",
                    "an index must be known here" if position is None else f"there is no component {position}",
                    index.span,
                    f"from 1 to {extent}",
                    notes=("components are counted from 1",),
                )
                return self.error(node.span)
        if tensor is None:
            assert isinstance(value.type, types.ListType)
            result: Type = value.type.item
        else:
            rest = tensor.shape[len(indices) :]
            result = types.TensorType(rest, tensor.dimension) if rest else types.NumberType(tensor.dimension)
        return graph.Apply("index", (value, *indices), result, node.span)

    # Functions

    def _condition(self, node: ast.Expression, scope: Scope, expected: types.ConditionType) -> graph.Expression:
        inner = Scope(scope)
        variables = tuple(graph.Variable(name, types.SCALAR, node.span) for name in expected.names)
        for variable in variables:
            inner.entries[variable.name] = Bound(variable)
        body = self.require(node, inner, types.BOOLEAN, "a condition")
        kind = types.ERROR if types.is_error(body.type) else expected
        return graph.Function(variables, body, None, kind, node.span)

    def function(self, function: Function, span: Span, expected: Type | None) -> graph.Expression:
        """A function as a value: its parameters become variables of the types that are asked for."""
        wanted = expected if isinstance(expected, types.FunctionType) else None
        if wanted is not None and len(wanted.parameters) != len(function.parameters):
            self.findings.error(
                "M0412",
                f"a function of {_count(len(wanted.parameters), 'value')} is needed, "
                f"this one takes {len(function.parameters)}",
                span,
                notes=(f"expected {wanted}",),
            )
            return self.error(span)
        if wanted is None and expected is not None and not types.is_error(expected):
            # What a function gives cannot be typed without its arguments; the mismatch is the caller's to report.
            unknown = types.FunctionType(tuple(types.SCALAR for _ in function.parameters), types.ERROR)
            return graph.Constant(None, unknown, span)
        parameters = wanted.parameters if wanted else tuple(types.ERROR for _ in function.parameters)
        inner = Scope(function.scope)
        variables = []
        for name, kind in zip(function.parameters, parameters, strict=True):
            variables.append(graph.Variable(name.text, kind, name.span))
            inner.add(name, Bound(variables[-1]))
        with self.opened(function.name.text, function.body, span) as fresh:
            if not fresh:
                return self.error(span)
            result = wanted.result if wanted else None
            body = self.typed(function.body, inner, result)
            if result is not None:
                body = fit(body, result, f"what `{function.name.text}` gives", self.findings)
        domain = None if function.domain is None else self.interval(function.domain, function.scope)
        if wanted is None or types.is_error(body.type):
            return graph.Function(tuple(variables), body, domain, types.ERROR, span)
        return graph.Function(tuple(variables), body, domain, types.FunctionType(parameters, body.type), span)

    def _call(self, node: ast.Call, scope: Scope, expected: Type | None) -> graph.Expression:
        callee = node.function
        if isinstance(callee, ast.Name):
            found = scope.find(callee.text)
            entry = found[0] if found else None
            if found and isinstance(entry, Let) and isinstance(entry.value, ast.Lambda):
                entry = Function(entry.name, entry.value.parameters, entry.value.body, found[1], entry.value.domain)
            if isinstance(entry, Function):
                return self._inlined(node, entry, scope, expected)
            if entry is None and callee.text in FUNCTIONS:
                return self._builtin(node, callee, scope)
            if entry is None:
                return self.objects.called(node, scope)
        elif isinstance(callee, ast.Lambda):
            return self._inlined(node, Function(_nameless(callee), callee.parameters, callee.body, scope), scope, expected)
        elif (
            isinstance(callee, ast.Attribute)
            and isinstance(callee.value, ast.Name)
            and scope.find(callee.value.text) is None
        ):
            return self.objects.called(node, scope)
        return self._at(node, self.typed(callee, scope), scope)

    def _at(self, node: ast.Call, value: graph.Expression, scope: Scope) -> graph.Expression:
        """A curve's ordinate at an abscissa, `stress(pull)(5 %)`."""
        if types.is_error(value.type):
            for argument in node.arguments:
                self.typed(argument.value, scope)
            return self.error(node.span)
        if not isinstance(value.type, types.CurveType):
            self.findings.error("M0409", f"{describe(value.type)} cannot be called", node.function.span)
            return self.error(node.span)
        if len(node.arguments) != 1:
            self.findings.error("M0310", "a curve is taken at one point", node.span, help="write `stress(pull)(5 %)`")
            return self.error(node.span)
        point = self.require(
            node.arguments[0].value, scope, types.NumberType(value.type.abscissa), "the point where a curve is taken"
        )
        if types.is_error(point.type):
            return self.error(node.span)
        return graph.Apply("at", (value, point), types.NumberType(value.type.ordinate), node.span)

    def _builtin(self, node: ast.Call, callee: ast.Name, scope: Scope) -> graph.Expression:
        for argument in node.arguments:
            if argument.name is not None:
                self.findings.error("M0310", f"`{callee.text}` takes no named arguments", argument.name.span)
        arguments = tuple(self.typed(argument.value, scope) for argument in node.arguments)
        builtin = BUILTINS[callee.text]
        if len(arguments) < builtin.least or (builtin.most is not None and len(arguments) > builtin.most):
            needed = _count(builtin.least, "argument") + ("" if builtin.most == builtin.least else " or more")
            self.findings.error(
                "M0310",
                f"`{callee.text}` takes {needed}, found {len(arguments)}",
                node.span,
                notes=(f"`{callee.text}`: {builtin.doc}",),
            )
            return self.error(node.span)
        return self.apply(callee.text, arguments, node.span)

    def _inlined(self, node: ast.Call, function: Function, scope: Scope, expected: Type | None) -> graph.Expression:
        if len(node.arguments) != len(function.parameters) or any(argument.name for argument in node.arguments):
            signature = f"`{function.name.text}({', '.join(parameter.text for parameter in function.parameters)})`"
            self.findings.error(
                "M0310",
                f"{signature} takes {_count(len(function.parameters), 'argument')}, found {len(node.arguments)}"
                if len(node.arguments) != len(function.parameters)
                else f"the arguments of {signature} are given in order, without names",
                node.span,
                others=(Label(function.name.span, "defined here"),),
            )
            return self.error(node.span)
        inner = Scope(function.scope)
        for name, argument in zip(function.parameters, node.arguments, strict=True):
            value = argument.value
            if isinstance(value, ast.Lambda):
                inner.add(name, Function(name, value.parameters, value.body, scope, value.domain))
            else:
                inner.add(name, Bound(self.typed(value, scope)))
        with self.opened(function.name.text, function.body, node.span) as fresh:
            if not fresh:
                return self.error(node.span)
            self.findings.context.append(Label(node.span, "called here"))
            try:
                return self.typed(function.body, inner, expected)
            finally:
                self.findings.context.pop()


def _nameless(node: ast.Lambda) -> ast.Identifier:
    return ast.Identifier("this function", node.span)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _brief(kind: Type) -> str:
    return str(kind.dimension) if isinstance(kind, types.NumberType) else describe(types.as_tensor(kind) or kind)


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except UnknownUnit:
        return False
    return True
