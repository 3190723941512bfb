"""What to say where the grammar cannot continue.

A failure is a token and the set of what would have been accepted instead. Each function below knows one kind of mistake by
these and the tokens around, and gives its diagnostic or None; the first that knows it speaks. The last one always does.
"""

from __future__ import annotations

from collections.abc import Callable

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.keywords import COMPARISONS, RESERVED_WORDS, STATEMENT_WORDS
from metac.dsl.lark_parser import END, Failure
from metac.dsl.layout import opener_of
from metac.dsl.lexer import Token
from metac.dsl.source import Span
from metac.dsl.token_names import described, expected, is_word, starts_value

_ENDS_VALUE = frozenset(
    {"NAME", "NUMBER", "QUANTITY", "TEXT", "TRUE", "FALSE", "NONE", "CLOSE_ROUND", "CLOSE_SQUARE", "CLOSE_BRACE"}
)


def syntax_error(failure: Failure) -> Diagnostic:
    """The diagnostic for a failure."""
    for knows in _KNOWN:
        found = knows(failure)
        if found is not None:
            return found
    return _unexpected(failure)


def _error(
    code: str, message: str, span: Span, label: str, *context: Label, help: str | None = None, replacement: str | None = None
) -> Diagnostic:
    fix = None if replacement is None else Fix(span, replacement)
    return Diagnostic(code, message, (Label(span, label), *context), help=help, fix=fix)


def _gap(before: Token, after: Token) -> Span:
    """The place between two tokens where something is missing."""
    return Span(before.span.source, before.span.end, max(before.span.end, min(after.span.start, before.span.end + 1)))


# The beginning of a statement


def _unknown_start(failure: Failure) -> Diagnostic | None:
    """`opitmize x`, `3 + 4`, `x = 3`."""
    if failure.start != "statement" or failure.index > 2:
        return None
    first, second = failure.tokens[0], failure.tokens[1] if len(failure.tokens) > 1 else failure.at()
    if failure.index == 0:
        return _error(
            "M0117",
            f"a statement cannot start with {described(first)}",
            first.span,
            "expected a word such as `param`, `let`, `match`, or a kind",
            help="a value by itself does nothing; name it: `let name = value`",
        )
    if first.type != "NAME" and not (failure.index == 1 and second.type in ("EQUALS", "COLON")):
        return None
    if failure.index == 1 and second.type == "EQUALS":
        return _error(
            "M0116",
            f"`{first.text}` is given a value, but nothing says what it is",
            first.span,
            "expected a kind, or `let`, before this name",
            help=f"write `let {first.text} = …` for a value, `KIND {first.text} = …` for an object",
        )
    if failure.index == 1 and second.type == "COLON":
        return _error(
            "M0116",
            f"`{first.text}` is given a type, but nothing says what it is",
            first.span,
            "expected `param` before this name",
            help=f"write `param {first.text}: …` for a value that can be changed from outside",
        )
    meant = suggest(first.text, STATEMENT_WORDS)
    named = is_word(second) and failure.at(1).type == "EQUALS"
    if meant is None and (failure.index == 2 or named):
        return None
    found = failure.at()
    hint = f"did you mean `{meant}`?" if meant else "an object is declared as `KIND NAME = value`"
    if first.text in _REPORTING_WORDS:
        hint = "a run reports what goals and requirements measure: write `match`, `minimize` or `require`"
    return _error("M0117", f"`{first.text}` starts no statement", first.span, f"followed by {described(found)}", help=hint)


_REPORTING_WORDS = frozenset({"report", "print", "show", "plot", "output", "measure"})
_FUNCTION_WORDS = frozenset({"def", "fun", "func", "function", "fn"})


def _foreign_function(failure: Failure) -> Diagnostic | None:
    """`def f(x) = x`."""
    kinds = [failure.tokens[place].type if place < len(failure.tokens) else END for place in range(3)]
    first = failure.tokens[0]
    if failure.start != "statement" or kinds != ["NAME", "NAME", "OPEN_ROUND"] or first.text not in _FUNCTION_WORDS:
        return None
    name = failure.tokens[1]
    return _error(
        "M0117",
        f"a function has no word such as `{first.text}` before it",
        Span(first.span.source, first.span.start, name.span.start),
        f"write `{name.text}(…) = …`",
        replacement="",
    )


RESERVED_TYPES = frozenset(word.upper() for word in RESERVED_WORDS | STATEMENT_WORDS)


# Names


def _reserved(failure: Failure) -> Diagnostic | None:
    """`let if = 3`."""
    token = failure.at()
    if "NAME" not in failure.accepted or starts_value(failure.accepted) or not is_word(token) or token.type == "NAME":
        return None
    if failure.index == 0 and failure.at(1).type not in ("EQUALS", "COLON", "OPEN_ROUND"):
        return None  # A statement that is not allowed here, rather than a name.
    return _error(
        "M0110",
        f"`{token.text}` is a word of the language and cannot be a name here",
        token.span,
        "expected a name",
        help=f"choose another, such as `{token.text}_1`",
    )


