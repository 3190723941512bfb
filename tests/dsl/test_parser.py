"""What texts mean as trees, and that no text is too much for the parser."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.dsl import ast
from metac.dsl.keywords import CLAUSE_WORDS, STATEMENT_WORDS
from metac.dsl.parser import parse, parse_expression
from metac.dsl.source import Source, Span
from metac.dsl.tree import children

ROOT = Path(__file__).parents[2]


def read(text: str) -> ast.Module:
    result = parse(Source("given", text))
    assert result.diagnostics == ()
    return result.module


def value(text: str) -> ast.Expression:
    result = parse_expression(Source("given", text))
    assert result.diagnostics == ()
    assert result.expression is not None
    return result.expression


def codes(text: str) -> list[str]:
    return [found.code for found in parse(Source("given", text)).diagnostics]


def shape(node: ast.Expression) -> str:
    """An expression with all its parentheses."""
    match node:
        case ast.Binary():
            return f"({shape(node.left)} {node.operator} {shape(node.right)})"
        case ast.Unary():
            return f"({node.operator} {shape(node.operand)})"
        case ast.IntervalSyntax():
            step = f" by {shape(node.step)}" if node.step else ""
            return f"({shape(node.start)} .. {shape(node.stop)}{step})"
        case ast.Lambda():
            domain = f" for {shape(node.domain)}" if node.domain else ""
            return f"({' '.join(name.text for name in node.parameters)} -> {shape(node.body)}{domain})"
        case _:
            return node.span.text


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c", "((a / b) * c)"),
        ("-a^2", "(- (a ^ 2))"),
        ("a^-b", "(a ^ (- b))"),
        ("a^b^c", "(a ^ (b ^ c))"),
        ("a + b in 0 .. 1 by 0.1", "((a + b) in (0 .. 1 by 0.1))"),
        ("not a and b or c", "(((not a) and b) or c)"),
        ("a < 1 and b >= 2", "((a < 1) and (b >= 2))"),
        ("x -> x + 1", "(x -> (x + 1))"),
        ("(x, y) -> x * y", "(x y -> (x * y))"),
        ("(e -> e^2 for 0 .. 10 %)", "(e -> (e ^ 2) for (0 .. 10 %))"),
        ("30 kPa * e / 10 %", "((30 kPa * e) / 10 %)"),
        ("1..2", "(1 .. 2)"),
    ],
)
def test_precedence(text: str, meaning: str) -> None:
    assert shape(value(text)) == meaning


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("50 MPa", 50, "MPa"),
        ("50MPa", 50, "MPa"),
        ("10 %", 10, "%"),
        ("20 N/mm^2", 20, "N/mm^2"),
        ("1 s^-1", 1, "s^-1"),
        ("3 mm²", 3, "mm^2"),
        ("2 kg·m·s⁻²", 2, "kg*m*s^-2"),
        ("90°", 90, "°"),
        ("1e3 µm", 1000, "µm"),
        ("30 kPa*e", 30, "kPa*e"),
        ("3 in", 3, "in"),
        ("3 in^2", 3, "in^2"),
        ("2 lbf/in^2", 2, "lbf/in^2"),
    ],
)
def test_quantities(text: str, number: float, unit: str) -> None:
    quantity = value(text)
    assert isinstance(quantity, ast.Quantity)
    assert (quantity.value, quantity.unit) == (number, unit)
    assert quantity.span.text == text


def test_a_word_of_the_language_after_a_number_is_no_unit() -> None:
    goal = read("match a to 3 for 0 .. 1 by 0.1 scale 2 weight 3 within 0.01").statements[0]
    assert isinstance(goal, ast.Match)
    assert all(isinstance(part, ast.Number) for part in (goal.target, goal.scale, goal.weight, goal.tolerance))


@pytest.mark.parametrize(
    "text",
    ["3 in + 1 mm", "3 in - 1 mm", "3 in * 2", "2 in / 3", "2 in .. 3 in by 1 in", "2 in < 3 in", "3 in in 0 in .. 4 in"],
)
def test_inches_stand_where_a_value_may_end(text: str) -> None:
    quantity = value(text)
    while isinstance(quantity, ast.Binary | ast.IntervalSyntax):
        quantity = quantity.left if isinstance(quantity, ast.Binary) else quantity.start
    assert isinstance(quantity, ast.Quantity) and quantity.unit == "in"


@pytest.mark.parametrize("text", ["0.3 in -1 .. 0.5", "0.3 in 0 .. 1", "3 in (0 .. 4)", "3 in wanted"])
def test_the_word_in_stands_before_a_value(text: str) -> None:
    membership = value(text)
    assert isinstance(membership, ast.Binary) and membership.operator == "in"
    assert isinstance(membership.left, ast.Number)


def test_lists_by_rule() -> None:
    rule = value("[[i, j] for i in 1 .. 3 by 2]")
    assert isinstance(rule, ast.Comprehension) and rule.name.text == "i"
    assert isinstance(rule.item, ast.SequenceSyntax) and isinstance(rule.values, ast.IntervalSyntax)
    assert codes("let a = [1 for 2 in 1 .. 3]") and codes("let a = [1, 2 for i in 1 .. 3]")


def test_whole_numbers_are_told_apart() -> None:
    assert value("1_000") == ast.Number(1000.0, True, value("1").span)
    assert value("1e3") == ast.Number(1000.0, False, value("1").span)


def test_a_default_and_its_range() -> None:
    param = read("param nu: Scalar = -0.5 in -1 .. 0.5").statements[0]
    assert isinstance(param, ast.Param) and param.value is not None and param.range is not None
    assert (shape(param.value), shape(param.range)) == ("(- 0.5)", "((- 1) .. 0.5)")
    bare = read("param nu: Scalar in 0 .. 1").statements[0]
    assert isinstance(bare, ast.Param)
    assert bare.value is None and isinstance(bare.range, ast.IntervalSyntax)
    truth = read("param inside: Bool = (a in 0 .. 1)").statements[0]
    assert isinstance(truth, ast.Param)
    assert isinstance(truth.value, ast.Binary) and truth.range is None


def test_words_of_the_language_name_fields() -> None:
    names = [*sorted(STATEMENT_WORDS), *sorted(CLAUSE_WORDS)]
    text = "body b = d {\n" + "\n".join(f"    {name} = 1" for name in names) + "\n}"
    body = read(text).statements[0]
    assert isinstance(body, ast.Declaration) and isinstance(body.value, ast.Constructor)
    assert [field.name.text for field in body.value.fields] == names
    definition = read("define load d {\n" + "\n".join(f"    {name}: Int" for name in names) + "\n}").statements[0]
    assert isinstance(definition, ast.DefinitionSyntax) and len(definition.members) == len(names)


def test_weight_and_scale_may_be_values() -> None:
    goal = read("match weight * scale to 2 weight weight").statements[0]
    assert isinstance(goal, ast.Match)
    assert shape(goal.measure) == "(weight * scale)" and goal.weight == ast.Name("weight", goal.span)


@pytest.mark.parametrize(
    "text",
    [
        "match stress(pull)\n    to 3\n    weight 2",
        "let a = 1\n    + 2\n    - 3",
        "let a = if b\n    then 1\n    else 2",
        "let a = f(1,\n\n  2)",
        "let a = [1,\n  2,\n]",
        "let a = b {\n    c = [1,\n        2]\n}",
        "let a = b { c = 1, d = 2, }",
        "let a = b { c = 1\n, d = 2 }",
        "let a = b {\n\n  c = 1\n\n\n  d = 2\n\n}",
        "let a = b {}\r\n",
        "\ufefflet a = 1",
        "let a = 1 # comment\n# another\n",
        "let a = 1\rlet b = 2\r",
    ],
)
def test_newlines_end_statements_only_where_one_can_end(text: str) -> None:
    assert len(read(text).statements) == text.count("let") + text.count("match")


def test_qualified_constructors() -> None:
    node = value("lab.soft.rubber { E = 2 MPa }")
    assert isinstance(node, ast.Constructor)
    assert [part.text for part in node.name] == ["lab", "soft", "rubber"]


@pytest.mark.parametrize(
    ("text", "module", "statement"),
    [
        ("## head\n\nlet a = 1", "head", ""),
        ("## head\nlet a = 1", "", "head"),
        ('## head\nimport "a.meta"', "head", ""),
        ("## head\n\n## own\nlet a = 1", "head", "own"),
        ("let a = 1 ## own", "", "own"),
        ("let a = [1, ## one\n 2] ## two", "", "one\ntwo"),
        ("let a = 1\n## left over", "left over", ""),
        ("## first\n## second\n##\n## third\nlet a = 1", "", "first\nsecond\n\nthird"),
        ("### a rule ###\nlet a = 1", "", ""),
    ],
)
def test_doc_comments(text: str, module: str, statement: str) -> None:
    tree = read(text)
    assert (tree.doc, tree.statements[0].doc) == (module, statement)


def test_doc_comments_of_fields() -> None:
    declaration = read("generator w = flow {  ## the flow\n    ## wide\n    hidden = [10]  ## layers\n}").statements[0]
    assert isinstance(declaration, ast.Declaration) and isinstance(declaration.value, ast.Constructor)
    assert (declaration.doc, declaration.value.fields[0].doc) == ("the flow", "wide\nlayers")


def test_all_errors_are_shown_and_the_rest_is_kept() -> None:
    text = "let a =\nlet b = 2\nbody c = d {\n    x =\n    y = 3\n    z = = 4\n}\nlet e = (\nlet f = 5\n"
    result = parse(Source("given", text))
    assert [found.labels[0].span.source.position(found.labels[0].span.start)[0] for found in result.diagnostics] == [
        1,
        4,
        6,
        8,
    ]
    assert [statement.name.text for statement in result.module.statements if isinstance(statement, ast.Let)] == ["b", "f"]


def test_an_unclosed_bracket_does_not_swallow_what_follows() -> None:
    assert codes("let a = f(1\nlet b = \nlet c = [\nlet d = 3") == ["M0102", "M0135", "M0102"]


FULL = (ROOT / "tests/dsl/full.meta").read_text(encoding="utf-8")


def test_every_span_covers_its_node() -> None:
    level: list[tuple[Span, object]] = [(statement.span, statement) for statement in read(FULL).statements]
    assert len(level) > 15
    while level:
        span, node = level.pop()
        assert span.text == span.text.strip() != ""
        for child in children(node):
            assert span.start <= child.span.start < child.span.end <= span.end
            level.append((child.span, child))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text('()[]{}=,:.->"#\n \tabx1%', max_size=60))
def test_no_text_is_too_much(text: str) -> None:
    source = Source("given", text)
    for found in (*parse(source).diagnostics, *parse_expression(source).diagnostics):
        assert found.labels and 0 <= found.labels[0].span.start <= found.labels[0].span.end <= len(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_spec_is_read_or_refused(data: st.DataObject) -> None:
    """A spec with a piece cut out still says something, or what is wrong with it."""
    start = data.draw(st.integers(0, len(FULL)))
    end = data.draw(st.integers(start, min(len(FULL), start + 40)))
    result = parse(Source("given", FULL[:start] + FULL[end:]))
    assert result.diagnostics or result.module.statements


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "let a = " + "[" * 10_000 + "]" * 10_000,
        "let a = " + "b { c = " * 10_000,
        "x" * (10 << 20),
        "let a = 1" + " + 1" * 10_000,
        "let a = " + "-" * 10_000 + "1",
        "let a = " + "x -> " * 5_000 + "x",
        "}" * 10_000,
        '"\n' * 10_000,
        "\0" * 100_000,
        "ab\n" * 20_000,
    ],
    ids=["round", "square", "braces", "10 MB", "sum", "minus", "lambdas", "closers", "quotes", "NUL", "words"],
)
def test_outsized_texts_are_refused_quickly(text: str) -> None:
    start = time.process_time()
    found = parse(Source("given", text)).diagnostics
    assert 1 <= len(found) <= 100
    assert time.process_time() - start < 3, "well under a second on a machine of its own"


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; from metac.dsl.parser import parse; from metac.dsl.source import Source;"
        "parse(Source('a', 'let a = 1 +'));"
        "print(sorted(set(sys.modules) & {'lark', 'rich', 'numpy', 'jax', 'sympy', 'scipy'}))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
