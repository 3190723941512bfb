"""The typed graph of a design: declarations as nodes, references as edges, every value typed, every unit gone.

Expressions here are resolved: quantities are numbers in internal units (mm, N, MPa, s, radian, kelvin; `dimensions.py`),
`let`s and functions are inlined, nested constructors are nodes of their own. Parameters, stages and sweeps stay symbolic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metac.compiler.types.types import KindType
from metac.dsl.source import Span

if TYPE_CHECKING:
    from metac.compiler.interfaces.given_curve import GivenCurve
    from metac.compiler.library.definitions import Definition
    from metac.compiler.types.types import Type


@dataclass(frozen=True)
class Constant:
    """A number in internal units, a truth value, a text or choice (as str), a curve that is given as points, or None."""

    value: bool | int | float | str | GivenCurve | None
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Sequence:
    """A list; nested lists of numbers are tensors."""

    items: tuple[Expression, ...]
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Interval:
    """`start .. stop [by step]`."""

    start: Expression
    stop: Expression
    step: Expression | None
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Variable:
    """A name bound by the enclosing `Function`."""

    name: str
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Parameter:
    """A `param`, `stage` or `sweep` variable: an input of the program."""

    name: str
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Reference:
    """Another node of the graph; a measure's node stands for its value."""

    node: str
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Apply:
    """An operator or a built-in function: `+ - * / ^ neg`, `< <= > >= == != in and or not`, `if` (condition, then, else),
    `index` (value, one or more indices counted from 1), `times` (the product of grids, pixel by pixel),
    `tr det transpose inv`, `sin log sqrt min max …`; the whole list is `compiler/operators/table.py`."""

    operator: str
    arguments: tuple[Expression, ...]
    type: Type = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Function:
    """`(a, b) -> body`; `domain` where the text gave a range."""

    parameters: tuple[Variable, ...]
    body: Expression
    domain: Interval | None
    type: Type = field(compare=False)
    span: Span = field(compare=False)


Expression = Constant | Sequence | Interval | Variable | Parameter | Reference | Apply | Function


@dataclass(frozen=True)
class Node:
    """A declaration, or an anonymous constructor or measure call (`name` is then made up and starts with `_`)."""

    name: str
    kind: str
    definition: Definition = field(compare=False)
    fields: Mapping[str, Expression]
    members: Mapping[str, Expression]
    """What the definition computes: `basis`, `operations`, `energy` (a Function) …

    In these expressions the definition's own fields stand as free `Variable`s of their names (its `let`s are inlined), so
    that all instances of a definition have the same members and share what is generated from them; the values are in
    `fields`. `kind` members such as `form` may be here too, as constants.
    """
    span: Span = field(compare=False)
    field_spans: Mapping[str, Span] = field(compare=False)


@dataclass(frozen=True)
class ParameterDeclaration:
    """A `param`; `default` is None where a value must be given, and may refer to parameters that come before."""

    name: str
    type: Type
    default: Expression | None
    range: Interval | None
    span: Span = field(compare=False)


Asked = list[bool] | list[list[bool]]
"""By component of a tensor, whether it is asked for."""


@dataclass(frozen=True)
class Goal:
    """`match` (with target), `minimize` or `maximize`.

    `target` is a scalar or tensor expression, or a `Function` of the curve's abscissa; `domain` bounds that abscissa.
    """

    name: str
    sense: str
    measure: Expression
    target: Expression | None
    domain: Interval | None
    scale: Expression | None
    weight: Expression | None
    tolerance: Expression | None
    span: Span = field(compare=False)
    asked: Asked | None = None
    """The components of a tensor that have a target, zero stands for the others; None where all have one."""


@dataclass(frozen=True)
class Requirement:
    """`lower <= measure <= upper`, either bound possibly None.

    `sense` is "require", or "verify": judged once, of the design that a study ends with, and no part of the loss.
    """

    name: str
    sense: str
    measure: Expression
    lower: Expression | None
    upper: Expression | None
    span: Span = field(compare=False)

    @property
    def pursued(self) -> bool:
        """Whether a study pursues it."""
        return self.sense == "require"


@dataclass(frozen=True)
class Report:
    """`report`: a measure that is computed and written, and judged by nothing."""

    name: str
    measure: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Continuation:
    """`stage` or `sweep`: a name and the values it takes."""

    name: str
    values: tuple[Expression, ...]
    type: Type
    span: Span = field(compare=False)
    together: tuple[str, ...] = ()
    """Sweeps with the same names here take their values in step."""

    @property
    def of_objects(self) -> bool:
        """Whether it goes through objects: the chosen one stands in the graph, where a parameter stands for a value."""
        return isinstance(self.type, KindType)


@dataclass(frozen=True)
class DesignGraph:
    """A whole spec, meaningful and checked."""

    source_name: str
    nodes: Mapping[str, Node]
    """In an order in which every node comes after those that it refers to."""
    parameters: Mapping[str, ParameterDeclaration]
    goals: tuple[Goal, ...]
    requirements: tuple[Requirement, ...]
    studies: tuple[str, ...]
    """In the order of the text, which is that in which they run."""
    stages: tuple[Continuation, ...]
    sweeps: tuple[Continuation, ...]
    reports: tuple[Report, ...] = ()

    @property
    def varied(self) -> frozenset[str]:
        """Parameters that a study varies: a node of the same name, with free parameters, gives each its value."""
        return frozenset(self.parameters.keys() & self.nodes.keys())
