"""What to say where the grammar cannot continue.

A failure is a token and the set of what would have been accepted instead. Each function of mistakes/ knows one kind of
mistake and gives its diagnostic or None; the first that knows it speaks. The last one, here, always does.
"""

from __future__ import annotations

from collections.abc import Callable

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.lark_parser import END, ParseFailure
from metac.dsl.layout import opener_of
from metac.dsl.mistakes import blocks, operators, separators, statements
from metac.dsl.mistakes.mistake import mistake
from metac.dsl.source import Span
from metac.dsl.token_names import described, expected, starts_value


def syntax_error(failure: ParseFailure) -> Diagnostic:
    """The diagnostic for a failure."""
    for knows in _KNOWN:
        found = knows(failure)
        if found is not None:
            return found
    return _unexpected(failure)


def _incomplete(failure: ParseFailure) -> Diagnostic | None:
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
    return mistake(
        "M0135", f"this {what} is not complete", place, f"expected {expected(failure)} after {described(before)}", help=help
    )


def _unexpected(failure: ParseFailure) -> Diagnostic:
    token = failure.at()
    before = f" after {described(failure.at(-1))}" if failure.index else ""
    what = described(token).removeprefix("the ")
    return mistake("M0101", f"unexpected {what}{before}", token.span, f"expected {expected(failure)}", help=_form(failure))


_FORMS = {
    "IMPORT": 'a file is imported as `import "path.meta"` or `import "path.meta" as name`',
    "STAGE": "a continuation is written `stage name in [a, b, c]`",
    "SWEEP": "a family is written `sweep name in [a, b, c]`",
    "PARAM": "a parameter is written `param name: Type = value in a .. b`; value and range may be left out",
    "LET": "a value is named by `let name = value`",
    "PYTHON": 'an implementation is named as `python "module:Class"`',
}


def _form(failure: ParseFailure) -> str | None:
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


_KNOWN: tuple[Callable[[ParseFailure], Diagnostic | None], ...] = (
    separators.dashes_for_comment,
    separators.second_value,
    statements.foreign_function,
    separators.space_in_unit,
    operators.same_for_equals,
    statements.missing_type,
    statements.unknown_start,
    statements.misplaced_statement,
    blocks.fields_without_name,
    blocks.not_a_block,
    statements.reserved,
    operators.colon_for_equals,
    operators.equals_for_same,
    operators.chain,
    operators.range_of_function,
    separators.missing_comma,
    separators.text_after_end,
    _incomplete,
)
