"""Rules of operators: what types and dimensions they take and give.

They look at types only, but for exponents, whose value decides the dimension of a power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from metac.compiler import graph
from metac.compiler.types import dimensions, types
from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.fits import fits
from metac.compiler.types.types import NumberType, TensorType, Type, as_tensor
from metac.compiler.types.wording import describe

Arguments = Sequence[graph.Expression]

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_LARGEST_DENOMINATOR = 24


class OperandError(Exception):
    """Why a rule does not hold; `argument` is the position of the one at fault, None for all together."""

    def __init__(
        self, code: str, message: str, argument: int | None = None, notes: tuple[str, ...] = (), help: str | None = None
    ) -> None:
        self.code, self.message, self.argument, self.notes, self.help = code, message, argument, notes, help
        super().__init__(message)


def known_value(argument: graph.Expression) -> Any:
    """The value of an argument that is known at compile time, None of others."""
    # Constants are folded by the implementations in the table that holds these rules.
    from metac.compiler.constant_values import value_or_none

    return value_or_none(argument)


def number(name: str, arguments: Arguments, index: int) -> NumberType:
    """The type of an argument that must be a number."""
    found = arguments[index].type
    if isinstance(found, NumberType):
        return found
    raise OperandError("M0403", f"`{name}` needs a number, found {describe(found)}", index)


def numbers(name: str, arguments: Arguments) -> list[NumberType]:
    """The types of arguments that must all be numbers."""
    return [number(name, arguments, index) for index in range(len(arguments))]


def tensor_of(name: str, arguments: Arguments, index: int = 0) -> TensorType:
    """The type of an argument that must be a vector or matrix."""
    tensor = as_tensor(arguments[index].type)
    if tensor is None:
        raise OperandError("M0403", f"`{name}` needs a tensor, found {describe(arguments[index].type)}", index)
    return tensor


def square(name: str, arguments: Arguments) -> TensorType:
    """The type of a first argument that must be a square matrix."""
    tensor = tensor_of(name, arguments)
    if len(tensor.shape) != 2 or tensor.shape[0] != tensor.shape[1]:
        raise OperandError("M0407", f"`{name}` needs a square tensor, found {describe(tensor)}", 0)
    return tensor


def is_tensor(argument: graph.Expression) -> bool:
    """Whether an argument is a vector or matrix."""
    return as_tensor(argument.type) is not None


def unify(name: str, numbers: Sequence[NumberType]) -> NumberType:
    """The common type of numbers that are added, compared or chosen between.

    Raises `OperandError` M0404 where their dimensions differ.
    """
    fixed = [number for number in numbers if not number.any_dimension]
    integer = all(number.integer for number in numbers)
    if not fixed:
        return NumberType(numbers[0].dimension, integer, any_dimension=True)
    first = fixed[0]
    for other in fixed[1:]:
        if other.dimension != first.dimension:
            bare = first.dimension.dimensionless or other.dimension.dimensionless
            help = "give the bare number a unit, or divide the other by a reference value" if bare else None
            raise OperandError("M0404", _sum_message(name, first.dimension, other.dimension), help=help)
    return NumberType(first.dimension, integer)


def _sum_message(name: str, first: Dimension, second: Dimension) -> str:
    verbs = {"+": "added", "-": "subtracted", "if": "alternatives of one `if`", "..": "the ends of one range"}
    if name in verbs:
        return f"{first.words} and {second.words} cannot be {verbs[name]}"
    if name in COMPARISONS:
        return f"{first.words} and {second.words} cannot be compared"
    return f"`{name}` needs values of one dimension, found {first.words} and {second.words}"


def add(name: str, arguments: Arguments) -> Type:
    """Sums and differences: of one dimension and size."""
    if not any(is_tensor(argument) for argument in arguments):
        return unify(name, numbers(name, arguments))
    for index in range(2):
        if not is_tensor(arguments[index]):
            found = describe(arguments[index].type)
            raise OperandError(
                "M0407", f"a tensor and {found} cannot be added", index, help="multiply the number by `identity(3)`"
            )
    first, second = tensor_of(name, arguments), tensor_of(name, arguments, 1)
    if first.shape != second.shape:
        raise OperandError("M0407", f"{describe(first)} and {describe(second)} cannot be added: their sizes differ")
    return TensorType(first.shape, unify(name, [NumberType(first.dimension), NumberType(second.dimension)]).dimension)


def multiply(name: str, arguments: Arguments) -> Type:
    """Products, of matrices too."""
    left, right = arguments
    if is_tensor(left) and is_tensor(right):
        return _contract(tensor_of(name, arguments), tensor_of(name, arguments, 1))
    if is_tensor(left) or is_tensor(right):
        index = 0 if is_tensor(left) else 1
        tensor = tensor_of(name, arguments, index)
        return TensorType(tensor.shape, tensor.dimension * number(name, arguments, 1 - index).dimension)
    first, second = numbers(name, arguments)
    whole = first.integer and second.integer and not first.any_dimension and not second.any_dimension
    return NumberType(first.dimension * second.dimension, whole)


def _contract(left: TensorType, right: TensorType) -> Type:
    dimension = left.dimension * right.dimension
    rank = max(len(left.shape), len(right.shape))
    if rank > 2 or left.shape[-1:] != right.shape[:1]:
        raise OperandError(
            "M0407",
            f"{describe(left)} and {describe(right)} cannot be multiplied",
            notes=("the columns of the first must be as many as the rows of the second",),
        )
    if len(left.shape) == 1 and len(right.shape) == 1:
        raise OperandError("M0407", "it is not clear what the product of two vectors should be", help="write `dot(a, b)`")
    return TensorType((*left.shape[:-1], *right.shape[1:]), dimension)


def divide(name: str, arguments: Arguments) -> Type:
    """Quotients; the divisor is a number."""
    divisor = number(name, arguments, 1)
    if known_value(arguments[1]) == 0:
        raise OperandError("M0414", "division by zero", 1)
    if is_tensor(arguments[0]):
        tensor = tensor_of(name, arguments)
        return TensorType(tensor.shape, tensor.dimension / divisor.dimension)
    return NumberType(number(name, arguments, 0).dimension / divisor.dimension)


def power(name: str, arguments: Arguments) -> Type:
    """Powers; of a quantity only with a known rational exponent."""
    if is_tensor(arguments[0]):
        raise OperandError(
            "M0407", "a tensor has no power here", 0, help="write products out, `F*F`; the inverse is `inv(F)`"
        )
    base, exponent = number(name, arguments, 0), number(name, arguments, 1)
    if not exponent.dimension.dimensionless:
        raise OperandError("M0406", f"an exponent must be a number without unit, found {exponent.dimension.words}", 1)
    value = known_value(arguments[1])
    if base.dimension.dimensionless:
        whole = base.integer and exponent.integer and value is not None and value >= 0
        return NumberType(dimensions.SCALAR, whole)
    rational = None if value is None else _rational(float(value))
    if rational is None:
        raise OperandError(
            "M0406",
            f"the exponent of {base.dimension.words} must be a whole number or a fraction that is known here",
            1,
            help="divide by a reference value first: `(x / (1 mm))^n`",
        )
    return NumberType(base.dimension**rational)


def _rational(value: float) -> Fraction | None:
    if not math.isfinite(value) or abs(value) > 100:
        return None
    near = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    return near if abs(float(near) - value) < 1e-12 else None


def negate(name: str, arguments: Arguments) -> Type:
    """The opposite of a number or tensor."""
    if is_tensor(arguments[0]):
        return tensor_of("-", arguments)
    return number("-", arguments, 0)


def compare(name: str, arguments: Arguments) -> Type:
    """Comparisons of like with like."""
    if name in ("==", "!=") and all(
        isinstance(argument.type, types.ChoiceType | types.TextType | types.BooleanType) for argument in arguments
    ):
        return types.BOOLEAN
    unify(name, numbers(name, arguments))
    return types.BOOLEAN


def within(name: str, arguments: Arguments) -> Type:
    """`x in a .. b`."""
    interval = arguments[1].type
    if not isinstance(interval, types.RangeType) or not isinstance(interval.item, NumberType):
        raise OperandError(
            "M0418", f"`in` needs a range on its right, found {describe(interval)}", 1, help="write `x in a .. b`"
        )
    unify(name, [number(name, arguments, 0), interval.item])
    return types.BOOLEAN


def logic(name: str, arguments: Arguments) -> Type:
    """`and`, `or`, `not`."""
    for index, argument in enumerate(arguments):
        if not isinstance(argument.type, types.BooleanType):
            found = describe(argument.type)
            raise OperandError("M0410", f"`{name}` needs a condition, found {found}", index, help="compare it: `x < 1`")
    return types.BOOLEAN


def choose(name: str, arguments: Arguments) -> Type:
    """`if c then a else b`: both of one type."""
    if not isinstance(arguments[0].type, types.BooleanType):
        raise OperandError(
            "M0410", f"`if` needs a condition, found {describe(arguments[0].type)}", 0, help="compare it: `if x < 1 then …`"
        )
    then, otherwise = arguments[1].type, arguments[2].type
    if isinstance(then, NumberType) and isinstance(otherwise, NumberType):
        return unify(name, [then, otherwise])
    if isinstance(then, types.KindType):
        raise OperandError("M0403", f"`if` chooses between values, not between objects such as {describe(then)}", 1)
    if fits(otherwise, then):
        return then
    raise OperandError("M0413", f"`then` gives {describe(then)} but `else` gives {describe(otherwise)}", 2)
