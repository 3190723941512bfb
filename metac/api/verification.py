"""The end of a run: evaluate the design, check it on a freshly made finer mesh, take what there is to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.errors import RuntimeFailure, as_failure
from metac.runtime.report.drawings import Drawing, Sketch, drawing_of

if TYPE_CHECKING:
    from metac.compiler.graph import Design as Graph


@dataclass(frozen=True)
class FreshCheck:
    """The evaluation on a fresh mesh, or why there is none."""

    evaluation: Any = None
    bodies: tuple[str, ...] = ()
    """Those that were made afresh; empty where the design has none that could be."""
    failure: RuntimeFailure | None = None


def evaluate(program: Any, theta: Any, inputs: Any, replace: Mapping[str, Any] | None = None) -> Any:
    """The concrete evaluation of a design, with some of its bodies replaced."""
    import jax

    return jax.block_until_ready(jax.jit(lambda t, i: program.evaluate(t, i, replace))(theta, inputs))


def check_afresh(program: Any, graph: Graph, theta: Any, inputs: Any, refinement: float) -> FreshCheck:
    """Evaluate on fresh meshes; whatever goes wrong is told, not raised, so that no result is lost to its check."""
    from metac.stdlib.studies.optimize import first_failure

    names: tuple[str, ...] = ()
    try:
        objects = program.objects(theta, inputs)
        names = tuple(name for name in used_bodies(graph) if hasattr(objects[name], "fresh"))
        if not names:
            return FreshCheck()
        fresh = {name: objects[name].fresh(refinement) for name in names}
        evaluation = evaluate(program, theta, inputs, fresh)
        return FreshCheck(evaluation, names, first_failure(evaluation))
    except Exception as error:
        failure = as_failure(error)
        if failure is None and isinstance(error, (FieldError, ValueError, ArithmeticError)):
            failure = RuntimeFailure(str(error), remedy=getattr(error, "help", None) or "")
        if failure is None:
            raise
        return FreshCheck(None, names, failure)


def draw(program: Any, graph: Graph, theta: Any, inputs: Any) -> tuple[list[Drawing | Sketch], Any]:
    """All loaded states, all bodies that are measured without load, what is made for its own sake; and the last body.

    What can draw itself does (`figure`); other bodies that have a mesh are drawn with it, and loaded.
    """
    import jax

    from metac.compiler.interfaces.dataset import Prepared
    from metac.compiler.plan import references, unused

    objects = program.objects(theta, inputs)
    loads: dict[str, str] = {}
    for name, node in graph.nodes.items():
        body = next((other for other in sorted(references(node)) if graph.nodes[other].kind == "body"), None)
        if node.kind == "load" and body is not None and (_meshed(objects[body]) or hasattr(objects[name], "figure")):
            loads[name] = body

    def responses(theta: Any, inputs: Any) -> dict[str, Any]:
        made = program.objects(theta, inputs)
        return {name: made[name].response for name in loads}

    concrete = jax.jit(responses)(theta, inputs) if loads else {}
    drawings: list[Drawing | Sketch] = []
    for name in used_bodies(graph):
        if hasattr(objects[name], "figure"):
            drawings.append(_sketch(name, objects[name]))
        elif _meshed(objects[name]) and name not in loads.values():
            drawings.append(drawing_of(name, name, objects[name]))
    for name, body in loads.items():
        if not hasattr(objects[name], "figure"):
            found = {"strain": concrete[name].strain, "displacement": concrete[name].displacement}
            drawings.append(drawing_of(name, body, objects[body], found))
        else:
            drawings.append(Sketch(name, body, objects[name].figure(name, concrete[name])))
    body = objects[drawings[-1].body] if drawings else None
    for name in sorted(unused(graph)):
        if isinstance(objects[name], Prepared):
            drawings.append(_sketch(name, objects[name]))
    return drawings, body


def _sketch(name: str, drawn: Any) -> Sketch:
    """Of something that draws itself, with the files that it may have."""
    return Sketch(name, name, drawn.figure(name), drawn.arrays(), files=getattr(drawn, "files", dict)())


def used_bodies(graph: Graph) -> list[str]:
    """Bodies that a load or a measure uses, or that nothing uses; not those that only stand behind another body."""
    from metac.compiler.plan import references

    users: dict[str, set[str]] = {name: set() for name, node in graph.nodes.items() if node.kind == "body"}
    for node in graph.nodes.values():
        for name in references(node):
            if name in users:
                users[name].add(node.kind)
    return [name for name, kinds in users.items() if kinds != {"body"}]


def _meshed(body: Any) -> bool:
    return hasattr(body, "mesh") and hasattr(body, "coordinates")
