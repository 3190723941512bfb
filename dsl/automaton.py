"""The LALR automaton: one run of tokens in, one node or one place of failure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from metac.dsl.builder import Builder
from metac.dsl.keywords import CLAUSE_WORDS, STATEMENT_WORDS
from metac.dsl.lexer import Token
from metac.dsl.source import Span
from metac.dsl.tables import Rule, tables

Start = Literal["statement", "member", "assignment", "expression"]

END = "$END"
_SOFT = frozenset(word.upper() for word in STATEMENT_WORDS | CLAUSE_WORDS)
_VALUES = frozenset(word.upper() for word in STATEMENT_WORDS | {"scale", "weight", "python", "gives", "as"})
CLASSES = {
    "COMPARISON": ("LESS", "LESS_EQUAL", "MORE", "MORE_EQUAL", "SAME", "DIFFERENT"),
    "FACTOR": ("STAR", "SLASH"),
    "BOOLEAN": ("TRUE", "FALSE"),
    "MODIFIER": ("SCALE", "WEIGHT", "WITHIN"),
    "EXTREMUM": ("MINIMIZE", "MAXIMIZE"),
    "CONTINUATION": ("STAGE", "SWEEP"),
}
"""Terminals of the grammar that stand for several types of tokens: fewer of them make a smaller automaton."""

_CLASS_OF = {member: name for name, members in CLASSES.items() for member in members}
_BUILDER = Builder()
_STARTS_VALUE = frozenset({"NAME", "NUMBER", "QUANTITY", "TEXT", "TRUE", "FALSE", "NONE", "IF"})


@dataclass(frozen=True)
class Failure:
    """Where the automaton could not go on: `tokens[index]`, or the end, and what it would have taken there."""

    start: Start
    tokens: Sequence[Token]
    index: int
    accepted: frozenset[str]

    def at(self, offset: int = 0) -> Token:
        """The failing token, or one before or after it; past either end, a token of type `$END`."""
        place = self.index + offset
        if 0 <= place < len(self.tokens):
            return self.tokens[place]
        return end_token(self.tokens)


def end_token(tokens: Sequence[Token]) -> Token:
    """The end of a run of tokens, just after the last."""
    last = tokens[-1].span
    return Token(END, Span(last.source, last.end, last.end))


def run(start: Start, tokens: Sequence[Token]) -> Any | Failure:
    """The node for a run of at least one token, or where it fails. `builder.findings` must be set."""
    state = _State(start)
    for index, token in enumerate(tokens):
        kind = token.type
        if kind in _SOFT:
            kind = _kind(token, tokens[index + 1].type if index + 1 < len(tokens) else END, state.choices)
        kind = _CLASS_OF.get(kind, kind)
        if not state.feed(token if kind == token.type else token._replace(type=kind)):
            return state.failure(tokens, index)
    if not state.finish():
        return state.failure(tokens, len(tokens))
    return state.values[0]


class _State:
    """The stacks of one run: states, and for all but the first the token or node that led there."""

    def __init__(self, start: Start) -> None:
        self.start: Start = start
        self.tables = tables()
        self.states = [self.tables.starts[start]]
        self.values: list[Any] = []

    @property
    def choices(self) -> Mapping[str, int]:
        """What the table has for the present state, by symbol; not all of it need be accepted in the end."""
        return self.tables.states[self.states[-1]]

    def feed(self, token: Token) -> bool:
        """Takes a token, or says that it cannot stand here."""
        while (action := self.choices.get(token.type)) is not None:
            if action >= 0:
                self.states.append(action)
                self.values.append(token)
                return True
            self._reduce(~action)
        return False

    def finish(self) -> bool:
        """Takes the end, or says that something is still missing; the one value left is then the result."""
        end = self.tables.ends[self.start]
        while self.states[-1] != end:
            action = self.choices.get(END)
            if action is None:
                return False
            self._reduce(~action)
        return True

    def _reduce(self, number: int) -> None:
        rule = self.tables.rules[number]
        taken = self.values[-rule.size :]
        del self.values[-rule.size :], self.states[-rule.size :]
        self.values.append(_value(rule, taken))
        self.states.append(self.choices[rule.origin])

    def failure(self, tokens: Sequence[Token], index: int) -> Failure:
        """The present state as the place where the run failed."""
        terminals = [symbol for symbol in self.choices if symbol.isupper() and self._accepts(symbol)]
        accepted = (member for terminal in terminals for member in CLASSES.get(terminal, (terminal,)))
        return Failure(self.start, tokens, index, frozenset(accepted))

    def _accepts(self, symbol: str) -> bool:
        """Whether a terminal can stand here: after all reductions that it asks for, too."""
        states = list(self.states)
        while (action := self.tables.states[states[-1]].get(symbol)) is not None:
            if action >= 0:
                return True
            rule = self.tables.rules[~action]
            del states[-rule.size :]
            states.append(self.tables.states[states[-1]][rule.origin])
            if symbol == END and states[-1] == self.tables.ends[self.start]:
                return True
        return False


def _value(rule: Rule, taken: Sequence[Any]) -> Any:
    """What becomes of the symbols that a rule takes: a node, a list to splice, or the only child."""
    children: list[Any] = []
    for place in rule.children:
        if place is None:
            children.append(None)
        elif place >= 0:
            children.append(taken[place])
        else:
            children.extend(taken[~place])
    if rule.callback is not None:
        return getattr(_BUILDER, rule.callback)(*children)
    return children if rule.origin.startswith("_") else children[0]


def _kind(token: Token, following: str, choices: Mapping[str, int]) -> str:
    """The type of a word of the language: NAME where the grammar wants a name and the word can be nothing else.

    Before `=` and `:` it always is one (a field called `by`). As a value, only words that join no two expressions are names,
    or a forgotten value would pass unnoticed.
    """
    if "NAME" not in choices:
        return token.type
    binds = following in ("EQUALS", "COLON")
    if not binds:
        if _CLASS_OF.get(token.type, token.type) in choices or following in _STARTS_VALUE:
            return token.type
        if "NUMBER" in choices and token.type not in _VALUES:
            return token.type
    return "NAME"
