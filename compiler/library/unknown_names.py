"""Diagnostics about names of definitions and fields, with what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.library.definitions import Definition, FieldDefinition
from metac.compiler.library.lookup import Library, aliases
from metac.compiler.operators.table import FUNCTIONS
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.source import Span

VALUE_WORDS = frozenset({"var", "const", "val", "auto", "int", "float", "double", "real"})
"""What other languages write where `let` stands here."""


def unknown_kinds(library: Library) -> None:
    """M0202 for every definition of the file itself whose kind does not exist."""
    for block in library.own:
        if block.kind.text != "kind" and not library.has_kind(block.kind.text):
            unknown_kind(block.kind, library)


def unknown_kind(kind: ast.Identifier, library: Library) -> None:
    """M0202 for a declaration or definition of a kind that nobody defines."""
    if library.may_lack_names or library.has_lost(kind.text):
        return
    if kind.text in VALUE_WORDS:
        fix = Fix(kind.span, "let")
        library.findings.error("M0202", f"there is no kind `{kind.text}`", kind.span, "a value is named by `let`", fix=fix)
        return
    meant = suggest(kind.text, library.kind_names())
    library.findings.error(
        "M0202",
        f"there is no kind `{kind.text}`",
        kind.span,
        "unknown kind",
        notes=(f"kinds are {', '.join(library.kind_names())}",),
        help=f"did you mean `{meant}`?" if meant else None,
        fix=Fix(kind.span, meant) if meant else None,
    )


def unknown_import(library: Library, qualifier: ast.Identifier) -> None:
    """M0201 for `lab.rubber` where nothing is imported as `lab`."""
    if qualifier.text in library.broken_aliases:
        return
    names = aliases(library)
    meant = suggest(qualifier.text, names)
    library.findings.error(
        "M0201",
        f"nothing is imported as `{qualifier.text}`",
        qualifier.span,
        "unknown name",
        help=f"did you mean `{meant}`?" if meant else f'write `import "….meta" as {qualifier.text}`',
        fix=Fix(qualifier.span, meant) if meant else None,
    )


def definition_not_found(
    library: Library, name: ast.Identifier, qualifier: ast.Identifier | None, kind: str, objects: list[str] | None
) -> None:
    """M0219, M0203, or M0201 where a bare name stands that could also be one of `objects`."""
    others = library.kinds_with(name.text, qualifier.text if qualifier else None)
    lost = library.has_lost(name.text, qualifier.text if qualifier else None)
    if lost or (library.may_lack_names and qualifier is None):
        return
    if kind in others:
        # There is a file of that name, and it is reported for not defining what its name says.
        return
    article = describe(types.KindType(kind))
    if others:
        found = describe(types.KindType(others[0]))
        names = library.names(kind)
        library.findings.error(
            "M0219",
            f"`{name.text}` is {found}, but {article} is needed here",
            name.span,
            f"is {found}",
            notes=(f"of kind {kind}: {listing(names)}",) if names else (),
        )
        return
    names = library.names(kind, qualifier.text if qualifier else None)
    known = f"there are {listing(names)}" if names and objects is None else ""
    if objects and suggest(name.text, {*names, *objects}) is None:
        known = f"of kind {kind} this spec declares {listing(objects)}"
    code = "M0203" if objects is None else "M0201"
    unknown_definition(library, name, {*names, *(objects or ())}, f"there is no {kind} called", known, code)


def unknown_definition(
    library: Library, name: ast.Identifier, names: set[str], message: str, known: str = "", code: str = "M0203"
) -> None:
    """The finding for a name that no definition has; `known` says which there are."""
    qualified = sorted(each for each in names if each.endswith(f".{name.text}"))
    meant = qualified[0] if qualified else suggest(name.text, names)
    library.findings.error(
        code,
        f"{message} `{name.text}`",
        name.span,
        "not found",
        notes=(known,) if known else (),
        help=f"did you mean `{meant}`?" if meant else None,
        fix=Fix(name.span, meant) if meant else None,
    )


def unknown_function(library: Library, name: ast.Identifier, qualifier: str | None, names: Iterable[str]) -> None:
    """M0214 for a call of nothing that can be called; `names` are those that the spec, or the imported file, declares."""
    if library.may_lack_names or library.has_lost(name.text, qualifier):
        return
    known = {each for kind in library.called_kinds() for each in library.names(kind, qualifier)} | set(names)
    known |= set() if qualifier else set(FUNCTIONS)
    meant = suggest(name.text, known)
    kinds = library.kinds_with(name.text, qualifier)
    help = f"did you mean `{meant}`?" if meant else None
    if kinds:
        help = f"`{name.text}` makes a {kinds[0]}: write `{name.text} {{ … }}` with braces"
    elif qualifier is None and _declares_function(library, name.text):
        help = "a definition knows its own names alone: write this function into it"
    library.findings.error(
        "M0214",
        f"there is no function or measure `{name.text}`",
        name.span,
        "not found",
        help=help,
        fix=Fix(name.span, meant) if meant and not kinds else None,
    )


def _declares_function(library: Library, name: str) -> bool:
    statements = () if library.module is None else library.module.statements
    return any(isinstance(each, ast.FunctionSyntax) and each.name.text == name for each in statements)


def unknown_fields(
    definition: Definition, assigned: Iterable[ast.Identifier], missing: Sequence[FieldDefinition], findings: DiagnosticsSink
) -> list[FieldDefinition]:
    """M0301 for every name among those given that is no field; gives the missing fields that none of them may stand for."""
    left = list(missing)
    unknown = [each for each in assigned if each.text not in definition.fields and each.text not in definition.renamed]
    for identifier in unknown:
        meant = suggest(identifier.text, definition.fields)
        if meant is None and len(unknown) == len(left) == 1:
            meant = left[0].name
        left = [field for field in left if field.name != meant]
        findings.error(
            "M0301",
            f"{definition.name} has no field `{identifier.text}`",
            identifier.span,
            f"did you mean `{meant}`?" if meant else "unknown field",
            notes=(f"its fields are {listing(definition.fields)}" if definition.fields else "it has no fields",),
            help=f"write `{meant}`" if meant else "remove it",
            fix=Fix(identifier.span, meant) if meant else None,
        )
    return left


def missing_fields(definition: Definition, missing: list[FieldDefinition], span: Span, findings: DiagnosticsSink) -> None:
    """M0302 for required fields that are not given."""
    if not missing:
        return
    names = " and ".join(f"`{field.name}`" for field in missing)
    findings.error(
        "M0302",
        f"{definition.name} needs {names}",
        span,
        "not given" if len(missing) == 1 else "these are not given",
        notes=tuple(f"`{field.name}: {field.type}`" + (f"  {field.doc}" if field.doc else "") for field in missing),
        help="add " + ", ".join(f"`{field.name} = {_sample(field.type)}`" for field in missing),
    )


_SAMPLES = {"Length": "1 mm", "Pressure": "1 MPa", "Force": "1 N", "Angle": "45 °", "Time": "1 s"}


def _sample(kind: Type) -> str:
    """A value of a type as somebody may write it."""
    match kind:
        case types.NumberType():
            return _SAMPLES.get(str(kind), "…")
        case types.BooleanType():
            return "true"
        case types.TextType():
            return '"…"'
        case types.ListType(item=types.ListType()):
            return "[…, …]"
        case types.ListType(item=item):
            return f"[{_sample(item)}, {_sample(item)}]"
        case types.ChoiceType(names=names):
            return names[0]
    return "…"
