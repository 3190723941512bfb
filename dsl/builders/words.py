"""Single tokens as nodes: names, texts, numbers, and the doc comment of what is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.parse_record import parse_record
from metac.dsl.source import Span
from metac.dsl.tokens import Token


def identifier(token: Token) -> ast.Identifier:
    """A name where it stands."""
    return ast.Identifier(str(token.value), token.span)


def text(token: Token) -> ast.Text:
    """A text in quotes."""
    return ast.Text(str(token.value), token.span)


def number(token: Token) -> ast.Number:
    """`3`, `1e-3`."""
    return ast.Number(cast(float, token.value), token.text.replace("_", "").isdigit(), token.span)


def doc(span: Span) -> str:
    """The doc comment that belongs to what stands there."""
    return parse_record.get().docs.claim(span)


def refuse_repeated(parameters: Iterable[ast.Identifier]) -> None:
    """M0138 for parameters of one name: the body could not mean both."""
    first: dict[str, ast.Identifier] = {}
    for name in parameters:
        before = first.setdefault(name.text, name)
        if before is not name:
            parse_record.get().report(
                "M0138",
                f"the function has two parameters `{name.text}`",
                name.span,
                "again here",
                Label(before.span, "first here"),
                help="rename one of the two",
            )
