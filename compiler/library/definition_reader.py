"""Reads `define` blocks: what stands in them becomes a definition or a kind, and what is wrong with them is reported."""

from __future__ import annotations

import re
from contextlib import suppress
from types import MappingProxyType

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.library.body_checks import require_one_body
from metac.compiler.library.content_hash import computed, content_hash
from metac.compiler.library.definitions import Definition, FieldDefinition, Home, Kind, Usual
from metac.compiler.library.member_checks import MemberChecks
from metac.compiler.types.type_names import TypeReader
from metac.compiler.types.units import UnknownUnit, parse_unit, to_internal
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label

_TARGET = re.compile(r"(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|(?:[\w-]+/)*[\w-]+\.py):[A-Za-z_]\w*")

_FLAGS = ("early", "traced", "called", "free", "final", "responds", "discretised", "pursues")
_KIND_MEMBERS = ("folder", "interface", "forms", "example", "judge", "parameter", "usual", *_FLAGS)


class DefinitionReader:
    """Makes definitions and kinds from `define` blocks; what is wrong with them goes to the findings."""

    def __init__(self, types: TypeReader, findings: DiagnosticsSink) -> None:
        self._types, self._findings = types, findings

    def kind(self, block: ast.DefinitionSyntax) -> Kind:
        """A kind from `define kind NAME { … }`."""
        self._no_duplicates(block)
        said = {member.name.text: member.value for member in block.members if isinstance(member, ast.Assignment)}
        for member in block.members:
            if not isinstance(member, ast.FieldDeclaration | ast.PythonBody) and member.name.text not in _KIND_MEMBERS:
                self._findings.error(
                    "M0218",
                    f"a kind has no member `{member.name.text}`",
                    member.name.span,
                    notes=(f"a kind may state {listing(_KIND_MEMBERS)}, members with their types, and `python`",),
                )
        python = self._python(block)
        return Kind(
            name=block.name.text,
            folder=_text(said.get("folder")) or block.name.text + "s",
            **{flag: self._flag(said.get(flag)) for flag in _FLAGS},
            example=_text(said.get("example")),
            usual=self._usual(said.get("usual")),
            judge=_text(said.get("judge")),
            parameter=_text(said.get("parameter")),
            interface=_text(said.get("interface")),
            forms=MappingProxyType(_forms(said.get("forms"))),
            members=MappingProxyType(self._fields(block)),
            target=self._target(python),
            doc=block.doc,
            span=block.span,
        )

    def definition(self, block: ast.DefinitionSyntax, kind: Kind, home: Home) -> Definition:
        """A definition of a known kind."""
        self._no_duplicates(block)
        declared = self._fields(block)
        python = self._python(block)
        checks = MemberChecks(declared, self._findings)
        members: dict[str, ast.Expression | ast.FunctionSyntax] = {}
        functions: dict[str, ast.FunctionSyntax] = {}
        for member in block.members:
            if isinstance(member, ast.Assignment):
                if member.name.text == "form" and not checks.is_form(member.value):
                    continue
                if checks.known(member, kind):
                    members[member.name.text] = member.value
            elif isinstance(member, ast.FunctionSyntax):
                (members if member.name.text in kind.members else functions)[member.name.text] = member
        require_one_body(block, kind, python, members, self._findings)
        return Definition(
            name=block.name.text,
            kind=kind,
            fields=MappingProxyType(declared),
            lets=MappingProxyType({member.name.text: member for member in block.members if isinstance(member, ast.Let)}),
            functions=MappingProxyType(functions),
            members=MappingProxyType(members),
            python=self._target(python),
            gives=self._types.read(python.gives) if python and python.gives else None,
            doc=block.doc,
            span=block.span,
            python_span=python.target.span if python else None,
            content_hash=content_hash(computed(block)),
            home=home,
        )

    def _fields(self, block: ast.DefinitionSyntax) -> dict[str, FieldDefinition]:
        return {
            member.name.text: FieldDefinition(
                member.name.text, self._types.read(member.type), member.default, member.range, member.doc, member.name.span
            )
            for member in block.members
            if isinstance(member, ast.FieldDeclaration)
        }

    def _no_duplicates(self, block: ast.DefinitionSyntax) -> None:
        seen: dict[str, ast.Identifier] = {}
        for member in block.members:
            if isinstance(member, ast.PythonBody):
                continue
            first = seen.setdefault(member.name.text, member.name)
            if first is not member.name:
                self._findings.error(
                    "M0213",
                    f"`{member.name.text}` stands twice in the definition of `{block.name.text}`",
                    member.name.span,
                    "again here",
                    others=(Label(first.span, "first here"),),
                    help="keep one of the two, or give one another name",
                )

    def _usual(self, value: ast.Expression | None) -> Usual | None:
        match value:
            case None:
                return None
            case ast.IntervalSyntax(start=ast.Quantity() as start, stop=ast.Quantity() as stop):
                with suppress(UnknownUnit):
                    units = [parse_unit(each.unit) for each in (start, stop)]
                    if units[0].dimension == units[1].dimension:
                        least, most = to_internal(start.value, units[0]), to_internal(stop.value, units[1])
                        return Usual(least, most, units[0].dimension, value.span.text)
        help = "write `usual = 100 Pa .. 1e7 MPa`"
        self._findings.error("M0226", "`usual` is a range of quantities of one dimension", value.span, help=help)
        return None

    def _flag(self, value: ast.Expression | None) -> bool:
        return isinstance(value, ast.Boolean) and value.value

    def _python(self, block: ast.DefinitionSyntax) -> ast.PythonBody | None:
        bodies = [member for member in block.members if isinstance(member, ast.PythonBody)]
        if len(bodies) > 1:
            self._findings.error(
                "M0213",
                f"`{block.name.text}` names two Python classes",
                bodies[1].span,
                "again here",
                others=(Label(bodies[0].span, "first here"),),
                help="keep one `python` line",
            )
        return bodies[0] if bodies else None

    def _target(self, python: ast.PythonBody | None) -> str | None:
        if python is None:
            return None
        if not _TARGET.fullmatch(python.target.value):
            self._findings.error(
                "M0211",
                f'"{python.target.value}" does not name a Python class',
                python.target.span,
                "expected `module:Class` or `file.py:Class`",
                help='write `python "package.module:Class"`, or `python "file.py:Class"` for a file beside this one',
            )
            return None
        return python.target.value


def _text(value: ast.Expression | None) -> str | None:
    return value.value if isinstance(value, ast.Text) else None


def _forms(value: ast.Expression | None) -> dict[str, str]:
    """`forms = interfaces { mesh = "MeshBody" }`."""
    if not isinstance(value, ast.Constructor):
        return {}
    return {each.name.text: each.value.value for each in value.fields if isinstance(each.value, ast.Text)}
