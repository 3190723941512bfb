"""Objects with concrete values, made once: what is built, studies and their optimisers, generators before they are bound."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import Scope
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.lower.fields import field_values, member_values
from metac.compiler.lower.implementation import Blame, Implementation, at_field
from metac.compiler.plan import Plan
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label


class Host:
    """Makes host objects on demand, each once; `replaced` stand in for some of them."""

    def __init__(
        self,
        plan: Plan,
        implementations: Mapping[str, Implementation],
        blame: Blame,
        replaced: Mapping[str, Any] | None = None,
    ) -> None:
        self._plan, self._implementations, self._blame = plan, implementations, blame
        self._objects: dict[str, Any] = dict(replaced or {})
        self._built: dict[str, Any] = {}

    def rebuilt(self, built: Mapping[str, Any], affected: Collection[str]) -> Host:
        """The same objects, but for what is built: of the nodes in `affected` everything is made anew from `built`."""
        made = {name: made for name, made in self._objects.items() if name not in affected}
        host = Host(self._plan, self._implementations, self._blame, made)
        host._built = {name: value for name, value in self._built.items() if name not in affected} | dict(built)
        return host

    @property
    def scope(self) -> Scope:
        """Concrete parameters and objects."""
        return Scope(parameters=self._plan.parameters, reference=self.value)

    def value(self, name: str) -> Any:
        """What a reference to the node stands for: an object, or the value of a measure."""
        node = self._plan.design.nodes[name]
        made = self.object(name)
        if not node.definition.kind.called:
            return made
        with self._blame.of(node):
            return made.value

    def object(self, name: str) -> Any:
        """The object of a node with concrete fields.

        Raises DiagnosticError M0574 where it depends on free parameters, and what its class makes of its fields.
        """
        if name not in self._objects:
            node = self._plan.design.nodes[name]
            kind = node.definition.kind
            if name in self._plan.traced and not kind.free:
                raise _not_constant(node)
            implementation = self._implementations[name]
            fields = self.fields(node)
            built = self.built(name)
            with self._blame.of(node), self._at_their_own():
                self._objects[name] = implementation.make({**fields, **member_values(node, fields, np)}, built)
        return self._objects[name]

    def fields(self, node: graph.Node) -> dict[str, Any]:
        """The fields of a node, concrete."""
        return field_values(node, self.scope, np, {})

    def built(self, name: str) -> Any:
        """What the class's `build` gives; None where it has none."""
        implementation = self._implementations[name]
        if not implementation.builds:
            return None
        if name not in self._built:
            node = implementation.node
            fields = field_values(node, self.scope, np, {}, implementation.built_from)
            with self._blame.of(node), self._at_their_own():
                self._built[name] = implementation.target.build(**fields)
        return self._built[name]

    @contextmanager
    def _at_their_own(self) -> Iterator[None]:
        """Show what objects refuse of their own fields there, not at the one that asked them."""
        try:
            yield
        except FieldError as problem:
            for name, made in self._objects.items():
                if problem.of is made:
                    raise DiagnosticError((at_field(self._plan.design.nodes[name], problem),)) from problem
            raise


def _not_constant(node: graph.Node) -> DiagnosticError:
    message = f"{node.kind} `{node.name}` depends on free parameters, but something that is built once needs it"
    return DiagnosticError((Diagnostic("M0574", message, (Label(node.span),)),))
