"""Places in texts."""

from __future__ import annotations

import pytest

from metac.dsl.source import Source, Span


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_lines_of_any_system(end: str) -> None:
    source = Source("x", f"ab{end}{end}cd")
    assert [source.line(number) for number in (1, 2, 3)] == ["ab", "", "cd"]
    assert source.position(source.text.index("d")) == (3, 2)


def test_the_end_of_a_text_has_a_place() -> None:
    assert Source("x", "").position(0) == (1, 1)
    assert Source("x", "a\n").position(2) == (2, 1)
    assert Source("x", "a\n").line(2) == ""


def test_spans_join() -> None:
    source = Source("x", "a + b")
    assert Span(source, 0, 1).to(Span(source, 4, 5)).text == "a + b"
