"""What goes wrong in a run, told as diagnostics: at the declaration that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label, Severity
from metac.runtime.errors import RuntimeFailure, as_failure

if TYPE_CHECKING:
    from metac.compiler.graph import Design


def failure_of(error: BaseException) -> RuntimeFailure | None:
    """The failure that an exception of an evaluation stands for; None for one that nobody foresaw."""
    failure = as_failure(error)
    if failure is None and isinstance(error, (FieldError, ValueError, ArithmeticError)):
        remedy = error.help if isinstance(error, FieldError) else None
        failure = RuntimeFailure(str(error), remedy=remedy or "")
    return failure


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
