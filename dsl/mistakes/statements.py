"""Mistakes at the beginning of a statement, and words of the language where a name is wanted."""

from __future__ import annotations

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.keywords import STATEMENT_WORDS
from metac.dsl.lark_parser import END, ParseFailure
from metac.dsl.mistakes.mistake import mistake
from metac.dsl.source import Span
from metac.dsl.token_names import described, expected, is_word, starts_value

_REPORTING_WORDS = frozenset({"print", "show", "plot", "output", "measure"})
_FUNCTION_WORDS = frozenset({"def", "fun", "func", "function", "fn"})


def unknown_start(failure: ParseFailure) -> Diagnostic | None:
    """`opitmize x`, `3 + 4`, `x = 3`."""
    if failure.start != "statement" or failure.index > 2:
        return None
    first, second = failure.tokens[0], failure.tokens[1] if len(failure.tokens) > 1 else failure.at()
    if failure.index == 0:
        return mistake(
            "M0117",
            f"a statement cannot start with {described(first)}",
            first.span,
            "expected a word such as `param`, `let`, `match`, or a kind",
            help="a value by itself does nothing; name it: `let name = value`",
        )
    if first.type != "NAME" and not (failure.index == 1 and second.type in ("EQUALS", "COLON")):
        return None
    if failure.index == 1 and second.type == "EQUALS":
        return mistake(
            "M0116",
            f"`{first.text}` is given a value, but nothing says what it is",
            first.span,
            "expected a kind, or `let`, before this name",
            help=f"write `let {first.text} = …` for a value, `KIND {first.text} = …` for an object",
        )
    if failure.index == 1 and second.type == "COLON":
        return mistake(
            "M0116",
            f"`{first.text}` is given a type, but nothing says what it is",
            first.span,
            "expected `param` before this name",
            help=f"write `param {first.text}: …` for a value that can be changed from outside",
        )
    meant = suggest(first.text, STATEMENT_WORDS)
    named = is_word(second) and failure.at(1).type == "EQUALS"
    reporting = first.text in _REPORTING_WORDS and not named
    if meant is None and not reporting and (failure.index == 2 or named):
        return None
    found = failure.at()
    hint = f"did you mean `{meant}`?" if meant else "an object is declared as `KIND NAME = value`"
    if reporting:
        hint = "a measure is computed and written by `report`: `report MEASURE(OBJECT)`"
    return mistake("M0117", f"`{first.text}` starts no statement", first.span, f"followed by {described(found)}", help=hint)


def foreign_function(failure: ParseFailure) -> Diagnostic | None:
    """`def f(x) = x`."""
    kinds = [failure.tokens[place].type if place < len(failure.tokens) else END for place in range(3)]
    first = failure.tokens[0]
    if failure.start != "statement" or kinds != ["NAME", "NAME", "OPEN_ROUND"] or first.text not in _FUNCTION_WORDS:
        return None
    name = failure.tokens[1]
    return mistake(
        "M0117",
        f"a function has no word such as `{first.text}` before it",
        Span(first.span.source, first.span.start, name.span.start),
        f"write `{name.text}(…) = …`",
        replacement="",
    )


def misplaced_statement(failure: ParseFailure) -> Diagnostic | None:
    """`match …` in a definition, `load pull = …` or `param …` in braces."""
    token = failure.at()
    if failure.start not in ("member", "assignment") or failure.index > 1:
        return None
    first = failure.tokens[0]
    inside = "a definition" if failure.start == "member" else "an object's fields"
    if failure.index == 0 and first.type.lower() in STATEMENT_WORDS | {"python"}:
        return mistake(
            "M0127",
            f"`{first.text}` cannot stand among {'the members of ' if failure.start == 'member' else ''}{inside}",
            first.span,
            f"expected {expected(failure)}",
            help=f"`{first.text}` belongs in a definition: `define KIND NAME {{ … }}`"
            if first.type == "PYTHON"
            else "close the braces before the next statement",
        )
    if (
        failure.index == 1
        and token.type in ("NAME", "OPEN_ROUND")
        and first.type == "NAME"
        and failure.at(1).type == "EQUALS"
    ):
        return mistake(
            "M0127",
            f"an object cannot be declared among {'the members of ' if failure.start == 'member' else ''}{inside}",
            first.span.to(token.span),
            "this reads as `KIND NAME`",
            help=f"write the object into the field: `{first.text} = …`, or declare it before and name it here",
        )
    return None


def missing_type(failure: ParseFailure) -> Diagnostic | None:
    """`param x = 3`."""
    token = failure.at()
    if failure.tokens[0].type != "PARAM" or failure.index != 2 or "COLON" not in failure.accepted:
        return None
    name = failure.tokens[1].text
    return mistake(
        "M0125",
        f"the parameter `{name}` has no type",
        failure.tokens[1].span,
        f"expected `:` and a type after this, found {described(token)}",
        help=f"write `param {name}: Scalar = …`, or another type: `Length`, `Int`, `Pressure` …",
    )


def reserved(failure: ParseFailure) -> Diagnostic | None:
    """`let if = 3`."""
    token = failure.at()
    if "NAME" not in failure.accepted or starts_value(failure.accepted) or not is_word(token) or token.type == "NAME":
        return None
    if failure.index == 0 and failure.at(1).type not in ("EQUALS", "COLON", "OPEN_ROUND"):
        return None  # A statement that is not allowed here, rather than a name.
    return mistake(
        "M0110",
        f"`{token.text}` is a word of the language and cannot be a name here",
        token.span,
        "expected a name",
        help=f"choose another, such as `{token.text}_1`",
    )
