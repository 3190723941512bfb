"""Expressions and types to canonical text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metac.dsl import ast
from metac.dsl.tree import children

WIDTH = 100
"""Columns up to which a constructor's fields stand on one line."""

INDENT = "    "

# How tightly an expression holds together; an operand of a looser kind needs parentheses.
LOOSE, _OR, _AND, _NOT, _COMPARISON, RANGE, _SUM, _PRODUCT, _SIGN, _POWER, _POSTFIX, _ATOM = range(12)
_BINARY = {
    "or": (_OR, _OR, _AND),
    "and": (_AND, _AND, _NOT),
    "+": (_SUM, _SUM, _PRODUCT),
    "-": (_SUM, _SUM, _PRODUCT),
    "*": (_PRODUCT, _PRODUCT, _SIGN),
    "/": (_PRODUCT, _PRODUCT, _SIGN),
    "^": (_POWER, _POSTFIX, _SIGN),
}
"""Of each operator: its own level, and the least levels of its left and right operands; comparisons are all others."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def format_expression(expression: ast.Expression) -> str:
    """The canonical text of an expression, on as many lines as it needs."""
    return value_behind(expression, "", 0)


def format_type(kind: ast.TypeExpression | ast.Number) -> str:
    """The canonical text of a type."""
    if isinstance(kind, ast.Number):
        return number_text(kind.value, kind.is_integer)
    if isinstance(kind, ast.ListTypeSyntax):
        return f"[{format_type(kind.item)}]"
    if isinstance(kind, ast.TypeProduct):
        return f"{format_type(kind.left)}{kind.operator}{format_type(kind.right)}"
    if isinstance(kind, ast.TypePower):
        return f"{format_type(kind.base)}^{number_text(kind.exponent.value, kind.exponent.is_integer)}"
    arguments = f"[{', '.join(format_type(argument) for argument in kind.arguments)}]" if kind.arguments else ""
    return kind.name.text + arguments


def documented(body: str, doc: str, indent: str) -> str:
    """A member or field with its line end: a short doc comment stands behind it, any other before."""
    behind = f"{indent}{body}  ## {doc}\n"
    if doc and "\n" not in doc and "\n" not in body and len(behind) <= WIDTH:
        return behind
    return f"{docs_above(doc, indent)}{indent}{body}\n"


def docs_above(doc: str, indent: str) -> str:
    """Lines of a doc comment, each with its end."""
    return "".join(f"{indent}## {line}".rstrip() + "\n" for line in doc.split("\n")) if doc else ""


def format_let(node: ast.Let, indent: str) -> str:
    """`let name = value`, or a unit."""
    start = f"{'unit' if node.unit else 'let'} {node.name.text} = "
    return start + value_behind(node.value, indent, len(indent) + len(start))


def format_assignment(node: ast.Assignment, indent: str) -> str:
    """`name = value`."""
    start = f"{node.name.text} = "
    return start + value_behind(node.value, indent, len(indent) + len(start))


def value_behind(node: ast.Expression, indent: str, column: int, level: int = LOOSE) -> str:
    """An expression after a `=` at a column; a constructor that does not fit on the line gets one line a field."""
    text = on_one_line(node, level)
    inner = node.fields if isinstance(node, ast.Constructor) else node.lets if isinstance(node, ast.Block) else ()
    if not inner or (column + len(text) <= WIDTH and not any(map(_has_docs, inner))):
        return text
    assert isinstance(node, ast.Constructor | ast.Block)
    return _spread(node, indent)


def _spread(node: ast.Constructor | ast.Block, indent: str) -> str:
    inner = indent + INDENT
    if isinstance(node, ast.Block):
        lets = "".join(documented(format_let(let, inner), let.doc, inner) for let in node.lets)
        value = value_behind(node.value, inner, len(inner))
        # A line that starts with an operator would continue the one before.
        return f"{{\n{lets}{inner}{f'({value})' if value.startswith('-') else value}\n{indent}}}"
    fields = "".join(documented(format_assignment(field, inner), field.doc, inner) for field in node.fields)
    return f"{_qualified(node)} {{\n{fields}{indent}}}"


def _has_docs(node: Any) -> bool:
    return bool(getattr(node, "doc", "")) or any(_has_docs(child) for child in children(node))


def on_one_line(node: ast.Expression, level: int = LOOSE) -> str:
    """An expression on one line, in parentheses where it holds together less tightly than `level`."""
    own, text = _PRINTERS[type(node)](node)
    return f"({text})" if own < level else text


def _listed(items: tuple[ast.Expression, ...]) -> str:
    return ", ".join(on_one_line(item) for item in items)


def number_text(value: float, is_integer: bool) -> str:
    """A number as it is read again."""
    return str(int(value)) if is_integer else repr(value)


def _quantity(node: ast.Quantity) -> tuple[int, str]:
    whole = node.value.is_integer() and abs(node.value) < 1e15
    # A power after a unit would become part of it, so a quantity holds less tightly than it looks.
    return _SIGN, f"{number_text(node.value, whole)} {node.unit}"


def text_in_quotes(value: str) -> str:
    """A text as it is written."""
    return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'


def _argument(node: ast.Argument) -> str:
    return (f"{node.name.text} = " if node.name else "") + on_one_line(node.value)


def _attribute(node: ast.Attribute) -> tuple[int, str]:
    value = on_one_line(node.value, _POSTFIX)
    return _POSTFIX, f"({value}).{node.name.text}" if isinstance(node.value, ast.Number) else f"{value}.{node.name.text}"


def _call(node: ast.Call) -> tuple[int, str]:
    return _POSTFIX, f"{on_one_line(node.function, _POSTFIX)}({', '.join(_argument(item) for item in node.arguments)})"


def _unary(node: ast.Unary) -> tuple[int, str]:
    if node.operator == "not":
        return _NOT, f"not {on_one_line(node.operand, _NOT)}"
    return _SIGN, f"-{on_one_line(node.operand, _SIGN)}"


def _binary(node: ast.Binary) -> tuple[int, str]:
    own, left, right = _BINARY.get(node.operator, (_COMPARISON, RANGE, RANGE))
    if node.operator == "^":
        return own, f"{on_one_line(node.left, left)}^{on_one_line(node.right, right)}"
    return own, f"{on_one_line(node.left, left)} {node.operator} {on_one_line(node.right, right)}"


def _conditional(node: ast.Conditional) -> tuple[int, str]:
    parts = (on_one_line(part) for part in (node.condition, node.then, node.otherwise))
    return LOOSE, "if {} then {} else {}".format(*parts)


def _interval(node: ast.IntervalSyntax) -> tuple[int, str]:
    step = f" by {on_one_line(node.step, _SUM)}" if node.step is not None else ""
    return RANGE, f"{on_one_line(node.start, _SUM)} .. {on_one_line(node.stop, _SUM)}{step}"


def _comprehension(node: ast.Comprehension) -> tuple[int, str]:
    return _ATOM, f"[{on_one_line(node.item)} for {node.name.text} in {on_one_line(node.values)}]"


def _lambda(node: ast.Lambda) -> tuple[int, str]:
    names = ", ".join(name.text for name in node.parameters)
    text = f"{names if len(node.parameters) == 1 else f'({names})'} -> {on_one_line(node.body)}"
    if node.domain is None:
        return LOOSE, text
    return _ATOM, f"({text} for {on_one_line(node.domain)})"


def _qualified(node: ast.Constructor) -> str:
    return ".".join(part.text for part in node.name)


def _constructor(node: ast.Constructor) -> tuple[int, str]:
    if any(_has_docs(field) for field in node.fields):
        return _POSTFIX, _spread(node, "")  # Comments need line ends, also where the constructor is an item of a list.
    fields = ", ".join(f"{field.name.text} = {on_one_line(field.value)}" for field in node.fields)
    return _POSTFIX, f"{_qualified(node)} {{ {fields} }}" if fields else f"{_qualified(node)} {{}}"


def _block(node: ast.Block) -> tuple[int, str]:
    if any(map(_has_docs, node.lets)):
        return _ATOM, _spread(node, "")
    lets = "".join(f"let {let.name.text} = {on_one_line(let.value)}, " for let in node.lets)
    return _ATOM, f"{{ {lets}{on_one_line(node.value)} }}"


_PRINTERS: dict[type, Callable[[Any], tuple[int, str]]] = {
    ast.Number: lambda node: (_ATOM, number_text(node.value, node.is_integer)),
    ast.Quantity: _quantity,
    ast.Text: lambda node: (_ATOM, text_in_quotes(node.value)),
    ast.Boolean: lambda node: (_ATOM, "true" if node.value else "false"),
    ast.Nothing: lambda node: (_ATOM, "none"),
    ast.Name: lambda node: (_ATOM, node.text),
    ast.Attribute: _attribute,
    ast.Index: lambda node: (_POSTFIX, f"{on_one_line(node.value, _POSTFIX)}[{_listed(node.indices)}]"),
    ast.WholeAxis: lambda node: (_ATOM, ":"),
    ast.Call: _call,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.Conditional: _conditional,
    ast.IntervalSyntax: _interval,
    ast.SequenceSyntax: lambda node: (_ATOM, f"[{_listed(node.items)}]"),
    ast.Comprehension: _comprehension,
    ast.Lambda: _lambda,
    ast.Constructor: _constructor,
    ast.Block: _block,
}
