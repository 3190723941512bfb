"""The objects of one trace: made anew each time, so that everything in them follows the inputs and free parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from metac.compiler import graph
from metac.compiler.graph_walk import Scope
from metac.compiler.lower.concrete_objects import Host
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.lower.fields import field_values, member_values
from metac.compiler.lower.given_values import require_geometry, require_value
from metac.compiler.lower.implementation import NeedsConcrete
from metac.compiler.lower.linked_plan import Linked
from metac.compiler.plan import reached


class Trace:
    """Objects by name, on demand, for given free parameters, inputs, replaced objects and starts of loads."""

    def __init__(
        self,
        linked: Linked,
        theta: Mapping[str, Any],
        inputs: Mapping[str, Any],
        replaced: Mapping[str, Any],
        starts: Mapping[str, Any],
    ) -> None:
        self._linked, self._theta, self._starts = linked, theta, starts
        self._inputs = jax.tree.map(jnp.asarray, dict(inputs))
        self._objects: dict[str, Any] = dict(replaced)
        self._values: dict[str, Any] = {}
        self._host = linked.host
        self._affected: frozenset[str] = frozenset()
        if replaced:
            nodes = linked.plan.design.nodes
            self._affected = frozenset(name for name in nodes if reached(linked.plan.design, {name}) & replaced.keys())
            self._host = Host(linked.plan, linked.implementations, linked.blame, replaced)
        self.scope = Scope(parameters={**linked.plan.parameters, **self._inputs["parameters"]}, reference=self.value)

    def value(self, name: str) -> Any:
        """What a reference stands for: an object, a generator's geometry for its free parameters, a measure's value."""
        if name not in self._values:
            node = self._linked.plan.design.nodes[name]
            made = self.object(name)
            kind = node.definition.kind
            with self._linked.blame.of(node):
                if kind.free:
                    made = made.at(self._theta[name])
                    require_geometry(node, made)
                elif kind.called:
                    made = made.value
                    require_value(node, made)
            self._values[name] = made
        return self._values[name]

    def object(self, name: str) -> Any:
        """The object of a node.

        Raises `NeedsConcrete` where its class asks for values that are only known when the program runs.
        """
        if name not in self._objects:
            self._objects[name] = self._make(name)
        return self._objects[name]

    def _make(self, name: str) -> Any:
        linked = self._linked
        node, implementation = linked.plan.design.nodes[name], linked.implementations[name]
        host = self._host if name in self._affected else linked.host
        if name in linked.split.hosted:
            return host.object(name)
        fixed = name in linked.split.fixed
        scope = Scope(parameters=linked.plan.parameters, reference=self.value) if fixed else self.scope
        inputs = {} if fixed else self._inputs["fields"]
        with linked.blame.of(node):
            traced = node.fields.keys() - implementation.built_from
            fields = field_values(node, scope, jnp, inputs, traced)
            fields |= field_values(node, host.scope, jnp, {}, implementation.built_from)
            members = member_values(node, fields, jnp)
            built = host.built(name)
            try:
                made = implementation.make({**fields, **members}, built)
                return made.starting_from(self._starts[name]) if name in self._starts else made
            except jax.errors.JAXTypeError as problem:
                raise NeedsConcrete(name, problem) from problem

    def part(self, key: str, expression: graph.Expression | None) -> Any:
        """The value of a goal's part; the input of that key where there is one."""
        if key in self._inputs["goals"]:
            return self._inputs["goals"][key]
        return None if expression is None else evaluate_expression(expression, self.scope, jnp)
