"""Which doc comment belongs to what."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from metac.dsl.source import Span
from metac.dsl.tokens import Comment, Token


class Docs:
    """Doc comments that wait for the node that they belong to.

    A comment on a line of its own belongs to what follows, one at a line's end to what stands before it: the smallest
    statement, member or field around that token. Nodes are built from the inside out and each takes what it covers.
    """

    def __init__(self, comments: Sequence[Comment], tokens: Sequence[Token]) -> None:
        solid = [token for token in tokens if token.type not in ("NEWLINE", "_COMMA")]
        starts = [token.span.start for token in solid]
        self.module = ""
        self._waiting: dict[int, list[str]] = {}
        self._anchors: list[int] = []
        head = _head(comments, solid)
        left = [comment.text for comment in comments[:head]]
        for comment in comments[head:]:
            after = bisect_left(starts, comment.span.start)
            if comment.trailing and after:
                self._add(starts[after - 1], comment.text)
            elif after < len(starts):
                self._add(starts[after], comment.text)
            else:
                left.append(comment.text)
        self.module = _joined(left)

    def _add(self, anchor: int, text: str) -> None:
        if anchor not in self._waiting:
            self._waiting[anchor] = []
            self._anchors.insert(bisect_left(self._anchors, anchor), anchor)
        self._waiting[anchor].append(text)

    def claim(self, span: Span) -> str:
        """The text of all comments on tokens in a span, once."""
        low, high = bisect_left(self._anchors, span.start), bisect_left(self._anchors, span.end)
        if low == high:
            return ""
        anchors = self._anchors[low:high]
        del self._anchors[low:high]
        return _joined([line for anchor in anchors for line in self._waiting.pop(anchor)])


def _head(comments: Sequence[Comment], solid: Sequence[Token]) -> int:
    """How many comments at the head belong to the module: those of the first block, if a blank line or an import follows."""
    first = solid[0].span.start if solid else None
    count = 0
    for comment in comments:
        if first is not None and comment.span.start > first:
            break
        if count and _line(comment.span) != _line(comments[count - 1].span) + 1:
            return count
        count += 1
    if count == 0 or first is None:
        return count
    touches = _line(solid[0].span) == _line(comments[count - 1].span) + 1
    return 0 if touches and solid[0].type != "IMPORT" else count


def _line(span: Span) -> int:
    return span.source.position(span.start)[0]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")
