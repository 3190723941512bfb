"""Reads `define` blocks: what stands in them becomes a definition or a kind, and what is wrong with them is reported."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import MappingProxyType

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.library.definitions import (
    SPOKEN_MEMBERS,
    Definition,
    FieldDefinition,
    Home,
    Kind,
    listed,
    listed_names,
    said_of_field,
)
from metac.compiler.types.type_names import TypeReader
from metac.compiler.types.types import KindType, ListType, TextType
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.source import Span

_TARGET = re.compile(r"(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|(?:[\w-]+/)*[\w-]+\.py):[A-Za-z_]\w*")

UNIVERSAL_MEMBERS = ("form", "range", "at_rest", "attainable", "answered", *SPOKEN_MEMBERS)
"""Members that a definition of any kind may state: what sort of object it makes, the range that it covers, the value of its
curve where nothing is loaded yet, as texts `"module:function"` what judges whether a value that is asked for can be reached
(`interfaces/attainability.py`) and whether what a measure reads is there (`interfaces/answered.py`), and
`SPOKEN_MEMBERS`."""
BESIDE_IS = ("is", "deprecated", "renamed")
"""Members that a definition may state which says what it is in terms of others."""
_FLAGS = ("early", "called", "free", "final", "responds", "discretised", "pursues")
_KIND_MEMBERS = ("folder", "interface", "forms", "example", "judge", "parameter", *_FLAGS)


def content_hash(node: object) -> str:
    """sha256 of a syntax tree without its places and documentation."""
    return hashlib.sha256(repr(_bare(node)).encode()).hexdigest()


def _bare(node: object) -> object:
    if is_dataclass(node):
        parts = [_bare(getattr(node, part.name)) for part in fields(node) if part.compare and part.name != "doc"]
        return (type(node).__name__, *parts)
    if isinstance(node, tuple):
        return tuple(_bare(part) for part in node)
    return node


def _fits(member: str, said: ast.Expression | None) -> bool:
    """Whether this is what `lengths`, `files` or `contents` may say of a field."""
    match member, said:
        case "lengths", ast.Number(is_integer=True):
            return True
        case "files", None | ast.Text():
            return True
        case "contents", None:
            return True
        case "contents", ast.Sequence(items=ends):
            return all(isinstance(end, ast.Text) for end in ends)
    return False


class DefinitionReader:
    """Makes definitions and kinds from `define` blocks; what is wrong with them goes to the findings."""

    def __init__(self, types: TypeReader, findings: DiagnosticsSink) -> None:
        self._types, self._findings = types, findings

    def kind(self, block: ast.Definition) -> Kind:
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
            judge=_text(said.get("judge")),
            parameter=_text(said.get("parameter")),
            interface=_text(said.get("interface")),
            forms=MappingProxyType(_forms(said.get("forms"))),
            members=MappingProxyType(self._fields(block)),
            target=self._target(python),
            doc=block.doc,
            span=block.span,
        )

    def definition(self, block: ast.Definition, kind: Kind, home: Home) -> Definition:
        """A definition of a known kind."""
        self._no_duplicates(block)
        declared = self._fields(block)
        python = self._python(block)
        members: dict[str, ast.Expression | ast.Function] = {}
        functions: dict[str, ast.Function] = {}
        for member in block.members:
            if isinstance(member, ast.Assignment):
                if member.name.text == "form" and not self._is_form(member.value, declared):
                    continue
                members[member.name.text] = member.value
                self._known_member(member, kind, declared)
            elif isinstance(member, ast.Function):
                (members if member.name.text in kind.members else functions)[member.name.text] = member
        self._one_body(block, kind, python, members)
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
            content_hash=content_hash(block),
            home=home,
        )

    def _fields(self, block: ast.Definition) -> dict[str, FieldDefinition]:
        return {
            member.name.text: FieldDefinition(
                member.name.text, self._types.read(member.type), member.default, member.range, member.doc, member.name.span
            )
            for member in block.members
            if isinstance(member, ast.FieldDeclaration)
        }

    def _no_duplicates(self, block: ast.Definition) -> None:
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

    def _flag(self, value: ast.Expression | None) -> bool:
        return isinstance(value, ast.Boolean) and value.value

    def _python(self, block: ast.Definition) -> ast.PythonBody | None:
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

    def _known_member(self, member: ast.Assignment, kind: Kind, declared: Mapping[str, FieldDefinition]) -> None:
        allowed = [*kind.members, *UNIVERSAL_MEMBERS]
        name = member.name.text
        if name in allowed:
            self._well_written(member, declared)
            return
        meant = suggest(name, allowed)
        self._findings.error(
            "M0218",
            f"definitions of kind `{kind.name}` have no member `{name}`",
            member.name.span,
            notes=(f"they may state {listing(allowed)}",),
            help=f"did you mean `{meant}`?"
            if meant
            else f"for a name of your own write `let {name} = …`; for a field `{name}: Type = …`",
            fix=Fix(member.name.span, meant) if meant else None,
        )

    def _is_form(self, value: ast.Expression, declared: Mapping[str, FieldDefinition]) -> bool:
        """Whether a definition's `form` is a name, or that of a field's object; M0223 where it is neither."""
        match value:
            case ast.Name(text=text) if text not in declared:
                return True
            case ast.Attribute(value=ast.Name(text=text), name=name) if name.text == "form":
                field = declared.get(text)
                if field is not None and isinstance(field.type, KindType):
                    return True
                label = f"`{text}` is no field that an object is given to"
                objects = [name for name, each in declared.items() if isinstance(each.type, KindType)]
                help = f"write `form = {objects[0]}.form`" if objects else "write a name, `form = mesh`"
            case ast.Name(text=text):
                label, help = (
                    f"`{text}` is a field",
                    f"write `form = {text}.form` to take over the form of what is given there",
                )
            case _:
                label, help = (
                    "expected a name",
                    "write a name, `form = mesh`, or the form of a field's object, `form = body.form`",
                )
        self._findings.error("M0223", "this is not a form", value.span, label, help=help)
        return False

    def _well_written(self, member: ast.Assignment, declared: Mapping[str, FieldDefinition]) -> None:
        name, value = member.name.text, member.value
        if name == "deprecated" and not isinstance(value, ast.Text | ast.Name | ast.Call | ast.Constructor):
            message = "`deprecated` says what to write instead: another definition, or a text"
            help = "write `deprecated = other`, `deprecated = other(field, along = 0 deg)` or `other { E = field }`"
            self._findings.error("M0226", message, value.span, help=help)
        if name == "reordered" and not (listed_names(value) and set(listed_names(value)) <= declared.keys()):
            self._findings.error("M0226", "`reordered` lists fields", value.span, help="write `reordered = [field]`")
        if name == "early" and not isinstance(value, ast.Boolean):
            self._findings.error("M0226", "`early` is true or false", value.span, help="write `early = true`")
        if name == "excludes" and not listed_names(value):
            self._findings.error("M0226", "`excludes` lists forms", value.span, help="write `excludes = [form]`")
        if name == "beside" and not all(
            isinstance(one, ast.Constructor) and all(listed_names(each.value) for each in one.fields)
            for one in listed(value)
        ):
            help = "write `beside = forms { field = [form, form] }`"
            self._findings.error("M0226", "`beside` lists forms by field", value.span, help=help)
        if name in ("lengths", "files", "contents"):
            self._names_fields(name, value, declared)
        if name != "renamed":
            return
        for pair in listed(value):
            if not isinstance(pair, ast.Lambda) or len(pair.parameters) != 1 or not isinstance(pair.body, ast.Name):
                help = "write `renamed = steps -> increments`"
                self._findings.error("M0226", "`renamed` leads from a former name to a field", pair.span, help=help)
            elif pair.body.text not in declared or pair.parameters[0].text in declared:
                known = (
                    f"`{pair.parameters[0].text}` is still one" if pair.body.text in declared else "there is no such field"
                )
                self._findings.error("M0226", "`renamed` leads from a former name to a field", pair.body.span, known)

    def _names_fields(self, name: str, value: ast.Expression, declared: Mapping[str, FieldDefinition]) -> None:
        """M0226 where `lengths`, `files` or `contents` does not speak of fields of the type that they are for."""
        wanted, example = (ListType, "lengths = cells -> 2") if name == "lengths" else (TextType, f"{name} = file")
        for each in listed(value):
            field, said = said_of_field(each) or ("", None)
            if field not in declared or not isinstance(declared[field].type, wanted) or not _fits(name, said):
                self._findings.error("M0226", f"`{name}` speaks of fields", each.span, help=f"write `{example}`")

    def _one_body(
        self,
        block: ast.Definition,
        kind: Kind,
        python: ast.PythonBody | None,
        members: Mapping[str, ast.Expression | ast.Function],
    ) -> None:
        """Either a Python class makes the objects, or the members that the kind asks for are all there."""
        computed = [member for name, member in members.items() if name in kind.members and isinstance(member, ast.Function)]
        if python is not None and computed:
            self._findings.error(
                "M0212",
                f"`{block.name.text}` has two bodies, an expression and a Python class",
                python.span,
                "this class would be used",
                others=(Label(computed[0].span, "and this ignored"),),
                help="keep one of the two",
            )
        if "is" in members:
            self._is_alone(block, python, [each for name, each in members.items() if name not in BESIDE_IS])
            return
        if python is not None:
            return
        name = Span(block.span.source, block.kind.span.start, block.name.span.end)
        missing = [each for each, member in kind.members.items() if member.default is None and each not in members]
        if kind.target is None:
            self._findings.error(
                "M0212",
                f"the definition of `{block.name.text}` has no body",
                name,
                f"a {kind.name} needs a Python class",
                help='add a line `python "module:Class"`',
            )
        elif missing:
            self._findings.error(
                "M0212",
                f"the definition of `{block.name.text}` has no {listing(missing)}",
                name,
                f"a {kind.name} needs {listing(missing)}",
                notes=tuple(f"`{each}: {kind.members[each].type}`" for each in missing),
                help='state it, or name a class with `python "module:Class"`',
            )

    def _is_alone(
        self, block: ast.Definition, python: ast.PythonBody | None, others: Sequence[ast.Expression | ast.Function]
    ) -> None:
        """M0212 where a definition says what its objects are, and how they are made as well."""
        also = [*([python] if python else []), *others]
        if also:
            said = next(each for each in block.members if isinstance(each, ast.Assignment) and each.name.text == "is")
            self._findings.error(
                "M0212",
                f"`{block.name.text}` has two bodies: it says what it is, and how it is made",
                also[0].span,
                "this would be ignored",
                others=(Label(said.span, "what it is"),),
                help="keep one of the two",
            )


def _text(value: ast.Expression | None) -> str | None:
    return value.value if isinstance(value, ast.Text) else None


def _forms(value: ast.Expression | None) -> dict[str, str]:
    """`forms = interfaces { mesh = "MeshBody" }`."""
    if not isinstance(value, ast.Constructor):
        return {}
    return {each.name.text: each.value.value for each in value.fields if isinstance(each.value, ast.Text)}
