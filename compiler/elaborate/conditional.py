"""`if`: between values, worked out wherever the condition is known; between objects, decided when the spec is checked."""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.constant_values import value_or_none
from metac.compiler.elaborate.scope import Scope
from metac.compiler.elaborate.typer import Typer
from metac.compiler.graph_walk import free_names
from metac.compiler.interfaces.values import Known
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import Type
from metac.dsl import ast

_FIXED = "what an object is must be known when the spec is checked"


class Conditionals(Typer):
    """Types conditionals."""

    def conditional(self, node: ast.Conditional, scope: Scope, expected: Type | None) -> graph.Expression:
        """A choice between two values, or the object that a known condition picks; both branches are checked."""
        branches = (self.typed(node.then, scope, expected), self.typed(node.otherwise, scope, expected))
        if not isinstance(expected, types.KindType) and not any(map(_is_object, branches)):
            return self.apply("if", (self.typed(node.condition, scope), *branches), node.span)
        holds = self.condition_holds(node, scope)
        if holds is None:
            return self.error(node.span)
        picked, other = branches if holds else branches[::-1]
        if expected is not None:
            fit(other, expected, "this branch", self.findings)
        return picked

    def branch(self, node: ast.Conditional, scope: Scope, expected: Type) -> ast.Expression | None:
        """The text of the branch that a known condition picks; the other one is checked."""
        holds = self.condition_holds(node, scope)
        picked, other = (node.then, node.otherwise) if holds else (node.otherwise, node.then)
        self.require(other, scope, expected, "this branch")
        if holds is None:
            self.require(picked, scope, expected, "this branch")
        return None if holds is None else picked

    def condition_holds(self, node: ast.Conditional, scope: Scope) -> bool | None:
        """Whether the condition holds that picks an object; None, and a finding, where that is not known."""
        condition = self.require(node.condition, scope, types.BOOLEAN, "the condition")
        if types.is_error(condition.type):
            return None
        values: dict[str, Known] = {}
        if not self._values_of_parameters(condition, values):
            return None
        free = free_names(condition)
        for name in (*free.references, *free.variables):
            where = "is worked out by a run" if name in free.references else "has no value of its own"
            self._not_known(node, f"`{_shown(name)}` {where}")
            return None
        value = value_or_none(condition, values)
        if not isinstance(value, bool):
            self._not_known(node, "this has no value")
            return None
        return value

    def _values_of_parameters(self, expression: graph.Expression, values: dict[str, Known]) -> bool:
        """Add the values of the parameters in an expression; whether all are there and stay as they are in a run."""
        for name, parameter in free_names(expression).parameters.items():
            statement, home = self.inputs.source_of(name)
            kind = parameter.type
            if name in self.varied or not isinstance(statement, ast.Param):
                self._parameter_not_known(parameter, f"`{name}` takes several values", "run the spec once for each: `--set`")
            elif isinstance(kind, types.NumberType) and not kind.integer:
                help = "compare a `let`, or take a `param` of type `Bool`, `Int` or `Choice`"
                self._parameter_not_known(parameter, f"`{name}` is a number that a program may be called with again", help)
            elif statement.value is None:
                self._parameter_not_known(parameter, f"`{name}` has no value yet", "give it one, here or by `--set`")
            else:
                with self.opened(name, statement, parameter.span) as fresh:
                    default = self.require(statement.value, home, kind, f"`{name}`") if fresh else None
                if default is None or types.is_error(default.type):
                    return False
                if not self._values_of_parameters(default, values):
                    return False
                values[name] = value_or_none(default, values)
                continue
            return False
        return True

    def _parameter_not_known(self, parameter: graph.Expression, label: str, help: str) -> None:
        self.findings.error("M0422", _FIXED, parameter.span, label, help=help)

    def _not_known(self, node: ast.Conditional, label: str) -> None:
        help = "a condition between objects holds numbers, `let`s and `param`s of type `Bool`, `Int` or `Choice`"
        self.findings.error("M0422", _FIXED, node.condition.span, label, help=help)


def _is_object(expression: graph.Expression) -> bool:
    return isinstance(expression.type, types.KindType) and expression.type.value is None


def _shown(name: str) -> str:
    """An object's name; a measure that is called in place has none that was written."""
    return name.strip("_").rpartition("_")[0] or name if name.startswith("_") else name
