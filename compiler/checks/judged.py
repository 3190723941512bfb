"""What a kind's definition names as its `judge` is asked of objects whose definition stands in the spec, a law for instance.

The library's own definitions are judged in its tests, so that checking a spec that only uses them imports nothing heavy.
"""

from __future__ import annotations

from metac.compiler.checks.known_values import known_fields, parameter_values
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.library.class_loading import load_target


def check_judged(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """What the judges of kinds say: M0550 to M0554 of laws in the spec or in what it imports."""
    parameters = parameter_values(elaboration.design)
    for node in elaboration.design.nodes.values():
        definition, judge = node.definition, node.definition.kind.judge
        if judge is None or definition.home.path is None or elaboration.objects.definition_body(definition).broken:
            continue
        if definition.python is not None:
            continue
        for diagnostic in load_target(definition, judge)(node, known_fields(node, parameters)):
            findings.add(diagnostic)
