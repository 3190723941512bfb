"""Tokens to statements: which newline ends one, which bracket belongs to which.

What leaves here is always balanced: a missing bracket is put in, a stray one left out, and a diagnostic says so. Every
statement can then be parsed by itself, and an error in one hides none in the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.keywords import (
    BRACKETS,
    CLOSERS,
    COMPARISONS,
    CONTINUING_OPERATORS,
    CONTINUING_WORDS,
    SPELLINGS,
    STATEMENT_WORDS,
)
from metac.dsl.source import Span
from metac.dsl.tokens import Token

_CONTINUING = frozenset(word.upper() for word in CONTINUING_WORDS)
_STATEMENT = frozenset(word.upper() for word in STATEMENT_WORDS)
_BEFORE_VALUE = (
    CONTINUING_OPERATORS
    | COMPARISONS
    | {
        *(
            "EQUALS",
            "ARROW",
            "IF",
            "NOT",
            "REQUIRE",
            "VERIFY",
            "MATCH",
            "MINIMIZE",
            "MAXIMIZE",
            "LAMBDA_OPEN",
            "_COMMA",
            "_SEPARATOR",
        ),
        *BRACKETS,
    }
)
_END_OF_TEXT = "END_OF_TEXT"


@dataclass
class Layout:
    """Statements as balanced runs of tokens."""

    statements: list[list[Token]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def lay_out(tokens: Sequence[Token], *, single: bool = False) -> Layout:
    """Splits a text's tokens into statements; a `single` one continues over the ends of lines.

    A first pass pairs the brackets as they stand. Where one stays open, a second pass knows which, and closes it before the
    first line that looks like the next field or statement, so that the rest of the text keeps its shape.
    """
    first = _Pass(tokens, frozenset(), single)
    first.run()
    if not first.unclosed:
        return first.layout
    second = _Pass(tokens, frozenset(first.unclosed), single)
    second.run()
    return second.layout


def continues(first: str, second: str) -> bool:
    """Whether a line that begins with tokens of these types belongs to the statement before it."""
    return not binds(second) if first in _CONTINUING else first in CONTINUING_OPERATORS


def binds(following: str) -> bool:
    """Whether a word before a token of this type is a field's name, or one of a member of a definition."""
    return following in ("EQUALS", "COLON")


