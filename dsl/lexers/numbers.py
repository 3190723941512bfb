"""Numbers and quantities: `3`, `1e-3`, `50 MPa`, and those that are not well written."""

from __future__ import annotations

import re

from metac.dsl.lexers.state import LexerState
from metac.dsl.lexical_patterns import HALF_EXPONENT, SUPERSCRIPTS, UNIT, is_word
from metac.dsl.limits import MAXIMAL_NUMBER, MAXIMAL_WHOLE_NUMBER


class NumberLexer(LexerState):
    """Reads what begins with a digit, or with a point before one; each method gives the offset at which to continue."""

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
