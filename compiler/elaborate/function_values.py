"""Functions as values, and which function an expression stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.elaborate.arguments import by_name
from metac.compiler.elaborate.bound_arguments import Arguments, gives_function
from metac.compiler.elaborate.scope import Bound, Entry, FileScope, FunctionBinding, Input, LetBinding, Scope
from metac.compiler.elaborate.typer import TooLarge
from metac.compiler.operators.table import FUNCTIONS
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import Type
from metac.dsl import ast
from metac.dsl.source import Span

NAMELESS = "this function"
DEEPEST_GIVEN = 100
"""Functions that a call may lead through to the function that it gives."""


class FunctionValues(Arguments):
    """Types functions where a function is asked for, and follows names and calls to the function that they give."""

    def condition(self, node: ast.Expression, scope: Scope, expected: types.ConditionType) -> graph.Expression:
        """A condition on named quantities, `loss < 1e-4`, as a function of them."""
        inner = Scope(scope)
        variables = tuple(graph.Variable(name, expected.item, node.span) for name in expected.names)
        for variable in variables:
            inner.entries[variable.name] = Bound(variable)
        body = self.require(node, inner, types.BOOLEAN, "a condition")
        kind = types.ERROR if types.is_error(body.type) else expected
        return graph.Function(variables, body, None, kind, node.span)

    def function(self, function: FunctionBinding, span: Span, expected: Type | None) -> graph.Expression:
        """A function as a value: its parameters become variables of the types that are asked for."""
        wanted = expected if isinstance(expected, types.FunctionType) else None
        if wanted is not None and not function.required <= len(wanted.parameters) <= len(function.parameters):
            self.findings.error(
                "M0412",
                f"a function of {counted(len(wanted.parameters), 'value')} is needed, "
                f"this one takes {len(function.parameters)}",
                span,
                notes=(f"expected {wanted}",),
            )
            return self.error(span)
        if wanted is None:
            return self._not_a_value(function, span, expected)
        made = self.with_variables(function, wanted.parameters, span)
        if made is None:
            return self.error(span)
        inner, variables = made
        with self.opened(function.name.text, (function.key,), span) as fresh:
            if not fresh:
                return self.error(span)
            name = "the function" if function.name.text == NAMELESS else f"`{function.name.text}`"
            body = self.typed(function.body, inner, wanted.result)
            body = fit(body, wanted.result, f"what {name} gives", self.findings)
        domain = None if function.domain is None else self.interval(function.domain, function.scope)
        kind = types.ERROR if types.is_error(body.type) else types.FunctionType(wanted.parameters, body.type)
        return graph.Function(variables, body, domain, kind, span)

    def _not_a_value(self, function: FunctionBinding, span: Span, expected: Type | None) -> graph.Expression:
        if expected is not None and not types.is_error(expected):
            # What a function gives cannot be typed without its arguments; the mismatch is the caller's to report.
            unknown = types.FunctionType(tuple(types.SCALAR for _ in function.parameters), types.ERROR)
            return graph.Constant(None, unknown, span)
        nameless = function.name.text == NAMELESS
        self.findings.error(
            "M0403",
            "a value is needed here, found a function",
            span,
            "a function",
            help="call it: `(x -> …)(2)`" if nameless else f"call it: `{function.name.text}(…)`",
        )
        return self.error(span)

    def check(self, node: ast.Expression, scope: Scope, span: Span) -> bool:
        """Find what is wrong in the value of a name, which may be a function, without using it; whether it has a type."""
        function = self.function_of(node, scope)
        if function is None:
            return not types.is_error(self.typed(node, scope).type)
        before = self._troubles()
        inner = self.unapplied(function)
        with self.opened(function.name.text, (function.key,), span) as fresh:
            if fresh:
                with self.without_arguments():
                    self.check(function.body, inner, function.body.span)
        if self._troubles() > before:
            self._broken.add(function.key)
        if function.domain is not None:
            self.interval(function.domain, function.scope)
        return True

    def _troubles(self) -> int:
        """A number that grows with everything that is found wrong, and with every use of a function that is."""
        return self.findings.count + self._broken_calls

    def function_of(self, node: ast.Expression, scope: Scope) -> FunctionBinding | None:
        """The function that an expression stands for: one without name, a name of one, a call that gives one; else None."""
        match node:
            case ast.Lambda():
                return FunctionBinding.of_lambda(nameless(node), node, scope)
            case ast.Block() if gives_function(node):
                return self.function_of(node.value, self.opened_block(node, scope))
            case ast.Name():
                return self._function_named(node, scope)
            case ast.Attribute(name=name):
                file = self.file_of(node.value, scope)
                return None if file is None else self.function_of(ast.Name(name.text, node.span), file)
            case ast.Call(function=callee):
                function = self.function_of(callee, scope)
                given = None if function is None else by_name(function, node)
                if function is None or given is None:
                    return None
                with self._following(node, function):
                    return self._given_by(function, given, scope)
        return None

    def _function_named(self, node: ast.Name, scope: Scope) -> FunctionBinding | None:
        found = scope.find(node.text)
        if found is None:
            return _of_builtin(node, scope) if node.text in FUNCTIONS else None
        entry, home = found
        if isinstance(entry, FunctionBinding):
            return entry
        if isinstance(entry, LetBinding) and isinstance(entry.value, ast.Lambda):
            return FunctionBinding.of_lambda(entry.name, entry.value, home)
        value = entry.value if isinstance(entry, LetBinding) else _function_given(entry)
        if not isinstance(value, ast.Name | ast.Call | ast.Block | ast.Lambda):
            return None
        if entry not in self._functions:
            # Names that stand for names make chains; each is followed once.
            with self.deeper(node), self.opened(node.text, entry, node.span) as fresh:
                self._functions[entry] = self.function_of(value, home) if fresh else None
        function = self._functions[entry]
        # A `param` goes by its own name in messages.
        return replace(function, name=entry.statement.name) if function and isinstance(entry, Input) else function

    @contextmanager
    def _following(self, node: ast.Call, function: FunctionBinding) -> Iterator[None]:
        """One function further on the way to the function that a call gives; no further than is sound."""
        again = any(each is node for each in self._given)
        self._given.append(node)
        try:
            if len(self._given) > DEEPEST_GIVEN:
                if not again:
                    raise self.too_deep(node)
                self.findings.error(
                    "M0205",
                    f"`{function.name.text}` leads to itself without end",
                    node.span,
                    help="one of the functions must not use the others",
                )
                raise TooLarge
            yield
        finally:
            self._given.pop()

    def _given_by(
        self, function: FunctionBinding, given: Mapping[str, ast.Expression], scope: Scope
    ) -> FunctionBinding | None:
        """The function that a call gives; arguments are typed only where it surely gives one, or calls a parameter."""
        taken = {each.name.text: given.get(each.name.text, each.default) for each in function.parameters}
        match function.body:
            case ast.Name(text=text) if text in given:
                return self.function_of(given[text], scope)
            case ast.Name(text=text) if text not in taken:
                return self.function_of(function.body, function.scope)
            case ast.Name() | ast.Lambda():
                return self.function_of(function.body, self.bound(function, given, scope))
            case ast.Block() if gives_function(function.body):
                return self.function_of(function.body, self.bound(function, given, scope))
            case ast.Call(function=ast.Name(text=text)) if text in taken:
                return self.function_of(function.body, self.bound(function, given, scope))
        return None

    def file_of(self, node: ast.Expression, scope: Scope) -> FileScope | None:
        """The imported file that `base`, or `base.core`, stands for; None for anything else."""
        match node:
            case ast.Name(text=text):
                return scope.imported(text) if scope.find_quietly(text) is None else None
            case ast.Attribute(value=value, name=name):
                file = self.file_of(value, scope)
                return None if file is None else file.imported(name.text)
        return None


def _function_given(entry: Entry) -> ast.Expression | None:
    """The value of a `param` of type `Function`."""
    if not isinstance(entry, Input) or not isinstance(entry.statement, ast.Param):
        return None
    kind = entry.statement.type
    return entry.statement.value if isinstance(kind, ast.TypeName) and kind.name.text == "Function" else None


def _of_builtin(node: ast.Name, scope: Scope) -> FunctionBinding | None:
    """A built-in function as one of the spec, where it takes a fixed number of arguments."""
    builtin = FUNCTIONS[node.text]
    if builtin.most != builtin.least:
        return None
    names = [ast.Identifier(f"_{number}", node.span) for number in range(1, builtin.least + 1)]
    parameters = tuple(ast.FunctionParameter(each, None, None, node.span) for each in names)
    arguments = tuple(ast.Argument(None, ast.Name(each.text, node.span), node.span) for each in names)
    return FunctionBinding(
        ast.Identifier(node.text, node.span), parameters, ast.Call(node, arguments, node.span), Scope(library=scope.library)
    )


def nameless(node: ast.Lambda) -> ast.Identifier:
    """What a function without name is called in messages."""
    return ast.Identifier(NAMELESS, node.span)


def counted(number: int, noun: str) -> str:
    """`1 value`, `2 values`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
