"""What a text is made of: parameters, declarations, goals, studies, definitions and their members."""

from __future__ import annotations

from dataclasses import dataclass, field

from metac.dsl.ast.expressions import Assignment, Expression, Identifier, Let, Number, Text
from metac.dsl.ast.type_expressions import TypeExpression
from metac.dsl.source import Span


@dataclass(frozen=True)
class Language:
    """`language 1`: the version of the language that the text is written in."""

    version: Number
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Import:
    """`import "path.meta" [as name]`."""

    path: Text
    alias: Identifier | None
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Param:
    """`param name: Type = value [in range]`; without a default, `value` is None."""

    name: Identifier
    type: TypeExpression
    value: Expression | None
    range: Expression | None
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class FunctionParameter:
    """`name [: Type] [= default]` between the parentheses of a function."""

    name: Identifier
    type: TypeExpression | None
    default: Expression | None
    span: Span = field(compare=False)


@dataclass(frozen=True)
class FunctionSyntax:
    """`name(a, b: Type = default) = expression`, in a spec or in a definition."""

    name: Identifier
    parameters: tuple[FunctionParameter, ...]
    body: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Declaration:
    """`KIND NAME = value`; a study is one of these."""

    kind: Identifier
    name: Identifier
    value: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Match:
    """`match measure to target [for range] [scale s] [weight w] [within tolerance]`."""

    measure: Expression
    target: Expression
    domain: Expression | None
    scale: Expression | None
    weight: Expression | None
    tolerance: Expression | None
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Extremum:
    """`minimize measure` or `maximize measure`, with `[scale s] [weight w]`."""

    sense: str
    measure: Expression
    scale: Expression | None
    weight: Expression | None
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Require:
    """`require condition`; `verify condition`, which is judged at the end alone."""

    sense: str
    condition: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class ReportSyntax:
    """`report measure`."""

    measure: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Stage:
    """`stage name in [ … ]`."""

    name: Identifier
    values: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class Sweep:
    """`sweep name in [ … ]`."""

    name: Identifier
    values: Expression
    span: Span = field(compare=False)
    doc: str = ""
    together: tuple[str, ...] = ()
    """The names of the `Tuples` that it was made from: they take their values in step."""


@dataclass(frozen=True)
class Tuples:
    """`sweep [a, b] in [[ … ], [ … ]]`, or `stage`: names that take their values in step."""

    word: str
    names: tuple[Identifier, ...]
    rows: Expression
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class FieldDeclaration:
    """`name: Type [= default] [in range]` in a definition."""

    name: Identifier
    type: TypeExpression
    default: Expression | None
    range: Expression | None
    span: Span = field(compare=False)
    doc: str = ""


@dataclass(frozen=True)
class PythonBody:
    """`python "module:Class" [gives Type]` in a definition."""

    target: Text
    gives: TypeExpression | None
    span: Span = field(compare=False)
    doc: str = ""


Member = FieldDeclaration | Let | FunctionSyntax | Assignment | PythonBody


@dataclass(frozen=True)
class DefinitionSyntax:
    """`define KIND NAME { … }`."""

    kind: Identifier
    name: Identifier
    members: tuple[Member, ...]
    span: Span = field(compare=False)
    doc: str = ""


Statement = (
    Language
    | Import
    | Param
    | Let
    | FunctionSyntax
    | Declaration
    | Match
    | Extremum
    | Require
    | ReportSyntax
    | Stage
    | Sweep
    | Tuples
    | DefinitionSyntax
)


@dataclass(frozen=True)
class Module:
    """One text, parsed; `doc` is the doc comment at its head."""

    statements: tuple[Statement, ...]
    span: Span = field(compare=False)
    doc: str = ""
