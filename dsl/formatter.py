"""Syntax tree to canonical text: reading it again gives the same tree.

Layout carries no meaning of the writer's here; doc comments do and are kept, other comments are not part of the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metac.dsl import ast
from metac.dsl.tree import children

WIDTH = 100
"""Columns up to which a constructor's fields stand on one line."""

INDENT = "    "

# How tightly an expression holds together; an operand of a looser kind needs parentheses.
_LOOSE, _OR, _AND, _NOT, _COMPARISON, _RANGE, _SUM, _PRODUCT, _SIGN, _POWER, _POSTFIX, _ATOM = range(12)
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


def format_module(module: ast.Module) -> str:
    """The canonical text of a module, ending in a newline unless the module is empty."""
    blocks = [_statement(statement, index == 0 and not module.doc) for index, statement in enumerate(module.statements)]
    text = _docs(module.doc, "") + ("\n" if module.doc and blocks else "")
    for index, block in enumerate(blocks):
        apart = index and ("\n" in block.rstrip("\n") or "\n" in blocks[index - 1].rstrip("\n"))
        text += ("\n" if apart else "") + block
    return text


def format_expression(expression: ast.Expression) -> str:
    """The canonical text of an expression, on as many lines as it needs."""
    return _value(expression, "", 0)


def format_type(kind: ast.TypeExpression | ast.Number) -> str:
    """The canonical text of a type."""
    if isinstance(kind, ast.Number):
        return _number(kind.value, kind.is_integer)
    if isinstance(kind, ast.ListTypeSyntax):
        return f"[{format_type(kind.item)}]"
    if isinstance(kind, ast.TypeProduct):
        return f"{format_type(kind.left)}{kind.operator}{format_type(kind.right)}"
    if isinstance(kind, ast.TypePower):
        return f"{format_type(kind.base)}^{_number(kind.exponent.value, kind.exponent.is_integer)}"
    arguments = f"[{', '.join(format_type(argument) for argument in kind.arguments)}]" if kind.arguments else ""
    return kind.name.text + arguments


# Statements


def _statement(statement: ast.Statement, first: bool) -> str:
    body = _STATEMENTS[type(statement)](statement, "")
    if first and isinstance(statement, ast.Import) and statement.doc and "\n" not in statement.doc:
        return f"{body}  ## {statement.doc}\n"  # At a text's head, a comment before an import is the module's.
    return _docs(statement.doc, "") + body + "\n"


def _docs(doc: str, indent: str) -> str:
    return "".join(f"{indent}## {line}".rstrip() + "\n" for line in doc.split("\n")) if doc else ""


def _language(node: ast.Language, _: str) -> str:
    return f"language {_number(node.version.value, node.version.is_integer)}"


def _import(node: ast.Import, _: str) -> str:
    return f"import {_text(node.path.value)}" + (f" as {node.alias.text}" if node.alias else "")


def _typed(node: ast.Param | ast.FieldDeclaration, value: ast.Expression | None, indent: str) -> str:
    """`name: Type = value in range`; a bare `in` in the value would read as the range."""
    text = f"{node.name.text}: {format_type(node.type)}"
    if value is not None:
        swallows = isinstance(value, ast.Binary) and value.operator == "in"
        level = _RANGE if node.range is not None or swallows else _LOOSE
        text += f" = {_value(value, indent, len(indent) + len(text) + 3, level)}"
    if node.range is not None:
        text += f" in {_expression(node.range, _RANGE if value is not None else _LOOSE)}"
    return text


def _param(node: ast.Param, indent: str) -> str:
    return f"param {_typed(node, node.value, indent)}"


def _let(node: ast.Let, indent: str) -> str:
    start = f"{'unit' if node.unit else 'let'} {node.name.text} = "
    return start + _value(node.value, indent, len(indent) + len(start))


def _function(node: ast.FunctionSyntax, indent: str) -> str:
    start = f"{node.name.text}({', '.join(map(_parameter, node.parameters))}) = "
    return start + _value(node.body, indent, len(indent) + len(start))


def _parameter(node: ast.FunctionParameter) -> str:
    kind = f": {format_type(node.type)}" if node.type else ""
    default = f" = {_expression(node.default)}" if node.default else ""
    return node.name.text + kind + default


def _declaration(node: ast.Declaration, indent: str) -> str:
    start = f"{node.kind.text} {node.name.text} = "
    return start + _value(node.value, indent, len(indent) + len(start))


