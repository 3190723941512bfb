"""Specs in colour: nothing of the text is lost, and the words of the language are told apart."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.token import Comment, Error, Keyword, Name, Number, String

from metac.api.spec_lexer import SpecLexer

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.meta"))


@pytest.mark.parametrize("path", SPECS[::6], ids=lambda path: path.stem)
def test_every_spec_is_read_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(SpecLexer().get_tokens_unprocessed(text))
    assert "".join(part for _, _, part in found) == text
    assert not any(kind is Error for _, kind, _ in found)
    offsets = [offset for offset, _, _ in found]
    assert offsets == sorted(offsets)


@given(st.text(alphabet="ab1 %#\"'{}[]()=.,+-*/^<>!\n\r\\é", max_size=40))
@settings(max_examples=60)
def test_any_text_is_read_whole(text: str) -> None:
    assert "".join(part for _, _, part in SpecLexer().get_tokens_unprocessed(text)) == text


def test_words_are_told_apart() -> None:
    text = 'param E: Pressure = 5 MPa  ## stiff\nbody b = pixels { size = 1 }  # plain\nlet t = "x"\nmatch nu(b) to none\n'
    kinds = {part: kind for _, kind, part in SpecLexer().get_tokens_unprocessed(text)}
    wanted = {
        "param": Keyword,
        "5": Number,
        "MPa": Keyword.Type,
        "## stiff": Comment.Special,
        "# plain": Comment.Single,
        "body": Keyword.Declaration,
        "pixels": Name.Class,
        "size": Name.Attribute,
        '"x"': String,
        "nu": Name.Function,
        "to": Keyword,
        "none": Keyword.Constant,
    }
    assert {part: kinds[part] for part in wanted} == wanted
