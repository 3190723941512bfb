"""Self-contact of what a run ends with: which loads have it, and which goals and requirements read values from there on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.body import Filled, MadeOfMaterial, Meshed, OfPhases, PartlySolid, Repeating
from metac.compiler.interfaces.material import StrainLimited
from metac.compiler.lower.implementation import Implementation
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.runtime.mesh.closed_gaps import ClosedGaps, closed_gaps
from metac.runtime.mesh.self_contact import SelfContact, first_self_contact

if TYPE_CHECKING:
    from metac.api.loaded_states import LoadedStates
    from metac.compiler.graph import DesignGraph, Goal, Report, Requirement
    from metac.runtime.report.reported import Reported


@dataclass(frozen=True)
class LoadContact:
    """The first self-contact of one load."""

    contact: SelfContact
    strain: float
    """The applied strain of that increment, negative in compression; the load factor where forces are applied."""
    on_fresh_mesh: bool = False

    @property
    def where(self) -> str:
        """For messages: nothing, or that it was seen on the fresh mesh."""
        return ", on the fresh mesh" if self.on_fresh_mesh else ""


Contacts = Mapping[str, LoadContact | None]
"""By the name of each load that was examined; None where there is no self-contact."""


def may_touch_itself(body: Any) -> bool:
    """Whether a body has outlines that can meet: a plane mesh of a law that holds for large strains.

    A law that does not say for which strains it holds is examined.
    """
    if not isinstance(body, Meshed) or body.mesh.dimension != 2:
        return False
    if isinstance(body, OfPhases):
        laws = tuple(body.materials)
    else:
        laws = (body.material if isinstance(body, MadeOfMaterial) else None,)
    return any(not isinstance(law, StrainLimited) or law.strain != "small" for law in laws)


def self_contacts(states: LoadedStates, *, on_fresh_mesh: bool = False) -> dict[str, LoadContact | None]:
    """The first self-contact of every load on a body that may touch itself (host, concrete values)."""
    found: dict[str, LoadContact | None] = {}
    for name, response in states.responses.items():
        body = states.objects[states.loads[name]]
        if not may_touch_itself(body) or not isinstance(response, dict):
            continue
        mesh, coordinates, displacement = body.mesh, np.asarray(body.coordinates), np.asarray(response["displacement"])
        constraints = body.constraints if isinstance(body, Repeating) else None
        parts = (None, body.solid_cells) if isinstance(body, PartlySolid) else (_solid(body),)
        contacts = [first_self_contact(mesh, coordinates, displacement, constraints, part) for part in parts]
        contact = min((each for each in contacts if each is not None), key=lambda each: each.increment, default=None)
        if contact is None:
            found[name] = None
        else:
            strain = float(np.asarray(response["strain"])[contact.increment - 1])
            found[name] = LoadContact(contact, strain, on_fresh_mesh)
    return found


def simulated_contacts(states: LoadedStates) -> dict[str, ClosedGaps | None]:
    """By load on a body that simulates contact: where walls touch; None where they never do (host, concrete values)."""
    found: dict[str, ClosedGaps | None] = {}
    for name, response in states.responses.items():
        body = states.objects[states.loads[name]]
        solid = _solid(body)
        if solid is not None and isinstance(response, dict):
            first, displacement = int(solid.sum()), np.asarray(response["displacement"])
            found[name] = closed_gaps(body.mesh, first, np.asarray(body.coordinates), displacement)
    return found


def _solid(body: Any) -> NDArray[np.bool_] | None:
    """`[cell]`: whether it is of the body, not of what fills its pores; None where all are."""
    if not isinstance(body, Filled):
        return None
    cells, own = len(body.mesh.cells), body.solid_part().cells
    return None if own == cells else np.arange(cells) < own


def contact_warnings(graph: DesignGraph, own: Contacts, fresh: Contacts) -> list[Diagnostic]:
    """A warning for each load with self-contact on either mesh."""
    found = []
    for name in dict.fromkeys((*own, *fresh)):
        seen = [each for each in (own.get(name), fresh.get(name)) if each is not None]
        if not seen:
            continue
        node = graph.nodes.get(name)
        labels = () if node is None else (Label(node.span, "this load"),)
        strain = min((each.contact.increment, 100 * each.strain) for each in seen)[1]
        notes = [each.contact.message(name) + each.where for each in seen[1:]]
        notes.append(f"from strain {strain:.3g} % on its values are those of a body that passes through itself")
        remedy = "end the ranges of goals before that strain (`for 0 .. …`), load less far, or give the pores more room"
        message = seen[0].contact.message(name) + seen[0].where
        found.append(Diagnostic("M0617", message, labels, notes=tuple(notes), help=remedy, severity="warning"))
    return found


def spoilt(graph: DesignGraph, evaluation: Any, contacts: Contacts) -> dict[str, str]:
    """By goal or requirement: why its values do not count, where it reads a load at or after its self-contact.

    A goal on the curve of one load reads the increments in its range, and a measure may say that it reads the first ones
    alone (`OfFirstIncrements`). Of any other number that a measure takes from a path it is not known which increments it
    comes from, so it is taken to read all of them.
    """
    found: dict[str, str] = {}
    for each in (*graph.goals, *graph.requirements):
        for name, contact in contacts.items():
            if contact is not None and _reads(graph, each, name, evaluation, contact.contact):
                found.setdefault(each.name, _told(name, contact))
    return found


def spoilt_reports(graph: DesignGraph, reports: Sequence[Reported], contacts: Contacts) -> list[Reported]:
    """The reports; those that read a load at or after its self-contact say so."""
    found = {each.name: each for each in reports}
    for each in graph.reports:
        for name, contact in contacts.items():
            if contact is not None and _reads_path(graph, each, name, contact.contact):
                found[each.name] = replace(found[each.name], note=_told(name, contact))
    return list(found.values())


def _told(load: str, contact: LoadContact) -> str:
    seen = contact.contact
    return f"self-contact in {load} from increment {seen.increment} of {seen.increments} on{contact.where}"


def _reads_path(graph: DesignGraph, each: Goal | Requirement | Report, load: str, contact: SelfContact) -> bool:
    """Whether something reads the load, other than by measures of increments before the contact."""
    from metac.compiler.plan import direct_references, reached

    direct = direct_references(each)
    read = reached(graph, direct)
    return load in read and not _reads_before(graph, direct, read, load, contact)


def _reads(graph: DesignGraph, each: Goal | Requirement, load: str, evaluation: Any, contact: SelfContact) -> bool:
    from metac.compiler.plan import direct_references, reached

    if not _reads_path(graph, each, load, contact):
        return False
    read = reached(graph, direct_references(each))
    goal = evaluation.goals.get(each.name)
    inside = None if goal is None else goal.inside
    loads = [name for name in read if graph.nodes[name].definition.kind.responds]
    if inside is None or loads != [load] or len(inside) != contact.increments:
        return True
    return bool(np.asarray(inside)[contact.increment - 1 :].any())


def _reads_before(graph: DesignGraph, direct: set[str], read: set[str], load: str, contact: SelfContact) -> bool:
    """Whether all that reads the load are measures of increments before the contact."""
    from metac.compiler.plan import references

    users = [graph.nodes[name] for name in read if load in references(graph.nodes[name])]
    counts = [Implementation.of(node).increments_read for node in users]
    return load not in direct and all(count is not None and count < contact.increment for count in counts)