def _match(node: ast.Match, _: str) -> str:
    clauses = (("for", node.domain), ("scale", node.scale), ("weight", node.weight), ("within", node.tolerance))
    measure, rest = f"match {_expression(node.measure)}", f"to {_expression(node.target)}{_clauses(clauses)}"
    return f"{measure} {rest}" if len(measure) + len(rest) < WIDTH else f"{measure}\n{INDENT}{rest}"


def _extremum(node: ast.Extremum, _: str) -> str:
    return f"{node.sense} {_expression(node.measure)}{_clauses((('scale', node.scale), ('weight', node.weight)))}"


def _clauses(clauses: tuple[tuple[str, ast.Expression | None], ...]) -> str:
    return "".join(f" {word} {_expression(value)}" for word, value in clauses if value is not None)


def _require(node: ast.Require, _: str) -> str:
    return f"{node.sense} {_expression(node.condition)}"


def _report(node: ast.ReportSyntax, _: str) -> str:
    return f"report {_expression(node.measure)}"


def _stage(node: ast.Stage, _: str) -> str:
    return f"stage {node.name.text} in {_expression(node.values)}"


def _sweep(node: ast.Sweep, _: str) -> str:
    return f"sweep {node.name.text} in {_expression(node.values)}"


def _tuples(node: ast.Tuples, _: str) -> str:
    return f"{node.word} [{', '.join(name.text for name in node.names)}] in {_expression(node.rows)}"


def _definition(node: ast.DefinitionSyntax, _: str) -> str:
    head = f"define {node.kind.text} {node.name.text} {{"
    if not node.members:
        return head + "}"
    return head + "\n" + "".join(_documented(member, INDENT) for member in node.members) + "}"


def _field(node: ast.FieldDeclaration, indent: str) -> str:
    return _typed(node, node.default, indent)


def _assignment(node: ast.Assignment, indent: str) -> str:
    start = f"{node.name.text} = "
    return start + _value(node.value, indent, len(indent) + len(start))


def _python(node: ast.PythonBody, _: str) -> str:
    return f"python {_text(node.target.value)}" + (f" gives {format_type(node.gives)}" if node.gives else "")


_STATEMENTS: dict[type, Callable[[Any, str], str]] = {
    ast.Language: _language,
    ast.Import: _import,
    ast.Param: _param,
    ast.Let: _let,
    ast.FunctionSyntax: _function,
    ast.Declaration: _declaration,
    ast.Match: _match,
    ast.Extremum: _extremum,
    ast.Require: _require,
    ast.ReportSyntax: _report,
    ast.Stage: _stage,
    ast.Sweep: _sweep,
    ast.Tuples: _tuples,
    ast.DefinitionSyntax: _definition,
    ast.FieldDeclaration: _field,
    ast.Assignment: _assignment,
    ast.PythonBody: _python,
}


def _documented(node: ast.Member, indent: str) -> str:
    """A member or field with its line end: a short doc comment stands behind it, any other before."""
    body = indent + _STATEMENTS[type(node)](node, indent)
    behind = f"{body}  ## {node.doc}\n"
    if node.doc and "\n" not in node.doc and "\n" not in body and len(behind) <= WIDTH:
        return behind
    return f"{_docs(node.doc, indent)}{body}\n"


# Expressions


def _value(node: ast.Expression, indent: str, column: int, level: int = _LOOSE) -> str:
    """An expression after a `=` at a column; a constructor that does not fit on the line gets one line a field."""
    text = _expression(node, level)
    inner = node.fields if isinstance(node, ast.Constructor) else node.lets if isinstance(node, ast.Block) else ()
    if not inner or (column + len(text) <= WIDTH and not any(map(_has_docs, inner))):
        return text
    assert isinstance(node, ast.Constructor | ast.Block)
    return _spread(node, indent)


def _spread(node: ast.Constructor | ast.Block, indent: str) -> str:
    inner = indent + INDENT
    if isinstance(node, ast.Block):
        lets = "".join(_documented(let, inner) for let in node.lets)
        value = _value(node.value, inner, len(inner))
        # A line that starts with an operator would continue the one before.
        return f"{{\n{lets}{inner}{f'({value})' if value.startswith('-') else value}\n{indent}}}"
    return f"{_qualified(node)} {{\n" + "".join(_documented(field, inner) for field in node.fields) + indent + "}"


def _has_docs(node: Any) -> bool:
    return bool(getattr(node, "doc", "")) or any(_has_docs(child) for child in children(node))


