"""Several studies run in the order of the text: each but the first continues from what the one before left."""

from __future__ import annotations

from itertools import pairwise

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.study import Continuable
from metac.compiler.library.conformance import lacks_in_source
from metac.dsl.diagnostics.diagnostic import Label


def check_study_order(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0514 for a study that stands behind another one and cannot start from its result."""
    nodes = elaboration.design.nodes
    studies = [nodes[name] for name in elaboration.design.studies]
    for before, study in pairwise(studies):
        if lacks_in_source(study.definition, Continuable):
            findings.error(
                "M0514",
                f"`{study.definition.name}` cannot continue from what the study `{before.name}` leaves",
                study.span,
                "it would begin anew",
                others=(Label(before.span, "runs before it"),),
                help=f"let `{study.name}` be the first study, or give it a spec of its own",
            )
