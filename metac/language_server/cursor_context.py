"""What stands, or could stand, at a position.

Found from the tokens before it, since a text that is being written seldom parses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from metac.compiler.library.definitions import Definition, FieldDefinition
from metac.compiler.library.lookup import Library
from metac.compiler.types.types import KindType, ListType, Type
from metac.dsl.keywords import BRACKETS, STATEMENT_WORDS
from metac.dsl.tokens import Token
from metac.language_server.document import Document

Role = Literal["statement", "name", "kind", "type", "field", "value", "member"]
"""The start of a statement; a name that is given; a kind behind `define`; a type; the name of a field or argument, or the
first argument of a call; a value; what follows a dot."""
_KEYWORDS = frozenset(word.upper() for word in STATEMENT_WORDS)
_NAMING = frozenset({"PARAM", "LET", "STAGE", "SWEEP", "AS"})


@dataclass
class _Frame:
    """Between a bracket and its end: what the items are, and the tokens of the present item."""

    opener: str
    definition: Definition | None = None
    """Whose fields or arguments stand here."""
    expected: Type | None = None
    """What each item has to be, where it is no field."""
    item: list[Token] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    """Fields that have a value before the present item."""
    count: int = 0
    """Items before the present one."""

    def next_item(self) -> None:
        if self.item:
            self.count += 1
            if len(self.item) > 1 and self.item[1].type == "EQUALS":
                self.given.append(self.item[0].text)
        self.item = []

    @property
    def field(self) -> FieldDefinition | None:
        """The field or argument that the present item is the value of."""
        if self.definition is None:
            return None
        fields = self.definition.fields
        if len(self.item) > 1 and self.item[1].type == "EQUALS":
            return fields.get(self.item[0].text)
        if self.opener == "OPEN_ROUND" and self.count < len(fields):
            return list(fields.values())[self.count]
        return None


@dataclass(frozen=True)
class CursorContext:
    """A position, and what the text says of it."""

    role: Role
    word: Token | None
    """The name at the position, if there is one."""
    definition: Definition | None = None
    """Of the constructor or measure whose fields stand around."""
    field: FieldDefinition | None = None
    """The field whose value stands here."""
    expected: Type | None = None
    """What a value has to be here, where that is known."""
    given: tuple[str, ...] = ()
    """Fields that have a value already."""
    before: Token | None = None
    qualifier: str | None = None
    """What stands before the dot."""
    statement: str = ""
    """The first word of the statement: `match`, `body`."""
    called: bool = False
    """Whether a bracket of arguments follows."""
    constructs: bool = False
    """Whether a brace with fields follows."""


def context_at(document: Document, offset: int) -> CursorContext:
    """What stands at an offset."""
    word = document.word(offset)
    if word is not None and not word.text[:1].isidentifier():
        word = None
    start = offset if word is None else word.span.start
    before = [each for each in document.tokens if each.span.end <= start and each is not word]
    walk = _TokenWalk(document.library)
    for index, token in enumerate(before):
        walk.take(token, before[index + 1 :] if token.type == "NEWLINE" else ())
    if word is not None and before and before[-1].type == "NEWLINE":
        walk.begin_statement(word)
    after = _after(document.tokens, word)
    return walk.place(word, before[-1] if before else None, after)


def _after(tokens: Sequence[Token], word: Token | None) -> str:
    if word is None:
        return ""
    index = next(index for index, each in enumerate(tokens) if each is word)
    return tokens[index + 1].type if index + 1 < len(tokens) else ""


class _TokenWalk:
    """Goes through the tokens before a position."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._frames: list[_Frame] = [_Frame("")]
        self._type: Type | None = None
        """That of the value of the present statement."""

    @property
    def _top(self) -> _Frame:
        return self._frames[-1]

    def take(self, token: Token, following: Sequence[Token] = ()) -> None:
        """Take the next token; behind a newline, `following` are the tokens after it."""
        if token.type == "NEWLINE":
            if _starts_statement(following):
                self._frames = [_Frame("")]
            elif self._top.opener in ("", "OPEN_BRACE"):
                self._top.next_item()
        elif token.type == "_COMMA":
            self._top.next_item()
        elif token.type in BRACKETS:
            self._open(token)
        elif token.type in BRACKETS.values():
            if len(self._frames) > 1:
                self._frames.pop()
            self._top.item.append(token)
        else:
            self._top.item.append(token)

    def begin_statement(self, word: Token) -> None:
        """A word at the margin behind a newline begins a statement even where a brace before it is still open."""
        if word.span.source.position(word.span.start)[1] == 1:
            self._frames = [_Frame("")]

    def _open(self, token: Token) -> None:
        name = _name_before(self._top.item)
        frame = _Frame(token.type)
        if token.type == "OPEN_BRACE" and name is not None:
            kind = self._kind()
            frame.definition = None if kind is None else self._library.find(kind, *_split(name))
        elif token.type == "OPEN_ROUND" and name is not None:
            kinds = self._library.called_kinds()
            frame.definition = next((found for kind in kinds if (found := self._library.find(kind, *_split(name)))), None)
        elif token.type == "OPEN_SQUARE":
            expected = self._expected()
            frame.expected = expected.item if isinstance(expected, ListType) else expected
        else:
            frame.expected = self._expected()
        self._top.item.append(token)
        self._frames.append(frame)

    def _kind(self) -> str | None:
        """The kind of object that a constructor here makes."""
        expected = self._expected()
        return expected.kind if isinstance(expected, KindType) else None

    def _expected(self) -> Type | None:
        top = self._top
        if top.field is not None:
            return top.field.type
        if top.opener:
            return top.expected
        item = top.item
        if len(item) > 2 and item[0].type == "NAME" and item[1].type == "NAME" and item[2].type == "EQUALS":
            return KindType(item[0].text) if self._library.has_kind(item[0].text) else None
        return None

    def place(self, word: Token | None, before: Token | None, after: str) -> CursorContext:
        """The place behind all that was taken."""
        top = self._top
        statement = self._frames[0].item[0].text if self._frames[0].item else ""
        role = self._role(before)
        qualifier = _name_before(top.item[:-1]) if role == "member" else None
        return CursorContext(
            role,
            word,
            top.definition,
            top.field,
            self._expected(),
            tuple(top.given),
            before,
            qualifier,
            statement,
            called=after == "OPEN_ROUND",
            constructs=after == "OPEN_BRACE",
        )

    def _role(self, before: Token | None) -> Role:
        top, item = self._top, self._top.item
        if before is not None and before.type == "DOT" and item:
            return "member"
        if not top.opener:
            return _outside(item)
        if item and item[-1].type == "COLON":
            return "type"
        if not item and top.opener in ("OPEN_BRACE", "OPEN_ROUND") and top.definition is not None:
            return "field"
        return "value"


