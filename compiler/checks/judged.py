"""What a kind's definition names as its `judge` is asked of objects whose definition stands in the spec, a law for instance.

The library's own definitions are judged in its tests, so that checking a spec that only uses them imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import replace

from metac.compiler.checks.known_values import known_fields, parameter_values
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.library.class_loading import load_target
from metac.compiler.library.definitions import Kind
from metac.dsl.diagnostics.diagnostic import DiagnosticError, Label


def check_judged(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """What the judges of kinds say: M0550 to M0554 of laws in the spec or in what it imports.

    M0570, M0571, M0578: a kind names a judge that is not there, or that it must not name; reported once a kind.
    """
    parameters = parameter_values(elaboration.design)
    without_judge: set[str] = set()
    for node in elaboration.design.nodes.values():
        definition, judge = node.definition, node.definition.kind.judge
        if judge is None or definition.home.path is None or elaboration.objects.definition_body(definition).broken:
            continue
        if definition.python is not None or definition.kind.name in without_judge:
            continue
        try:
            judges = load_target(definition, judge)
        except DiagnosticError as problem:
            without_judge.add(definition.kind.name)
            _add_at_kind(problem, definition.kind, findings)
            continue
        for diagnostic in judges(node, known_fields(node, parameters)):
            findings.add(diagnostic)


def _add_at_kind(problem: DiagnosticError, kind: Kind, findings: DiagnosticsSink) -> None:
    for each in problem.diagnostics:
        message = f"the judge of the kind `{kind.name}` cannot be loaded: `{kind.judge}`"
        findings.add(replace(each, message=message, labels=(Label(kind.span),), help=None))
