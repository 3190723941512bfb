"""Comments, doc comments, and comments as other languages write them."""

from __future__ import annotations

import re

from metac.dsl.lexers.state import LexerState
from metac.dsl.lexical_patterns import LINE_END
from metac.dsl.tokens import Comment


class CommentLexer(LexerState):
    """Reads what stands for readers; each method gives the offset at which to continue."""

    def _comment(self, found: re.Match[str]) -> int:
        self._refuse_turning(*found.span())
        return found.end()

    def _foreign_comment(self, found: re.Match[str]) -> int:
        start, end = found.span()
        mark = found.group()[:2]
        one_line = not any(ending in found.group() for ending in "\r\n")
        inner = found.group()[2:].removesuffix("*/") if mark == "/*" else found.group()[2:]
        ends_line = self.source.text[end : end + 1] in ("", "\r", "\n")
        self._report(
            "M0118",
            f"`{mark}` starts no comment in this language",
            start,
            start + 2,
            "comments start with `#`",
            help="a quotient is written `a / b`" if mark == "//" else "every line of a comment has its own `#`",
            # The fix replaces all of it where that gives the same comment.
            replacement=f"#{inner.rstrip()}" if one_line and ends_line else None,
            replaced_to=end,
        )
        return end

    def _dashes_for_comment(self, start: int) -> int:
        """A line that begins with `-- ` would continue the statement before it, with two signs; nobody means that."""
        self._report(
            "M0118",
            "`--` starts no comment in this language",
            start,
            start + 2,
            "comments start with `#`",
            replacement="#",
        )
        newline = LINE_END.search(self.source.text, start)
        return newline.start() if newline else len(self.source.text)

    def _doc(self, found: re.Match[str]) -> int:
        self._refuse_turning(*found.span())
        text = found.group()[2:].removeprefix(" ").rstrip()
        self.out.comments.append(Comment(text, self._span(*found.span()), trailing=not self.line_is_blank))
        return found.end()