def _outside(item: Sequence[Token]) -> Role:
    """The role of what follows the tokens of a statement."""
    kinds = [each.type for each in item]
    if not item:
        return "statement"
    if kinds == ["DEFINE"]:
        return "kind"
    if kinds in (["NAME"], ["DEFINE", "NAME"]) or (kinds[-1] in _NAMING and len(kinds) <= 3):
        return "name"
    if kinds[-1] == "COLON" and kinds[0] == "PARAM":
        return "type"
    return "value"


def _starts_statement(following: Sequence[Token]) -> bool:
    """Whether a statement surely begins here: its word, or `KIND NAME =`, stands at the margin."""
    if not following:
        return False
    first = following[0]
    if first.span.source.position(first.span.start)[1] != 1:
        return False
    kinds = [each.type for each in following[:3]]
    return first.type in _KEYWORDS or kinds == ["NAME", "NAME", "EQUALS"]


def _name_before(item: Sequence[Token]) -> str | None:
    """The name, with what is before its dots, that the tokens end with."""
    parts: list[str] = []
    index = len(item) - 1
    while index >= 0 and item[index].type == "NAME":
        parts.insert(0, item[index].text)
        if index < 2 or item[index - 1].type != "DOT":
            break
        index -= 2
    return ".".join(parts) or None


def _split(name: str) -> tuple[str, str | None]:
    qualifier, _, last = name.rpartition(".")
    return last, qualifier or None
