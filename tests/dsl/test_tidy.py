"""The layout keeps what is written, is stable, and lines up what the writer began to line up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metac.dsl.formatter import format_module
from metac.dsl.lexer import lex
from metac.dsl.parser import parse
from metac.dsl.source import Source
from metac.dsl.tidy import tidied
from tests.dsl.test_formatter import trees

ROOT = Path(__file__).parents[2]


def tidy(text: str) -> str:
    return tidied(Source("a.meta", text))


def words(text: str) -> list[str]:
    """Everything but spaces and empty lines; commas and line ends included."""
    return [token.text for token in lex(Source("a", text)).tokens if token.type != "NEWLINE"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees.modules, st.randoms(use_true_random=False))
def test_words_and_meaning_stay_whatever_the_spaces(module, random) -> None:
    text = format_module(module)
    loose = "".join(
        letter * random.randint(1, 4) if letter == " " and '"' not in line and "#" not in line else letter
        for line in text.splitlines(keepends=True)
        for letter in line
    )
    laid_out = tidy(loose)
    assert parse(Source("a", laid_out)).module == parse(Source("a", loose)).module
    assert words(laid_out) == words(loose)
    assert tidy(laid_out) == laid_out


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("stdlib/**/*.meta"), *ROOT.glob("specs/**/*.meta")]), ids=lambda p: p.stem
)
def test_files_of_ours_are_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert tidy(text) == text, f"metac fmt {path.relative_to(ROOT)}"


def test_spaces_indents_and_empty_lines_are_even() -> None:
    loose = """\


param   a : Int=3 in 1..5   ## doc
load p=tension{strain=10 %,b=-x^2,
      c = f( 1 )[ :,2 ]   # c
  }


match stress(p)
  to e->3 kPa * e   # what is wanted
    within 1 - 2
f(x:Length,n=3)=x
\t# alone
"""
    assert (
        tidy(loose)
        == """\
param a: Int = 3 in 1 .. 5  ## doc
load p = tension { strain = 10 %, b = -x^2,
    c = f(1)[:, 2]  # c
}

match stress(p)
    to e -> 3 kPa * e  # what is wanted
    within 1 - 2
f(x: Length, n = 3) = x
# alone
"""
    )


def test_columns_follow_where_one_line_began() -> None:
    loose = """\
symmetry  g      = p4 { cell = 20 mm }   # its group
material rubber = neo_hookean {
    E  = 50 MPa
    nu = 0.46
    plane = stress
}
body sheet = cell { shape = pores }  # no pores yet

match poisson_ratio(pull) to 1
require  volume_fraction(design) >= 0.2
"""
    laid_out = """\
symmetry g      = p4 { cell = 20 mm }  # its group
material rubber = neo_hookean {
    E     = 50 MPa
    nu    = 0.46
    plane = stress
}
body     sheet  = cell { shape = pores }  # no pores yet

match   poisson_ratio(pull) to 1
require volume_fraction(design) >= 0.2
"""
    assert tidy(loose) == laid_out


def test_what_nobody_lined_up_stays_single_spaced() -> None:
    plain = "let a = 1\nlet longer = 2\n\nparam x: Length = 1 mm  # short\nparam other: Pressure = 2 MPa  # long\n"
    assert tidy(plain) == plain


@pytest.mark.parametrize("text", ["\ufefflet a = 1\n", "let a = 1", "let a = 1\r\nlet b = 2\r\n"])
def test_odd_texts(text: str) -> None:
    laid_out = tidy(text)
    assert tidy(laid_out) == laid_out and not laid_out.startswith("\n")
    assert parse(Source("a", laid_out)).module == parse(Source("a", text)).module


@pytest.mark.parametrize("text", ["let = 1", "", "# only a comment"])
def test_texts_with_errors_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="errors of syntax"):
        tidy(text)
