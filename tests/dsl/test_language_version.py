"""`language 1`."""

import pytest

from metac.dsl.parser import parse
from metac.dsl.source import Source


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("language 1\nlet a = 1", []),
        ('## What it is.\n\nlanguage 1\nimport "a.meta"', []),
        ("let language = 1\nlet b = language", []),
        ("material m = law { language = 1 }", []),
        ("language 2", ["M0139"]),
        ("language 0", ["M0139"]),
        ("language 1.0", ["M0139"]),
        ("let a = 1\nlanguage 1", ["M0139"]),
        ("language 1\nlanguage 1", ["M0139"]),
        ("language x", ["M0101"]),
    ],
)
def test_versions(text: str, codes: list[str]) -> None:
    assert [each.code for each in parse(Source("<text>", text)).diagnostics] == codes
