"""A definition has one body: a Python class, the members that its kind asks for, or what it is in terms of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.library.definitions import Kind
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span

BESIDE_IS = ("is", "deprecated", "renamed")
"""Members that a definition may state which says what it is in terms of others."""


def require_one_body(
    block: ast.DefinitionSyntax,
    kind: Kind,
    python: ast.PythonBody | None,
    members: Mapping[str, ast.Expression | ast.FunctionSyntax],
    findings: DiagnosticsSink,
) -> None:
    """M0212 unless a Python class makes the objects, or all that the kind asks for is there, or it says what it is."""
    computed = [
        member for name, member in members.items() if name in kind.members and isinstance(member, ast.FunctionSyntax)
    ]
    if python is not None and computed:
        findings.error(
            "M0212",
            f"`{block.name.text}` has two bodies, an expression and a Python class",
            python.span,
            "this class would be used",
            others=(Label(computed[0].span, "and this ignored"),),
            help="keep one of the two",
        )
    if "is" in members:
        _is_alone(block, python, [each for name, each in members.items() if name not in BESIDE_IS], findings)
        return
    if python is not None:
        return
    name = Span(block.span.source, block.kind.span.start, block.name.span.end)
    missing = [each for each, member in kind.members.items() if member.default is None and each not in members]
    if kind.target is None:
        findings.error(
            "M0212",
            f"the definition of `{block.name.text}` has no body",
            name,
            f"a {kind.name} needs a Python class",
            help='add a line `python "module:Class"`',
        )
    elif missing:
        findings.error(
            "M0212",
            f"the definition of `{block.name.text}` has no {listing(missing)}",
            name,
            f"a {kind.name} needs {listing(missing)}",
            notes=tuple(f"`{each}: {kind.members[each].type}`" for each in missing),
            help='state it, or name a class with `python "module:Class"`',
        )


def _is_alone(
    block: ast.DefinitionSyntax,
    python: ast.PythonBody | None,
    others: Sequence[ast.Expression | ast.FunctionSyntax],
    findings: DiagnosticsSink,
) -> None:
    """M0212 where a definition says what its objects are, and how they are made as well."""
    also = [*([python] if python else []), *others]
    if also:
        said = next(each for each in block.members if isinstance(each, ast.Assignment) and each.name.text == "is")
        findings.error(
            "M0212",
            f"`{block.name.text}` has two bodies: it says what it is, and how it is made",
            also[0].span,
            "this would be ignored",
            others=(Label(said.span, "what it is"),),
            help="keep one of the two",
        )
