"""The layout that specs are kept in: what was written line by line, with even spaces, indents and columns.

Unlike `formatter.py`, which writes a whole tree, this keeps every word, number, comment and line end as they were written,
and lines up columns where the writer began to: one line of a group that has a wider gap makes all of the group follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from metac.dsl.keywords import BRACKETS, CLOSERS, COMPARISONS, STATEMENT_WORDS
from metac.dsl.layout import continues
from metac.dsl.lexer import lex
from metac.dsl.parser import parse
from metac.dsl.source import Source
from metac.dsl.tokens import Token

INDENT = 4
BEFORE_COMMENT = 2
_SPACED = frozenset({"EQUALS", "ARROW", "DOTS", *COMPARISONS})
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_GOALS = frozenset({"MATCH", "MINIMIZE", "MAXIMIZE", "REQUIRE", "VERIFY", "REPORT"})
_KEYWORDS = frozenset(word.upper() for word in STATEMENT_WORDS)


@dataclass
class _Line:
    """A line in cells, which stand in columns; `gaps` are the spaces that the writer left before each cell but the first."""

    depth: int
    shape: str = ""
    """Lines of one shape beside each other share columns; empty: none."""
    cells: list[str] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    comment: str = ""
    comment_gap: int = 0

    def text(self) -> str:
        """Without the comment, as it stands now."""
        padded = [cell + " " * gap for cell, gap in zip(self.cells, [*self.gaps, 0], strict=True)]
        return " " * INDENT * self.depth + "".join(padded) if self.cells else ""


def tidied(source: Source) -> str:
    """The text of a spec without errors of syntax, evenly laid out; reading it again gives the same tree and comments.

    Raises:
        ValueError: if the text has errors of syntax.
    """
    parsed = parse(source)
    if any(each.severity == "error" for each in parsed.diagnostics):
        raise ValueError("a text with errors of syntax has no layout")
    lines = _lines(source)
    _line_up(lines)
    _line_up_comments(lines)
    text = _joined(lines)
    again = parse(Source(source.name, text))
    assert again.module == parsed.module, "the layout of a text changes nothing of what it says"
    return text


def _lines(source: Source) -> list[_Line]:
    tokens = [token for token in lex(source).tokens if token.type != "NEWLINE"]
    found, taken, depth, start = [], 0, 0, 0
    for raw in _LINE.findall(source.text.removeprefix("\ufeff")):
        offset = source.text.index(raw, start)
        start = offset + len(raw)
        own = []
        while taken < len(tokens) and tokens[taken].span.start < start:
            own.append(tokens[taken])
            taken += 1
        closing = len(_leading_closers(own))
        if own and found and continues(own[0].type, own[1].type if len(own) > 1 else ""):
            line = _Line(depth + 1, cells=[_spaced(own, source)])
        else:
            line = _line(own, source, max(depth - closing, 0), depth == 0)
        end = own[-1].span.end if own else offset
        rest = source.text[end:start]
        line.comment = rest.strip()
        line.comment_gap = len(rest) - len(rest.lstrip())
        found.append(line)
        depth += sum(token.type in BRACKETS for token in own) - sum(token.type in CLOSERS for token in own)
    return found


def _leading_closers(tokens: Sequence[Token]) -> list[Token]:
    closers = []
    for token in tokens:
        if token.type not in CLOSERS:
            break
        closers.append(token)
    return closers


def _line(tokens: Sequence[Token], source: Source, depth: int, outside: bool) -> _Line:
    """The line in the cells of its shape."""
    line = _Line(depth)
    if not tokens:
        return line
    cuts, line.shape = _cuts(tokens, outside)
    for first, last in zip([0, *cuts], [*cuts, len(tokens)], strict=True):
        line.cells.append(_spaced(tokens[first:last], source))
    line.gaps = [tokens[cut].span.start - tokens[cut - 1].span.end for cut in cuts]
    return line


def _cuts(tokens: Sequence[Token], outside: bool) -> tuple[list[int], str]:
    """Where the cells but the first begin, and the shape."""
    kinds = [token.type for token in tokens]
    equals = _first_outside(kinds, "EQUALS")
    if outside and len(kinds) > 2 and kinds[0] in {"NAME", "LET"} and kinds[1] == "NAME" and equals == 2:
        return [1, 2], "declaration"
    if outside and kinds[0] in _GOALS and len(kinds) > 1:
        return [1], "goal"
    colon = _first_outside(kinds, "COLON")
    if colon is not None and 0 < colon < len(kinds) - 1 and (equals is None or colon < equals):
        # The value has a column of its own where the type is one word.
        value = [colon + 2] if equals == colon + 2 else []
        return [colon + 1, *value], "param" if outside else "field"
    if equals is not None and equals > 0 and (not outside or kinds[0] not in _KEYWORDS):
        return [equals], "assignment"
    return [], ""


def _first_outside(kinds: Sequence[str], wanted: str) -> int | None:
    """The first place of a token outside of brackets that open on this line."""
    depth = 0
    for index, kind in enumerate(kinds):
        if kind == wanted and depth == 0:
            return index
        depth += (kind in BRACKETS) - (kind in CLOSERS)
    return None


def _spaced(tokens: Sequence[Token], source: Source) -> str:
    """Tokens with even spaces: one where the writer left some, none where he left none, but for signs with their own."""
    parts = []
    for index, token in enumerate(tokens):
        if index:
            before = tokens[index - 1]
            was = token.span.start > before.span.end
            parts.append(" " if _space(before, token, was) else "")
        parts.append(source.text[token.span.start : token.span.end])
    return "".join(parts)


def _space(before: Token, after: Token, was: bool) -> bool:
    if after.type == "_COMMA" or after.type in {"CLOSE_ROUND", "CLOSE_SQUARE", "COLON"}:
        return after.type == "COLON" and before.type == "_COMMA"
    if before.type in {"OPEN_ROUND", "OPEN_SQUARE", "LAMBDA_OPEN"}:
        return False
    if before.type == "OPEN_BRACE" and after.type == "CLOSE_BRACE":
        return False
    braces = "OPEN_BRACE" in (before.type, after.type) or after.type == "CLOSE_BRACE"
    if braces or before.type in {"_COMMA", "COLON"} or before.type in _SPACED or after.type in _SPACED:
        return True
    return was


def _line_up(lines: Sequence[_Line]) -> None:
    """Columns of each group of lines of one shape, where one of them has a wider gap; else single spaces."""
    for group in _groups(lines):
        for column in range(max(len(line.gaps) for line in group)):
            having = [line for line in group if column < len(line.gaps)]
            wide = len(having) > 1 and any(line.gaps[column] > 1 for line in having)
            widest = max(len(line.cells[column]) for line in having)
            for line in having:
                line.gaps[column] = 1 + (widest - len(line.cells[column]) if wide else 0)


def _groups(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Lines of one shape and depth that follow each other; what stands deeper between them is passed over."""
    groups: list[list[_Line]] = []
    running: dict[int, list[_Line]] = {}
    for line in lines:
        if not line.cells:
            # An empty line, or one of a comment alone, ends all groups.
            running = {}
            continue
        running = {depth: group for depth, group in running.items() if depth <= line.depth}
        group = running.get(line.depth)
        if group is not None and _closes(line):
            continue
        if group is not None and line.shape and group[0].shape == line.shape:
            group.append(line)
        elif line.shape:
            running[line.depth] = [line]
            groups.append(running[line.depth])
        else:
            running.pop(line.depth, None)
    return groups


