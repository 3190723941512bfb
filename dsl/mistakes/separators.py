"""What stands, or is missing, between two values, fields or statements."""

from __future__ import annotations

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.keywords import RESERVED_WORDS, STATEMENT_WORDS
from metac.dsl.lark_parser import END, ParseFailure
from metac.dsl.layout import opener_of
from metac.dsl.mistakes.mistake import mistake
from metac.dsl.source import Span
from metac.dsl.token_names import described, expected, is_word
from metac.dsl.tokens import Token

_ENDS_VALUE = frozenset(
    {"NAME", "NUMBER", "QUANTITY", "TEXT", "TRUE", "FALSE", "NONE", "CLOSE_ROUND", "CLOSE_SQUARE", "CLOSE_BRACE"}
)
_WORD_TYPES = frozenset(word.upper() for word in RESERVED_WORDS | STATEMENT_WORDS)


def dashes_for_comment(failure: ParseFailure) -> Diagnostic | None:
    """`let a = 3 -- a comment`, `-- a comment`."""
    for place in range(min(failure.index + 1, len(failure.tokens) - 1)):
        first, second = failure.tokens[place : place + 2]
        dashes = first.type == second.type == "MINUS" and first.span.end == second.span.start
        following = failure.tokens[place + 2].span.start if place + 2 < len(failure.tokens) else None
        if dashes and following != second.span.end:
            return mistake(
                "M0118",
                "`--` starts no comment in this language",
                first.span.to(second.span),
                "comments start with `#`",
                replacement="#",
            )
    return None


def second_value(failure: ParseFailure) -> Diagnostic | None:
    """`5 %, steps = 3` where one value is read."""
    token = failure.at()
    if failure.start != "expression" or token.type != "_COMMA" or END not in failure.accepted:
        return None
    return mistake(
        "M0134",
        "one value is wanted here, and it is complete before `,`",
        token.span,
        "a second value or name would start here",
        help="a list stands in square brackets: `[a, b]`; several names are set by several `--set`",
    )


def space_in_unit(failure: ParseFailure) -> Diagnostic | None:
    """`20 N mm`, `50 M Pa`."""
    before, token = failure.at(-1), failure.at()
    if before.type != "QUANTITY" or token.type != "NAME" or failure.at(1).type in ("EQUALS", "COLON"):
        return None
    return mistake(
        "M0114",
        "a unit has no spaces in it",
        _gap(before, token),
        "a space inside the unit",
        Label(token.span, "not part of the unit any more"),
        help=f"write `{before.text}*{token.text}` for a product of units, `{before.text}{token.text}` for one unit",
    )


def missing_comma(failure: ParseFailure) -> Diagnostic | None:
    """`[1 2]`, `f(a b)`, `{ a = 1 b = 2 }`."""
    before, token = failure.at(-1), failure.at()
    if (
        failure.index == 0
        or before.type not in _ENDS_VALUE
        or not (is_word(token) or token.type in ("NUMBER", "QUANTITY", "TEXT"))
    ):
        return None
    opener = opener_of(failure.tokens, failure.index)
    bound = token.type == "NAME" and failure.at(1).type in ("EQUALS", "COLON")
    if failure.start in ("member", "assignment") and opener is None and END in failure.accepted and bound:
        return mistake(
            "M0115", "a comma or a new line is missing between two fields", token.span, "the next field starts here"
        )
    if "_SEPARATOR" in failure.accepted and bound:
        return mistake(
            "M0115", "a comma or a new line is missing between two fields", token.span, "the next field starts here"
        )
    if opener is None or "_COMMA" not in failure.accepted or token.type in _WORD_TYPES:
        return None
    return mistake(
        "M0115",
        "a comma or an operator is missing",
        _gap(before, token),
        f"between {described(before)} and {described(token)}",
        Label(opener.span, "inside this"),
        help="a product is written `a * b`" if before.type in ("NUMBER", "CLOSE_ROUND", "NAME") else None,
    )


def text_after_end(failure: ParseFailure) -> Diagnostic | None:
    """`let a = 3 let b = 4`, `let a = 2 (b)`."""
    token = failure.at()
    if END not in failure.accepted or token.type == END or failure.index == 0:
        return None
    what = {"statement": "this statement", "expression": "this value"}.get(failure.start, "this field")
    help = None
    if token.type.lower() in STATEMENT_WORDS:
        help = "start each statement on a line of its own"
    elif "STAR" in failure.accepted and is_word(token):
        help = "is an operator missing? A product is written `a * b`"
    return mistake(
        "M0134", f"{what} is complete before {described(token)}", token.span, f"expected {expected(failure)}", help=help
    )


def _gap(before: Token, after: Token) -> Span:
    """The place between two tokens where something is missing."""
    return Span(before.span.source, before.span.end, max(before.span.end, min(after.span.start, before.span.end + 1)))
