"""Braces where a value is due: a block of `let`s and a value, or fields without the name that they belong to."""

from __future__ import annotations

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.lark_parser import ParseFailure
from metac.dsl.layout import opener_of, opens_block
from metac.dsl.mistakes.mistake import mistake


def fields_without_name(failure: ParseFailure) -> Diagnostic | None:
    """`body b = { size = 3 mm }`."""
    if failure.start != "block_part" or failure.index != 1 or failure.at().type != "EQUALS":
        return None
    name = failure.tokens[0]
    return mistake(
        "M0128",
        "fields in braces follow the name of a definition",
        name.span,
        "a field, but of what?",
        help=f"write `definition {{ {name.text} = … }}`; names of a block's own start with `let`",
    )


def not_a_block(failure: ParseFailure) -> Diagnostic | None:
    """`{ let a = 1 }`, `{ a + 1 }`, `{ let a = 1, a, a + 1 }`."""
    token, opener = failure.at(), opener_of(failure.tokens, failure.index)
    if opener is None or opener.type != "OPEN_BRACE" or not opens_block(failure.tokens, failure.tokens.index(opener)):
        return None
    if failure.at(-1) is opener:
        message, label, help = "a block starts with `let`", "this names nothing", "a value alone needs no braces"
    elif token.type == "CLOSE_BRACE":
        message, label = "a block ends with a value", "a value is missing before this"
        help = "a line that starts with an operator continues the one before it: write `(-a)` rather than `-a`"
    elif failure.at(-1).type == "_SEPARATOR" and failure.accepted == {"CLOSE_BRACE"}:
        message, label, help = "a block has one value, at its end", "a second one", "give the first a name with `let`"
    else:
        return None
    return mistake("M0137", message, token.span, label, Label(opener.span, "of this block"), help=help)
