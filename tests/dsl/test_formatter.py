"""Reading what was formatted gives the same tree."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings

from metac.dsl import ast
from metac.dsl.expression_formatter import format_expression
from metac.dsl.formatter import format_module
from metac.dsl.parser import parse, parse_expression
from metac.dsl.source import Source


def load_trees() -> ModuleType:
    """The strategies beside this file (tests are no package)."""
    spec = importlib.util.spec_from_file_location("trees", Path(__file__).with_name("trees.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


trees = load_trees()
ROOT = Path(__file__).parents[2]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees.modules)
def test_a_formatted_module_reads_as_itself(module: ast.Module) -> None:
    text = format_module(module)
    result = parse(Source("formatted", text))
    assert result.diagnostics == ()
    assert result.module == module
    assert format_module(result.module) == text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees.expressions)
def test_a_formatted_expression_reads_as_itself(expression: ast.Expression) -> None:
    result = parse_expression(Source("formatted", format_expression(expression)))
    assert result.diagnostics == ()
    assert result.expression == expression


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("stdlib/**/*.meta")) + sorted(ROOT.glob("specs/*.meta")), ids=lambda p: p.stem
)
def test_a_file_of_ours_reads_as_itself(path: Path) -> None:
    first = parse(Source(path.name, path.read_text(encoding="utf-8")))
    assert first.diagnostics == ()
    again = parse(Source(path.name, format_module(first.module)))
    assert again.diagnostics == ()
    assert again.module == first.module


def formatted(text: str) -> str:
    result = parse(Source("given", text))
    assert result.diagnostics == ()
    return format_module(result.module)


def test_layout_and_plain_comments_do_not_matter() -> None:
    loose = "# a comment\nlet  a   = ( 1+2 )*3   # another\n\n\nlet b = [1,\n   2,\n]\n"
    assert formatted(loose) == "let a = (1 + 2) * 3\nlet b = [1, 2]\n"


def test_parentheses_stay_only_where_they_mean_something() -> None:
    assert formatted("let a = ((1 * (2)) + (3))") == "let a = 1 * 2 + 3\n"
    assert formatted("let a = 1 - (2 - 3)") == "let a = 1 - (2 - 3)\n"
    assert formatted("let a = (2^3)^4 + 2^(3^4)") == "let a = (2^3)^4 + 2^3^4\n"
    assert formatted("let a = (-2)^2 + -2^2") == "let a = (-2)^2 + -2^2\n"


def test_a_power_of_a_quantity_keeps_its_parentheses() -> None:
    assert formatted("let a = (5 mm)^2") == "let a = (5 mm)^2\n"


def test_long_constructors_get_a_line_for_each_field() -> None:
    text = formatted(f"generator warp = flow {{ symmetry = {'g' * 60}, activation = tanh, hidden = [10, 10] }}")
    assert text == (
        f"generator warp = flow {{\n    symmetry = {'g' * 60}\n    activation = tanh\n    hidden = [10, 10]\n}}\n"
    )


def test_doc_comments_stay_with_what_they_belong_to() -> None:
    text = """\
## The module.

## A law.
define material soft {
    E: Pressure  ## stiffness
    ## Two lines,
    ## before.
    nu: Scalar
}

shape pores = [
    circle {
        radius = 3 mm  ## of the pore
    }
]
"""
    module = parse(Source("given", text)).module
    assert module.doc == "The module."
    definition = module.statements[0]
    assert isinstance(definition, ast.DefinitionSyntax)
    assert (definition.doc, [member.doc for member in definition.members]) == (
        "A law.",
        ["stiffness", "Two lines,\nbefore."],
    )
    assert parse(Source("formatted", format_module(module))).module == module
