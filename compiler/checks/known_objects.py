"""Objects that can be made while a spec is checked, each once for all checks that look at them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

from metac.compiler import graph
from metac.compiler.checks.facts import FactReader
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import Environment, Unknown, evaluate
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import Bindings, free_names
from metac.compiler.graph_walk import evaluate as walk
from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.beside import Selective, require_beside
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Fixable
from metac.compiler.library.class_loading import load_class, load_target
from metac.compiler.library.conformance import static_problems
from metac.compiler.library.definitions import Definition
from metac.compiler.lower.implementation import ErrorLocator, Implementation, refusal
from metac.compiler.object_maker import Made, ObjectMaker
from metac.compiler.operators.array_algebra import ArrayAlgebra
from metac.compiler.types import types

_ASKED: deque[tuple[graph.DesignGraph, DiagnosticsSink, KnownObjects]] = deque(maxlen=4)
"""The last ones; compared by identity, as a comparison of designs costs more."""


class _NotNow(Exception):
    """The object has fields without value, or depends on an object that cannot be made now."""


def known_objects(elaboration: Elaboration, findings: DiagnosticsSink) -> KnownObjects:
    """Those of a design, the same for all checks that report to `findings`, which ask one after the other."""
    design = elaboration.design
    for of, to, objects in _ASKED:
        if of is design and to is findings:
            return objects
    objects = KnownObjects(elaboration, findings)
    _ASKED.append((design, findings, objects))
    return objects


class KnownObjects(ObjectMaker):
    """Objects of early kinds with the values that are known when a spec is checked; None for those that cannot be made."""

    def __init__(self, elaboration: Elaboration, findings: DiagnosticsSink) -> None:
        nodes = elaboration.design.nodes
        super().__init__(nodes, ErrorLocator({}, nodes))
        self._elaboration, self._findings = elaboration, findings
        self._parameters = parameter_values(elaboration.design)

    def make(self, node: graph.Node) -> Made | None:
        """The object, or None where it cannot be made now, or is refused, which is then among the findings."""
        definition = node.definition
        if not definition.early or self._elaboration.objects.definition_body(definition).broken or not sound(node):
            return None
        if static_problems(definition):
            return None
        try:
            with self._findings.keeping():
                return self._made(node)
        except Exception as problem:  # whatever a class from outside the library does
            self.add_defect(node, problem)
        return None

    def add_defect(self, node: graph.Node, problem: Exception) -> None:
        """Report what a class, or a function beside it, raises that it should not."""
        self._findings.error(
            "M0573",
            f"the Python class of `{node.definition.name}` failed: {type(problem).__name__}: {problem}",
            node.span,
            notes=(f"the class is {node.definition.target}",),
            help="this is an error in the class; it should raise `FieldError` for values that it refuses",
        )

    def _made(self, node: graph.Node) -> Made | None:
        """The object; None where a field is not known now, once that was judged which is built of fields that are."""
        target = load_class(node.definition)
        try:
            arguments = self.arguments(node)
            with self.blaming(node):
                return target(**arguments)
        except _NotNow:
            built_from = Implementation(node, target).built_from
            if built_from:
                with suppress(_NotNow):
                    fields = self.fields(node, built_from)
                    with self.blaming(node):
                        target.build(**fields)
            return None

    def fixed(self, node: graph.Node) -> bool:
        """Whether nothing of a generator is free as its fields stand, as far as that is known now."""
        made = self.object(node.name)
        try:
            return isinstance(made, Fixable) and bool(made.fixed)
        except Exception as problem:  # whatever a class from outside the library does
            self.add_defect(node, problem)
        return False

    def check_beside(self, node: graph.Node) -> None:
        """Report what the objects that a node is given refuse of each other."""
        known = self._given(node)
        for name, each in known.items():
            value = node.fields[name]
            if isinstance(each, Selective) and isinstance(value, graph.Reference):
                selective = self._nodes[value.node]
                try:
                    with self._findings.keeping(), self.blaming(selective):
                        each.require_beside({field: other for field, other in known.items() if field != name})
                except Exception as problem:
                    self.add_defect(selective, problem)

    def check_together(self, node: graph.Node, facts: FactReader) -> None:
        """Report what the function that a node's definition names refuses, at its field or at that of an object in one."""
        assert node.definition.together is not None
        try:
            with self._findings.keeping():
                load_target(node.definition, node.definition.together)(facts.of(node), self.made(node))
        except FieldError as problem:
            owner = self._nodes[problem.of.name] if isinstance(problem.of, Facts) else node
            self._findings.add(refusal(owner, problem, self._nodes))
        except Exception as problem:
            self.add_defect(node, problem)

    def made(self, node: graph.Node) -> dict[str, Made]:
        """The objects, or tuples of them, that a node is given, as far as they can be made now, by field."""
        found = {name: self._objects_of(value) for name, value in node.fields.items()}
        return {name: each for name, each in found.items() if each is not None}

    def _objects_of(self, value: graph.Expression) -> Made | None:
        """The object, or the tuple of objects, that a field is given; None where one of them cannot be made now."""
        if not types.holds_objects(value.type) and not isinstance(value, graph.Reference):
            return None
        with suppress(_NotNow):
            return self._known(value, self._parameters)
        return None

    def agree(self, node: graph.Node, field: str, definition: Definition) -> bool:
        """Whether an object of an early kind, made without fields, would go with the others that a node is given."""
        defaults = self._elaboration.objects.definition_body(definition).defaults
        try:
            made = load_class(definition)(**{name: self._known(value, {}) for name, value in defaults.items()})
            require_beside({**self._given(node), field: made})
        except (
            Exception
        ):  # fields without value, a refusal, or an error in the class, which is reported where the object is used
            return False
        return True

    def _given(self, node: graph.Node) -> dict[str, Made]:
        """The objects that a node is given, as far as they can be made now, by field."""
        given = {name: value.node for name, value in node.fields.items() if isinstance(value, graph.Reference)}
        made = {name: self.object(other) for name, other in given.items() if other in self._nodes}
        return {name: each for name, each in made.items() if each is not None}

    def field(self, node: graph.Node, name: str) -> Made:
        """A value that is known: numbers, texts, tuples, objects."""
        return self._known(node.fields[name], self._parameters)

    def member(self, node: graph.Node, name: str, fields: Mapping[str, Made]) -> Made:
        """A value that follows from the fields."""
        return self._known(node.members[name], fields)

    def arrays(self, node: graph.Node, name: str) -> None:
        """None: nothing here needs arrays, and numpy takes time to be imported."""

    def _known(self, value: graph.Expression, names: Mapping[str, Made]) -> Made:
        match value:
            case graph.Reference(node=node):
                made = self.object(node)
                if made is None:
                    raise _NotNow
                return made
            case graph.Function():
                return _callable(value, names)
            case graph.Sequence(items=items) if types.holds_objects(value.type):
                return tuple(self._known(item, names) for item in items)
        try:
            # Objects among the names are reached by references, above; in formulas only values stand.
            return evaluate(value, cast(Environment, names))
        except (Unknown, ArithmeticError, ValueError, TypeError, IndexError):
            raise _NotNow from None


def _callable(function: graph.Function, names: Mapping[str, Made]) -> Callable[..., Any]:
    """The function for arrays, walked through at each call: to compile it takes longer than a check may. Raises _NotNow."""
    free = free_names(function)
    if free.references or not {*free.parameters, *free.variables} <= names.keys():
        raise _NotNow

    def call(*values: object) -> Any:
        import numpy

        bound = {variable.name: value for variable, value in zip(function.parameters, values, strict=True)}
        scope = Bindings(variables={**names, **bound}, parameters=names)
        return walk(function.body, ArrayAlgebra(numpy), scope)

    return call


def sound(node: graph.Node) -> bool:
    """Whether every field has a value, and none is already reported."""
    return node.fields.keys() == node.definition.fields.keys() and not any(
        types.is_error(value.type) for value in node.fields.values()
    )
