"""What one parse finds beside the tree: who claims which doc comment, and errors that no grammar can state."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.doc_comments import Docs
from metac.dsl.source import Span


@dataclass
class ParseRecord:
    """What belongs to one parse rather than to the grammar: the doc comments, and errors that no grammar can state."""

    docs: Docs
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, code: str, message: str, span: Span, label: str, *context: Label, help: str | None = None) -> None:
        """Adds an error."""
        self.diagnostics.append(Diagnostic(code, message, (Label(span, label), *context), help=help))


parse_record: ContextVar[ParseRecord] = ContextVar("parse_record")
"""Set around every parse: the parser with its builder is made once and shared by all threads."""
