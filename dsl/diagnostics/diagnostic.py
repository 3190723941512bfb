"""What a diagnostic is; how it looks is another matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from metac.dsl.source import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Label:
    """A place and a few words about it."""

    span: Span
    text: str = ""


@dataclass(frozen=True)
class Fix:
    """A replacement of the text at `span` that would settle the matter."""

    span: Span
    replacement: str


@dataclass(frozen=True)
class Diagnostic:
    """One finding: the first label is the place, the others are context.

    `code` is one of the registry (the `codes.toml` files); `notes` hold the values in play, `help` a way out.
    """

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    severity: Severity = "error"


class DiagnosticError(Exception):
    """Raised by a stage that cannot give a value; carries all that it found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        """Each finding on lines of its own: `file:line:column: error[CODE]: message`, then its notes and help."""
        return "\n".join(_text_of(found) for found in self.diagnostics)


def _text_of(found: Diagnostic) -> str:
    place = ""
    if found.labels:
        span = found.labels[0].span
        line, column = span.source.position(span.start)
        place = f"{span.source.name}:{line}:{column}: "
    notes = "".join(f"\n    note: {note}" for note in found.notes)
    help = f"\n    help: {found.help}" if found.help else ""
    return f"{place}{found.severity}[{found.code}]: {found.message}{notes}{help}"
