"""Whether a value may stand where it stands, and in words why not."""

from __future__ import annotations

import math
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.types import types
from metac.compiler.types.dimensions import ANGLE, NAMED, Dimension
from metac.compiler.types.fits import fits
from metac.compiler.types.types import Type
from metac.compiler.types.units import internal_unit
from metac.compiler.types.wording import describe
from metac.dsl.diagnostics.diagnostic import Label


def fit(
    expression: graph.Expression,
    expected: Type,
    subject: str,
    findings: DiagnosticsSink,
    others: tuple[Label, ...] = (),
    help: str | None = None,
) -> graph.Expression:
    """The expression as a value of the expected type; `subject` names the place, `` `E` ``, for the message.

    `help` is what to do where it is of another sort altogether; by default the types decide.

    Where it does not fit, the finding is made and the result has ErrorType.
    """
    if types.is_error(expression.type) or types.is_error(expected):
        return expression
    fitted = _converted(expression, expected)
    if fits(fitted.type, expected):
        return fitted
    _explain(_culprit(fitted, expected), expected, subject, findings, others, help)
    return graph.Constant(None, types.ERROR, expression.span)


def _converted(expression: graph.Expression, expected: Type) -> graph.Expression:
    """Literals as the expected type has them: 3 as a Scalar is 3.0, 1e6 as an Int is 1000000, 0 has every unit."""
    match expression, expected:
        case graph.Constant(value=bool()), _:
            return expression
        case graph.Constant(value=int() | float() as value, type=types.NumberType() as found), types.NumberType():
            if not fits(replace(found, integer=True), expected):
                return expression
            if not expected.integer:
                return replace(
                    expression, value=float(value), type=replace(found, integer=False, dimension=expected.dimension)
                )
            if math.isfinite(value) and float(value).is_integer():
                return replace(expression, value=int(value), type=expected)
        case graph.Sequence(items=items, type=types.ListType() as found), types.ListType(item=item):
            converted = tuple(_converted(each, item) for each in items)
            inner = next((each.type for each in converted if not fits(each.type, item)), item if items else found.item)
            return replace(expression, items=converted, type=replace(found, item=inner))
        case graph.Sequence(items=items), types.TensorType(shape=shape, dimension=dimension):
            item: Type = types.NumberType(dimension)
            if len(shape) > 1:
                item = types.TensorType(shape[1:], dimension)
            converted = tuple(_converted(each, item) for each in items)
            sound = (len(converted),) == shape[:1] and all(fits(each.type, item) for each in converted)
            return replace(expression, items=converted, type=expected if sound else expression.type)
        case graph.Sequence(items=items), types.GridType(dimension=dimension):
            row = types.ListType(types.NumberType(dimension))
            rows = tuple(_converted(_row_of_picture(_row_of_mask(each)), row) for each in items)
            sound = fits(replace(expression, items=rows, type=_of_equal_rows(rows)).type, expected)
            return replace(expression, items=rows, type=expected) if sound else expression
        case graph.Reference(type=types.KindType() as found), types.ListType(item=types.KindType() as item) if (
            expected.length is None and found.kind == item.kind
        ):
            # One object stands for a list of one.
            return graph.Sequence((expression,), types.ListType(found, 1), expression.span)
        case graph.Reference(type=types.KindType(value=types.GridType() as value)), types.GridType():
            return replace(expression, type=value)
        case graph.Interval(start=start, stop=stop, step=step), types.RangeType(item=item):
            ends = [None if end is None else _converted(end, item) for end in (start, stop, step)]
            assert ends[0] is not None and ends[1] is not None
            bad = next((end.type for end in ends if end is not None and not fits(end.type, item)), item)
            return replace(expression, start=ends[0], stop=ends[1], step=ends[2], type=types.RangeType(bad))
    return expression


PICTURE = {".": 0.0, "#": 1.0}
"""How a row of a grid may be written as a text."""


