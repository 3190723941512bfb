"""Operators and built-in functions: what they take, what they give, which dimensions they ask for.

Rules look at types only, but for exponents, whose value decides the dimension of a power. Everything that is defined for
numbers holds pointwise for curves over the same abscissa.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from metac.compiler import dimensions, graph, types
from metac.compiler.constant import value_or_none
from metac.compiler.dimensions import Dimension
from metac.compiler.types import CurveType, NumberType, TensorType, Type, as_tensor, describe

CONSTANTS: dict[str, float] = {"pi": math.pi, "inf": math.inf}

_LARGEST_DENOMINATOR = 24


class Problem(Exception):
    """Why a rule does not hold; `argument` is the position of the one at fault, None for all together."""

    def __init__(
        self, code: str, message: str, argument: int | None = None, notes: tuple[str, ...] = (), help: str | None = None
    ) -> None:
        self.code, self.message, self.argument, self.notes, self.help = code, message, argument, notes, help
        super().__init__(message)


Arguments = Sequence[graph.Expression]
Rule = Callable[[str, Arguments], Type]


@dataclass(frozen=True)
class Builtin:
    """`least` to `most` arguments (None: any number) and the rule for the result's type."""

    rule: Rule
    least: int
    most: int | None
    doc: str
    pointwise: bool = True


def result_type(name: str, arguments: Arguments) -> Type:
    """The type of an operator or function applied to arguments.

    Raises `Problem` where the types do not fit.
    """
    if any(types.is_error(argument.type) for argument in arguments):
        return types.ERROR
    builtin = BUILTINS[name]
    if not builtin.pointwise or not any(isinstance(argument.type, CurveType) for argument in arguments):
        return builtin.rule(name, arguments)
    if name in _REDUCTIONS and len(arguments) == 1 and isinstance(curve := arguments[0].type, CurveType):
        return NumberType(curve.ordinate)
    return _pointwise(name, builtin, arguments)


def _pointwise(name: str, builtin: Builtin, arguments: Arguments) -> Type:
    curves = [argument.type for argument in arguments if isinstance(argument.type, CurveType)]
    abscissa = curves[0].abscissa
    if any(curve.abscissa != abscissa for curve in curves):
        raise Problem(
            "M0404", "these curves run over different quantities", notes=tuple(describe(curve) for curve in curves)
        )
    points = [
        graph.Constant(None, NumberType(argument.type.ordinate), argument.span)
        if isinstance(argument.type, CurveType)
        else argument
        for argument in arguments
    ]
    result = builtin.rule(name, points)
    if not isinstance(result, NumberType):
        raise Problem("M0403", f"`{name}` cannot be used on a curve", help="take its value at a point, `stress(pull)(5 %)`")
    return CurveType(abscissa, result.dimension)


# What arguments are


def _number(name: str, arguments: Arguments, index: int) -> NumberType:
    found = arguments[index].type
    if isinstance(found, NumberType):
        return found
    raise Problem("M0403", f"`{name}` needs a number, found {describe(found)}", index)


def _numbers(name: str, arguments: Arguments) -> list[NumberType]:
    return [_number(name, arguments, index) for index in range(len(arguments))]


def _tensor(name: str, arguments: Arguments, index: int = 0) -> TensorType:
    tensor = as_tensor(arguments[index].type)
    if tensor is None:
        raise Problem("M0403", f"`{name}` needs a tensor, found {describe(arguments[index].type)}", index)
    return tensor


def _square(name: str, arguments: Arguments) -> TensorType:
    tensor = _tensor(name, arguments)
    if len(tensor.shape) != 2 or tensor.shape[0] != tensor.shape[1]:
        raise Problem("M0407", f"`{name}` needs a square tensor, found {describe(tensor)}", 0)
    return tensor


def _is_tensor(argument: graph.Expression) -> bool:
    return as_tensor(argument.type) is not None


# Arithmetic


