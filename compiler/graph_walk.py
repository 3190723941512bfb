"""The one walk over graph expressions; what values are (numbers, arrays, SymPy trees) is the algebra's business."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from metac.compiler import graph
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

if TYPE_CHECKING:
    from metac.compiler.interfaces.given_curve import GivenCurve


class Unsupported(Exception):
    """An operation that an algebra cannot do; the walk adds the place."""


Value = TypeVar("Value")
"""What an algebra makes of expressions."""


@dataclass(frozen=True)
class Bindings(Generic[Value]):
    """What the names in an expression stand for."""

    variables: Mapping[str, Value] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)
    reference: Callable[[str], Value] | None = None
    """The value of another node; None where there are no other nodes (inside a law)."""

    def bind(self, names: tuple[graph.Variable, ...], values: tuple[Value, ...]) -> Bindings[Value]:
        """This scope with a function's variables bound."""
        bound = {variable.name: value for variable, value in zip(names, values, strict=True)}
        return replace(self, variables={**self.variables, **bound})


class Algebra(Protocol[Value]):
    """What to do at the nodes of an expression."""

    def constant(self, value: bool | int | float | str | GivenCurve | None) -> Value:
        """The value of a constant."""
        ...

    def sequence(self, items: tuple[Value, ...]) -> Value:
        """A list or a tensor."""
        ...

    def interval(self, start: Value, stop: Value, step: Value | None) -> Value:
        """A range."""
        ...

    def apply(self, operator: str, arguments: tuple[Value, ...]) -> Value:
        """An operator or built-in function; raises `Unsupported` where there is none."""
        ...

    def function(self, function: graph.Function, scope: Bindings[Value]) -> Value:
        """A function as a value."""
        ...


def evaluate(expression: graph.Expression, algebra: Algebra[Value], scope: Bindings[Value]) -> Value:
    """The value of an expression.

    Shared sub-expressions are evaluated once, and of a conditional whose condition is already known only the branch taken.
    Raises DiagnosticError M0556 at the place of what cannot be evaluated.
    """
    return _Walk(algebra, scope).value(expression)


class _Walk(Generic[Value]):
    def __init__(self, algebra: Algebra[Value], scope: Bindings[Value]) -> None:
        self.algebra, self.scope = algebra, scope
        self.known: dict[int, Value] = {}

    def value(self, expression: graph.Expression) -> Value:
        # Inlined `let`s make the expression a graph rather than a tree: without memory, its walk could take forever.
        identity = id(expression)
        if identity not in self.known:
            self.known[identity] = self._value(expression)
        return self.known[identity]

    def _value(self, expression: graph.Expression) -> Value:
        match expression:
            case graph.Constant(value):
                return self.algebra.constant(value)
            case graph.Sequence(items):
                return self._guarded(expression, self.algebra.sequence, tuple(self.value(item) for item in items))
            case graph.Interval(start, stop, step):
                return self.algebra.interval(self.value(start), self.value(stop), None if step is None else self.value(step))
            case graph.Variable(name):
                return self._lookup(self.scope.variables, name, expression)
            case graph.Parameter(name):
                return self._lookup(self.scope.parameters, name, expression)
            case graph.Reference(node):
                if self.scope.reference is None:
                    raise located(expression, "an expression here cannot depend on another object")
                return self.scope.reference(node)
            case graph.Function():
                return self._guarded(expression, self.algebra.function, expression, self.scope)
            case graph.Apply("if", (condition, then, otherwise)):
                known = self.value(condition)
                if isinstance(known, bool):
                    return self.value(then if known else otherwise)
                return self._guarded(expression, self.algebra.apply, "if", (known, self.value(then), self.value(otherwise)))
            case graph.Apply(operator, arguments):
                return self._guarded(
                    expression, self.algebra.apply, operator, tuple(self.value(argument) for argument in arguments)
                )
        raise AssertionError(f"not an expression: {expression!r}")

    @staticmethod
    def _lookup(names: Mapping[str, Value], name: str, expression: graph.Variable | graph.Parameter) -> Value:
        if name not in names:
            raise located(expression, f"`{name}` has no value")
        return names[name]

    @staticmethod
    def _guarded(expression: graph.Expression, operation: Callable[..., Value], *arguments: object) -> Value:
        try:
            return operation(*arguments)
        except Unsupported as problem:
            raise located(expression, str(problem)) from None


def located(expression: graph.Expression, message: str) -> DiagnosticError:
    """The error for an expression that cannot be evaluated."""
    return DiagnosticError((Diagnostic("M0556", message, (Label(expression.span),)),))


def free_names(expression: graph.Expression) -> FreeNames:
    """What an expression depends on beyond the variables that it binds itself, each in order of first appearance."""
    long = is_long(expression)
    for asked, known in _ASKED if long else ():
        if asked is expression:
            return known
    found = FreeNames({}, {}, {})
    _collect(expression, frozenset(), found, set())
    if long:
        _ASKED.append((expression, found))
    return found


def is_long(expression: graph.Expression) -> bool:
    """Whether it is a list of many items: what one is asked often is better kept."""
    return isinstance(expression, graph.Sequence) and len(expression.items) >= _LONG


_LONG = 50
_ASKED: deque[tuple[graph.Expression, FreeNames]] = deque(maxlen=8)
"""Long lists that were asked about last: a grid by a rule has ten thousand formulas, and every check asks."""


@dataclass(frozen=True)
class FreeNames:
    """Names as keys of dictionaries, to keep their order."""

    variables: dict[str, graph.Variable]
    parameters: dict[str, graph.Parameter]
    references: dict[str, graph.Reference]


def children(expression: graph.Expression) -> tuple[graph.Expression, ...]:
    """The sub-expressions of an expression."""
    match expression:
        case graph.Sequence(items):
            return items
        case graph.Interval(start, stop, step):
            return (start, stop) if step is None else (start, stop, step)
        case graph.Apply(_, arguments):
            return arguments
        case graph.Function(_, body, domain):
            return (body,) if domain is None else (body, domain)
    return ()


def parts(*expressions: graph.Expression) -> Iterator[graph.Expression]:
    """The expressions and all that is in them; what they share comes once."""
    waiting, seen = [*expressions], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(children(part))


def readings(expression: graph.Expression) -> Iterator[tuple[graph.Expression, graph.Expression]]:
    """Every curve that is read at a point, with the point."""
    for part in parts(expression):
        if isinstance(part, graph.Apply) and part.operator == "at":
            yield part.arguments[0], part.arguments[1]


def written_out_size(expression: graph.Expression) -> int:
    """The number of operations of an expression with every name in it replaced by what it stands for."""
    known: dict[int, int] = {}

    def size(part: graph.Expression) -> int:
        if id(part) not in known:
            known[id(part)] = 1 + sum(map(size, children(part)))
        return known[id(part)]

    return size(expression)


def _collect(
    expression: graph.Expression, bound: frozenset[str], found: FreeNames, seen: set[tuple[int, frozenset[str]]]
) -> None:
    if (id(expression), bound) in seen:
        return
    seen.add((id(expression), bound))
    match expression:
        case graph.Variable(name) if name not in bound:
            found.variables.setdefault(name, expression)
        case graph.Parameter(name):
            found.parameters.setdefault(name, expression)
        case graph.Reference(node):
            found.references.setdefault(node, expression)
        case graph.Function(parameters):
            bound = bound | {variable.name for variable in parameters}
    for child in children(expression):
        _collect(child, bound, found, seen)
