"""The syntax tree and the tokens in a form to read: what `metac inspect --emit ast|tokens` shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from metac.dsl import ast
from metac.dsl.lexer import lex
from metac.dsl.source import Source, Span


def node_name(node: object) -> str:
    """What a node is called in trees that are shown and in hashes: its class, less the `Syntax` of those that end so."""
    return type(node).__name__.removesuffix("Syntax")


def children(node: Any) -> Iterator[Any]:
    """The nodes directly below a node, in the order in which they stand."""
    for entry in fields(node):
        value = getattr(node, entry.name)
        for item in value if isinstance(value, tuple) else (value,):
            if is_dataclass(item) and not isinstance(item, Span):
                yield item


def show_tokens(source: Source) -> str:
    """One line a token: where it stands, its type and its text. Never raises: what is wrong is the parser's matter.

    A newline shows as `NEWLINE`, a doc comment as `DOC`.
    """
    lexed = lex(source)
    rows = [(token.span, token.type.lstrip("_"), "" if token.type == "NEWLINE" else token.text) for token in lexed.tokens]
    rows += [(comment.span, "DOC", comment.text) for comment in lexed.comments]
    rows.sort(key=lambda row: row[0].start)
    return "".join(f"{_place(span):>9}  {kind:<12}  {text}".rstrip() + "\n" for span, kind, text in rows)


def show_tree(module: ast.Module) -> str:
    """The tree of a module, one node a line, children indented below, with line and column.

    Plain values stand behind the node's name; a child says which part of its parent it is.
    """
    lines: list[str] = []
    _show(module, "", 0, lines)
    return "\n".join(lines) + "\n"


def _show(node: Any, role: str, depth: int, lines: list[str]) -> None:
    values: list[str] = []
    below: list[tuple[str, Any]] = []
    for entry in fields(node):
        value = getattr(node, entry.name)
        if isinstance(value, Span) or value is None or (entry.name == "doc" and not value):
            continue
        if isinstance(value, ast.Identifier):
            values.append(f"{entry.name}={value.text}")
        elif isinstance(value, tuple) and value and all(isinstance(item, ast.Identifier) for item in value):
            values.append(f"{entry.name}={'.'.join(item.text for item in value)}")
        elif is_dataclass(value):
            below.append((entry.name, value))
        elif isinstance(value, tuple):
            below.extend((f"{entry.name}[{index}]", item) for index, item in enumerate(value))
        else:
            values.append(f"{entry.name}={value!r}")
    place = "" if isinstance(node, ast.Module) else f"  @{_place(node.span)}"
    head = [f"{role}:"] if role else []
    lines.append("  " * depth + " ".join([*head, node_name(node), *values]) + place)
    for name, child in below:
        _show(child, name, depth + 1, lines)


def _place(span: Span) -> str:
    line, column = span.source.position(span.start)
    return f"{line}:{column}"