def _closes(line: _Line) -> bool:
    """Whether it only ends what was opened above."""
    return not line.shape and line.cells[0][0] in "}])"


def _line_up_comments(lines: Sequence[_Line]) -> None:
    """Comments behind lines that follow each other, lined up where one stands further away than it must."""
    group: list[_Line] = []
    for line in [*lines, _Line(0)]:
        if line.cells and line.comment and (not group or group[-1].depth == line.depth):
            group.append(line)
            continue
        _settle(group)
        group = [line] if line.cells and line.comment else []
    _settle(group)


def _settle(group: Sequence[_Line]) -> None:
    if not group:
        return
    wide = len(group) > 1 and any(line.comment_gap > BEFORE_COMMENT for line in group)
    widest = max(len(line.text()) for line in group)
    for line in group:
        line.comment_gap = BEFORE_COMMENT + (widest - len(line.text()) if wide else 0)


def _joined(lines: Sequence[_Line]) -> str:
    """All lines, no two empty ones in a row, none at the ends."""
    texts: list[str] = []
    for line in lines:
        if line.cells:
            text = line.text() + (" " * line.comment_gap + line.comment if line.comment else "")
        else:
            text = " " * INDENT * line.depth + line.comment if line.comment else ""
        if text or (texts and texts[-1]):
            texts.append(text)
    while texts and not texts[-1]:
        texts.pop()
    return "\n".join(texts) + "\n" if texts else ""
