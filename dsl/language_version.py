"""`language 1`: which version of the language a text is written in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

PRESENT = 1
"""The version that this metac reads; a text that names none is read as this one."""


def version_errors(statements: Sequence[ast.Statement]) -> Iterator[Diagnostic]:
    """M0139 for a version that is not known, and for one that does not stand before all else."""
    for place, statement in enumerate(statements):
        if not isinstance(statement, ast.Language):
            continue
        version = statement.version
        if not version.is_integer or not 1 <= version.value <= PRESENT:
            later = version.is_integer and version.value > PRESENT
            yield Diagnostic(
                "M0139",
                f"this metac does not know version {version.span.text} of the language",
                (Label(version.span, "a later version" if later else "no version"),),
                (f"it reads language {PRESENT}",),
                "install a newer metac" if later else f"write `language {PRESENT}`",
            )
        elif place:
            message = "the version of the language stands before all else, once"
            labels = (Label(statement.span, "comes too late"), Label(statements[0].span, "after this"))
            yield Diagnostic("M0139", message, labels, help="make it the first statement")