def unify(name: str, numbers: Sequence[NumberType]) -> NumberType:
    """The common type of numbers that are added, compared or chosen between.

    Raises `Problem` M0404 where their dimensions differ.
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
            raise Problem("M0404", _sum_message(name, first.dimension, other.dimension), help=help)
    return NumberType(first.dimension, integer)


def _sum_message(name: str, first: Dimension, second: Dimension) -> str:
    verbs = {"+": "added", "-": "subtracted", "if": "alternatives of one `if`", "..": "the ends of one range"}
    if name in verbs:
        return f"{first.words} and {second.words} cannot be {verbs[name]}"
    if name in _COMPARISONS:
        return f"{first.words} and {second.words} cannot be compared"
    return f"`{name}` needs values of one dimension, found {first.words} and {second.words}"


def _add(name: str, arguments: Arguments) -> Type:
    if not any(_is_tensor(argument) for argument in arguments):
        return unify(name, _numbers(name, arguments))
    for index in range(2):
        if not _is_tensor(arguments[index]):
            found = describe(arguments[index].type)
            raise Problem(
                "M0407", f"a tensor and {found} cannot be added", index, help="multiply the number by `identity(3)`"
            )
    first, second = _tensor(name, arguments), _tensor(name, arguments, 1)
    if first.shape != second.shape:
        raise Problem("M0407", f"{describe(first)} and {describe(second)} cannot be added: their sizes differ")
    return TensorType(first.shape, unify(name, [NumberType(first.dimension), NumberType(second.dimension)]).dimension)


def _multiply(name: str, arguments: Arguments) -> Type:
    left, right = arguments
    if _is_tensor(left) and _is_tensor(right):
        return _contract(_tensor(name, arguments), _tensor(name, arguments, 1))
    if _is_tensor(left) or _is_tensor(right):
        index = 0 if _is_tensor(left) else 1
        tensor = _tensor(name, arguments, index)
        return TensorType(tensor.shape, tensor.dimension * _number(name, arguments, 1 - index).dimension)
    first, second = _numbers(name, arguments)
    whole = first.integer and second.integer and not first.any_dimension and not second.any_dimension
    return NumberType(first.dimension * second.dimension, whole)


def _contract(left: TensorType, right: TensorType) -> Type:
    dimension = left.dimension * right.dimension
    rank = max(len(left.shape), len(right.shape))
    if rank > 2 or left.shape[-1:] != right.shape[:1]:
        raise Problem(
            "M0407",
            f"{describe(left)} and {describe(right)} cannot be multiplied",
            notes=("the columns of the first must be as many as the rows of the second",),
        )
    if len(left.shape) == 1 and len(right.shape) == 1:
        raise Problem("M0407", "it is not clear what the product of two vectors should be", help="write `dot(a, b)`")
    return TensorType((*left.shape[:-1], *right.shape[1:]), dimension)


def _divide(name: str, arguments: Arguments) -> Type:
    divisor = _number(name, arguments, 1)
    if value_or_none(arguments[1]) == 0:
        raise Problem("M0414", "division by zero", 1)
    if _is_tensor(arguments[0]):
        tensor = _tensor(name, arguments)
        return TensorType(tensor.shape, tensor.dimension / divisor.dimension)
    return NumberType(_number(name, arguments, 0).dimension / divisor.dimension)


def _power(name: str, arguments: Arguments) -> Type:
    if _is_tensor(arguments[0]):
        raise Problem("M0407", "a tensor has no power here", 0, help="write products out, `F*F`; the inverse is `inv(F)`")
    base, exponent = _number(name, arguments, 0), _number(name, arguments, 1)
    if not exponent.dimension.dimensionless:
        raise Problem("M0406", f"an exponent must be a number without unit, found {exponent.dimension.words}", 1)
    value = value_or_none(arguments[1])
    if base.dimension.dimensionless:
        whole = base.integer and exponent.integer and value is not None and value >= 0
        return NumberType(dimensions.SCALAR, whole)
    rational = None if value is None else _rational(float(value))
    if rational is None:
        raise Problem(
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


def _negate(name: str, arguments: Arguments) -> Type:
    if _is_tensor(arguments[0]):
        return _tensor("-", arguments)
    return _number("-", arguments, 0)


# Comparison and logic

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def _compare(name: str, arguments: Arguments) -> Type:
    if name in ("==", "!=") and all(
        isinstance(argument.type, types.ChoiceType | types.TextType | types.BooleanType) for argument in arguments
    ):
        return types.BOOLEAN
    unify(name, _numbers(name, arguments))
    return types.BOOLEAN


def _within(name: str, arguments: Arguments) -> Type:
    interval = arguments[1].type
    if not isinstance(interval, types.RangeType) or not isinstance(interval.item, NumberType):
        raise Problem("M0418", f"`in` needs a range on its right, found {describe(interval)}", 1, help="write `x in a .. b`")
    unify(name, [_number(name, arguments, 0), interval.item])
    return types.BOOLEAN


def _logic(name: str, arguments: Arguments) -> Type:
    for index, argument in enumerate(arguments):
        if not isinstance(argument.type, types.BooleanType):
            found = describe(argument.type)
            raise Problem("M0410", f"`{name}` needs a condition, found {found}", index, help="compare it: `x < 1`")
    return types.BOOLEAN


def _choose(name: str, arguments: Arguments) -> Type:
    if not isinstance(arguments[0].type, types.BooleanType):
        raise Problem(
            "M0410", f"`if` needs a condition, found {describe(arguments[0].type)}", 0, help="compare it: `if x < 1 then …`"
        )
    then, otherwise = arguments[1].type, arguments[2].type
    if isinstance(then, NumberType) and isinstance(otherwise, NumberType):
        return unify(name, [then, otherwise])
    if isinstance(then, types.KindType):
        raise Problem("M0403", f"`if` chooses between values, not between objects such as {describe(then)}", 1)
    if types.fits(otherwise, then):
        return then
    raise Problem("M0413", f"`then` gives {describe(then)} but `else` gives {describe(otherwise)}", 2)


# Functions


def _dimensionless(name: str, arguments: Arguments) -> Type:
    for index, number in enumerate(_numbers(name, arguments)):
        if not number.dimension.dimensionless:
            raise Problem(
                "M0405",
                f"`{name}` needs a number without unit, found {number.dimension.words}",
                index,
                (f"found {number.dimension}",),
                f"divide by a reference value: `{name}(x / ({_example(number.dimension)}))`",
            )
    return types.SCALAR


def _example(dimension: Dimension) -> str:
    from metac.compiler.units import internal_unit

    return f"1 {internal_unit(dimension)}"


def _whole(name: str, arguments: Arguments) -> Type:
    _dimensionless(name, arguments)
    return types.INTEGER


def _angle(name: str, arguments: Arguments) -> Type:
    if _number(name, arguments, 0).dimension != dimensions.ANGLE:
        _dimensionless(name, arguments)
    return types.SCALAR


def _arc(name: str, arguments: Arguments) -> Type:
    _dimensionless(name, arguments)
    return NumberType(dimensions.ANGLE)


def _arc_of_two(name: str, arguments: Arguments) -> Type:
    unify(name, _numbers(name, arguments))
    return NumberType(dimensions.ANGLE)


def _root(name: str, arguments: Arguments) -> Type:
    return NumberType(_number(name, arguments, 0).dimension ** Fraction(1, 2))


def _same(name: str, arguments: Arguments) -> Type:
    return _number(name, arguments, 0)


def _sign(name: str, arguments: Arguments) -> Type:
    _number(name, arguments, 0)
    return types.INTEGER


_REDUCTIONS = ("min", "max", "mean")


def _extreme(name: str, arguments: Arguments) -> Type:
    if len(arguments) == 1 and (_is_tensor(arguments[0]) or isinstance(arguments[0].type, types.ListType)):
        return NumberType(_tensor(name, arguments).dimension)
    return unify(name, _numbers(name, arguments))


def _over_all(name: str, arguments: Arguments) -> Type:
    return NumberType(_tensor(name, arguments).dimension)


def _trace(name: str, arguments: Arguments) -> Type:
    return NumberType(_square(name, arguments).dimension)


def _determinant(name: str, arguments: Arguments) -> Type:
    tensor = _square(name, arguments)
    return NumberType(tensor.dimension ** tensor.shape[0])


def _inverse(name: str, arguments: Arguments) -> Type:
    tensor = _square(name, arguments)
    return TensorType(tensor.shape, tensor.dimension**-1)


def _transpose(name: str, arguments: Arguments) -> Type:
    tensor = _tensor(name, arguments)
    if len(tensor.shape) != 2:
        raise Problem("M0407", f"`{name}` needs a matrix, found {describe(tensor)}", 0)
    return TensorType(tensor.shape[::-1], tensor.dimension)


def _dot(name: str, arguments: Arguments) -> Type:
    left, right = _tensor(name, arguments), _tensor(name, arguments, 1)
    if left.shape != right.shape:
        raise Problem("M0407", f"`{name}` needs two tensors of one size, found {describe(left)} and {describe(right)}")
    return NumberType(left.dimension * right.dimension)


def _identity(name: str, arguments: Arguments) -> Type:
    size = value_or_none(arguments[0])
    if not isinstance(size, int) or not 1 <= size <= 6:
        raise Problem("M0411", "`identity` needs its size, a whole number from 1 to 6", 0, help="write `identity(3)`")
    return TensorType((size, size))


BUILTINS: dict[str, Builtin] = {
    "+": Builtin(_add, 2, 2, "sum"),
    "-": Builtin(_add, 2, 2, "difference"),
    "*": Builtin(_multiply, 2, 2, "product; of matrices the matrix product"),
    "/": Builtin(_divide, 2, 2, "quotient"),
    "^": Builtin(_power, 2, 2, "power"),
    "neg": Builtin(_negate, 1, 1, "opposite"),
    **{name: Builtin(_compare, 2, 2, "comparison", pointwise=False) for name in _COMPARISONS},
    "in": Builtin(_within, 2, 2, "whether a value lies in a range", pointwise=False),
    "and": Builtin(_logic, 2, 2, "both", pointwise=False),
    "or": Builtin(_logic, 2, 2, "at least one", pointwise=False),
    "not": Builtin(_logic, 1, 1, "the contrary", pointwise=False),
    "if": Builtin(_choose, 3, 3, "choice between two values", pointwise=False),
}
"""Operators first; then the functions that a spec may call by name."""

FUNCTIONS: dict[str, Builtin] = {
    "min": Builtin(_extreme, 1, None, "smallest of the arguments, or of a list's, tensor's or curve's values"),
    "max": Builtin(_extreme, 1, None, "largest of the arguments, or of a list's, tensor's or curve's values"),
    "mean": Builtin(_over_all, 1, 1, "mean of a list's, tensor's or curve's values"),
    "sum": Builtin(_over_all, 1, 1, "sum of a list's or tensor's values"),
    "abs": Builtin(_same, 1, 1, "absolute value"),
    "sign": Builtin(_sign, 1, 1, "-1, 0 or 1"),
    "clamp": Builtin(lambda name, arguments: unify(name, _numbers(name, arguments)), 3, 3, "value kept between two bounds"),
    "sqrt": Builtin(_root, 1, 1, "square root"),
    **{name: Builtin(_dimensionless, 1, 1, doc) for name, doc in (("exp", "exponential"), ("log", "natural logarithm"))},
    **{name: Builtin(_angle, 1, 1, f"{name} of an angle") for name in ("sin", "cos", "tan")},
    **{name: Builtin(_arc, 1, 1, f"angle whose {name[1:]} is given") for name in ("asin", "acos", "atan")},
    "atan2": Builtin(_arc_of_two, 2, 2, "angle of the point (x, y), given as y, x"),
    **{name: Builtin(_dimensionless, 1, 1, f"hyperbolic {name[:-1]}") for name in ("sinh", "cosh", "tanh")},
    **{
        name: Builtin(_whole, 1, 1, f"{doc} whole number")
        for name, doc in (("floor", "next lower"), ("ceil", "next higher"))
    },
    "round": Builtin(_whole, 1, 1, "nearest whole number"),
    "tr": Builtin(_trace, 1, 1, "trace"),
    "det": Builtin(_determinant, 1, 1, "determinant"),
    "inv": Builtin(_inverse, 1, 1, "inverse of a matrix"),
    "transpose": Builtin(_transpose, 1, 1, "transpose, also written `F.T`"),
    "sym": Builtin(lambda name, arguments: _square(name, arguments), 1, 1, "symmetric part"),
    "dev": Builtin(lambda name, arguments: _square(name, arguments), 1, 1, "deviatoric part"),
    "dot": Builtin(_dot, 2, 2, "sum of the products of components"),
    "norm": Builtin(_over_all, 1, 1, "square root of the sum of squares"),
    "identity": Builtin(_identity, 1, 1, "identity matrix of a size"),
}
BUILTINS.update(FUNCTIONS)
