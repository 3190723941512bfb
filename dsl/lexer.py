"""Characters to tokens.

Hand-written so that each thing that a writer may get wrong inside a token has its own message, and the parser never sees
half a token. What is wrong is reported and stands in the stream as what was most likely meant, for the parser to continue.
"""

from __future__ import annotations

import re
import unicodedata

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.keywords import BRACKETS, CLOSERS, FOREIGN_OPERATORS, OPERATORS, WORDS
from metac.dsl.lexical_patterns import (
    BYTE_ORDER_MARK,
    DASHES,
    ESCAPES,
    HALF_EXPONENT,
    LINE_END,
    MASTER,
    SUPERSCRIPTS,
    TURNING,
    UNIT,
    is_word,
)
from metac.dsl.limits import (
    MAXIMAL_DEPTH,
    MAXIMAL_ERRORS,
    MAXIMAL_NAME,
    MAXIMAL_NUMBER,
    MAXIMAL_TEXT,
    MAXIMAL_TOKENS,
    MAXIMAL_WHOLE_NUMBER,
)
from metac.dsl.source import Source, Span
from metac.dsl.tokens import Comment, Lexed, Token


def lex(source: Source, *, most_errors: int = MAXIMAL_ERRORS) -> Lexed:
    """All tokens of a source, or those before so many errors; never raises."""
    return _Lexer(source, most_errors).run()


