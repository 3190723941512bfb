"""Grammar rules of expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from metac.dsl import ast
from metac.dsl.builders import words
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.parse_record import parse_record
from metac.dsl.source import Span
from metac.dsl.tokens import Token

_OPERATORS = {"AND": "and", "OR": "or", "IN": "in", "NOT": "not"}


class ExpressionBuilder:
    """One method for each rule of an expression, or for each of its alternatives that has a name."""

    def conditional(
        self,
        word: Token,
        condition: ast.Expression,
        _then: Token,
        then: ast.Expression,
        _else: Token,
        otherwise: ast.Expression,
    ) -> ast.Conditional:
        """`if condition then a else b`."""
        return ast.Conditional(condition, then, otherwise, word.span.to(otherwise.span))

    def lambda_of_one(self, name: Token, _arrow: Token, body: ast.Expression) -> ast.Lambda:
        """`x -> body`."""
        return ast.Lambda((words.identifier(name),), body, None, name.span.to(body.span))

    def names(self, *names: Token) -> tuple[ast.Identifier, ...]:
        """Names of parameters."""
        identifiers = tuple(words.identifier(name) for name in names)
        words.refuse_repeated(identifiers)
        return identifiers

    def lambda_of_several(
        self, opener: Token, names: tuple[ast.Identifier, ...], _close: Token, _arrow: Token, body: ast.Expression
    ) -> ast.Lambda:
        """`(x, y) -> body`."""
        return ast.Lambda(names, body, None, opener.span.to(body.span))

    def ranged_lambda(
        self, opener: Token, function: ast.Lambda, _for: Token, domain: ast.IntervalSyntax, close: Token
    ) -> ast.Lambda:
        """`(x -> body for a .. b)`."""
        return replace(function, domain=domain, span=opener.span.to(close.span))

    def binary(self, left: ast.Expression, operator: Token, right: ast.Expression) -> ast.Binary:
        """`left + right`."""
        return ast.Binary(_operator(operator), left, right, operator.span, left.span.to(right.span))

    def unary(self, operator: Token, operand: ast.Expression) -> ast.Unary:
        """`-x`, `not x`."""
        return ast.Unary(_operator(operator), operand, operator.span.to(operand.span))

    def interval(
        self, start: ast.Expression, _dots: Token, stop: ast.Expression, _by: Token | None, step: ast.Expression | None
    ) -> ast.IntervalSyntax:
        """`start .. stop by step`."""
        return ast.IntervalSyntax(start, stop, step, start.span.to((step or stop).span))

    def attribute(self, value: ast.Expression, _dot: Token, name: Token) -> ast.Attribute:
        """`value.name`."""
        return ast.Attribute(value, words.identifier(name), value.span.to(name.span))

    def indices(self, *indices: ast.Expression | ast.WholeAxis) -> tuple[ast.Expression | ast.WholeAxis, ...]:
        """All of them."""
        return indices

    def whole_axis(self, colon: Token) -> ast.WholeAxis:
        """`:` among indices."""
        return ast.WholeAxis(colon.span)

    def index(
        self, value: ast.Expression, _open: Token, indices: tuple[ast.Expression | ast.WholeAxis, ...], close: Token
    ) -> ast.Index:
        """`value[i, j]`."""
        return ast.Index(value, indices, value.span.to(close.span))

    def call(
        self, function: ast.Expression, _open: Token, arguments: tuple[ast.Argument, ...] | None, close: Token
    ) -> ast.Call:
        """`function(a, b = c)`."""
        return ast.Call(function, arguments or (), function.span.to(close.span))

    def constructor(
        self, value: ast.Expression, opener: Token, fields: tuple[ast.Assignment, ...] | None, close: Token
    ) -> ast.Constructor:
        """`name { field = value }`."""
        name = _qualified(value)
        if name is None:
            parse_record.get().report(
                "M0128",
                "fields in braces follow the name of a definition",
                value.span,
                "this is not a name",
                Label(opener.span, "fields start here"),
                help="write `name { field = value }`, or `library.name { … }` for one from an import",
            )
        return ast.Constructor(name or (), fields or (), value.span.to(close.span))

    def name(self, token: Token) -> ast.Name:
        """A name used as a value."""
        return ast.Name(str(token.value), token.span)

    def number(self, token: Token) -> ast.Number:
        """`3`, `1e-3`."""
        return words.number(token)

    def quantity(self, token: Token) -> ast.Quantity:
        """`50 MPa`."""
        value, unit, unit_span = cast(tuple[float, str, Span], token.value)
        return ast.Quantity(value, unit, unit_span, token.span)

    def text(self, token: Token) -> ast.Text:
        """`"…"`."""
        return words.text(token)

    def boolean(self, token: Token) -> ast.Boolean:
        """`true`, `false`."""
        return ast.Boolean(token.text == "true", token.span)

    def nothing(self, token: Token) -> ast.Nothing:
        """`none`."""
        return ast.Nothing(token.span)

    def sequence(self, opener: Token, items: tuple[ast.Expression, ...] | None, close: Token) -> ast.SequenceSyntax:
        """`[a, b]`."""
        return ast.SequenceSyntax(items or (), opener.span.to(close.span))

    def comprehension(
        self, opener: Token, item: ast.Expression, _for: Token, name: Token, _in: Token, values: ast.Expression, close: Token
    ) -> ast.Comprehension:
        """`[item for name in values]`."""
        return ast.Comprehension(item, words.identifier(name), values, opener.span.to(close.span))

    def block(self, opener: Token, *parts: ast.Let | ast.Expression | Token) -> ast.Block:
        """`{ let name = value … value }`."""
        *lets, value, close = parts
        span = opener.span.to(cast(Token, close).span)
        return ast.Block(cast(tuple[ast.Let, ...], tuple(lets)), cast(ast.Expression, value), span)

    def parenthesized(self, opener: Token, value: ast.Expression, close: Token) -> ast.Expression:
        """`(value)`: the same node, whose span now covers the parentheses."""
        return replace(value, span=opener.span.to(close.span))

    def expressions(self, *items: ast.Expression) -> tuple[ast.Expression, ...]:
        """Items of a list, or indices."""
        return items

    def arguments(self, *arguments: ast.Argument) -> tuple[ast.Argument, ...]:
        """Arguments of a call."""
        return arguments

    def positional_argument(self, value: ast.Expression) -> ast.Argument:
        """An argument without name."""
        return ast.Argument(None, value, value.span)

    def named_argument(self, name: Token, _equals: Token, value: ast.Expression) -> ast.Argument:
        """`name = value` in a call."""
        return ast.Argument(words.identifier(name), value, name.span.to(value.span))

    def fields(self, *fields: ast.Assignment) -> tuple[ast.Assignment, ...]:
        """Fields of a constructor."""
        return fields


def _operator(token: Token) -> str:
    return _OPERATORS.get(token.type, token.text)


def _qualified(value: ast.Expression) -> tuple[ast.Identifier, ...] | None:
    """The parts of `a.b.c`, or None where the expression is not a name."""
    parts: list[ast.Identifier] = []
    while isinstance(value, ast.Attribute):
        parts.append(value.name)
        value = value.value
    if not isinstance(value, ast.Name):
        return None
    return (ast.Identifier(value.text, value.span), *reversed(parts))
