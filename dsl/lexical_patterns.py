"""How tokens are written, as regular expressions."""

from __future__ import annotations

import re

from metac.dsl.keywords import CONTINUING_WORDS, FOREIGN_OPERATORS, OPERATORS, WORDS

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_LETTER = r"[^\W\d_⁰¹²³⁴-⁹₀-₉]"
_WORD = rf"(?:{_LETTER}|_)(?:{_LETTER}|[0-9_])*"
_SYMBOL = rf"(?:%|‰|°[CFK]?|{_WORD})(?:\^-?[0-9]+|⁻?[⁰¹²³⁴-⁹]+)?"
_ENTITIES = sorted({*OPERATORS, *FOREIGN_OPERATORS}, key=len, reverse=True)

UNIT = re.compile(rf"[ \t]*({_SYMBOL}(?:[*/·]{_SYMBOL})*)")
_AFTER_INCHES = re.compile(
    rf"[ \t]*(?:\Z|[\r\n#,}})\]*/^+<>]|[=!]=|\.\.|(?:{'|'.join(sorted(CONTINUING_WORDS | {'in'}))})\b)|[ \t]+-[ \t]"
)
"""What follows the unit `in`, as `3 in`, and never the word: after that a value must stand, as in `3 in -1 .. 0.5`."""
HALF_EXPONENT = re.compile(r"[eE][+-]?(?![\w])")
MASTER = re.compile(
    "|".join(
        (
            r"(?P<NEWLINE>\r\n|\n|\r)",
            r"(?P<BLANK>[ \t\f\v\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+)",
            r"(?P<DOC>\#\#(?!\#)[^\r\n]*)",
            r"(?P<COMMENT>\#[^\r\n]*)",
            r"(?P<FOREIGN_COMMENT>//[^\r\n]*|/\*.*?(?:\*/|\Z))",
            r"(?P<NUMBER>[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)",
            rf"(?P<NAME>{_WORD})",
            r'(?P<TEXT>"(?:[^"\\\r\n]|\\[^\r\n])*"?)',
            r"(?P<QUOTED>'[^'\r\n]*'|[“”„][^“”\r\n]*[“”])",
            r"(?P<POINT>\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?)",
            rf"(?P<OPERATOR>{'|'.join(map(re.escape, _ENTITIES))})",
            r"(?P<UNKNOWN>.)",
        )
    ),
    re.DOTALL,
)
DASHES = re.compile(r"--+(?=[ \t\r\n]|\Z)")
LINE_END = re.compile(r"\r\n|\n|\r")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of reading: a comment or text with one can look other than it is read."""
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
BYTE_ORDER_MARK = "\ufeff"


def is_word(unit: re.Match[str]) -> bool:
    """Whether what looks like a unit is a word of the language: `0.5 in -1 .. 1`, but `3 in` and `3 in^2` are inches."""
    first, *more = re.split(r"[*/·^]", unit.group(1), maxsplit=1)
    inches = first == "in" and (more or _AFTER_INCHES.match(unit.string, unit.end()))
    return first in WORDS and not inches
