"""Hypothesis strategies for syntax trees; spans are all alike, since they do not count in comparisons."""

from __future__ import annotations

from hypothesis import strategies as st

from metac.dsl import ast
from metac.dsl.keywords import WORDS
from metac.dsl.source import Source, Span

SPAN = Span(Source("made", ""), 0, 0)

names = st.from_regex(r"[a-zA-Zνé_][a-zA-Z0-9_]{0,5}", fullmatch=True).filter(lambda name: name not in WORDS)
soft_names = st.one_of(names, st.sampled_from(["by", "scale", "to", "stage", "python", "let", "for"]))
texts = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=12)
units = st.sampled_from(["MPa", "%", "in", "in^2", "psi", "mm", "N/mm^2", "s^-1", "°", "kg*m/s^2"])
doc_lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=15).map(str.rstrip)
docs = st.lists(doc_lines, max_size=3).map(lambda lines: "\n".join(lines).strip("\n"))
finite = st.floats(min_value=0, allow_infinity=False, allow_nan=False)


def identifier(name: str) -> ast.Identifier:
    return ast.Identifier(name, SPAN)


identifiers = names.map(identifier)
field_names = soft_names.map(identifier)
parameters = st.lists(identifiers, min_size=1, max_size=3, unique_by=lambda name: name.text).map(tuple)

atoms = st.one_of(
    st.integers(0, 2**53).map(lambda value: ast.Number(float(value), True, SPAN)),
    finite.map(lambda value: ast.Number(value, False, SPAN)),
    st.builds(lambda value, unit: ast.Quantity(value, unit, SPAN, SPAN), finite, units),
    texts.map(lambda value: ast.Text(value, SPAN)),
    st.booleans().map(lambda value: ast.Boolean(value, SPAN)),
    st.just(ast.Nothing(SPAN)),
    names.map(lambda name: ast.Name(name, SPAN)),
)


