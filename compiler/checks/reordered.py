"""Lists whose order has changed, where that makes a difference: `reordered = pixels` in a definition."""

from __future__ import annotations

from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.dsl.diagnostics.diagnostic import Fix


def check_reordered(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0227, a warning, at each such list that is another one when it is read backwards."""
    parameters = parameter_values(elaboration.design)
    for node in elaboration.design.nodes.values():
        for name in node.definition.reordered:
            value, span = node.fields.get(name), node.field_spans.get(name)
            known = value_or_none(value, parameters)
            if value is None or span is None or not isinstance(known, tuple) or known == known[::-1]:
                continue
            doc = node.definition.fields[name].doc
            literal = value.span == span and span.text.startswith("[") and span.source is node.span.source
            backwards = ", ".join(part.strip() for part in reversed(span.text.strip("[]").split(",")))
            findings.error(
                "M0227",
                f"the order of `{name}` in `{node.definition.name}` has changed",
                span,
                f"now {doc}" if doc else "it used to be the other way round",
                notes=("up to the last version it was the other way round",),
                help=f"if this was written for that version, write `{name} = [{backwards}]`" if literal else None,
                fix=Fix(span, f"[{backwards}]") if literal else None,
                severity="warning",
            )
