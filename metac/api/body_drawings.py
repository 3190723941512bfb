"""What there is to draw of a design: loaded states, bodies that are not loaded, and what draws itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from metac.api.used_bodies import used_bodies
from metac.compiler.interfaces.body import Meshed
from metac.compiler.interfaces.drawing import (
    Drawable,
    DrawableLoad,
    DrawableUnderLoads,
    Exported,
    ExportedUnderLoads,
    Prepared,
)
from metac.compiler.interfaces.mechanical_response import DrawnResponse
from metac.runtime.report.drawings import Drawing, Sketch, drawing_of
from metac.runtime.report.guide import NOT_EXPORTED
from metac.runtime.report.outline_export import NoOutline

if TYPE_CHECKING:
    from metac.api.contact_check import Contacts
    from metac.api.loaded_states import LoadedStates
    from metac.compiler.graph import DesignGraph


def draw(graph: DesignGraph, states: LoadedStates, contacts: Contacts) -> tuple[list[Drawing | Sketch], Any]:
    """All loaded states, all bodies that are measured without load, what is made for its own sake; and the last body.

    What can draw itself does (`figure`); other bodies that have a mesh are drawn with it, and loaded; `contacts` are those
    on the meshes that are drawn.
    """
    from metac.compiler.plan import unused

    objects = states.objects
    drawings = _unloaded(graph, states)
    drawings += _loaded(states, contacts)
    body = objects[drawings[-1].body] if drawings else None
    drawings += [_sketch(name, objects[name], {}) for name in sorted(unused(graph)) if isinstance(objects[name], Prepared)]
    return drawings, body


def _unloaded(graph: DesignGraph, states: LoadedStates) -> list[Drawing | Sketch]:
    """Bodies that draw themselves, and meshed ones that no load shows."""
    drawings: list[Drawing | Sketch] = []
    objects = states.objects
    shown = {body for load, body in states.loads.items() if not _draws_itself(states, load)}
    for name in used_bodies(graph):
        if isinstance(objects[name], Drawable):
            drawings.append(_sketch(name, objects[name], loads_on(states, name)))
        elif isinstance(objects[name], Meshed) and name not in shown:
            files = _files(objects[name], loads_on(states, name))
            drawings.append(replace(drawing_of(name, name, objects[name]), files=files))
    return drawings


def _draws_itself(states: LoadedStates, load: str) -> bool:
    """Whether what a load does is no state of its body's mesh, but a figure of its own."""
    return isinstance(states.objects[load], DrawableLoad) or isinstance(states.responses.get(load), DrawnResponse)


def _loaded(states: LoadedStates, contacts: Contacts) -> list[Drawing | Sketch]:
    drawings: list[Drawing | Sketch] = []
    objects = states.objects
    exported: set[str] = set()
    for name, response in states.responses.items():
        load, body = objects[name], states.loads[name]
        if isinstance(load, DrawableLoad):
            drawings.append(Sketch(name, body, load.figure(name, response)))
        elif isinstance(response, DrawnResponse):
            drawings.append(Sketch(name, body, response.figure(name, objects[body])))
        else:
            found = contacts.get(name)
            contact = None if found is None else found.contact.increment
            drawing = drawing_of(name, body, objects[body], response, contact, states.applied[name])
            if body not in exported:
                drawing = replace(drawing, files=_files(objects[body], loads_on(states, body)))
                exported.add(body)
            drawings.append(drawing)
    return drawings


def loads_on(states: LoadedStates, body: str) -> dict[str, Any]:
    """The loads on a body, by name."""
    return {load: states.objects[load] for load, loaded in states.loads.items() if loaded == body}


def _sketch(name: str, drawn: Any, loads: Mapping[str, Any]) -> Sketch:
    """Of something that draws itself, with the files that it may have, also of what `loads` do to it."""
    figure = drawn.figure_under(name, loads) if isinstance(drawn, DrawableUnderLoads) else drawn.figure(name)
    return Sketch(name, name, figure, drawn.arrays(), files=_files(drawn, loads))


def _files(drawn: Any, loads: Mapping[str, Any]) -> dict[str, bytes]:
    """Files of a body; where its outline cannot be drawn, a text that says so, as a result is not lost for a drawing."""
    try:
        own = dict(drawn.files()) if isinstance(drawn, Exported) else {}
    except NoOutline as problem:
        own = {NOT_EXPORTED: f"There is no drawing and no solid: {problem.message}; {problem.remedy}.\n".encode()}
    return {**own, **drawn.files_under(loads)} if isinstance(drawn, ExportedUnderLoads) else own
