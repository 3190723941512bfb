"""Operators that are taken for another, or cannot stand twice."""

from __future__ import annotations

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.keywords import COMPARISONS
from metac.dsl.lark_parser import ParseFailure
from metac.dsl.mistakes.mistake import mistake


def same_for_equals(failure: ParseFailure) -> Diagnostic | None:
    """`let x == 3`."""
    token = failure.at()
    if token.type != "SAME" or "EQUALS" not in failure.accepted:
        return None
    return mistake("M0112", "`==` compares; `=` gives a value", token.span, "write `=`", replacement="=")


def equals_for_same(failure: ParseFailure) -> Diagnostic | None:
    """`require x = 3`."""
    token = failure.at()
    if token.type != "EQUALS" or "SAME" not in failure.accepted:
        return None
    first = failure.tokens[0]
    if first.type in ("MATCH", "MINIMIZE", "MAXIMIZE") and "TO" in failure.accepted:
        return mistake("M0111", "a goal is written `match measure to target`", token.span, "write `to`", replacement="to")
    return mistake(
        "M0111",
        "`=` gives a value; `==` compares",
        token.span,
        "write `==`",
        help="measured numbers are seldom equal; `x in 0.9 .. 1.1` says how near",
        replacement="==",
    )


def colon_for_equals(failure: ParseFailure) -> Diagnostic | None:
    """`E: 50 MPa` among fields, `let x: Scalar = 3`."""
    token = failure.at()
    if token.type != "COLON" or "EQUALS" not in failure.accepted:
        return None
    if failure.tokens[0].type in ("LET",):
        return mistake(
            "M0126",
            "`let` takes no type",
            token.span,
            "a type would start here",
            help="leave the type out, or use `param`, which has one",
        )
    return mistake(
        "M0126",
        "a field is given its value with `=`",
        token.span,
        "write `=`",
        help="`name: Type` declares a field, in a definition",
        replacement=" =",
    )


def chain(failure: ParseFailure) -> Diagnostic | None:
    """`0 < x < 1`."""
    token = failure.at()
    if token.type not in COMPARISONS or token.type in failure.accepted:
        return None
    depth = 0
    for before in reversed(failure.tokens[: failure.index]):
        if before.type.startswith("CLOSE"):
            depth += 1
        elif before.type.startswith("OPEN"):
            depth -= 1
        if depth < 0 or (
            depth == 0 and before.type in ("AND", "OR", "EQUALS", "THEN", "ELSE", "ARROW", "_COMMA", "_SEPARATOR")
        ):
            return None
        if depth == 0 and before.type in COMPARISONS:
            return mistake(
                "M0113",
                "comparisons cannot be chained",
                token.span,
                "a second comparison",
                Label(before.span, "the first one"),
                help="write `x in 0 .. 1`, or `0 < x and x < 1`",
            )
    return None


def range_of_function(failure: ParseFailure) -> Diagnostic | None:
    """`let f = x -> x^2 for 0 .. 1`."""
    token = failure.at()
    arrow = next((before for before in failure.tokens[: failure.index] if before.type == "ARROW"), None)
    if token.type != "FOR" or arrow is None:
        return None
    return mistake(
        "M0133",
        "a function with a range stands in parentheses",
        token.span,
        "the range of which function?",
        Label(arrow.span, "this one?"),
        help="write `(x -> … for a .. b)`",
    )
