"""The loaded states of a design: its loads, their bodies, and what is drawn and examined of their responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metac.api.single_runs import compiled_once
from metac.compiler.interfaces.body import LoadableBody, Meshed
from metac.compiler.interfaces.drawing import DrawableLoad
from metac.compiler.interfaces.mechanical_response import DrawnResponse, NodalForces, SupportedResponse
from metac.compiler.interfaces.response import DeformedResponse, LabelledResponse
from metac.runtime.fem.linear_status import LinearMeshStatus
from metac.runtime.grid.status import LinearStatus

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph


@dataclass(frozen=True)
class LoadedStates:
    """Concrete objects and responses of a design, each load solved once."""

    objects: Mapping[str, Any]
    """Every object of the design, by name."""
    loads: Mapping[str, str]
    """The loads that may be drawn, each with the name of its body."""
    responses: Mapping[str, Any]
    """By load: see `read_responses`."""
    applied: Mapping[str, str] = field(default_factory=dict)
    """By load: what its `strain` is, in words (`compiler/interfaces/response.py: LabelledResponse`)."""


def loaded_states(program: Any, graph: DesignGraph, theta: Any, inputs: Any) -> LoadedStates:
    """The loaded states on the run's own meshes."""
    objects = program.objects(theta, inputs)
    loads = loads_on_bodies(graph, objects)
    read, applied = reader(loads)

    def responses(theta: Any, inputs: Any) -> dict[str, Any]:
        return read(program.objects(theta, inputs))

    found = compiled_once(responses, objects.values())(theta, inputs) if loads else {}
    return LoadedStates(objects, loads, found, applied)


def reader(loads: Mapping[str, str]) -> tuple[Callable[[Mapping[str, Any]], dict[str, Any]], dict[str, str]]:
    """A function that reads the responses of objects (`read_responses`), and where it notes what is applied, by load."""
    applied: dict[str, str] = {}

    def read(objects: Mapping[str, Any]) -> dict[str, Any]:
        found = read_responses(objects, loads)
        # Words are no arrays: they are noted while the function is traced.
        responses = {name: objects[name].response for name in found}
        applied.update(
            {name: each.applied if isinstance(each, LabelledResponse) else "strain" for name, each in responses.items()}
        )
        return found

    return read, applied


def loads_on_bodies(graph: DesignGraph, objects: Mapping[str, Any]) -> dict[str, str]:
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


def read_responses(objects: Mapping[str, Any], loads: Mapping[str, str]) -> dict[str, Any]:
    """What is drawn of responses, by the names of loads: strain, displacement, forces and supports where a mesh is drawn.

    Nothing of those that cannot be drawn: their responses may be anything.
    """
    found: dict[str, Any] = {}
    for name, body in loads.items():
        response = objects[name].response
        if isinstance(objects[name], DrawableLoad) or isinstance(response, DrawnResponse):
            found[name] = response
        elif isinstance(objects[body], Meshed) and isinstance(response, DeformedResponse):
            found[name] = {
                "strain": response.strain,
                "displacement": response.displacement,
                "force": _forces(response),
                "held": response.held if isinstance(response, SupportedResponse) else None,
                "springs": response.springs if isinstance(response, SupportedResponse) else None,
                "linear": isinstance(response.status, (LinearMeshStatus, LinearStatus)),
            }
    return found


def _forces(response: object) -> Any:
    """`[increment, node, 2]`, N; None where a response knows none."""
    return response.force if isinstance(response, NodalForces) else None
