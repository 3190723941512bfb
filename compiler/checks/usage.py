"""Names that nothing uses: often a sign of another mistake."""

from __future__ import annotations

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.elaborate.scope import Declared, FunctionBinding, Input, LetBinding
from metac.dsl import ast


def check_usage(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0216, a warning, for declarations and imports that are never used; not where errors may be the reason."""
    if findings.failed:
        return
    scope, library = elaboration.scope, elaboration.library
    for name, entry in scope.entries.items():
        match entry:
            case LetBinding() | FunctionBinding():
                what = "this function" if isinstance(entry, FunctionBinding) else "this unit" if entry.unit else "this name"
            case Input(statement=ast.Param()):
                what = "this param"
            case Declared(statement=ast.Declaration(kind=kind)):
                known = library.kind(kind.text)
                if known is None or known.final or known.free:
                    continue
                what = f"this {kind.text}"
            case _:
                continue
        if name not in scope.used:
            findings.warning("M0216", f"{what} is never used", scope.spans[name], "unused", help="use it or remove it")
    for statement, imported in library.imports:
        kinds = any(block.kind.text == "kind" for block in imported.own)
        if id(statement) not in library.used_imports and not kinds:
            findings.warning(
                "M0216", "nothing of this import is used", statement.path.span, "unused", help="use it or remove it"
            )
