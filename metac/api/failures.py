"""What goes wrong in a run, told as diagnostics: at the declaration that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label, Severity

if TYPE_CHECKING:
    from metac.compiler.graph import Design
    from metac.runtime.errors import RuntimeFailure


def diagnostic_of(failure: RuntimeFailure, design: Design | None = None, *, severity: Severity = "error") -> Diagnostic:
    """The diagnostic of a failure, labelled at the load or body that failed where the design says which."""
    labels, help = _labels(failure, design), failure.remedy or None
    return Diagnostic(failure.code, failure.message, labels, help=help, severity=severity)


def _labels(failure: RuntimeFailure, design: Design | None) -> tuple[Label, ...]:
    from metac.compiler.graph import Reference

    node = design.nodes.get(failure.subject or "") if design else None
    if design is None or node is None:
        return ()
    if failure.of_geometry:
        loaded = node.fields.get("body")
        if isinstance(loaded, Reference) and (body := design.nodes.get(loaded.node)) is not None:
            return (Label(body.span, "this geometry"), Label(node.span, "loaded here"))
    return (Label(node.span, "this load"),)