def _misplaced_statement(failure: Failure) -> Diagnostic | None:
    """`match …` in a definition, `load pull = …` or `param …` in braces."""
    token = failure.at()
    if failure.start not in ("member", "assignment") or failure.index > 1:
        return None
    first = failure.tokens[0]
    inside = "a definition" if failure.start == "member" else "an object's fields"
    if failure.index == 0 and first.type.lower() in STATEMENT_WORDS | {"python"}:
        return _error(
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
        return _error(
            "M0127",
            f"an object cannot be declared among {'the members of ' if failure.start == 'member' else ''}{inside}",
            first.span.to(token.span),
            "this reads as `KIND NAME`",
            help=f"write the object into the field: `{first.text} = …`, or declare it before and name it here",
        )
    return None


# Operators that were mixed up


def _same_for_equals(failure: Failure) -> Diagnostic | None:
    """`let x == 3`."""
    token = failure.at()
    if token.type != "SAME" or "EQUALS" not in failure.accepted:
        return None
    return _error("M0112", "`==` compares; `=` gives a value", token.span, "write `=`", replacement="=")


def _equals_for_same(failure: Failure) -> Diagnostic | None:
    """`require x = 3`."""
    token = failure.at()
    if token.type != "EQUALS" or "SAME" not in failure.accepted:
        return None
    first = failure.tokens[0]
    if first.type in ("MATCH", "MINIMIZE", "MAXIMIZE") and "TO" in failure.accepted:
        return _error("M0111", "a goal is written `match measure to target`", token.span, "write `to`", replacement="to")
    return _error(
        "M0111",
        "`=` gives a value; `==` compares",
        token.span,
        "write `==`",
        help="measured numbers are seldom equal; `x in 0.9 .. 1.1` says how near",
        replacement="==",
    )


def _colon_for_equals(failure: Failure) -> Diagnostic | None:
    """`E: 50 MPa` among fields, `let x: Scalar = 3`."""
    token = failure.at()
    if token.type != "COLON" or "EQUALS" not in failure.accepted:
        return None
    if failure.tokens[0].type in ("LET",):
        return _error(
            "M0126",
            "`let` takes no type",
            token.span,
            "a type would start here",
            help="leave the type out, or use `param`, which has one",
        )
    return _error(
        "M0126",
        "a field is given its value with `=`",
        token.span,
        "write `=`",
        help="`name: Type` declares a field, in a definition",
        replacement=" =",
    )


def _missing_type(failure: Failure) -> Diagnostic | None:
    """`param x = 3`."""
    token = failure.at()
    if failure.tokens[0].type != "PARAM" or failure.index != 2 or "COLON" not in failure.accepted:
        return None
    name = failure.tokens[1].text
    return _error(
        "M0125",
        f"the parameter `{name}` has no type",
        failure.tokens[1].span,
        f"expected `:` and a type after this, found {described(token)}",
        help=f"write `param {name}: Scalar = …`, or another type: `Length`, `Int`, `Pressure` …",
    )


def _chain(failure: Failure) -> Diagnostic | None:
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
            return _error(
                "M0113",
                "comparisons cannot be chained",
                token.span,
                "a second comparison",
                Label(before.span, "the first one"),
                help="write `x in 0 .. 1`, or `0 < x and x < 1`",
            )
    return None


def _range_of_function(failure: Failure) -> Diagnostic | None:
    """`let f = x -> x^2 for 0 .. 1`."""
    token = failure.at()
    arrow = next((before for before in failure.tokens[: failure.index] if before.type == "ARROW"), None)
    if token.type != "FOR" or arrow is None:
        return None
    return _error(
        "M0133",
        "a function with a range stands in parentheses",
        token.span,
        "the range of which function?",
        Label(arrow.span, "this one?"),
        help="write `(x -> … for a .. b)`",
    )


# What other languages write


def _dashes_for_comment(failure: Failure) -> Diagnostic | None:
    """`let a = 3 -- a comment`, `-- a comment`."""
    for place in range(min(failure.index + 1, len(failure.tokens) - 1)):
        first, second = failure.tokens[place : place + 2]
        dashes = first.type == second.type == "MINUS" and first.span.end == second.span.start
        following = failure.tokens[place + 2].span.start if place + 2 < len(failure.tokens) else None
        if dashes and following != second.span.end:
            return _error(
                "M0118",
                "`--` starts no comment in this language",
                first.span.to(second.span),
                "comments start with `#`",
                replacement="#",
            )
    return None


def _second_value(failure: Failure) -> Diagnostic | None:
    """`5 %, steps = 3` where one value is read."""
    token = failure.at()
    if failure.start != "expression" or token.type != "_COMMA" or END not in failure.accepted:
        return None
    return _error(
        "M0134",
        "one value is wanted here, and it is complete before `,`",
        token.span,
        "a second value or name would start here",
        help="a list stands in square brackets: `[a, b]`; several names are set by several `--set`",
    )


# Something missing


def _space_in_unit(failure: Failure) -> Diagnostic | None:
    """`20 N mm`, `50 M Pa`."""
    before, token = failure.at(-1), failure.at()
    if before.type != "QUANTITY" or token.type != "NAME" or failure.at(1).type in ("EQUALS", "COLON"):
        return None
    return _error(
        "M0114",
        "a unit has no spaces in it",
        _gap(before, token),
        "a space inside the unit",
        Label(token.span, "not part of the unit any more"),
        help=f"write `{before.text}*{token.text}` for a product of units, `{before.text}{token.text}` for one unit",
    )


def _missing_comma(failure: Failure) -> Diagnostic | None:
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
        return _error(
            "M0115", "a comma or a new line is missing between two fields", token.span, "the next field starts here"
        )
    if "_SEPARATOR" in failure.accepted and bound:
        return _error(
            "M0115", "a comma or a new line is missing between two fields", token.span, "the next field starts here"
        )
    if opener is None or "_COMMA" not in failure.accepted or token.type in RESERVED_TYPES:
        return None
    return _error(
        "M0115",
        "a comma or an operator is missing",
        _gap(before, token),
        f"between {described(before)} and {described(token)}",
        Label(opener.span, "inside this"),
        help="a product is written `a * b`" if before.type in ("NUMBER", "CLOSE_ROUND", "NAME") else None,
    )


def _text_after_end(failure: Failure) -> Diagnostic | None:
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
    return _error(
        "M0134", f"{what} is complete before {described(token)}", token.span, f"expected {expected(failure)}", help=help
    )


def _incomplete(failure: Failure) -> Diagnostic | None:
    """`let a =`, `match stress(pull)`."""
    token = failure.at()
    newline = token.type == "_SEPARATOR" and token.text != ","
    if token.type != END and not newline:
        return None
    before = failure.at(-1)
    what = {"statement": "statement", "expression": "value"}.get(failure.start, "field")
    place = Span(before.span.source, before.span.end, before.span.end)
    help = _form(failure)
    if failure.tokens[0].type == "MATCH" and "TO" in failure.accepted:
        help = "a goal is written `match measure to target`; see also `minimize` and `require`"
    elif starts_value(failure.accepted):
        help = "a statement continues over the line's end in `( )` and `[ ]`, or where the next line starts with an operator"
    return _error(
        "M0135", f"this {what} is not complete", place, f"expected {expected(failure)} after {described(before)}", help=help
    )


def _unexpected(failure: Failure) -> Diagnostic:
    token = failure.at()
    before = f" after {described(failure.at(-1))}" if failure.index else ""
    what = described(token).removeprefix("the ")
    return _error("M0101", f"unexpected {what}{before}", token.span, f"expected {expected(failure)}", help=_form(failure))


_FORMS = {
    "IMPORT": 'a file is imported as `import "path.meta"` or `import "path.meta" as name`',
    "STAGE": "a continuation is written `stage name in [a, b, c]`",
    "SWEEP": "a family is written `sweep name in [a, b, c]`",
    "PARAM": "a parameter is written `param name: Type = value in a .. b`; value and range may be left out",
    "LET": "a value is named by `let name = value`",
    "PYTHON": 'an implementation is named as `python "module:Class"`',
}


def _form(failure: Failure) -> str | None:
    """How what was begun is written as a whole."""
    first, opener = failure.tokens[0], opener_of(failure.tokens, failure.index)
    if failure.at().type == "_COMMA" and opener is not None and opener.type == "OPEN_ROUND":
        return "a list stands in square brackets: `[a, b]`"
    if starts_value(failure.accepted) or "PLUS" in failure.accepted:
        return None
    if first.type == "DEFINE" and opener is None:
        return "a definition is written `define KIND NAME { … }`"
    if failure.start == "statement" and first.type == "NAME" and failure.index == 2 and opener is None:
        return "an object is declared as `KIND NAME = definition { … }`"
    if (
        failure.start != "assignment"
        and failure.tokens[1:2]
        and failure.tokens[1].type == "OPEN_ROUND"
        and "NAME" in failure.accepted
    ):
        return "a function is written `name(a, b) = expression`: its parameters are names"
    return _FORMS.get(first.type)


_KNOWN: tuple[Callable[[Failure], Diagnostic | None], ...] = (
    _dashes_for_comment,
    _second_value,
    _foreign_function,
    _space_in_unit,
    _same_for_equals,
    _missing_type,
    _unknown_start,
    _misplaced_statement,
    _reserved,
    _colon_for_equals,
    _equals_for_same,
    _chain,
    _range_of_function,
    _missing_comma,
    _text_after_end,
    _incomplete,
)
