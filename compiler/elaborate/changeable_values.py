"""Whether designs can change what is asked for."""

from __future__ import annotations

from collections.abc import Collection

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.graph_walk import free_names
from metac.dsl.source import Span


class ChangeableValues:
    """Refuses measures that no design can change; those of parameters alone once it is known which of them vary."""

    def __init__(self, findings: DiagnosticsSink) -> None:
        self._findings = findings
        self._of_parameters: list[tuple[graph.Expression, Span, str, str]] = []
        """What is asked of parameters alone, with the message and the help where none of them varies."""

    def accepts(self, value: graph.Expression, asked: Span, message: str, help: str) -> bool:
        """Whether what is asked for is of an object, or of parameters, of which `require_varied` asks one to vary; M0501."""
        names = free_names(value)
        if names.references:
            return True
        if names.parameters:
            self._of_parameters.append((value, _asked_at(value.span, asked), message, help))
            return True
        self._findings.error("M0501", message, _asked_at(value.span, asked), "depends on no object", help=help)
        return False

    def require_varied(self, varied: Collection[str]) -> None:
        """M0501 for each measure of parameters alone, none of which a study varies."""
        for value, asked, message, help in self._of_parameters:
            if free_names(value).parameters.keys().isdisjoint(varied):
                place = "depends on no object, nor on a `param` that a study varies"
                self._findings.error("M0501", message, asked, place, help=help)


def _asked_at(place: Span, asked: Span) -> Span:
    """Where a value stands in what is asked for; all of that, where the value is worked out in a function elsewhere."""
    inside = place.source is asked.source and asked.start <= place.start and place.end <= asked.end
    return place if inside else asked
