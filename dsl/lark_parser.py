"""lark's parser at work: one run of tokens in, one node or one place of failure out.

The tokens come from lexer.py by lark's interface for lexers of one's own; what could stand at a failure is what lark's
interactive parser accepts there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from metac.dsl import generated_parser as lark
from metac.dsl.builder import RULES
from metac.dsl.keywords import CLAUSE_WORDS, STATEMENT_WORDS
from metac.dsl.source import Span
from metac.dsl.tokens import Token

Start = Literal["statement", "member", "assignment", "block_part", "expression"]

END = "$END"
_SOFT = frozenset(word.upper() for word in STATEMENT_WORDS | CLAUSE_WORDS)
_VALUES = frozenset(word.upper() for word in STATEMENT_WORDS | {"scale", "weight", "python", "gives", "as"})
CLASSES = {
    "COMPARISON": ("LESS", "LESS_EQUAL", "MORE", "MORE_EQUAL", "SAME", "DIFFERENT"),
    "FACTOR": ("STAR", "SLASH"),
    "BOOLEAN": ("TRUE", "FALSE"),
    "MODIFIER": ("SCALE", "WEIGHT", "WITHIN"),
    "EXTREMUM": ("MINIMIZE", "MAXIMIZE"),
    "CONDITION": ("REQUIRE", "VERIFY"),
    "CONTINUATION": ("STAGE", "SWEEP"),
}
"""Terminals of the grammar that stand for several types of tokens: fewer of them make smaller tables."""

_CLASS_OF = {member: name for name, members in CLASSES.items() for member in members}
_STARTS_VALUE = frozenset({"NAME", "NUMBER", "QUANTITY", "TEXT", "TRUE", "FALSE", "NONE", "IF"})


@dataclass(frozen=True)
class ParseFailure:
    """Where the parser could not continue: `tokens[index]`, or the end, and what it would have taken there."""

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


def parse_tokens(start: Start, tokens: Sequence[Token]) -> Any | ParseFailure:
    """The node for a run of at least one token, or where it fails. `builder.parse_record` must be set."""
    try:
        return _parser().parse(tokens, start=start)  # pyright: ignore[reportArgumentType]  # a lexer of one's own takes anything
    except lark.UnexpectedToken as failure:
        index = len(tokens) if failure.token.type == END else failure.token.start_pos
        # Where all before is complete, reductions may have led to the last state: nothing is accepted there but the end.
        terminals = failure.interactive_parser.accepts() or {END}  # pyright: ignore[reportAttributeAccessIssue]
        accepted = (member for terminal in terminals for member in CLASSES.get(terminal, (terminal,)))
        return ParseFailure(start, tokens, index, frozenset(accepted))


class TokenLexer(lark.Lexer):
    """Hands tokens that exist already to lark, each under the terminal that it is for the grammar at its place."""

    __future_interface__ = 2  # lark then calls `lex` with the parser's state

    def __init__(self, lexer_conf: object) -> None:
        """Takes no configuration."""

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[lark.Token]:
        """One token at a time: the parser has taken the one before it when the next is asked for."""
        tokens: Sequence[Token] = lexer_state.text
        for index, token in enumerate(tokens):
            kind = token.type
            if kind in _SOFT:
                following = tokens[index + 1].type if index + 1 < len(tokens) else END
                kind = _kind(token, following, parser_state.parse_conf.states[parser_state.position])
            kind = _CLASS_OF.get(kind, kind)
            yield lark.Token(kind, token if kind == token.type else token._replace(type=kind), index)


def _kind(token: Token, following: str, choices: Mapping[str, object]) -> str:
    """The type of a word of the language: NAME where the grammar wants a name and the word can be nothing else.

    Before `=` and `:` it always is one (a field called `by`). As a value, only words that join no two expressions are names,
    or a forgotten value would pass unnoticed. `choices` is what the tables have for the present state, by terminal.
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


def _with_tokens_of_ours(method: Callable[..., Any], _rule: str, children: Sequence[Any], _meta: object) -> Any:
    """Calls a method of the builder with the children as arguments; lark's tokens hold ours as their values."""
    return method(*(child.value if isinstance(child, lark.Token) else child for child in children))


@cache
def _parser() -> lark.Lark:
    """The parser, once in a process. It holds no state of a parse, so all threads may share it."""
    lark.DATA["options"]["lexer"] = lark.DATA["parser"]["lexer_conf"]["lexer_type"] = TokenLexer
    builder = lark.v_args(wrapper=_with_tokens_of_ours)(type("TreeBuilder", (lark.Transformer,), dict(RULES)))
    return lark.Lark_StandAlone(transformer=builder())
