"""Where the stages put what they find, so that all errors of a file come at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Fix, Label, Severity
from metac.dsl.source import Span


class DiagnosticsSink:
    """Diagnostics in the order found; the same one at the same place is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Diagnostic] = {}
        self.context: list[Label] = []
        """Places that lead to the present one (calls of the function that is being inlined)."""

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic that is already made."""
        place = diagnostic.labels[0].span if diagnostic.labels else None
        key = (diagnostic.code, diagnostic.message, place and (place.source.name, place.start, place.end))
        self._found.setdefault(key, diagnostic)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keeps the diagnostics that are raised within, and goes on behind it."""
        try:
            yield
        except DiagnosticError as problem:
            for diagnostic in problem.diagnostics:
                self.add(diagnostic)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        others: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: str | None = None,
        fix: Fix | None = None,
        severity: Severity = "error",
    ) -> None:
        """An error at a place; `others` are further places, `notes` the values in play, `help` a way out."""
        labels = (Label(span, label), *others, *self.context[-1:])
        self.add(Diagnostic(code, message, labels, notes, help, fix, severity))

    def warning(self, code: str, message: str, span: Span, label: str = "", *, help: str | None = None) -> None:
        """Something that need not be wrong."""
        self.error(code, message, span, label, help=help, severity="warning")

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """Everything found, in the order of the text; files in the order in which something was first found in them."""
        sources: dict[str, int] = {}
        for found in self._found.values():
            for label in found.labels[:1]:
                sources.setdefault(label.span.source.name, len(sources) + 1)

        def place(found: Diagnostic) -> tuple[int, int]:
            span = found.labels[0].span if found.labels else None
            return (sources[span.source.name], span.start) if span else (0, 0)

        return tuple(sorted(self._found.values(), key=place))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._found)

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(found.severity == "error" for found in self._found.values())

    def raise_errors(self) -> None:
        """Raises DiagnosticError with everything found where there is an error."""
        if self.failed:
            raise DiagnosticError(self.all)


def listing(names: Iterable[str], most: int = 40) -> str:
    """Names as they stand in a note: `` `a`, `b` and 3 more ``; lists of a usual length are whole."""
    names = sorted(names)
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