def _expression(node: ast.Expression, level: int = _LOOSE) -> str:
    """An expression on one line, in parentheses where it holds together less tightly than `level`."""
    own, text = _PRINTERS[type(node)](node)
    return f"({text})" if own < level else text


def _listed(items: tuple[ast.Expression, ...]) -> str:
    return ", ".join(_expression(item) for item in items)


def _number(value: float, is_integer: bool) -> str:
    return str(int(value)) if is_integer else repr(value)


def _quantity(node: ast.Quantity) -> tuple[int, str]:
    whole = node.value.is_integer() and abs(node.value) < 1e15
    # A power after a unit would become part of it, so a quantity holds less tightly than it looks.
    return _SIGN, f"{_number(node.value, whole)} {node.unit}"


def _text(value: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'


def _argument(node: ast.Argument) -> str:
    return (f"{node.name.text} = " if node.name else "") + _expression(node.value)


def _attribute(node: ast.Attribute) -> tuple[int, str]:
    value = _expression(node.value, _POSTFIX)
    return _POSTFIX, f"({value}).{node.name.text}" if isinstance(node.value, ast.Number) else f"{value}.{node.name.text}"


def _call(node: ast.Call) -> tuple[int, str]:
    return _POSTFIX, f"{_expression(node.function, _POSTFIX)}({', '.join(_argument(item) for item in node.arguments)})"


def _unary(node: ast.Unary) -> tuple[int, str]:
    if node.operator == "not":
        return _NOT, f"not {_expression(node.operand, _NOT)}"
    return _SIGN, f"-{_expression(node.operand, _SIGN)}"


def _binary(node: ast.Binary) -> tuple[int, str]:
    own, left, right = _BINARY.get(node.operator, (_COMPARISON, _RANGE, _RANGE))
    if node.operator == "^":
        return own, f"{_expression(node.left, left)}^{_expression(node.right, right)}"
    return own, f"{_expression(node.left, left)} {node.operator} {_expression(node.right, right)}"


def _conditional(node: ast.Conditional) -> tuple[int, str]:
    parts = (_expression(part) for part in (node.condition, node.then, node.otherwise))
    return _LOOSE, "if {} then {} else {}".format(*parts)


def _interval(node: ast.IntervalSyntax) -> tuple[int, str]:
    step = f" by {_expression(node.step, _SUM)}" if node.step is not None else ""
    return _RANGE, f"{_expression(node.start, _SUM)} .. {_expression(node.stop, _SUM)}{step}"


def _comprehension(node: ast.Comprehension) -> tuple[int, str]:
    return _ATOM, f"[{_expression(node.item)} for {node.name.text} in {_expression(node.values)}]"


def _lambda(node: ast.Lambda) -> tuple[int, str]:
    names = ", ".join(name.text for name in node.parameters)
    text = f"{names if len(node.parameters) == 1 else f'({names})'} -> {_expression(node.body)}"
    if node.domain is None:
        return _LOOSE, text
    return _ATOM, f"({text} for {_expression(node.domain)})"


def _qualified(node: ast.Constructor) -> str:
    return ".".join(part.text for part in node.name)


def _constructor(node: ast.Constructor) -> tuple[int, str]:
    if any(_has_docs(field) for field in node.fields):
        return _POSTFIX, _spread(node, "")  # Comments need line ends, also where the constructor is an item of a list.
    fields = ", ".join(f"{field.name.text} = {_expression(field.value)}" for field in node.fields)
    return _POSTFIX, f"{_qualified(node)} {{ {fields} }}" if fields else f"{_qualified(node)} {{}}"


def _block(node: ast.Block) -> tuple[int, str]:
    if any(map(_has_docs, node.lets)):
        return _ATOM, _spread(node, "")
    lets = "".join(f"let {let.name.text} = {_expression(let.value)}, " for let in node.lets)
    return _ATOM, f"{{ {lets}{_expression(node.value)} }}"


_PRINTERS: dict[type, Callable[[Any], tuple[int, str]]] = {
    ast.Number: lambda node: (_ATOM, _number(node.value, node.is_integer)),
    ast.Quantity: _quantity,
    ast.Text: lambda node: (_ATOM, _text(node.value)),
    ast.Boolean: lambda node: (_ATOM, "true" if node.value else "false"),
    ast.Nothing: lambda node: (_ATOM, "none"),
    ast.Name: lambda node: (_ATOM, node.text),
    ast.Attribute: _attribute,
    ast.Index: lambda node: (_POSTFIX, f"{_expression(node.value, _POSTFIX)}[{_listed(node.indices)}]"),
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
