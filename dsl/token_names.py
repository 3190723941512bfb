"""Tokens and sets of terminals in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from metac.dsl.keywords import COMPARISONS, SPELLINGS, WORDS
from metac.dsl.lark_parser import END, ParseFailure
from metac.dsl.tokens import Token

_VALUE = frozenset({"NUMBER", "QUANTITY", "TEXT", "TRUE", "FALSE", "NONE", "NAME", "MINUS", "NOT", "IF", "LAMBDA_OPEN"})
_OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "CARET", "DOTS", "AND", "OR"}) | COMPARISONS
_AFTER_VALUE = frozenset({"DOT", "OPEN_ROUND", "OPEN_SQUARE", "OPEN_BRACE"}) | _OPERATORS
_WORDS = frozenset(word.upper() for word in WORDS)
_ORDER = ("NAME", "EQUALS", "COLON", "TO", "_COMMA", "_SEPARATOR")


def described(token: Token) -> str:
    """A token as a reader would call it."""
    if token.type == END:
        return "the end of the line"
    if token.type == "_SEPARATOR":
        return "`,`" if token.text == "," else "the end of the line"
    if token.type == "TEXT":
        return f"the text {_shortened(token.text)}"
    if token.type in ("NUMBER", "QUANTITY"):
        return f"the {token.type.lower()} `{_shortened(token.text)}`"
    if token.type in _WORDS:
        return f"the word `{token.text}`"
    return f"`{_shortened(token.text)}`" if token.text else f"`{SPELLINGS[token.type]}`"


def expected(failure: ParseFailure) -> str:
    """What the grammar would have taken, as a short list."""
    accepted = set(failure.accepted)
    if {"FOR", "CLOSE_SQUARE"} <= accepted:
        accepted -= {"FOR"}  # Possible after the first item of any list, but seldom what is missing.
    parts: list[str] = []
    if failure.index == 0:
        starts = {"statement": "a statement", "member": "a field, `let` or a function", "assignment": "a field"}
        if failure.start in starts:
            return starts[failure.start]
    if starts_value(accepted):
        parts.append("a value")
        accepted -= _VALUE | {"OPEN_ROUND", "OPEN_SQUARE", "OPEN_BRACE"}
    elif accepted >= {"NAME", "OPEN_SQUARE"} and accepted <= {"NAME", "OPEN_SQUARE", "NUMBER"}:
        parts.append("a type")
        accepted = set()
    elif "PLUS" in accepted:
        wants_range = "DOTS" in accepted and "LESS" not in accepted
        accepted -= _AFTER_VALUE | {"ARROW"}
        accepted |= {"DOTS"} if wants_range else set()
        parts.append("an operator")
    for terminal in sorted(accepted, key=_rank):
        name = _named(terminal, failure)
        if name not in parts:
            parts.append(name)
    return _listed(sorted(parts, key=lambda part: part == "an operator"))


def starts_value(accepted: Iterable[str]) -> bool:
    """Whether any expression could stand here."""
    return {"NUMBER", "QUANTITY", "TEXT"} <= set(accepted)


def is_word(token: Token) -> bool:
    """Whether a token is written in letters: a name or a word of the language."""
    return token.type == "NAME" or token.type in _WORDS


def _named(terminal: str, failure: ParseFailure) -> str:
    if terminal == END:
        return "the end of the line" if failure.start != "expression" else "the end"
    plain = {
        "NAME": "a name",
        "TEXT": 'a text in quotes, `"…"`',
        "NUMBER": "a number",
        "_SEPARATOR": "a comma or a new line",
    }
    return plain.get(terminal) or f"`{SPELLINGS[terminal]}`"


def _rank(terminal: str) -> tuple[int, str]:
    return (_ORDER.index(terminal) if terminal in _ORDER else len(_ORDER), terminal)


def _listed(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} or {parts[-1]}"


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:36]}…{text[-1]}"
