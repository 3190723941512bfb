"""What holds for every design that is found to be sound."""

from __future__ import annotations

import json

from metac.compiler import graph
from metac.compiler.graph_walk import children
from metac.compiler.plan import make_plan
from metac.compiler.types import types
from metac.dsl import ast
from metac.dsl.parser import parse
from metac.dsl.source import Source


def declared(source: Source) -> tuple[int, int, int]:
    """Goals, requirements and studies in the text itself."""
    statements = parse(source).module.statements
    goals = sum(isinstance(each, ast.Match | ast.Extremum) for each in statements)
    requirements = sum(isinstance(each, ast.Require) for each in statements)
    return goals, requirements, len(_studies(source))


def _studies(source: Source) -> list[ast.Declaration]:
    statements = parse(source).module.statements
    return [each for each in statements if isinstance(each, ast.Declaration) and each.kind.text == "study"]


def assert_nothing_is_dropped(source: Source, design: graph.DesignGraph) -> None:
    """Every goal, requirement and study of the text is in the graph and in the plan, under a name of its own."""
    goals, requirements, studies = declared(source)
    form = json.loads(make_plan(design).canonical())
    assert (len(design.goals), len(design.requirements), len(design.studies)) == (goals, requirements, studies)
    assert (len(form["goals"]), len(form["requirements"] + form.get("verified", [])), len(form["studies"])) == (
        goals,
        requirements,
        studies,
    )
    order = [each.name.text for each in _studies(source)]
    assert list(design.studies) == form["studies"] == order, "studies run in the order of the text"
    names = [each.name for each in (*design.goals, *design.requirements)]
    assert len(set(names)) == len(names), "one would hide the other in the table and result.json"


def assert_everything_has_a_type(design: graph.DesignGraph) -> None:
    """No expression of the graph stands for an error."""
    waiting: list[graph.Expression] = [value for node in design.nodes.values() for value in node.fields.values()]
    waiting += [each.measure for each in (*design.goals, *design.requirements)]
    waiting += [each.target for each in design.goals if each.target is not None]
    waiting += [bound for each in design.requirements for bound in (each.lower, each.upper) if bound is not None]
    waiting += [value for each in (*design.sweeps, *design.stages) for value in each.values]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            assert not types.is_error(part.type), part.span.text
            waiting.extend(children(part))
