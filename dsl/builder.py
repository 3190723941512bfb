"""Grammar rules to nodes of the syntax tree; the parser calls one method a rule, innermost first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.parse_record import parse_record
from metac.dsl.source import Span
from metac.dsl.tokens import Token

_CLAUSES = {
    "match": ("for", "scale", "weight", "within"),
    "minimize": ("scale", "weight"),
    "maximize": ("scale", "weight"),
}
_OPERATORS = {"AND": "and", "OR": "or", "IN": "in", "NOT": "not"}


def _identifier(token: Token) -> ast.Identifier:
    return ast.Identifier(str(token.value), token.span)


def _refuse_repeated(parameters: Iterable[ast.Identifier]) -> None:
    """M0138 for parameters of one name: the body could not mean both."""
    first: dict[str, ast.Identifier] = {}
    for name in parameters:
        before = first.setdefault(name.text, name)
        if before is not name:
            parse_record.get().report(
                "M0138",
                f"the function has two parameters `{name.text}`",
                name.span,
                "again here",
                Label(before.span, "first here"),
                help="rename one of the two",
            )


def _text(token: Token) -> ast.Text:
    return ast.Text(str(token.value), token.span)


def _operator(token: Token) -> str:
    return _OPERATORS.get(token.type, token.text)


def _doc(span: Span) -> str:
    return parse_record.get().docs.claim(span)


def _split_range(value: ast.Expression) -> tuple[ast.Expression, ast.Expression | None]:
    """`default in range` reads as a comparison; unless in parentheses, it is the default and the range of a field."""
    if isinstance(value, ast.Binary) and value.operator == "in":
        bare = value.span.start == value.left.span.start and value.span.end == value.right.span.end
        if bare:
            return value.left, value.right
    return value, None


class Builder:
    """One method for each rule of grammar.lark, or for each of its alternatives that has a name."""

    # Statements

    def language(self, word: Token, version: Token) -> ast.Language:
        """`language 1`."""
        span = word.span.to(version.span)
        return ast.Language(self.number(version), span, _doc(span))

    def import_statement(self, word: Token, path: Token, _as: Token | None, alias: Token | None) -> ast.Import:
        """`import "path" as name`."""
        span = word.span.to((alias or path).span)
        return ast.Import(_text(path), _identifier(alias) if alias else None, span, _doc(span))

    def bare_param(self, word: Token, name: Token, _colon: Token, kind: ast.TypeExpression) -> ast.Param:
        """A parameter that must be given."""
        span = word.span.to(kind.span)
        return ast.Param(_identifier(name), kind, None, None, span, _doc(span))

    def param(
        self, word: Token, name: Token, _colon: Token, kind: ast.TypeExpression, _equals: Token, value: ast.Expression
    ) -> ast.Param:
        """A parameter with a default, perhaps with a range."""
        span = word.span.to(value.span)
        default, bounds = _split_range(value)
        return ast.Param(_identifier(name), kind, default, bounds, span, _doc(span))

    def ranged_param(
        self, word: Token, name: Token, _colon: Token, kind: ast.TypeExpression, _in: Token, bounds: ast.Expression
    ) -> ast.Param:
        """A parameter that must be given and lie in a range."""
        span = word.span.to(bounds.span)
        return ast.Param(_identifier(name), kind, None, bounds, span, _doc(span))

    def let(self, word: Token, name: Token, _equals: Token, value: ast.Expression) -> ast.Let:
        """`let name = value`."""
        span = word.span.to(value.span)
        return ast.Let(_identifier(name), value, span, _doc(span))

    def function(
        self,
        name: Token,
        _open: Token,
        parameters: tuple[ast.FunctionParameter, ...],
        _close: Token,
        _equals: Token,
        body: ast.Expression,
    ) -> ast.Function:
        """`name(a, b: Type = default) = body`."""
        span = name.span.to(body.span)
        return ast.Function(_identifier(name), parameters, body, span, _doc(span))

    def parameters(self, *parameters: ast.FunctionParameter) -> tuple[ast.FunctionParameter, ...]:
        """All of them."""
        _refuse_repeated(each.name for each in parameters)
        return parameters

    def parameter(
        self,
        name: Token,
        _colon: Token | None,
        kind: ast.TypeExpression | None,
        _equals: Token | None,
        default: ast.Expression | None,
    ) -> ast.FunctionParameter:
        """`name: Type = default`."""
        last = default or kind
        return ast.FunctionParameter(_identifier(name), kind, default, name.span.to(last.span) if last else name.span)

    def declaration(self, kind: Token, name: Token, _equals: Token, value: ast.Expression) -> ast.Declaration:
        """`KIND NAME = value`."""
        span = kind.span.to(value.span)
        return ast.Declaration(_identifier(kind), _identifier(name), value, span, _doc(span))

    def clause(self, word: Token, value: ast.Expression) -> tuple[Token, ast.Expression]:
        """`weight 2` and the like."""
        return word, value

    def match(
        self,
        word: Token,
        measure: ast.Expression,
        _to: Token,
        target: ast.Expression,
        *clauses: tuple[Token, ast.Expression],
    ) -> ast.Match:
        """`match measure to target …`."""
        span = word.span.to(clauses[-1][1].span if clauses else target.span)
        given = _clauses(word, clauses)
        return ast.Match(
            measure, target, given.get("for"), given.get("scale"), given.get("weight"), given.get("within"), span, _doc(span)
        )

    def extremum(self, word: Token, measure: ast.Expression, *clauses: tuple[Token, ast.Expression]) -> ast.Extremum:
        """`minimize measure …`."""
        span = word.span.to(clauses[-1][1].span if clauses else measure.span)
        given = _clauses(word, clauses)
        return ast.Extremum(word.text, measure, given.get("scale"), given.get("weight"), span, _doc(span))

    def require(self, word: Token, condition: ast.Expression) -> ast.Require:
        """`require condition`."""
        span = word.span.to(condition.span)
        return ast.Require(condition, span, _doc(span))

    def report(self, word: Token, measure: ast.Expression) -> ast.Report:
        """`report measure`."""
        span = word.span.to(measure.span)
        return ast.Report(measure, span, _doc(span))

    def continuation(self, word: Token, name: Token, _in: Token, values: ast.Expression) -> ast.Stage | ast.Sweep:
        """`stage name in values`, `sweep name in values`."""
        span = word.span.to(values.span)
        node = ast.Stage if word.text == "stage" else ast.Sweep
        return node(_identifier(name), values, span, _doc(span))

    def definition(
        self, word: Token, kind: Token, name: Token, _open: Token, members: tuple[ast.Member, ...] | None, close: Token
    ) -> ast.Definition:
        """`define KIND NAME { … }`."""
        span = word.span.to(close.span)
        return ast.Definition(_identifier(kind), _identifier(name), members or (), span, _doc(span))

    # Members of a definition

    def members(self, *members: ast.Member) -> tuple[ast.Member, ...]:
        """All of them."""
        return members

    def bare_field(self, name: Token, _colon: Token, kind: ast.TypeExpression) -> ast.FieldDeclaration:
        """A field that must be given."""
        span = name.span.to(kind.span)
        return ast.FieldDeclaration(_identifier(name), kind, None, None, span, _doc(span))

    def field(
        self, name: Token, _colon: Token, kind: ast.TypeExpression, _equals: Token, value: ast.Expression
    ) -> ast.FieldDeclaration:
        """A field with a default, perhaps with a range."""
        span = name.span.to(value.span)
        default, bounds = _split_range(value)
        return ast.FieldDeclaration(_identifier(name), kind, default, bounds, span, _doc(span))

    def ranged_field(
        self, name: Token, _colon: Token, kind: ast.TypeExpression, _in: Token, bounds: ast.Expression
    ) -> ast.FieldDeclaration:
        """A field that must be given and lie in a range."""
        span = name.span.to(bounds.span)
        return ast.FieldDeclaration(_identifier(name), kind, None, bounds, span, _doc(span))

    def assignment(self, name: Token, _equals: Token, value: ast.Expression) -> ast.Assignment:
        """`name = value`."""
        span = name.span.to(value.span)
        return ast.Assignment(_identifier(name), value, span, _doc(span))

    def python_body(
        self, word: Token, target: Token, _gives: Token | None, kind: ast.TypeExpression | None
    ) -> ast.PythonBody:
        """`python "module:Class" gives Type`."""
        span = word.span.to(kind.span if kind else target.span)
        return ast.PythonBody(_text(target), kind, span, _doc(span))

    def names(self, *names: Token) -> tuple[ast.Identifier, ...]:
        """Names of parameters."""
        identifiers = tuple(_identifier(name) for name in names)
        _refuse_repeated(identifiers)
        return identifiers

    # Types

    def plain_type(self, name: Token) -> ast.TypeName:
        """`Length`."""
        return ast.TypeName(_identifier(name), (), name.span)

    def type_with_arguments(
        self, name: Token, _open: Token, arguments: tuple[ast.TypeExpression | ast.Number, ...], close: Token
    ) -> ast.TypeName:
        """`Curve[Scalar, Pressure]`."""
        return ast.TypeName(_identifier(name), arguments, name.span.to(close.span))

    def list_type(self, opener: Token, item: ast.TypeExpression, close: Token) -> ast.ListType:
        """`[Length]`."""
        return ast.ListType(item, opener.span.to(close.span))

    def type_product(self, left: ast.TypeExpression, operator: Token, right: ast.TypeExpression) -> ast.TypeProduct:
        """`Force/Length`."""
        return ast.TypeProduct(operator.text, left, right, left.span.to(right.span))

    def type_power(self, base: ast.TypeExpression, _caret: Token, minus: Token | None, exponent: Token) -> ast.TypePower:
        """`Pressure^2`, `Length^-1`."""
        size = self.number(exponent)
        if minus is not None:
            size = replace(size, value=-size.value, span=minus.span.to(size.span))
        return ast.TypePower(base, size, base.span.to(exponent.span))

    def type_arguments(self, *arguments: ast.TypeExpression | ast.Number) -> tuple[ast.TypeExpression | ast.Number, ...]:
        """All of them."""
        return arguments

    # Expressions

    def conditional(
        self,
        word: Token,
        condition: ast.Expression,
        _then: Token,
        then: ast.Expression,
        _else: Token,
        otherwise: ast.Expression,
    ) -> ast.Conditional:
        """`if condition then a else b`."""
        return ast.Conditional(condition, then, otherwise, word.span.to(otherwise.span))

    def lambda_of_one(self, name: Token, _arrow: Token, body: ast.Expression) -> ast.Lambda:
        """`x -> body`."""
        return ast.Lambda((_identifier(name),), body, None, name.span.to(body.span))

    def lambda_of_several(
        self, opener: Token, names: tuple[ast.Identifier, ...], _close: Token, _arrow: Token, body: ast.Expression
    ) -> ast.Lambda:
        """`(x, y) -> body`."""
        return ast.Lambda(names, body, None, opener.span.to(body.span))

    def ranged_lambda(
        self, opener: Token, function: ast.Lambda, _for: Token, domain: ast.Interval, close: Token
    ) -> ast.Lambda:
        """`(x -> body for a .. b)`."""
        return replace(function, domain=domain, span=opener.span.to(close.span))

    def binary(self, left: ast.Expression, operator: Token, right: ast.Expression) -> ast.Binary:
        """`left + right`."""
        return ast.Binary(_operator(operator), left, right, operator.span, left.span.to(right.span))

    def unary(self, operator: Token, operand: ast.Expression) -> ast.Unary:
        """`-x`, `not x`."""
        return ast.Unary(_operator(operator), operand, operator.span.to(operand.span))

    def interval(
        self, start: ast.Expression, _dots: Token, stop: ast.Expression, _by: Token | None, step: ast.Expression | None
    ) -> ast.Interval:
        """`start .. stop by step`."""
        return ast.Interval(start, stop, step, start.span.to((step or stop).span))

    def attribute(self, value: ast.Expression, _dot: Token, name: Token) -> ast.Attribute:
        """`value.name`."""
        return ast.Attribute(value, _identifier(name), value.span.to(name.span))

    def indices(self, *indices: ast.Expression | ast.WholeAxis) -> tuple[ast.Expression | ast.WholeAxis, ...]:
        """All of them."""
        return indices

    def whole_axis(self, colon: Token) -> ast.WholeAxis:
        """`:` among indices."""
        return ast.WholeAxis(colon.span)

    def index(
        self, value: ast.Expression, _open: Token, indices: tuple[ast.Expression | ast.WholeAxis, ...], close: Token
    ) -> ast.Index:
        """`value[i, j]`."""
        return ast.Index(value, indices, value.span.to(close.span))

    def call(
        self, function: ast.Expression, _open: Token, arguments: tuple[ast.Argument, ...] | None, close: Token
    ) -> ast.Call:
        """`function(a, b = c)`."""
        return ast.Call(function, arguments or (), function.span.to(close.span))

    def constructor(
        self, value: ast.Expression, opener: Token, fields: tuple[ast.Assignment, ...] | None, close: Token
    ) -> ast.Constructor:
        """`name { field = value }`."""
        name = _qualified(value)
        if name is None:
            parse_record.get().report(
                "M0128",
                "fields in braces follow the name of a definition",
                value.span,
                "this is not a name",
                Label(opener.span, "fields start here"),
                help="write `name { field = value }`, or `library.name { … }` for one from an import",
            )
        return ast.Constructor(name or (), fields or (), value.span.to(close.span))

    def name(self, token: Token) -> ast.Name:
        """A name used as a value."""
        return ast.Name(str(token.value), token.span)

    def number(self, token: Token) -> ast.Number:
        """`3`, `1e-3`."""
        return ast.Number(cast(float, token.value), token.text.replace("_", "").isdigit(), token.span)

    def quantity(self, token: Token) -> ast.Quantity:
        """`50 MPa`."""
        value, unit, unit_span = cast(tuple[float, str, Span], token.value)
        return ast.Quantity(value, unit, unit_span, token.span)

    def text(self, token: Token) -> ast.Text:
        """`"…"`."""
        return _text(token)

    def boolean(self, token: Token) -> ast.Boolean:
        """`true`, `false`."""
        return ast.Boolean(token.text == "true", token.span)

    def nothing(self, token: Token) -> ast.Nothing:
        """`none`."""
        return ast.Nothing(token.span)

    def sequence(self, opener: Token, items: tuple[ast.Expression, ...] | None, close: Token) -> ast.Sequence:
        """`[a, b]`."""
        return ast.Sequence(items or (), opener.span.to(close.span))

    def comprehension(
        self, opener: Token, item: ast.Expression, _for: Token, name: Token, _in: Token, values: ast.Expression, close: Token
    ) -> ast.Comprehension:
        """`[item for name in values]`."""
        return ast.Comprehension(item, _identifier(name), values, opener.span.to(close.span))

    def block(self, opener: Token, *parts: ast.Let | ast.Expression | Token) -> ast.Block:
        """`{ let name = value … value }`."""
        *lets, value, close = parts
        span = opener.span.to(cast(Token, close).span)
        return ast.Block(cast(tuple[ast.Let, ...], tuple(lets)), cast(ast.Expression, value), span)

    def parenthesized(self, opener: Token, value: ast.Expression, close: Token) -> ast.Expression:
        """`(value)`: the same node, whose span now covers the parentheses."""
        return replace(value, span=opener.span.to(close.span))

    def expressions(self, *items: ast.Expression) -> tuple[ast.Expression, ...]:
        """Items of a list, or indices."""
        return items

    def arguments(self, *arguments: ast.Argument) -> tuple[ast.Argument, ...]:
        """Arguments of a call."""
        return arguments

    def positional_argument(self, value: ast.Expression) -> ast.Argument:
        """An argument without name."""
        return ast.Argument(None, value, value.span)

    def named_argument(self, name: Token, _equals: Token, value: ast.Expression) -> ast.Argument:
        """`name = value` in a call."""
        return ast.Argument(_identifier(name), value, name.span.to(value.span))

    def fields(self, *fields: ast.Assignment) -> tuple[ast.Assignment, ...]:
        """Fields of a constructor."""
        return fields


def _qualified(value: ast.Expression) -> tuple[ast.Identifier, ...] | None:
    """The parts of `a.b.c`, or None where the expression is not a name."""
    parts: list[ast.Identifier] = []
    while isinstance(value, ast.Attribute):
        parts.append(value.name)
        value = value.value
    if not isinstance(value, ast.Name):
        return None
    return (ast.Identifier(value.text, value.span), *reversed(parts))


def _clauses(word: Token, clauses: tuple[tuple[Token, ast.Expression], ...]) -> dict[str, ast.Expression]:
    """Clauses by their word; a repeated one, or one that the goal does not take, is an error."""
    allowed = _CLAUSES[word.text]
    given: dict[str, tuple[Token, ast.Expression]] = {}
    for clause, value in clauses:
        if clause.text not in allowed:
            parse_record.get().report(
                "M0130",
                f"`{word.text}` takes no `{clause.text}`",
                clause.span.to(value.span),
                f"it may have {' and '.join(f'`{name}`' for name in allowed)}",
                help="`match measure to target` has a range and a tolerance",
            )
        elif clause.text in given:
            parse_record.get().report(
                "M0129",
                f"`{clause.text}` is given twice",
                clause.span.to(value.span),
                "given again",
                Label(given[clause.text][0].span.to(given[clause.text][1].span), "first given here"),
            )
        else:
            given[clause.text] = (clause, value)
    return {name: value for name, (_, value) in given.items()}