def _row_of_mask(expression: graph.Expression) -> graph.Expression:
    """A row of truth values as numbers: 1 where true."""
    if not isinstance(expression, graph.Sequence):
        return expression
    cells = expression.items
    if not cells or not all(isinstance(cell, graph.Constant) and isinstance(cell.value, bool) for cell in cells):
        return expression
    numbers = tuple(graph.Constant(float(bool(cell.value)), types.SCALAR, cell.span) for cell in cells)  # type: ignore
    return graph.Sequence(numbers, types.ListType(types.SCALAR, len(numbers)), expression.span)


def _row_of_picture(expression: graph.Expression) -> graph.Expression:
    """A row that is written as a text, `"..##"`, as its numbers; everything else as it is."""
    if not isinstance(expression, graph.Constant) or not isinstance(expression.value, str):
        return expression
    if not expression.value or not set(expression.value) <= PICTURE.keys():
        return expression
    numbers = tuple(graph.Constant(PICTURE[mark], types.SCALAR, expression.span) for mark in expression.value)
    return graph.Sequence(numbers, types.ListType(types.SCALAR, len(numbers)), expression.span)


def _of_equal_rows(rows: tuple[graph.Expression, ...]) -> Type:
    """The type of a list of these rows; ErrorType where they differ in length or kind."""
    found = {row.type for row in rows}
    return types.ListType(found.pop(), len(rows)) if len(found) == 1 else types.NOTHING


def _culprit(expression: graph.Expression, expected: Type) -> tuple[graph.Expression, Type]:
    """The innermost part that does not fit, and what it should be."""
    if isinstance(expression, graph.Sequence) and isinstance(expected, types.ListType):
        for item in expression.items:
            if not fits(item.type, expected.item):
                return _culprit(item, expected.item)
    if isinstance(expression, graph.Interval) and isinstance(expected, types.RangeType):
        for end in (expression.start, expression.stop, expression.step):
            if end is not None and not fits(end.type, expected.item):
                return _culprit(end, expected.item)
    return expression, expected


def _explain(
    culprit: tuple[graph.Expression, Type],
    whole: Type,
    subject: str,
    findings: DiagnosticsSink,
    others: tuple[Label, ...],
    help: str | None,
) -> None:
    expression, expected = culprit
    found = expression.type
    if isinstance(expected, types.TensorType):
        found = types.as_tensor(found) or found
    if expected is not whole and expected != whole:
        subject = f"an item of {subject}" if isinstance(whole, types.ListType) else f"the range of {subject}"
    message = f"{subject} needs {describe(expected)}, found {describe(found)}"
    match found, expected:
        case types.NumberType(), types.NumberType() if found.dimension == expected.dimension:
            _not_whole(expression, subject, findings, others)
        case (types.NumberType(), types.NumberType()):
            findings.error(
                "M0402",
                message,
                expression.span,
                str(found.dimension),
                others=others,
                notes=(f"expected {expected.dimension}",),
                help=help or way_out(expression, found.dimension, expected.dimension),
            )
        case types.TensorType(), types.TensorType() if found.dimension == expected.dimension:
            findings.error("M0407", message, expression.span, str(found), others=others, notes=(f"expected {expected}",))
        case (types.TensorType(), types.TensorType()) | (types.CurveType(), types.CurveType()):
            findings.error("M0402", message, expression.span, str(found), others=others, notes=(f"expected {expected}",))
        case types.KindType(), types.KindType() if found.kind == expected.kind:
            _other_form(expression, found, expected, subject, findings, others)
        case _:
            help = help or _hint(found, expected, expression.span.text)
            findings.error("M0403", message, expression.span, others=others, help=help)


def _not_whole(expression: graph.Expression, subject: str, findings: DiagnosticsSink, others: tuple[Label, ...]) -> None:
    rounded = isinstance(expression, graph.Constant) and isinstance(expression.value, float)
    findings.error(
        "M0411",
        f"{subject} needs a whole number",
        expression.span,
        "not whole" if rounded else "this need not be whole",
        others=others,
        help=_nearest(expression) if rounded else "use `round(…)`, `floor(…)` or `ceil(…)`",
    )