class _Lexer:
    def __init__(self, source: Source, most_errors: int) -> None:
        self.source = source
        self.most_errors = most_errors
        self.out = Lexed()
        self.line_is_blank = True
        self.depth = 0

    def run(self) -> Lexed:
        text = self.source.text
        position = 1 if text.startswith(BYTE_ORDER_MARK) else 0
        while position < len(text) and len(self.out.diagnostics) < self.most_errors and not self.out.stopped:
            found = MASTER.match(text, position)
            assert found is not None and found.lastgroup is not None, "the last alternative takes any character"
            position = getattr(self, f"_{found.lastgroup.lower()}")(found)
            if len(self.out.tokens) > MAXIMAL_TOKENS:
                self._stop_at(*found.span())
        return self.out

    def _stop_at(self, start: int, end: int) -> None:
        self.out.stopped = True
        self._report(
            "M0121",
            "this text is too long for a spec",
            start,
            end,
            f"more than {MAXIMAL_TOKENS:,} words, numbers and signs",
            help="data belong in files of their own that the spec names",
        )

    def _span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def _push(self, kind: str, start: int, end: int, value: object = None) -> int:
        self.out.tokens.append(Token(kind, self._span(start, end), value))
        self.line_is_blank = False
        return end

    def _report(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        label: str,
        help: str | None = None,
        replacement: str | None = None,
        replaced_to: int | None = None,
    ) -> None:
        span = self._span(start, end)
        fix = None if replacement is None else Fix(self._span(start, replaced_to or end), replacement)
        self.out.diagnostics.append(Diagnostic(code, message, (Label(span, label),), help=help, fix=fix))

    # One method a group of MASTER; each gives the offset at which to continue.

    def _newline(self, found: re.Match[str]) -> int:
        end = self._push("NEWLINE", *found.span())
        self.line_is_blank = True
        return end

    def _blank(self, found: re.Match[str]) -> int:
        return found.end()

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

    def _refuse_turning(self, start: int, end: int) -> None:
        """Refuses characters in a comment or text that make it look other than it is read."""
        found = TURNING.search(self.source.text, start, end)
        if found is not None:
            name = unicodedata.name(found.group())
            self._report(
                "M0136",
                "this character turns the direction of reading: what is seen is not what is read",
                *found.span(),
                f"U+{ord(found.group()):04X} {name}",
                help="take it away; letters of right-to-left scripts need none",
                replacement="",
            )

    def _doc(self, found: re.Match[str]) -> int:
        self._refuse_turning(*found.span())
        text = found.group()[2:].removeprefix(" ").rstrip()
        self.out.comments.append(Comment(text, self._span(*found.span()), trailing=not self.line_is_blank))
        return found.end()

    def _name(self, found: re.Match[str]) -> int:
        start, end = found.span()
        word = found.group()
        if end - start > MAXIMAL_NAME:
            self._report(
                "M0120", "this name is too long", start, end, f"{end - start} characters; {MAXIMAL_NAME} are allowed"
            )
        if not word.isascii():
            word = unicodedata.normalize("NFC", word)
        return self._push(word.upper() if word in WORDS else "NAME", start, end, word)

    def _number(self, found: re.Match[str]) -> int:
        start, end = found.span()
        value = self._value(found.group(), start, end)
        text = self.source.text
        half = HALF_EXPONENT.match(text, end)
        if half and not any(mark in found.group() for mark in "eE"):
            self._report("M0108", "this number has no digits in its exponent", start, half.end(), "write `1e-3`, say")
            return self._push("NUMBER", start, half.end(), value)
        if text.startswith(".", end) and not re.match(r"\.[.0-9]", text[end : end + 2]):
            self._report(
                "M0108",
                "this number has no digits after its point",
                start,
                end + 1,
                "`3` or `3.0`",
                replacement=found.group(),
            )
            return self._push("NUMBER", start, end + 1, value)
        unit = UNIT.match(text, end)
        if unit is None or is_word(unit):
            return self._push("NUMBER", start, end, value)
        normal = re.sub(r"(?<=[^\W\d%])(⁻?[⁰¹²³⁴-⁹]+)", lambda power: "^" + power.group(1), unit.group(1))
        symbol = normal.translate(SUPERSCRIPTS).replace("·", "*")
        return self._push("QUANTITY", start, unit.end(), (value, symbol, self._span(*unit.span(1))))

    def _value(self, digits: str, start: int, end: int) -> float:
        if len(digits) > MAXIMAL_NUMBER:
            self._report(
                "M0120", "this number is too long", start, end, f"{len(digits)} characters; {MAXIMAL_NUMBER} are allowed"
            )
            return 1.0
        if "__" in digits or re.search(r"_(?![0-9])", digits):
            self._report("M0108", "an underscore in a number stands between two digits", start, end, "as in `1_000`")
        digits = digits.replace("_", "")
        value = float(digits)
        if value == float("inf"):
            self._report("M0109", "this number is too large", start, end, "the largest is about 1.8e308")
            return 1.0
        if value == 0 and re.search("[1-9]", re.split("[eE]", digits)[0]):
            self._report("M0109", "this number is too small", start, end, "it would be zero; the smallest is about 4.9e-324")
        if digits.isdigit() and int(digits) > MAXIMAL_WHOLE_NUMBER:
            self._report(
                "M0109",
                "this whole number is too large to be exact",
                start,
                end,
                "whole numbers go up to 9007199254740992 (2^53)",
                help="write it with a point or an exponent where it need not be exact",
            )
        return value

    def _point(self, found: re.Match[str]) -> int:
        start, end = found.span()
        before = self.source.text[start - 1 : start]
        if before.isdigit():
            self._report("M0108", "this number has two points", start, end, "a second point")
            return end
        if before.isalnum() or before in tuple("_)]}"):
            self._report(
                "M0108", "a number stands right after a value", start, end, "no part has a number", help="an item is `a[1]`"
            )
            return end
        self._report(
            "M0108",
            "this number has no digit before its point",
            start,
            end,
            "write the zero",
            replacement="0" + found.group(),
        )
        return self._push("NUMBER", start, end, self._value("0" + found.group(), start, end))

    def _text(self, found: re.Match[str]) -> int:
        start, end = found.span()
        raw = found.group()
        self._refuse_turning(start, end)
        if len(raw) < 2 or not raw.endswith('"') or _ends_in_escape(raw):
            # Brackets that are open close behind the quote that is missing: one mistake, not two.
            end -= self._closers_at_end(raw[1:])
            raw = self.source.text[start:end]
            self._report(
                "M0106",
                "this text has no closing quote",
                start,
                end,
                "the text starts here; `\"` is missing at the line's end",
            )
            return self._push("TEXT", start, end, raw[1:])
        if end - start > MAXIMAL_TEXT:
            self._report(
                "M0120", "this text is too long", start, end, f"{end - start} characters; {MAXIMAL_TEXT} are allowed"
            )
        return self._push("TEXT", start, end, re.sub(r"\\(.)", lambda escape: self._escape(escape, start + 1), raw[1:-1]))

    def _closers_at_end(self, text: str) -> int:
        """How many characters at the end of a text are closing brackets, and blanks between, for brackets that are open."""
        left, depth = text, self.depth
        while depth and left.rstrip(" \t").endswith((")", "]", "}")):
            left, depth = left.rstrip(" \t")[:-1], depth - 1
        return len(text) - len(left.rstrip(" \t")) if left != text else 0

    def _escape(self, found: re.Match[str], offset: int) -> str:
        letter = found.group(1)
        if letter not in ESCAPES:
            self._report(
                "M0107",
                f"`\\{_shown(letter)}` means nothing in a text",
                offset + found.start(),
                offset + found.end(),
                "unknown escape",
                help='the escapes are `\\"`, `\\\\`, `\\n` and `\\t`; a backslash is written `\\\\`',
            )
        return ESCAPES.get(letter, letter)

    def _quoted(self, found: re.Match[str]) -> int:
        start, end = found.span()
        inner = found.group()[1:-1]
        replacement = '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self._report(
            "M0105",
            "a text stands in double quotes",
            start,
            end,
            "other quotes",
            help=f"write `{replacement}`",
            replacement=replacement,
        )
        return self._push("TEXT", start, end, inner)

    def _operator(self, found: re.Match[str]) -> int:
        start, end = found.span()
        spelling = found.group()
        if self.line_is_blank and DASHES.match(self.source.text, start):
            return self._dashes_for_comment(start)
        if spelling in OPERATORS:
            kind = OPERATORS[spelling]
            if kind in BRACKETS:
                self._open_bracket(start, end)
            elif kind in CLOSERS:
                self.depth = max(0, self.depth - 1)
            return self._push(kind, start, end)
        meant, help = FOREIGN_OPERATORS[spelling]
        self._report("M0118", f"`{spelling}` is no operator of this language", start, end, help)
        return self._push(meant, start, end)

    def _open_bracket(self, start: int, end: int) -> None:
        self.depth += 1
        if self.depth > MAXIMAL_DEPTH:
            self.out.stopped = True
            self._report("M0119", "brackets are nested too deeply", start, end, f"more than {MAXIMAL_DEPTH} are open here")

    def _unknown(self, found: re.Match[str]) -> int:
        start, end = found.span()
        text = self.source.text
        # A run of strange characters is one mistake, not many.
        while end < len(text) and not text[end].isascii() and MASTER.match(text, end).lastgroup == "UNKNOWN":  # pyright: ignore[reportOptionalMemberAccess]
            end += 1
        self.line_is_blank = False
        character = text[start]
        self._report(
            "M0105",
            f"the character {_shown_with_name(character)} has no meaning here",
            start,
            end,
            "unknown character",
            help=_UNKNOWN_HELP.get(character),
        )
        return end


_UNKNOWN_HELP = {
    ";": "a new line ends a statement; a new line or a comma separates fields",
    "\\": "a statement continues over the line's end in `( )` and `[ ]`, or where the next line starts with an operator",
    "@": "products of tensors are written `*`",
    "?": "a choice is written `if condition then a else b`",
    "'": "a text stands in double quotes; a transpose is written `F.T`",
    "²": "powers are written `^2`",
    "³": "powers are written `^3`",
    "√": "write `sqrt(…)`",
    "\x00": "this may not be a text file",
}


def _ends_in_escape(raw: str) -> bool:
    """Whether the last quote is escaped and so does not close the text."""
    backslashes = len(raw[:-1]) - len(raw[:-1].rstrip("\\"))
    return backslashes % 2 == 1


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"


def _shown_with_name(character: str) -> str:
    if character.isascii() and character.isprintable():
        return f"`{character}`"
    code = f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    return f"`{character}` ({code})" if character.isprintable() else code
