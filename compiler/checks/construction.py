"""Objects of early kinds and definitions are made while the spec is checked: what only they can judge is found early."""

from __future__ import annotations

from metac.compiler.checks.facts import facts_of
from metac.compiler.checks.known_objects import known_objects, sound
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration


def check_construction(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """What classes of early kinds and definitions say of their fields (`FieldError`), at the field; M0540 and own codes."""
    objects = known_objects(elaboration, findings)
    for node in elaboration.design.nodes.values():
        objects.object(node.name)
    for node in elaboration.design.nodes.values():
        objects.check_beside(node)
    facts = facts_of(elaboration.design)
    for node in elaboration.design.nodes.values():
        if node.definition.together is not None and sound(node):
            objects.check_together(node, facts)
