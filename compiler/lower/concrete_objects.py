"""Objects with concrete values, made once: what is built, studies and their optimisers, generators before they are bound."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings
from metac.compiler.interfaces.generator import Fixable, Generator
from metac.compiler.interfaces.measure import Measure
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.lower.given_laws import require_law
from metac.compiler.lower.implementation import ErrorLocator, Implementation
from metac.compiler.lower.members import member_value
from metac.compiler.object_maker import Made, ObjectMaker
from metac.compiler.operators.entry import Value
from metac.compiler.plan import Plan
from metac.compiler.types.types import holds_objects
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label


class ConcreteObjects(ObjectMaker):
    """Objects for a plan's parameters; `replaced` stand in for some of them."""

    def __init__(
        self,
        plan: Plan,
        implementations: Mapping[str, Implementation],
        errors: ErrorLocator,
        replaced: Mapping[str, Made] | None = None,
    ) -> None:
        super().__init__(plan.design.nodes, errors, replaced)
        self._plan, self._implementations = plan, implementations
        self._built: dict[str, Made] = {}
        self._scope = Bindings(parameters=plan.parameters, reference=self.value)
        self._numbers_scope = Bindings(parameters=plan.parameters, reference=self._given)

    def rebuilt(self, built: Mapping[str, Made], affected: Collection[str]) -> ConcreteObjects:
        """The same objects, but for what is built: of the nodes in `affected` everything is made again, from `built`."""
        kept = {name: made for name, made in self._objects.items() if name not in affected}
        others = ConcreteObjects(self._plan, self._implementations, self._errors, kept)
        others._built = {name: value for name, value in self._built.items() if name not in affected} | dict(built)
        return others

    def make(self, node: graph.Node) -> Made:
        """A new object. Raises DiagnosticError M0574 where it depends on free parameters, and what its class refuses."""
        if node.name in self._plan.traced and not node.definition.kind.free:
            message = f"{node.kind} `{node.name}` depends on free parameters, but something that is built once needs it"
            raise DiagnosticError((Diagnostic("M0574", message, (Label(node.span),)),))
        built = self.built(node.name)
        with self.blaming(node):
            made = self._implementations[node.name].make(self.arguments(node), built)
            require_law(node, made)
            return made

    def built(self, name: str) -> Made:
        """What the class's `build` gives; None where it has none."""
        implementation = self._implementations[name]
        if implementation.builds and name not in self._built:
            import jax

            node = implementation.node
            # Objects may first be asked for where a program is traced; what is built is computed there and then.
            with self.blaming(node), jax.ensure_compile_time_eval():
                self._built[name] = implementation.target.build(**self.fields(node, implementation.built_from))
        return self._built.get(name)

    def read(self, node: graph.Node, made: Made) -> Made:
        """The value of a measure; other objects themselves."""
        return cast(Measure, made).value if node.definition.kind.called else made

    def field(self, node: graph.Node, name: str) -> Made:
        """A concrete value; where numbers are asked for, a generator of which nothing is free stands for what it gives."""
        scope = self._scope if holds_objects(node.definition.fields[name].type) else self._numbers_scope
        return evaluate_expression(node.fields[name], scope)

    def _given(self, name: str) -> Made:
        node, made = self._plan.design.nodes[name], self.value(name)
        if not node.definition.kind.free:
            return made
        if not (isinstance(made, Fixable) and made.fixed):
            message = f"`{name}` has free parameters, but something that is made once needs what it gives"
            raise DiagnosticError((Diagnostic("M0574", message, (Label(node.span),)),))
        import jax

        generator = cast(Generator, made)
        return generator.at(generator.init(jax.random.key(0)))

    def member(self, node: graph.Node, name: str, fields: Mapping[str, Made]) -> Made:
        """A concrete value, a callable or a law."""
        return member_value(node, name, fields, np)

    def arrays(self, node: graph.Node, name: str) -> Value:
        """Numpy."""
        return np
