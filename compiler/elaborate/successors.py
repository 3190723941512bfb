"""What to write instead of a definition that is deprecated: in the words of the definition that takes its place."""

from __future__ import annotations

from collections.abc import Iterable

from metac.compiler.elaborate.given_fields import GivenFields
from metac.compiler.library.definitions import Definition
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix
from metac.dsl.source import Span


def in_new_words(definition: Definition, given: GivenFields, span: Span, name: Span) -> Fix | None:
    """How a use of a deprecated definition is written with the one that takes its place; None where it does not say.

    Args:
        definition: is deprecated.
        given: what is given for its fields.
        span: of the whole use.
        name: of the definition's name in it; what stands before that, the name of an import, stays.
    """
    successor = definition.successor
    if isinstance(successor, ast.Name):
        return Fix(name, successor.text)
    whole = Span(span.source, name.start, span.end)
    match successor:
        case ast.Call(function=ast.Name(text=callee), arguments=arguments):
            written = _written([(each.name, each.value) for each in arguments], given, definition)
            return None if written is None else Fix(whole, f"{callee}({', '.join(written)})")
        case ast.Constructor(name=(ast.Identifier(text=callee),), fields=fields):
            written = _written([(each.name, each.value) for each in fields], given, definition)
            return None if written is None else Fix(whole, f"{callee} {{ {', '.join(written)} }}" if written else callee)
    return None


def _written(
    parts: Iterable[tuple[ast.Identifier | None, ast.Expression]], given: GivenFields, definition: Definition
) -> list[str] | None:
    """The arguments or fields, as texts; None where they cannot be written from what was given."""
    found: list[str] = []
    used: set[str] = set()
    for name, value in parts:
        text = value.span.text
        if isinstance(value, ast.Name) and value.text in definition.fields:
            if value.text not in given:
                if name is None:
                    return None
                continue  # It was not given, so its default counts as before.
            used.add(value.text)
            text = given[value.text][1].span.text
        found.append(f"{name.text} = {text}" if name is not None else text)
    return found if used == set(given) else None
