"""Functions: called, inlined, and passed as values."""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.elaborate.scope import Bound, Function, Let, Scope
from metac.compiler.elaborate.typer import Typer
from metac.compiler.operators.table import FUNCTIONS
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import Type, describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span

NAMELESS = "this function"


class Calls(Typer):
    """Types calls, and functions where a function is asked for."""

    def condition(self, node: ast.Expression, scope: Scope, expected: types.ConditionType) -> graph.Expression:
        """A condition on named numbers, `loss < 1e-4`, as a function of them."""
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
                name = "the function" if function.name.text == NAMELESS else f"`{function.name.text}`"
                body = fit(body, result, f"what {name} gives", self.findings)
        domain = None if function.domain is None else self.interval(function.domain, function.scope)
        if wanted is None or types.is_error(body.type):
            return graph.Function(tuple(variables), body, domain, types.ERROR, span)
        return graph.Function(tuple(variables), body, domain, types.FunctionType(parameters, body.type), span)

    def call(self, node: ast.Call, scope: Scope, expected: Type | None) -> graph.Expression:
        """A call of a function, a built-in function, a measure or a curve."""
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
            return self._inlined(node, Function(nameless(callee), callee.parameters, callee.body, scope), scope, expected)
        elif (
            isinstance(callee, ast.Attribute)
            and isinstance(callee.value, ast.Name)
            and scope.find(callee.value.text) is None
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

    def _builtin(self, node: ast.Call, callee: ast.Name, scope: Scope) -> graph.Expression:
        for argument in node.arguments:
            if argument.name is not None:
                self.findings.error("M0310", f"`{callee.text}` takes no named arguments", argument.name.span)
        arguments = tuple(self.typed(argument.value, scope) for argument in node.arguments)
        builtin = FUNCTIONS[callee.text]
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


def nameless(node: ast.Lambda) -> ast.Identifier:
    """What a function without name is called in messages."""
    return ast.Identifier(NAMELESS, node.span)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
