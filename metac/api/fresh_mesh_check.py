"""The result of a run evaluated again: on fresh, finer meshes, and with second-order elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metac.api.contact_check import Contacts, may_touch_itself, self_contacts
from metac.api.failures import failure_of
from metac.api.loaded_states import LoadedStates, loads_on_bodies, read_responses
from metac.api.study import evaluate_and_read
from metac.api.used_bodies import used_bodies
from metac.compiler.interfaces.body import Enrichable, MadeOfMaterial, Refinable
from metac.runtime.errors import RuntimeFailure, first_failure
from metac.runtime.fem.locking import linear_elements_may_lock

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph


@dataclass(frozen=True)
class FreshCheck:
    """The evaluation on fresh meshes, or why there is none."""

    evaluation: Any = None
    bodies: tuple[str, ...] = ()
    """Those that were meshed again; empty where the design has none that could be."""
    failure: RuntimeFailure | None = None
    remade: Mapping[str, Any] = field(default_factory=dict)
    """The bodies of `bodies`, by name."""
    contacts: Contacts = field(default_factory=dict)
    """Self-contact on the fresh meshes, by load; of the loads that goals and requirements need."""

    @property
    def judged(self) -> Any:
        """The evaluation, if all of it could be simulated."""
        return self.evaluation if self.failure is None else None


def check_on_fresh_mesh(
    program: Any, graph: DesignGraph, theta: Any, inputs: Any, objects: Mapping[str, Any], refinement: float
) -> FreshCheck:
    """Evaluate on fresh, finer meshes: see `_check`."""

    def fresh(body: Any) -> Any:
        return body.fresh(refinement) if isinstance(body, Refinable) else None

    return _check(program, graph, theta, inputs, objects, fresh)


def check_with_second_order(
    program: Any, graph: DesignGraph, theta: Any, inputs: Any, objects: Mapping[str, Any]
) -> FreshCheck:
    """Evaluate with second-order elements where linear ones may be too stiff on every mesh: see `_check`."""

    def second_order(body: Any) -> Any:
        if not isinstance(body, Enrichable) or not isinstance(body, MadeOfMaterial):
            return None
        if not linear_elements_may_lock(body.material):
            return None
        return body.second_order()

    return _check(program, graph, theta, inputs, objects, second_order)


def _check(
    program: Any, graph: DesignGraph, theta: Any, inputs: Any, objects: Mapping[str, Any], remake: Callable[[Any], Any]
) -> FreshCheck:
    """Evaluate with those bodies, of the concrete `objects` of the result, that `remake` makes something else of.

    Where it gives None, a body stays as it is.

    Whatever goes wrong is reported, not raised, so that no result is lost to its check.
    """
    from metac.compiler.plan import goal_references, reached

    names: tuple[str, ...] = ()
    fresh: Mapping[str, Any] = {}
    try:
        names = tuple(used_bodies(graph))
        remade = {name: remake(objects[name]) for name in names}
        fresh = {name: body for name, body in remade.items() if body is not None}
        names = tuple(fresh)
        if not names:
            return FreshCheck()
        made, needed = {**objects, **fresh}, reached(graph, goal_references(graph))
        loads = {
            load: body
            for load, body in loads_on_bodies(graph, made).items()
            if load in needed and body in fresh and may_touch_itself(made[body])
        }
        evaluation, responses = evaluate_and_read(
            program, theta, inputs, fresh, lambda objects: read_responses(objects, loads), made
        )
        contacts = self_contacts(LoadedStates(made, loads, responses), on_fresh_mesh=True)
        return FreshCheck(evaluation, names, first_failure(evaluation.status), fresh, contacts)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        return FreshCheck(None, names, failure, fresh)
