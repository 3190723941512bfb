"""The objects of one trace: made again each time, so that everything in them follows the inputs and free parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings
from metac.compiler.interfaces.generator import Generator, Theta
from metac.compiler.interfaces.measure import Measure
from metac.compiler.lower.concrete_objects import ConcreteObjects
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.lower.given_laws import require_law
from metac.compiler.lower.given_values import require_geometry, require_value
from metac.compiler.lower.implementation import NeedsConcrete
from metac.compiler.lower.inputs import Inputs
from metac.compiler.lower.linked_plan import LinkedPlan
from metac.compiler.lower.members import member_value
from metac.compiler.object_maker import Made, ObjectMaker
from metac.compiler.operators.entry import Value
from metac.compiler.plan import reached


class TracedObjects(ObjectMaker):
    """Objects by name, on demand, for given free parameters, inputs, replaced objects and starts of loads."""

    def __init__(
        self,
        linked: LinkedPlan,
        theta: Mapping[str, Theta],
        inputs: Inputs,
        replaced: Mapping[str, Made],
        starts: Mapping[str, object],
    ) -> None:
        # What an object computes once and keeps belongs to this trace: the same object may serve in others.
        replaced = {name: copy(given) for name, given in replaced.items()}
        super().__init__(linked.plan.design.nodes, linked.errors, replaced)
        self._linked, self._theta, self._starts = linked, theta, starts
        self._inputs = jax.tree.map(jnp.asarray, dict(inputs))
        self._host = linked.host
        self._affected: frozenset[str] = frozenset()
        if replaced:
            self._affected = frozenset(name for name in self._nodes if reached(linked.plan.design, {name}) & replaced.keys())
            self._host = ConcreteObjects(linked.plan, linked.implementations, linked.errors, replaced)
        parameters = {**linked.plan.parameters, **self._inputs["parameters"]}
        self.scope = Bindings(
            parameters=_TracedParameters(parameters, linked.plan.design.varied, self.value), reference=self.value
        )
        self._fixed_scope = Bindings(parameters=linked.plan.parameters, reference=self.value)

    def make(self, node: graph.Node) -> Made:
        """A new object, or the one that is made once.

        Raises `NeedsConcrete` where its class asks for values that are only known when the program runs.
        """
        name, host = node.name, self._host_of(node)
        if name in self._linked.split.hosted:
            return host.object(name)
        with self.blaming(node):
            arguments, built = self.arguments(node), host.built(name)
            try:
                implementation = self._linked.implementations[name]
                made = implementation.make(arguments, built)
                require_law(node, made)
                return implementation.started(made, self._starts[name]) if name in self._starts else made
            except jax.errors.JAXTypeError as problem:
                raise NeedsConcrete(name, problem) from problem

    def read(self, node: graph.Node, made: Made) -> Made:
        """A generator's geometry for its free parameters, a measure's value; other objects themselves."""
        if node.definition.kind.free:
            geometry = cast(Generator, made).at(self._theta[node.name])
            require_geometry(node, geometry)
            return geometry
        if node.definition.kind.called:
            value = cast(Measure, made).value
            require_value(node, value)
            return value
        return made

    def field(self, node: graph.Node, name: str) -> Made:
        """An input where there is one; concrete where `build` takes it or the whole node is fixed, else traced."""
        if name in self._linked.implementations[node.name].built_from:
            return self._host_of(node).field(node, name)
        if node.name in self._linked.split.fixed:
            return evaluate_expression(node.fields[name], self._fixed_scope, jnp)
        key = f"{node.name}.{name}"
        inputs = self._inputs["fields"]
        return inputs[key] if key in inputs else evaluate_expression(node.fields[name], self.scope, jnp)

    def member(self, node: graph.Node, name: str, fields: Mapping[str, Made]) -> Made:
        """A traced value, a callable or a law."""
        return member_value(node, name, fields, jnp)

    def arrays(self, node: graph.Node, name: str) -> Value:
        """Numpy for what `build` takes, `jax.numpy` for all else."""
        return np if name in self._linked.implementations[node.name].built_from else jnp

    def part(self, key: str, expression: graph.Expression | None) -> Value:
        """The value of a goal's part; the input of that key where there is one."""
        if key in self._inputs["goals"]:
            return self._inputs["goals"][key]
        return None if expression is None else evaluate_expression(expression, self.scope, jnp)

    def _host_of(self, node: graph.Node) -> ConcreteObjects:
        return self._host if node.name in self._affected else self._linked.host


class _TracedParameters(Mapping[str, Value]):
    """Values of parameters; of those that vary what their generators give, which is asked for when it is needed."""

    def __init__(self, known: Mapping[str, object], varied: Collection[str], value: Callable[[str], Value]) -> None:
        self._known, self._varied, self._value = known, varied, value

    def __getitem__(self, name: str) -> Value:
        return self._value(name) if name in self._varied else self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