def _other_form(
    expression: graph.Expression,
    found: types.KindType,
    expected: types.KindType,
    subject: str,
    findings: DiagnosticsSink,
    others: tuple[Label, ...],
) -> None:
    """M0506: an object of the right kind and the wrong form, or of a form that its definition does not state."""
    findings.error(
        "M0506",
        f"{subject} needs {describe(expected)}, found {describe(found)}"
        if found.form
        else f"{subject} needs {describe(expected)}; what this {found.kind} is made of is not stated",
        expression.span,
        str(found),
        others=others,
        notes=(f"expected {expected}",),
        help=None if found.form else f"state `form = {expected.form}` in its definition",
    )


def _nearest(expression: graph.Expression) -> str | None:
    if isinstance(expression, graph.Constant) and isinstance(expression.value, float) and math.isfinite(expression.value):
        return f"write `{math.floor(expression.value)}` or `{math.ceil(expression.value)}`"
    return None


def _hint(found: Type, expected: Type, text: str) -> str | None:
    match found, expected:
        case types.TextType(), types.NumberType() if any(letter.isdigit() for letter in text):
            return "write the number without quotes"
        case types.ChoiceType() | types.NumberType(), types.TextType():
            return 'put the text in quotes, `"…"`'
        case types.CurveType(), types.NumberType():
            return "take its value at a point, `curve(5 %)`, or `max(…)`, `min(…)`, `mean(…)` of it"
        case _, types.GridType():
            example = '`[[0, 0.5], [1, 1]]`, or `[".#", "##"]` with `.` for 0 and `#` for 1'
            return f"write rows of one length, the top one first: {example}"
        case types.NothingType(), _:
            return "only fields whose default is `none` may be left out like this"
        case (types.FunctionType(), types.NumberType()):
            return "call the function: `f(1)`"
        case types.KindType(), types.ListType(item=types.KindType() as item) if found.kind != item.kind:
            return f"its items are of kind {item.kind}, and there is none"
        case _, types.ListType():
            return f"write a list: `[{text}, …]`" if len(text) <= 24 else "write a list, `[…]`"
        case _, types.RangeType():
            return "write a range, `a .. b`"
    return None


def way_out(expression: graph.Expression, found: Dimension, expected: Dimension) -> str | None:
    """What would give the expected dimension: `` divide by an area: `50 N/mm^2` ``."""
    text = " ".join(expression.span.text.split())
    literal = isinstance(expression, graph.Constant) and len(text) <= 24
    if found.dimensionless:
        unit = "deg" if expected == ANGLE else internal_unit(expected)
        if literal and "%" in text:
            return f"a part of something is its product with it: `{text} * (1 {unit})`"
        return f"give it a unit: `{text} {unit}`" if literal else f"multiply by a value with a unit, `1 {unit}`"
    if any(power.denominator != 1 for power in found.exponents):
        root = next((power for power in (2, 3, 4) if found**power == expected), None)
        whole = found**root if root else None
        if whole is not None:
            return f"this is a root of {whole.words}: leave the root out, or take it of {whole.words} to the power {root}"
    if any(power.denominator != 1 for power in expected.exponents):
        return "a root is taken of a value, not of a unit: multiply by `sqrt(1 mm)`, say"
    if expected.dimensionless:
        divided = f"divide by a reference value: `{text} / ({'1 ' + internal_unit(found)})`"
        return f"leave out its unit, or {divided}" if literal else divided if len(text) <= 60 else None
    for verb, sign, factor in (("divide", "/", found / expected), ("multiply", "*", expected / found)):
        name = factor.name
        if name is None or name not in NAMED or any(power.denominator != 1 for power in factor.exponents):
            continue
        unit = internal_unit(factor)
        if any(symbol in unit for symbol in "*/"):
            continue
        example = f"{text}{sign}{unit}" if literal else f"({text}) {sign} (1 {unit})" if len(text) <= 40 else None
        return f"{verb} by {factor.words}" + (f": `{example}`" if example else "")
    return f"use a unit of the expected dimension, such as `{internal_unit(expected)}`"
