"""Types as they are written: `Length`, `[Force]`, `Body[mesh]`, `Force/Length^3`."""

from __future__ import annotations

from dataclasses import dataclass, field

from metac.dsl.ast.expressions import Identifier, Number
from metac.dsl.source import Span


@dataclass(frozen=True)
class TypeName:
    """`Length`, `Body[mesh]`, `Curve[Scalar, Pressure]`, `Choice[x, y]`, `Tensor[2, 2]`."""

    name: Identifier
    arguments: tuple[TypeExpression | Number, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True)
class ListTypeSyntax:
    """`[Length]`."""

    item: TypeExpression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class TypeProduct:
    """`Force/Length`, `Pressure*Area`."""

    operator: str
    left: TypeExpression
    right: TypeExpression
    span: Span = field(compare=False)


@dataclass(frozen=True)
class TypePower:
    """`Pressure^2`, `Length^-1`, `Length^0.5`."""

    base: TypeExpression
    exponent: Number
    span: Span = field(compare=False)


TypeExpression = TypeName | ListTypeSyntax | TypeProduct | TypePower