def compound(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    items = st.lists(inner, max_size=3).map(tuple)
    arguments = st.builds(ast.Argument, st.none() | field_names, inner, st.just(SPAN))
    fields = st.builds(ast.Assignment, field_names, inner, st.just(SPAN), docs)
    intervals = st.builds(ast.IntervalSyntax, inner, inner, st.none() | inner, st.just(SPAN))
    operators = st.sampled_from(["+", "-", "*", "/", "^", "<", "<=", ">", ">=", "==", "!=", "in", "and", "or"])
    return st.one_of(
        st.builds(ast.Attribute, inner, identifiers, st.just(SPAN)),
        st.builds(
            ast.Index,
            inner,
            st.lists(inner | st.just(ast.WholeAxis(SPAN)), min_size=1, max_size=2).map(tuple),
            st.just(SPAN),
        ),
        st.builds(ast.Call, inner, st.lists(arguments, max_size=2).map(tuple), st.just(SPAN)),
        st.builds(ast.Unary, st.sampled_from(["-", "not"]), inner, st.just(SPAN)),
        st.builds(ast.Binary, operators, inner, inner, st.just(SPAN), st.just(SPAN)),
        st.builds(ast.Conditional, inner, inner, inner, st.just(SPAN)),
        intervals,
        items.map(lambda values: ast.SequenceSyntax(values, SPAN)),
        st.builds(ast.Comprehension, inner, identifiers, inner, st.just(SPAN)),
        st.builds(ast.Lambda, parameters, inner, st.none() | intervals, st.just(SPAN)),
        st.builds(
            ast.Constructor,
            st.lists(identifiers, min_size=1, max_size=2).map(tuple),
            st.lists(fields, max_size=3).map(tuple),
            st.just(SPAN),
        ),
        st.builds(
            ast.Block,
            st.lists(st.builds(ast.Let, field_names, inner, st.just(SPAN), docs), min_size=1, max_size=2).map(tuple),
            inner,
            st.just(SPAN),
        ),
    )


_expressions: st.SearchStrategy[ast.Expression] = st.recursive(atoms, compound, max_leaves=12)
expressions = st.deferred(lambda: _expressions)
"""Deferred, or Hypothesis writes out the whole strategy wherever it is used."""

type_names = st.builds(ast.TypeName, identifiers, st.just(()), st.just(SPAN))
sizes = st.integers(1, 9).map(lambda value: ast.Number(float(value), True, SPAN))
_types: st.SearchStrategy[ast.TypeExpression] = st.recursive(
    type_names,
    lambda inner: st.one_of(
        st.builds(ast.ListTypeSyntax, inner, st.just(SPAN)),
        st.builds(ast.TypeName, identifiers, st.lists(inner | sizes, min_size=1, max_size=2).map(tuple), st.just(SPAN)),
    ),
    max_leaves=4,
)
exponents = st.one_of(
    st.integers(-4, 4).filter(bool).map(lambda value: ast.Number(float(value), True, SPAN)),
    st.just(ast.Number(0.5, False, SPAN)),
)
factors = st.one_of(_types, st.builds(ast.TypePower, _types, exponents, st.just(SPAN)))
_products = st.one_of(
    factors,
    st.builds(ast.TypeProduct, st.sampled_from(["*", "/"]), factors, factors, st.just(SPAN)),
)
types = st.deferred(lambda: _products)
maybe = st.none() | expressions
at = st.just(SPAN)

lets = st.builds(ast.Let, field_names, expressions, at, docs)
function_parameters = st.builds(ast.FunctionParameter, identifiers, st.none() | types, maybe, at)
functions = st.builds(
    ast.FunctionSyntax,
    identifiers,
    st.lists(function_parameters, min_size=1, max_size=3, unique_by=lambda each: each.name.text).map(tuple),
    expressions,
    at,
    docs,
)
members = st.one_of(
    st.builds(ast.FieldDeclaration, field_names, types, maybe, maybe, at, docs),
    lets,
    functions,
    st.builds(ast.Assignment, field_names, expressions, at, docs),
    st.builds(ast.PythonBody, texts.map(lambda value: ast.Text(value, SPAN)), st.none() | types, at, docs),
)
imports = st.builds(ast.Import, texts.map(lambda value: ast.Text(value, SPAN)), st.none() | identifiers, at, docs)
statements: st.SearchStrategy[ast.Statement] = st.one_of(
    imports,
    st.builds(ast.Param, field_names, types, maybe, maybe, at, docs),
    lets,
    st.builds(ast.Let, identifiers, expressions, at, docs, st.just(True)),
    functions,
    st.builds(ast.Declaration, identifiers, field_names, expressions, at, docs),
    st.builds(ast.Match, expressions, expressions, maybe, maybe, maybe, maybe, at, docs),
    st.builds(ast.Extremum, st.sampled_from(["minimize", "maximize"]), expressions, maybe, maybe, at, docs),
    st.builds(ast.Require, st.sampled_from(["require", "verify"]), expressions, at, docs),
    st.builds(ast.Stage, identifiers, expressions, at, docs),
    st.builds(ast.Sweep, identifiers, expressions, at, docs),
    st.builds(
        ast.Tuples,
        st.sampled_from(["stage", "sweep"]),
        st.lists(identifiers, min_size=1, max_size=3).map(tuple),
        expressions,
        at,
        docs,
    ),
    st.builds(ast.DefinitionSyntax, identifiers, identifiers, st.lists(members, max_size=4).map(tuple), at, docs),
)


def readable(module: ast.Module) -> bool:
    """At a text's head, doc comments of several lines before an import belong to the module, so no text gives them to it."""
    first = module.statements[0]
    return bool(module.doc) or not (isinstance(first, ast.Import) and "\n" in first.doc)


modules = st.builds(ast.Module, st.lists(statements, min_size=1, max_size=4).map(tuple), at, docs).filter(readable)
