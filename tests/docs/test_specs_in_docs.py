"""Specs in README and docs can be checked as they stand; parts of specs say that they are parts, and are well formed."""

import re
from pathlib import Path

import pytest

import metac
from metac.dsl.parser import parse
from metac.dsl.source import Source

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```meta\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# [\w/]+\.meta\n")
"""The first line of blocks that are files of a page's own project, which tests of those pages run."""
PART = "# part of a spec\n"
BLOCKS = [
    pytest.param(block["text"], id=f"{page.stem}-{number}")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    for number, block in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")), start=1)
    if not FILE.match(block["text"])
]


@pytest.mark.parametrize("text", BLOCKS)
def test_a_block_is_a_whole_spec_or_says_that_it_is_not(text):
    if text.startswith(PART):
        assert list(parse(Source("<docs>", text)).diagnostics) == []
    else:
        assert [found.message for found in metac.compile(text).diagnostics if found.severity == "error"] == []


def test_both_sorts_are_there():
    texts = [block.values[0] for block in BLOCKS]
    assert 3 < sum(text.startswith(PART) for text in texts) < len(texts) - 3
