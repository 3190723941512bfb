"""What goes wrong in a run, as diagnostics: at the declaration that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label, Severity
from metac.runtime.errors import RuntimeFailure, as_failure

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph, Node


def failure_of(error: BaseException) -> RuntimeFailure | None:
    """The failure that an exception of an evaluation stands for; None for one that nobody foresaw."""
    failure = as_failure(error)
    if failure is None and isinstance(error, (FieldError, ValueError, ArithmeticError)):
        remedy = error.help if isinstance(error, FieldError) else None
        failure = RuntimeFailure(str(error), remedy=remedy or "")
    return failure


def diagnostic_of(failure: RuntimeFailure, design: DesignGraph | None = None, *, severity: Severity = "error") -> Diagnostic:
    """The diagnostic of a failure, labelled at the load or body that failed where the design says which."""
    labels, help = _labels(failure, design), failure.remedy or None
    return Diagnostic(failure.code, failure.message, labels, help=help, severity=severity)


def _labels(failure: RuntimeFailure, design: DesignGraph | None) -> tuple[Label, ...]:
    node = design.nodes.get(failure.subject or "") if design else None
    if design is None or node is None:
        return ()
    if node.definition.kind.discretised:
        return (Label(node.span, "this geometry"),)
    if failure.of_geometry and (loaded := _discretised(node, design)) is not None:
        return (Label(loaded.span, "this geometry"), Label(node.span, "loaded here"))
    return (Label(node.span, "this load"),)


def _discretised(node: Node, design: DesignGraph) -> Node | None:
    """What an object is given that stands for a geometry, by the flag of its kind; None where that is nothing."""
    from metac.compiler.graph import Reference

    given = [design.nodes[each.node] for each in node.fields.values() if isinstance(each, Reference)]
    return next((each for each in given if each.definition.kind.discretised), None)
