"""The parser that lark's stand-alone tool wrote is that of the grammar, and gives what lark as a library gives."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import lark
import lark.lexer
import pytest

from metac.dsl import generate_parser, generated_parser, lark_parser
from metac.dsl.builder import PARTS, RULES
from metac.dsl.lark_parser import TokenLexer
from metac.dsl.parser import parse
from metac.dsl.source import Source

LIBRARY = Path(str(files("metac.stdlib")))
GRAMMAR = files("metac.dsl").joinpath(generate_parser.GRAMMAR).read_text("utf-8")


def tables(text: str) -> str:
    """What of a generated file comes from the grammar; before it stands lark's own code."""
    return text[text.index("\nDATA = (") :]


def test_the_parser_belongs_to_the_grammar() -> None:
    kept = files("metac.dsl").joinpath(generate_parser.PARSER).read_text("utf-8")
    assert generated_parser.__version__ == lark.__version__, "the version that `dev` pins"
    assert tables(kept) == tables(generate_parser.generated_source()), "run: python -m metac.dsl.generate_parser"


def test_the_licence_of_the_generated_file_is_stated() -> None:
    head = files("metac.dsl").joinpath(generate_parser.PARSER).read_text("utf-8")[:2000]
    assert "Mozilla Public License, v. 2.0" in head and "https://mozilla.org/MPL/2.0/" in head


class LibraryLexer(lark.lexer.Lexer):
    __future_interface__ = 2
    lex = TokenLexer.lex  # type: ignore[assignment]

    def __init__(self, lexer_conf: object) -> None:
        pass


@pytest.mark.parametrize(
    "path",
    [
        LIBRARY / "starter.meta",
        LIBRARY / "kinds" / "symmetry.meta",
        LIBRARY / "materials" / "neo_hookean.meta",
        Path(__file__).with_name("full.meta"),
    ],
    ids=lambda path: path.name,
)
def test_nodes_and_failures_are_those_of_the_library(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    broken = f"{text}\nlet broken = = 1\n"
    read, refused = parse(Source("<text>", text)), parse(Source("<text>", broken))
    assert not read.diagnostics and refused.diagnostics
    transformer = lark.v_args(wrapper=lark_parser._with_tokens_of_ours)(
        type("TreeBuilder", (lark.Transformer,), dict(RULES))
    )
    library = lark.Lark(
        GRAMMAR,
        parser="lalr",
        lexer=LibraryLexer,
        start=list(generate_parser.STARTS),
        maybe_placeholders=True,
        transformer=transformer(),
    )
    monkeypatch.setattr(lark_parser, "_parser", lambda: library)
    monkeypatch.setattr(generated_parser, "UnexpectedToken", lark.UnexpectedToken)
    assert parse(Source("<text>", text)).module == read.module
    assert [found.labels[0].text for found in parse(Source("<text>", broken)).diagnostics] == [
        found.labels[0].text for found in refused.diagnostics
    ]


def test_each_rule_is_built_in_one_place() -> None:
    written = [name for part in PARTS for name in vars(part) if not name.startswith("_")]
    assert len(written) == len(set(written)) == len(RULES)
    asked = set(re.findall(r"->\s*(\w+)", GRAMMAR)) | set(re.findall(r"^\??(\w+)\s*:", GRAMMAR, re.MULTILINE))
    assert set(RULES) <= asked, "a method without a rule is never called"
