"""The extension for Visual Studio Code: its words are those of the language, its snippets make specs that can be read."""

import json
import re
from pathlib import Path

import pytest

from metac.dsl.keywords import CLAUSE_WORDS, RESERVED_WORDS, STATEMENT_WORDS
from metac.dsl.parser import parse
from metac.dsl.source import Source

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"
GRAMMAR = json.loads((FOLDER / "syntaxes" / "meta.tmLanguage.json").read_text(encoding="utf-8"))
SNIPPETS = json.loads((FOLDER / "snippets" / "meta.json").read_text(encoding="utf-8"))
PATTERNS = {pattern["name"]: pattern["match"] for pattern in GRAMMAR["patterns"] if "name" in pattern and "match" in pattern}


def words(name: str) -> set[str]:
    found = re.search(r"\(([a-z|]+)\)", PATTERNS[name])
    assert found is not None
    return set(found.group(1).split("|"))


def test_its_words_are_those_of_the_language() -> None:
    assert words("keyword.control.statement.meta") == STATEMENT_WORDS
    assert words("keyword.control.clause.meta") == CLAUSE_WORDS
    assert words("keyword.operator.word.meta") | {"true", "false", "none"} == RESERVED_WORDS
    for pattern in GRAMMAR["patterns"]:
        re.compile(pattern.get("match", ""))


def test_what_it_names_is_there() -> None:
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    contributed = package["contributes"]
    paths = [package["main"], contributed["languages"][0]["configuration"]]
    paths += [each["path"] for each in (*contributed["grammars"], *contributed["snippets"])]
    assert all((FOLDER / path).is_file() for path in paths)
    json.loads((FOLDER / "language-configuration.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SNIPPETS)
def test_its_snippets_can_be_read(name: str) -> None:
    body = SNIPPETS[name]["body"]
    text = body if isinstance(body, str) else "\n".join(body)
    filled = re.sub(r"\$\{\d+:((?:[^{}\\]|\{[^{}]*\}|\\.)*)\}", lambda found: found.group(1).replace("\\}", "}"), text)
    result = parse(Source("<text>", filled.replace("$0", "0 MPa") + "\n"))
    assert result.diagnostics == () and len(result.module.statements) == 1
