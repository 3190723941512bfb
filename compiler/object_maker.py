"""Objects of a design's nodes: made on demand and each once, wherever their values come from.

Three contexts fill this in: values known when a spec is checked (`checks/construction.py`), concrete values
(`lower/concrete_objects.py`) and traced ones (`lower/traced_objects.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from metac.compiler import graph
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.lower.implementation import ErrorLocator
from metac.compiler.operators.entry import Namespace, Value
from metac.compiler.types import types

Made: TypeAlias = object
"""What a class made, or a value of the language: who reads it asks for the protocol of its kind."""


class ObjectMaker(ABC):
    """Makes the objects of nodes by name; `objects` are there already."""

    def __init__(
        self, nodes: Mapping[str, graph.Node], errors: ErrorLocator, objects: Mapping[str, Made] | None = None
    ) -> None:
        self._nodes, self._errors = nodes, errors
        self._objects: dict[str, Made] = dict(objects or {})
        self._values: dict[str, Made] = {}

    def object(self, name: str) -> Made:
        """The object of a node."""
        if name not in self._objects:
            self._objects[name] = self.make(self._nodes[name])
        return self._objects[name]

    def value(self, name: str) -> Made:
        """What a reference to the node stands for: an object, or what is read from it."""
        if name not in self._values:
            node, made = self._nodes[name], self.object(name)
            with self.blaming(node):
                self._values[name] = self.read(node, made)
        return self._values[name]

    @abstractmethod
    def make(self, node: graph.Node) -> Made:
        """A new object of a node, with `arguments`."""

    @abstractmethod
    def field(self, node: graph.Node, name: str) -> Made:
        """The value of a field."""

    @abstractmethod
    def member(self, node: graph.Node, name: str, fields: Mapping[str, Made]) -> Made:
        """The value of a member, which the definition computes from its fields."""

    @abstractmethod
    def arrays(self, node: graph.Node, name: str) -> Value:
        """The array namespace of a field's or member's tensors; None where they stay tuples."""

    def read(self, node: graph.Node, made: Made) -> Made:
        """What a reference to a node stands for, given its object."""
        return made

    def fields(self, node: graph.Node, names: Collection[str] | None = None) -> dict[str, Made]:
        """Every field, or those of `names`: numbers in internal units, lists as tuples, tensors as arrays, objects."""
        declared = node.definition.fields
        return {
            name: as_type(self.field(node, name), declared[name].type, self.arrays(node, name))
            for name in (node.fields if names is None else names)
        }

    def arguments(self, node: graph.Node) -> dict[str, Made]:
        """What a node's class is called with: its fields, and, where it is the class of the kind, the members as well."""
        fields = self.fields(node)
        if node.definition.python is not None:
            return fields
        asked = node.definition.kind.members
        return fields | {
            name: as_type(self.member(node, name, fields), asked[name].type, self.arrays(node, name))
            for name in node.members
            if name in asked
        }

    @contextmanager
    def blaming(self, node: graph.Node) -> Iterator[None]:
        """Turn what a class raises into a DiagnosticError at the right place (`ErrorLocator`).

        What objects refuse of their own fields is shown there, not at the one that asked them.
        """
        with self._errors.at(node):
            try:
                yield
            except FieldError as problem:
                owner = next((name for name, made in self._objects.items() if problem.of is made), None)
                if problem.of is None or owner is None:
                    raise
                with self._errors.at(self._nodes[owner]):
                    raise


def as_type(value: Value, kind: types.Type, xp: Namespace | None) -> Value:
    """A value in the form that a type promises: whole numbers as int, tensors as arrays of the namespace `xp`, if any."""
    if value is None:
        return None
    match kind:
        case types.NumberType(integer=True):
            return int(value)
        case types.NumberType():
            return float(value) if isinstance(value, int) or _numpy_scalar(value) else value
        case types.ListType(item=item):
            return tuple(as_type(each, item, xp) for each in value)
        case types.TensorType() | types.GridType() if xp is not None:
            return xp.asarray(value, float)
    return value


def _numpy_scalar(value: object) -> bool:
    return type(value).__module__ == "numpy" and hasattr(value, "item") and not hasattr(value, "__setitem__")
