"""The Python class of a definition is there, takes its fields, and does what its kind asks for; none of its code is run."""

from __future__ import annotations

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.library.conformance import static_problems


def check_implementations(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0570 to M0572, M0577 and M0578 for every definition that an object of the design is made by, or that is the spec's.

    Definitions of the spec and of its imports are judged whether something uses them or not.
    """
    used = [node.definition for node in elaboration.design.nodes.values()]
    for definition in {id(each): each for each in (*used, *elaboration.library.definitions())}.values():
        for diagnostic in static_problems(definition):
            findings.add(diagnostic)
