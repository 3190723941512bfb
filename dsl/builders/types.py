"""Grammar rules of types."""

from __future__ import annotations

from dataclasses import replace

from metac.dsl import ast
from metac.dsl.builders.words import identifier, number
from metac.dsl.tokens import Token


class TypeBuilder:
    """One method for each rule of a type."""

    def plain_type(self, name: Token) -> ast.TypeName:
        """`Length`."""
        return ast.TypeName(identifier(name), (), name.span)

    def type_with_arguments(
        self, name: Token, _open: Token, arguments: tuple[ast.TypeExpression | ast.Number, ...], close: Token
    ) -> ast.TypeName:
        """`Curve[Scalar, Pressure]`."""
        return ast.TypeName(identifier(name), arguments, name.span.to(close.span))

    def list_type(self, opener: Token, item: ast.TypeExpression, close: Token) -> ast.ListTypeSyntax:
        """`[Length]`."""
        return ast.ListTypeSyntax(item, opener.span.to(close.span))

    def type_product(self, left: ast.TypeExpression, operator: Token, right: ast.TypeExpression) -> ast.TypeProduct:
        """`Force/Length`."""
        return ast.TypeProduct(operator.text, left, right, left.span.to(right.span))

    def type_power(self, base: ast.TypeExpression, _caret: Token, minus: Token | None, exponent: Token) -> ast.TypePower:
        """`Pressure^2`, `Length^-1`."""
        size = number(exponent)
        if minus is not None:
            size = replace(size, value=-size.value, span=minus.span.to(size.span))
        return ast.TypePower(base, size, base.span.to(exponent.span))

    def type_arguments(self, *arguments: ast.TypeExpression | ast.Number) -> tuple[ast.TypeExpression | ast.Number, ...]:
        """All of them."""
        return arguments
