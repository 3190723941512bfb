"""What there is to draw of a design: loaded states, bodies that are not loaded, and what draws itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from metac.api.verification import used_bodies
from metac.compiler.interfaces.body import Meshed
from metac.compiler.interfaces.drawing import Drawable, DrawableLoad, Exported, ExportedUnderLoads, Prepared
from metac.compiler.interfaces.mechanical_response import DrawnResponse, LoadableBody
from metac.runtime.report.drawings import Drawing, Sketch, drawing_of

if TYPE_CHECKING:
    from metac.compiler.graph import Design as Graph


def draw(program: Any, graph: Graph, theta: Any, inputs: Any) -> tuple[list[Drawing | Sketch], Any]:
    """All loaded states, all bodies that are measured without load, what is made for its own sake; and the last body.

    What can draw itself does (`figure`); other bodies that have a mesh are drawn with it, and loaded.
    """
    from metac.compiler.plan import unused

    objects = program.objects(theta, inputs)
    loads = _drawn_loads(graph, objects)
    drawings = _unloaded(graph, objects, loads)
    drawings += _loaded(loads, objects, _responses(program, theta, inputs, loads))
    body = objects[drawings[-1].body] if drawings else None
    drawings += [_sketch(name, objects[name], {}) for name in sorted(unused(graph)) if isinstance(objects[name], Prepared)]
    return drawings, body


def _drawn_loads(graph: Graph, objects: Mapping[str, Any]) -> dict[str, str]:
    """The loads that may be drawn, each with the name of its body."""
    from metac.compiler.plan import references

    found = {}
    for name, node in graph.nodes.items():
        body = next((other for other in sorted(references(node)) if graph.nodes[other].definition.kind.discretised), None)
        if not node.definition.kind.responds or body is None:
            continue
        if (
            isinstance(objects[body], Meshed)
            or isinstance(objects[name], DrawableLoad)
            or isinstance(objects[body], LoadableBody)
        ):
            found[name] = body
    return found


def _responses(program: Any, theta: Any, inputs: Any, loads: Mapping[str, str]) -> dict[str, Any]:
    """What is drawn of the concrete responses of loads, by their names: strain and displacement where a mesh is drawn.

    Nothing of those that cannot be drawn: their responses may be anything.
    """
    import jax

    def responses(theta: Any, inputs: Any) -> dict[str, Any]:
        made, found = program.objects(theta, inputs), {}
        for name, body in loads.items():
            response = made[name].response
            if isinstance(made[name], DrawableLoad) or isinstance(response, DrawnResponse):
                found[name] = response
            elif isinstance(made[body], Meshed):
                found[name] = {"strain": response.strain, "displacement": response.displacement}
        return found

    return jax.jit(responses)(theta, inputs) if loads else {}


def _unloaded(graph: Graph, objects: Mapping[str, Any], loads: Mapping[str, str]) -> list[Drawing | Sketch]:
    """Bodies that draw themselves, and meshed ones that no load shows."""
    drawings: list[Drawing | Sketch] = []
    for name in used_bodies(graph):
        if isinstance(objects[name], Drawable):
            drawings.append(
                _sketch(name, objects[name], {load: objects[load] for load, body in loads.items() if body == name})
            )
        elif isinstance(objects[name], Meshed) and name not in loads.values():
            drawings.append(drawing_of(name, name, objects[name]))
    return drawings


def _loaded(loads: Mapping[str, str], objects: Mapping[str, Any], responses: Mapping[str, Any]) -> list[Drawing | Sketch]:
    drawings: list[Drawing | Sketch] = []
    for name, response in responses.items():
        load, body = objects[name], loads[name]
        if isinstance(load, DrawableLoad):
            drawings.append(Sketch(name, body, load.figure(name, response)))
        elif isinstance(response, DrawnResponse):
            drawings.append(Sketch(name, body, response.figure(name, objects[body])))
        else:
            drawings.append(drawing_of(name, body, objects[body], response))
    return drawings


def _sketch(name: str, drawn: Any, loads: Mapping[str, Any]) -> Sketch:
    """Of something that draws itself, with the files that it may have, also of what `loads` do to it."""
    return Sketch(name, name, drawn.figure(name), drawn.arrays(), files=_files(drawn, loads))


def _files(drawn: Any, loads: Mapping[str, Any]) -> dict[str, bytes]:
    own = dict(drawn.files()) if isinstance(drawn, Exported) else {}
    return {**own, **drawn.files_under(loads)} if isinstance(drawn, ExportedUnderLoads) else own
