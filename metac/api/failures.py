"""What goes wrong in a run, told as diagnostics: at the declaration that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.runtime.errors import InvertedElement, NotConverged, NotFinite, RuntimeFailure, SolverUnavailable

if TYPE_CHECKING:
    from metac.compiler.graph import Design


def diagnostic_of(failure: BaseException, design: Design | None = None, *, severity: str = "error") -> Diagnostic:
    """The diagnostic of a failure, labelled at the load or body that failed where the design says which."""
    cause = getattr(failure, "cause", failure)
    message = getattr(failure, "message", None) or str(failure)
    help_text = getattr(failure, "remedy", None)
    code = code_of(cause)
    if code == "M0630":
        message, help_text = "the memory is used up", "a coarser mesh, fewer cells or fewer load increments need less"
    return Diagnostic(
        code,
        message,
        labels=_labels(cause, design),
        help=help_text,
        severity="warning" if severity == "warning" else "error",
    )


def code_of(failure: BaseException) -> str:
    """The code of a kind of failure."""
    from metac.runtime.artefacts.store import CacheUnusable
    from metac.runtime.datasets.failures import SamplingFailed
    from metac.runtime.learn.failures import TrainingFailed
    from metac.runtime.runs.failures import FolderFailure

    if isinstance(failure, NotConverged):
        return "M0611"
    if isinstance(failure, InvertedElement):
        return "M0612" if failure.where == "reference" else "M0613"
    if isinstance(failure, NotFinite):
        return "M0614"
    if isinstance(failure, SolverUnavailable):
        return "M0616"
    if isinstance(failure, FolderFailure):
        return "M0620"
    if isinstance(failure, CacheUnusable):
        return "M0624"
    if isinstance(failure, TrainingFailed):
        return "M0640"
    if isinstance(failure, SamplingFailed):
        return "M0641"
    if is_out_of_memory(failure):
        return "M0630"
    if isinstance(failure, OSError) and failure.errno is not None:
        return "M0621"
    return "M0610"


def is_failure(error: BaseException) -> bool:
    """Whether an exception is a run that failed, and not a defect of ours."""
    return isinstance(error, (RuntimeFailure, OSError)) or is_out_of_memory(error)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception tells of too little memory, from Python or from XLA."""
    return isinstance(error, MemoryError) or (from_compiled_code(error) and "RESOURCE_EXHAUSTED" in str(error))


def from_compiled_code(error: BaseException) -> bool:
    """Whether XLA raised an exception; one that a host callback raised looks like this as well."""
    return type(error).__name__ in ("XlaRuntimeError", "JaxRuntimeError")


def _labels(failure: BaseException, design: Design | None) -> tuple[Label, ...]:
    name = getattr(failure, "subject", None)
    if design is None or name is None or name not in design.nodes:
        return ()
    node = design.nodes[name]
    if isinstance(failure, InvertedElement) and failure.where == "reference":
        body = design.nodes.get(getattr(node.fields.get("body"), "node", ""))
        if body is not None:
            return (Label(body.span, "this geometry"), Label(node.span, "loaded here"))
    return (Label(node.span, "this load"),)
