"""Several studies run in the order of the text: each but the first continues from what the one before left."""

from __future__ import annotations

from itertools import pairwise

from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.study import Continuable
from metac.compiler.library.conformance import lacks_in_source
from metac.dsl.diagnostics.diagnostic import Label


def check_study_order(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0514 for a study that stands behind another one and cannot start from its result, or starts from another run."""
    nodes, parameters = elaboration.design.nodes, parameter_values(elaboration.design)
    studies = [nodes[name] for name in elaboration.design.studies]
    for before, study in pairwise(studies):
        # A folder that must hold something is that of another run: no other is read by a study.
        for field in (field for field, holds in study.definition.files.items() if holds is not None):
            if value_or_none(study.fields.get(field), parameters) is not None:
                findings.error(
                    "M0514",
                    f"`{study.name}` starts from what the study `{before.name}` leaves, not from another run",
                    study.field_spans.get(field, study.span),
                    others=(Label(before.span, "runs before it"),),
                    help=f"leave `{field}` out, or give it to the first study",
                )
        if lacks_in_source(study.definition, Continuable):
            findings.error(
                "M0514",
                f"`{study.definition.name}` cannot continue from what the study `{before.name}` leaves",
                study.span,
                "it would start again",
                others=(Label(before.span, "runs before it"),),
                help=f"let `{study.name}` be the first study, or give it a spec of its own",
            )
