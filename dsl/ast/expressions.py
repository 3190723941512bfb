"""What stands for a value: numbers, names, operators, calls, lists, functions, constructors."""

from __future__ import annotations

from dataclasses import dataclass, field

from metac.dsl.source import Span


@dataclass(frozen=True)
class Identifier:
    """A name where it stands."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Number:
    """`3`, `1e-3`, `1_000`: `is_integer` says whether it was written without point and exponent."""

    value: float
    is_integer: bool
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Quantity:
    """`50 MPa`, `10 %`: a number and the text of its unit."""

    value: float
    unit: str
    unit_span: Span = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Text:
    """`"…"` with its escapes resolved."""

    value: str
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`."""

    value: bool
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Nothing:
    """`none`: an optional field left out on purpose."""

    span: Span = field(compare=False)


@dataclass(frozen=True)
class Name:
    """A name used as a value."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Attribute:
    """`value.name`: `F.T`, `lab.rubber`, `warp.hidden`."""

    value: Expression
    name: Identifier
    span: Span = field(compare=False)


@dataclass(frozen=True)
class WholeAxis:
    """`:` among indices: all components along that axis."""

    span: Span = field(compare=False)


@dataclass(frozen=True)
class Index:
    """`C[1, 2]`, `C[1, :]`, `list[1 .. 3]`."""

    value: Expression
    indices: tuple[Expression | WholeAxis, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Argument:
    """One argument of a call; `name` is None where it is positional."""

    name: Identifier | None
    value: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Call:
    """`function(a, b = c)`."""

    function: Expression
    arguments: tuple[Argument, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Unary:
    """`-x` or `not x`."""

    operator: str
    operand: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Binary:
    """`+ - * / ^`, comparisons `< <= > >= == !=`, `in`, `and`, `or`."""

    operator: str
    left: Expression
    right: Expression
    operator_span: Span = field(compare=False)
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Conditional:
    """`if c then a else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class IntervalSyntax:
    """`a .. b [by s]`."""

    start: Expression
    stop: Expression
    step: Expression | None
    span: Span = field(compare=False)


@dataclass(frozen=True)
class SequenceSyntax:
    """`[a, b]`; nested, a tensor."""

    items: tuple[Expression, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Comprehension:
    """`[item for name in values]`: a list with an item for each value of a range or list."""

    item: Expression
    name: Identifier
    values: Expression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Lambda:
    """`e -> body`, `(x, y) -> body`, or with its range `(e -> body for a .. b)`."""

    parameters: tuple[Identifier, ...]
    body: Expression
    domain: IntervalSyntax | None
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Assignment:
    """`name = value` among the fields of a constructor, or as a member of a definition."""

    name: Identifier
    value: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Constructor:
    """`name { field = value, … }`; `name` may be qualified by an import (`lab.rubber`)."""

    name: tuple[Identifier, ...]
    fields: tuple[Assignment, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Let:
    """`let name = expression`, in a spec or in a definition; or `unit name = expression`, in a spec."""

    name: Identifier
    value: Expression
    span: Span = field(compare=False)
    doc: str = ""
    unit: bool = False
    """Whether it may stand behind a number, as a unit."""


@dataclass(frozen=True)
class Block:
    """`{ let name = value … value }`: names of its own, then the value that is made of them."""

    lets: tuple[Let, ...]
    value: Expression
    span: Span = field(compare=False)


Expression = (
    Number
    | Quantity
    | Text
    | Boolean
    | Nothing
    | Name
    | Attribute
    | Index
    | Call
    | Unary
    | Binary
    | Conditional
    | IntervalSyntax
    | SequenceSyntax
    | Comprehension
    | Lambda
    | Constructor
    | Block
)
