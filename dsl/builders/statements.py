"""Grammar rules of statements and of the members of definitions."""

from __future__ import annotations

from typing import Any

from metac.dsl import ast
from metac.dsl.builders.words import doc, identifier, number, refuse_repeated, text
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.parse_record import parse_record
from metac.dsl.tokens import Token

UNIT = "unit"
"""What stands, like a kind, before the name of a unit of one's own."""
_CLAUSES = {
    "match": ("for", "scale", "weight", "within"),
    "minimize": ("scale", "weight"),
    "maximize": ("scale", "weight"),
}


class StatementBuilder:
    """One method for each rule of a statement, or for each of its alternatives that has a name."""

    def language(self, word: Token, version: Token) -> ast.Language:
        """`language 1`."""
        span = word.span.to(version.span)
        return ast.Language(number(version), span, doc(span))

    def import_statement(self, word: Token, path: Token, _as: Token | None, alias: Token | None) -> ast.Import:
        """`import "path" as name`."""
        span = word.span.to((alias or path).span)
        return ast.Import(text(path), identifier(alias) if alias else None, span, doc(span))

    def bare_param(self, word: Token, name: Token, _colon: Token, kind: ast.TypeExpression) -> ast.Param:
        """A parameter that must be given."""
        span = word.span.to(kind.span)
        return ast.Param(identifier(name), kind, None, None, span, doc(span))

    def param(
        self, word: Token, name: Token, _colon: Token, kind: ast.TypeExpression, _equals: Token, value: ast.Expression
    ) -> ast.Param:
        """A parameter with a default, perhaps with a range."""
        span = word.span.to(value.span)
        default, bounds = _split_range(value)
        return ast.Param(identifier(name), kind, default, bounds, span, doc(span))

    def ranged_param(
        self, word: Token, name: Token, _colon: Token, kind: ast.TypeExpression, _in: Token, bounds: ast.Expression
    ) -> ast.Param:
        """A parameter that must be given and lie in a range."""
        span = word.span.to(bounds.span)
        return ast.Param(identifier(name), kind, None, bounds, span, doc(span))

    def let(self, word: Token, name: Token, _equals: Token, value: ast.Expression) -> ast.Let:
        """`let name = value`."""
        span = word.span.to(value.span)
        return ast.Let(identifier(name), value, span, doc(span))

    def function(
        self,
        name: Token,
        _open: Token,
        parameters: tuple[ast.FunctionParameter, ...],
        _close: Token,
        _equals: Token,
        body: ast.Expression,
    ) -> ast.FunctionSyntax:
        """`name(a, b: Type = default) = body`."""
        span = name.span.to(body.span)
        return ast.FunctionSyntax(identifier(name), parameters, body, span, doc(span))

    def parameters(self, *parameters: ast.FunctionParameter) -> tuple[ast.FunctionParameter, ...]:
        """All of them."""
        refuse_repeated(each.name for each in parameters)
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
        return ast.FunctionParameter(identifier(name), kind, default, name.span.to(last.span) if last else name.span)

    def declaration(self, kind: Token, name: Token, _equals: Token, value: ast.Expression) -> ast.Declaration | ast.Let:
        """`KIND NAME = value`, or `unit NAME = value`."""
        span = kind.span.to(value.span)
        if kind.text == UNIT:
            return ast.Let(identifier(name), value, span, doc(span), unit=True)
        return ast.Declaration(identifier(kind), identifier(name), value, span, doc(span))

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
            measure, target, given.get("for"), given.get("scale"), given.get("weight"), given.get("within"), span, doc(span)
        )

    def extremum(self, word: Token, measure: ast.Expression, *clauses: tuple[Token, ast.Expression]) -> ast.Extremum:
        """`minimize measure …`."""
        span = word.span.to(clauses[-1][1].span if clauses else measure.span)
        given = _clauses(word, clauses)
        return ast.Extremum(word.text, measure, given.get("scale"), given.get("weight"), span, doc(span))

    def require(self, word: Token, condition: ast.Expression) -> ast.Require:
        """`require condition`, `verify condition`."""
        span = word.span.to(condition.span)
        return ast.Require(word.text, condition, span, doc(span))

    def report(self, word: Token, measure: ast.Expression) -> ast.ReportSyntax:
        """`report measure`."""
        span = word.span.to(measure.span)
        return ast.ReportSyntax(measure, span, doc(span))

    def continuation(self, word: Token, name: Token, _in: Token, values: ast.Expression) -> ast.Stage | ast.Sweep:
        """`stage name in values`, `sweep name in values`."""
        span = word.span.to(values.span)
        node = ast.Stage if word.text == "stage" else ast.Sweep
        return node(identifier(name), values, span, doc(span))

    def continuation_of_tuples(self, word: Token, _open: Token, *rest: Any) -> ast.Tuples:
        """`sweep [a, b] in rows`."""
        *names, _close, _in, rows = rest
        span = word.span.to(rows.span)
        return ast.Tuples(word.text, tuple(identifier(name) for name in names), rows, span, doc(span))

    def definition(
        self, word: Token, kind: Token, name: Token, _open: Token, members: tuple[ast.Member, ...] | None, close: Token
    ) -> ast.DefinitionSyntax:
        """`define KIND NAME { … }`."""
        span = word.span.to(close.span)
        return ast.DefinitionSyntax(identifier(kind), identifier(name), members or (), span, doc(span))

    # Members of a definition

    def members(self, *members: ast.Member) -> tuple[ast.Member, ...]:
        """All of them."""
        return members

    def bare_field(self, name: Token, _colon: Token, kind: ast.TypeExpression) -> ast.FieldDeclaration:
        """A field that must be given."""
        span = name.span.to(kind.span)
        return ast.FieldDeclaration(identifier(name), kind, None, None, span, doc(span))

    def field(
        self, name: Token, _colon: Token, kind: ast.TypeExpression, _equals: Token, value: ast.Expression
    ) -> ast.FieldDeclaration:
        """A field with a default, perhaps with a range."""
        span = name.span.to(value.span)
        default, bounds = _split_range(value)
        return ast.FieldDeclaration(identifier(name), kind, default, bounds, span, doc(span))

    def ranged_field(
        self, name: Token, _colon: Token, kind: ast.TypeExpression, _in: Token, bounds: ast.Expression
    ) -> ast.FieldDeclaration:
        """A field that must be given and lie in a range."""
        span = name.span.to(bounds.span)
        return ast.FieldDeclaration(identifier(name), kind, None, bounds, span, doc(span))

    def assignment(self, name: Token, _equals: Token, value: ast.Expression) -> ast.Assignment:
        """`name = value`."""
        span = name.span.to(value.span)
        return ast.Assignment(identifier(name), value, span, doc(span))

    def python_body(
        self, word: Token, target: Token, _gives: Token | None, kind: ast.TypeExpression | None
    ) -> ast.PythonBody:
        """`python "module:Class" gives Type`."""
        span = word.span.to(kind.span if kind else target.span)
        return ast.PythonBody(text(target), kind, span, doc(span))


def _split_range(value: ast.Expression) -> tuple[ast.Expression, ast.Expression | None]:
    """`default in range` reads as a comparison; unless in parentheses, it is the default and the range of a field."""
    if isinstance(value, ast.Binary) and value.operator == "in":
        bare = value.span.start == value.left.span.start and value.span.end == value.right.span.end
        if bare:
            return value.left, value.right
    return value, None


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
