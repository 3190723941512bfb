"""Calls of functions, which are inlined, of built-in functions, measures and curves."""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.elaborate.arguments import by_name, report_arguments
from metac.compiler.elaborate.function_values import FunctionValues, counted
from metac.compiler.elaborate.given_curves import GivenCurves
from metac.compiler.elaborate.scope import FunctionBinding, Scope
from metac.compiler.operators.table import FUNCTIONS
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label


class Calls(FunctionValues, GivenCurves):
    """Types calls."""

    def names_definition(self, node: ast.Attribute, scope: Scope) -> bool:
        """Whether `lab.rubber` can only be a definition of an imported file: no value or object there has that name."""
        file = self.file_of(node.value, scope)
        if file is not None:
            return file.find_quietly(node.name.text) is None
        head, before = _head(node, scope), _dotted(node.value)
        if head is None or before is None:
            return False
        return scope.library.imported(before) is not None or head in scope.library.broken_aliases

    def _is_unknown(self, node: ast.Expression, scope: Scope) -> bool:
        """Whether this is a name that stands for nothing, not even an import."""
        return isinstance(node, ast.Name) and scope.find_quietly(node.text) is None and self.file_of(node, scope) is None

    def call(self, node: ast.Call, scope: Scope, expected: Type | None) -> graph.Expression:
        """A call of a function, a built-in function, a measure or a curve."""
        callee = node.function
        if isinstance(callee, ast.Name) and scope.find(callee.text) is None:
            return (
                self._builtin(node, callee, scope, expected)
                if callee.text in FUNCTIONS
                else self.objects.called(node, scope)
            )
        function = self.function_of(callee, scope)
        if function is not None:
            return self._inlined(node, function, scope, expected)
        if isinstance(callee, ast.Attribute) and (
            self.names_definition(callee, scope) or self._is_unknown(callee.value, scope)
        ):
            return self.objects.called(node, scope)
        return self._at(node, self.typed(callee, scope), scope)

    def _at(self, node: ast.Call, value: graph.Expression, scope: Scope) -> graph.Expression:
        """A curve's ordinate at an abscissa, `curve(5 %)`."""
        if types.is_error(value.type):
            for argument in node.arguments:
                self.typed(argument.value, scope)
            return self.error(node.span)
        if not isinstance(value.type, types.CurveType):
            self.findings.error("M0409", f"{describe(value.type)} cannot be called", node.function.span)
            return self.error(node.span)
        if len(node.arguments) != 1:
            self.findings.error("M0310", "a curve is taken at one point", node.span, help="write `curve(5 %)`")
            return self.error(node.span)
        point = self.require(
            node.arguments[0].value, scope, types.NumberType(value.type.abscissa), "the point where a curve is taken"
        )
        if types.is_error(point.type):
            return self.error(node.span)
        return graph.Apply("at", (value, point), types.NumberType(value.type.ordinate), node.span)

    def _builtin(self, node: ast.Call, callee: ast.Name, scope: Scope, expected: Type | None) -> graph.Expression:
        if callee.text == "curve":
            return self.given_curve(node, scope, expected)
        match callee.text, [argument.value for argument in node.arguments]:
            case "sum", [ast.Binary(operator="in", left=ast.Name() as name, right=values), term]:
                return self.sum_over(name, values, term, scope, node.span)
        for argument in node.arguments:
            if argument.name is not None:
                self.findings.error("M0310", f"`{callee.text}` takes no named arguments", argument.name.span)
        arguments = tuple(self.typed(argument.value, scope) for argument in node.arguments)
        builtin = FUNCTIONS[callee.text]
        if len(arguments) < builtin.least or (builtin.most is not None and len(arguments) > builtin.most):
            needed = counted(builtin.least, "argument") + ("" if builtin.most == builtin.least else " or more")
            self.findings.error(
                "M0310",
                f"`{callee.text}` takes {needed}, found {len(arguments)}",
                node.span,
                notes=(f"`{callee.text}`: {builtin.doc}",),
            )
            return self.error(node.span)
        return self.apply(callee.text, arguments, node.span)

    def _inlined(self, node: ast.Call, function: FunctionBinding, scope: Scope, expected: Type | None) -> graph.Expression:
        arguments = by_name(function, node)
        if arguments is None:
            report_arguments(function, node, self.findings)
            return self.error(node.span)
        inner = self.bound(function, arguments, scope, node.span)
        if function.key in self._broken:
            self._broken_calls += 1
            return self.error(node.span)
        given = (entry.key for entry in inner.entries.values() if isinstance(entry, FunctionBinding))
        with self.opened(function.name.text, (function.key, *given), node.span) as fresh:
            if not fresh:
                return self.error(node.span)
            self.findings.context.append(Label(node.span, "called here"))
            try:
                return self.typed(function.body, inner, expected)
            finally:
                self.findings.context.pop()


def _head(node: ast.Expression, scope: Scope) -> str | None:
    """What stands before all dots, where it is a name that nothing has in this scope."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.text if isinstance(node, ast.Name) and scope.find_quietly(node.text) is None else None


def _dotted(node: ast.Expression) -> str | None:
    """`base.core` as a text; None for what is more than names and dots."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.name.text}"
    return node.text if isinstance(node, ast.Name) else None


def name_of_broken_import(node: ast.Attribute, scope: Scope) -> bool:
    """Whether this is a name of an import that failed, which is reported there."""
    return _head(node, scope) in scope.library.broken_aliases