class _Pass:
    def __init__(self, tokens: Sequence[Token], suspects: frozenset[int], single: bool) -> None:
        self.tokens = tokens
        self.suspects = suspects
        self.single = single
        self.layout = Layout()
        self.current: list[Token] = []
        self.open: list[tuple[int, int]] = []  # (index among all tokens, index in `current`) of the openers
        self.unclosed: list[int] = []
        self.joined: set[int] = set()  # tokens that are part of the one before

    def run(self) -> None:
        for index, token in enumerate(self.tokens):
            if index in self.joined:
                continue
            if token.type == "NEWLINE":
                self._newline(index)
            elif token.type in BRACKETS:
                self._opener(index, token)
            elif token.type in CLOSERS:
                self._closer(index, token)
            elif token.type == "_COMMA" and self._is_decimal_comma(index):
                self._join_number(index)
            elif token.type == "_COMMA" and self._inside_brace():
                self.current.append(Token("_SEPARATOR", token.span))
            else:
                self.current.append(token)
        if self.open:
            self._give_up(0, None)
        self._end_statement()

    def _type(self, index: int) -> str:
        return self.tokens[index].type if index < len(self.tokens) else _END_OF_TEXT

    def _inside_brace(self) -> bool:
        return bool(self.open) and self.tokens[self.open[-1][0]].type == "OPEN_BRACE"

    # Numbers with a comma

    def _is_decimal_comma(self, index: int) -> bool:
        """Whether a comma stands right between two numbers where no list and no call is open: `5,5 MPa`."""
        if index == 0 or (self.open and not self._inside_brace()) or index - 1 in self.joined:
            return False
        if self._type(index - 1) != "NUMBER" or self._type(index + 1) not in ("NUMBER", "QUANTITY"):
            return False
        before, after = self.tokens[index - 1], self.tokens[index + 1]
        return before.span.end == self.tokens[index].span.start and self.tokens[index].span.end == after.span.start

    def _join_number(self, index: int) -> None:
        before, comma, after = self.tokens[index - 1 : index + 2]
        whole = before.span.to(after.span)
        message, label = "a decimal point is written `.`", f"write `{before.text}.{after.text}`"
        fix = Fix(comma.span, ".")
        self.layout.diagnostics.append(Diagnostic("M0108", message, (Label(whole, label),), fix=fix))
        self.current[-1] = Token(after.type, whole, after.value)
        self.joined.add(index + 1)

    # Newlines

    def _newline(self, index: int) -> None:
        if index and self._type(index - 1) == "NEWLINE":
            return  # The first newline of a run has decided for all.
        following = index + 1
        while self._type(following) == "NEWLINE":
            following += 1
        self._close_suspects(following)
        if not self.open:
            if not self.single and not self._continues(following):
                self._end_statement()
        elif self._inside_brace():
            pointless = self.current[-1].type in ("OPEN_BRACE", "_SEPARATOR") or self._type(following) in (
                "CLOSE_BRACE",
                "_COMMA",
            )
            if not pointless and not self._continues(following):
                self.current.append(Token("_SEPARATOR", self.tokens[index].span))

    def _continues(self, index: int) -> bool:
        return continues(self._type(index), self._type(index + 1))

    def _binds(self, index: int) -> bool:
        return binds(self._type(index + 1))

    def _end_statement(self) -> None:
        if self.current:
            self.layout.statements.append(self.current)
        self.current = []

    # Brackets

    def _opener(self, index: int, token: Token) -> None:
        self.open.append((index, len(self.current)))
        self.current.append(token)

    def _closer(self, index: int, token: Token) -> None:
        wanted = CLOSERS[token.type]
        depth = next((d for d in range(len(self.open) - 1, -1, -1) if self.tokens[self.open[d][0]].type == wanted), None)
        if not self.open:
            self._report("M0103", f"`{token.text}` closes nothing", token.span, "no bracket is open here")
            return
        if depth is None:
            opener = self.tokens[self.open[-1][0]]
            right = SPELLINGS[BRACKETS[opener.type]]
            self._report(
                "M0104",
                f"`{opener.text}` is closed by `{token.text}`",
                token.span,
                f"expected `{right}`",
                Label(opener.span, "opened here"),
            )
            token = Token(BRACKETS[opener.type], token.span)
        elif depth < len(self.open) - 1:
            self._give_up(depth + 1, token.span)
        _, place = self.open.pop()
        if token.type == "CLOSE_ROUND" and self._type(index + 1) == "ARROW":
            self.current[place] = Token("LAMBDA_OPEN", self.current[place].span)
        self.current.append(token)

    def _close_suspects(self, following: int) -> None:
        """Closes brackets that are known to stay open before a line that looks like the next field or statement."""
        while self.open and self.open[-1][0] in self.suspects:
            in_brace = self._inside_brace()
            outer_brace = any(self.tokens[index].type == "OPEN_BRACE" for index, _ in self.open)
            next_field = not in_brace and outer_brace and self._type(following) == "NAME" and self._binds(following)
            if not (next_field or self._looks_like_statement(following)):
                return
            self._give_up(len(self.open) - 1, self.tokens[following].span)

    def _looks_like_statement(self, index: int) -> bool:
        kinds = [self._type(index + ahead) for ahead in range(3)]
        if not (kinds[0] in _STATEMENT or kinds == ["NAME", "NAME", "EQUALS"]) or self._binds(index):
            return False
        return _column(self.tokens[index]) <= _column(self.current[0])

    def _give_up(self, depth: int, noticed: Span | None) -> None:
        """Reports the brackets from `depth` on as unclosed and closes them."""
        openers = [self.tokens[index] for index, _ in self.open[depth:]]
        self.unclosed.extend(index for index, _ in self.open[depth:])
        last = openers[-1]
        right = SPELLINGS[BRACKETS[last.type]]
        context = [Label(opener.span, "nor is this one") for opener in openers[-3:-1]]
        if noticed is not None:
            context.append(Label(noticed, f"expected `{right}` before this"))
        self._report("M0102", f"`{last.text}` is never closed", last.span, f"its `{right}` is missing", *context)
        end = self.current[-1].span.end
        for opener in reversed(openers):
            self.current.append(Token(BRACKETS[opener.type], Span(opener.span.source, end, end)))
        del self.open[depth:]

    def _report(self, code: str, message: str, span: Span, label: str, *context: Label) -> None:
        self.layout.diagnostics.append(Diagnostic(code, message, (Label(span, label), *context)))


def opener_of(tokens: Sequence[Token], index: int) -> Token | None:
    """The innermost bracket that is open before a place in a balanced run, or None."""
    depth = 0
    for token in reversed(tokens[:index]):
        if token.type in CLOSERS:
            depth += 1
        elif token.type in BRACKETS or token.type == "LAMBDA_OPEN":
            if depth == 0:
                return token
            depth -= 1
    return None


def opens_block(tokens: Sequence[Token], index: int) -> bool:
    """Whether the `{` at a place stands where a value is due, `f(x) = { let … }`, rather than behind a name."""
    before = tokens[index - 1].type if index else "NAME"
    return before.lower() in CONTINUING_WORDS or before in _BEFORE_VALUE


def _column(token: Token) -> int:
    return token.span.source.position(token.span.start)[1]
