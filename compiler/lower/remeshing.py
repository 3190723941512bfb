"""The same design on another mesh: bodies remeshed where a generator has moved them, and the generator put to rest.

A chain is a body that the generator moves, what it is made of, and so on down to its root, the body whose mesh is built.
When it is remeshed, the root is built of the outlines as the whole chain has moved them, and every generator of the chain
restarts from parameters at which nothing moves: the geometry is the same, later movements come on top of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from metac.compiler.graph import DesignGraph
from metac.compiler.interfaces.body import Meshable, Remeshable
from metac.compiler.interfaces.generator import Composable, Theta
from metac.compiler.lower.implementation import Implementation
from metac.compiler.lower.linked_plan import LinkedPlan
from metac.compiler.object_maker import Made
from metac.compiler.plan import goal_references, reached, references, report_references


@dataclass(frozen=True)
class Chains:
    """What is remeshed for one generator."""

    tops: Mapping[str, str]
    """By root: the body that the last movement of its chain makes."""
    resting: frozenset[str]
    """The generators of all chains."""
    obstacle: str | None = None
    """Why none of this can be done; None where it can."""


def chains_of(design: DesignGraph, implementations: Mapping[str, Implementation], generator: str) -> Chains:
    """The chains of bodies that a generator moves, or what is in the way."""
    moved = {
        name for name, node in design.nodes.items() if node.definition.kind.discretised and generator in references(node)
    }
    beneath = {name: _bodies(design, reached(design, {name})) - {name} for name in moved}
    tops = {name for name in moved if not any(name in below for below in beneath.values())}
    if not tops:
        return _blocked(f"no body is moved by `{generator}`")
    roots: dict[str, str] = {}
    resting: set[str] = set()
    for top in sorted(tops):
        chain = {top} | beneath[top]
        named = [name for name in chain if not _bodies(design, references(design.nodes[name]))]
        root = named[0]
        if len(named) > 1 or not implementations[root].builds or not implementations[root].can(Meshable):
            return _blocked(f"the class of the body `{top}` does not say how to remesh it")
        if not implementations[top].can(Remeshable):
            return _blocked(f"the class of the body `{top}` does not say how to remesh it")
        others = _users(design, beneath[top]) - chain
        if others or beneath[top] & (goal_references(design) | report_references(design)):
            return _blocked(f"what `{top}` is made of is used in another place as well")
        roots[root] = top
        resting |= {name for each in chain for name in references(design.nodes[each]) if _is_generator(design, name)}
    everything = set(tops).union(*(beneath[top] for top in tops))
    for name in sorted(resting):
        if not implementations[name].can(Composable):
            return _blocked(f"`{name}` has no parameters at which nothing moves")
        if _users(design, {name}, finals=False) - everything:
            return _blocked(f"`{name}` is used in another place as well")
    return Chains(roots, frozenset(resting))


def remeshed(
    linked: LinkedPlan, objects: Mapping[str, Made], theta: Mapping[str, Theta], generator: str
) -> tuple[LinkedPlan, dict[str, Theta]]:
    """What a program starts from with the bodies of the chains remeshed, and the parameters of the same geometry there.

    Host only. `objects`: all by name, with the concrete parameters `theta`.

    Raises:
        ValueError: where `chains_of` reports an obstacle.
        RuntimeFailure: where the moved outlines cannot be meshed.
    """
    design = linked.plan.design
    chains = chains_of(design, linked.implementations, generator)
    if chains.obstacle is not None:
        raise ValueError(chains.obstacle)
    built = {root: cast(Remeshable, objects[top]).remeshed() for root, top in chains.tops.items()}
    affected = {name for name in design.nodes if reached(design, {name}) & built.keys()}
    resting = {name: cast(Composable, linked.host.object(name)).at_rest(theta[name]) for name in chains.resting}
    return replace(linked, host=linked.host.rebuilt(built, affected)), {**theta, **resting}


def _blocked(obstacle: str) -> Chains:
    return Chains({}, frozenset(), obstacle)


def _bodies(design: DesignGraph, names: set[str]) -> set[str]:
    return {name for name in names if design.nodes[name].definition.kind.discretised}


def _is_generator(design: DesignGraph, name: str) -> bool:
    return design.nodes[name].definition.kind.free


def _users(design: DesignGraph, names: set[str], *, finals: bool = True) -> set[str]:
    """The nodes that refer to any of these; without `finals`, no studies."""
    return {
        user
        for user, node in design.nodes.items()
        if references(node) & names and (finals or not node.definition.kind.final)
    }
