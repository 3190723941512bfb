from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, Transformer, v_args

from metac.dsl import automaton, tables
from metac.dsl.builder import Builder
from metac.dsl.lexer import Token
from metac.dsl.parser import parse
from metac.dsl.source import Source

GRAMMAR = files("metac.dsl").joinpath(tables.GRAMMAR).read_text("utf-8")


def test_the_kept_tables_belong_to_the_grammar():
    kept = files("metac.dsl").joinpath(tables.TABLES).read_text("utf-8")
    assert tables.dumps(tables.make_tables(GRAMMAR)) == kept, "write them anew: python -m metac.dsl.tables"
    assert tables.dumps(tables.loads(kept)) == kept


def test_ends_of_lines_are_no_change_of_the_grammar():
    assert tables.checksum(GRAMMAR.replace("\n", "\r\n")) == tables.checksum(GRAMMAR)
    assert tables.checksum(GRAMMAR + "// more") != tables.checksum(GRAMMAR)


def test_a_changed_grammar_is_used_at_once(monkeypatch, tmp_path):
    changed = GRAMMAR.replace("LET NAME EQUALS expression", "LET NAME COLON expression")
    tmp_path.joinpath(tables.GRAMMAR).write_text(changed, encoding="utf-8")
    tmp_path.joinpath(tables.TABLES).write_text(tables.dumps(tables.tables()), encoding="utf-8")
    monkeypatch.setattr(tables, "files", lambda _: tmp_path)
    tables.tables.cache_clear()
    try:
        assert not parse(Source("<text>", "let a : 1")).diagnostics
    finally:
        tables.tables.cache_clear()


def test_empty_alternatives_are_refused():
    with pytest.raises(ValueError, match="`statement` is empty"):
        tables.make_tables("%declare A\nstatement: \nmember: A\nassignment: A\nexpression: A\n")


LarkBuilder = v_args(inline=True)(type("LarkBuilder", (Transformer,), dict(vars(Builder))))
LIBRARY = Path(str(files("metac.stdlib")))


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
def test_nodes_are_those_that_lark_itself_gives(path, monkeypatch):
    runs: list[tuple[str, Sequence[Token], Any]] = []

    class Recorded(automaton._State):
        def __init__(self, start):
            super().__init__(start)
            self.fed: list[Token] = []

        def feed(self, token):
            self.fed.append(token)
            return super().feed(token)

        def finish(self):
            done = super().finish()
            runs.append((self.start, self.fed, self.values[0]))
            return done

    monkeypatch.setattr(automaton, "_State", Recorded)
    parser = Lark(
        GRAMMAR, parser="lalr", lexer="basic", start=list(tables.STARTS), maybe_placeholders=True, transformer=LarkBuilder()
    )
    without_comments = "".join(f"{line.split('##')[0]}\n" for line in path.read_text(encoding="utf-8").splitlines())
    assert not parse(Source("<text>", without_comments)).diagnostics
    assert runs
    monkeypatch.setattr("metac.dsl.builder._doc", lambda span: "")
    for start, fed, node in runs:
        state = parser.parse_interactive(start=start)
        for token in fed:
            state.feed_token(token)
        assert state.feed_token(automaton.end_token(fed)) == node
