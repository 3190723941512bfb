"""Operators and built-in functions: what they take, what they give, which dimensions they ask for.

Rules look at types only, but for exponents, whose value decides the dimension of a power. Everything that is defined for
numbers holds pointwise for curves over the same abscissa, and pixel by pixel for grids.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from metac.compiler import graph
from metac.compiler.constant_values import value_or_none
from metac.compiler.operators.rules import (
    COMPARISONS,
    Arguments,
    Problem,
    add,
    choose,
    compare,
    divide,
    is_tensor,
    logic,
    multiply,
    negate,
    number,
    numbers,
    power,
    square,
    tensor_of,
    unify,
    within,
)
from metac.compiler.types import dimensions, types
from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.types import CurveType, GridType, NumberType, TensorType, Type, describe

CONSTANTS: dict[str, float] = {"pi": math.pi, "inf": math.inf}


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
    if not builtin.pointwise or not any(isinstance(argument.type, CurveType | GridType) for argument in arguments):
        return builtin.rule(name, arguments)
    if len(arguments) == 1 and name in (_REDUCTIONS if isinstance(arguments[0].type, CurveType) else _GRID_REDUCTIONS):
        return _at_a_point(arguments[0].type)
    return _pointwise(name, builtin, arguments)


def _at_a_point(field: Type) -> NumberType:
    assert isinstance(field, CurveType | GridType)
    return NumberType(field.ordinate if isinstance(field, CurveType) else field.dimension)


def _pointwise(name: str, builtin: Builtin, arguments: Arguments) -> Type:
    curves = [argument.type for argument in arguments if isinstance(argument.type, CurveType)]
    on_grid = any(isinstance(argument.type, GridType) for argument in arguments)
    if curves and on_grid:
        raise Problem("M0403", f"`{name}` cannot take a curve and a grid together")
    if any(curve.abscissa != curves[0].abscissa for curve in curves):
        raise Problem(
            "M0404", "these curves run over different quantities", notes=tuple(describe(curve) for curve in curves)
        )
    points = [
        graph.Constant(None, _at_a_point(argument.type), argument.span)
        if isinstance(argument.type, CurveType | GridType)
        else argument
        for argument in arguments
    ]
    result = builtin.rule(name, points)
    if not isinstance(result, NumberType):
        help = None if on_grid else "take its value at a point, `stress(pull)(5 %)`"
        raise Problem("M0403", f"`{name}` cannot be used on a {'grid' if on_grid else 'curve'}", help=help)
    return GridType(result.dimension) if on_grid else CurveType(curves[0].abscissa, result.dimension)


def operator_for(name: str, result: Type) -> str:
    """The operator of the graph: products of grids are pixel by pixel, `times`, where those of matrices are not."""
    return "times" if name == "*" and isinstance(result, GridType) else name


# Functions


def _dimensionless(name: str, arguments: Arguments) -> Type:
    for index, found in enumerate(numbers(name, arguments)):
        if not found.dimension.dimensionless:
            raise Problem(
                "M0405",
                f"`{name}` needs a number without unit, found {found.dimension.words}",
                index,
                (f"found {found.dimension}",),
                f"divide by a reference value: `{name}(x / ({_example(found.dimension)}))`",
            )
    return types.SCALAR


def _example(dimension: Dimension) -> str:
    from metac.compiler.types.units import internal_unit

    return f"1 {internal_unit(dimension)}"


def _whole(name: str, arguments: Arguments) -> Type:
    _dimensionless(name, arguments)
    return types.INTEGER


def _angle(name: str, arguments: Arguments) -> Type:
    if number(name, arguments, 0).dimension != dimensions.ANGLE:
        _dimensionless(name, arguments)
    return types.SCALAR


def _arc(name: str, arguments: Arguments) -> Type:
    _dimensionless(name, arguments)
    return NumberType(dimensions.ANGLE)


def _arc_of_two(name: str, arguments: Arguments) -> Type:
    unify(name, numbers(name, arguments))
    return NumberType(dimensions.ANGLE)


def _root(name: str, arguments: Arguments) -> Type:
    return NumberType(number(name, arguments, 0).dimension ** Fraction(1, 2))


def _same(name: str, arguments: Arguments) -> Type:
    return number(name, arguments, 0)


def _sign(name: str, arguments: Arguments) -> Type:
    number(name, arguments, 0)
    return types.INTEGER


_REDUCTIONS = ("min", "max", "mean")
_GRID_REDUCTIONS = (*_REDUCTIONS, "sum")


def _project(name: str, arguments: Arguments) -> Type:
    _dimensionless(name, arguments)
    return types.SCALAR


def _extreme(name: str, arguments: Arguments) -> Type:
    if len(arguments) == 1 and (is_tensor(arguments[0]) or isinstance(arguments[0].type, types.ListType)):
        return NumberType(tensor_of(name, arguments).dimension)
    return unify(name, numbers(name, arguments))


def _over_all(name: str, arguments: Arguments) -> Type:
    return NumberType(tensor_of(name, arguments).dimension)


def _trace(name: str, arguments: Arguments) -> Type:
    return NumberType(square(name, arguments).dimension)


def _determinant(name: str, arguments: Arguments) -> Type:
    tensor = square(name, arguments)
    return NumberType(tensor.dimension ** tensor.shape[0])


def _inverse(name: str, arguments: Arguments) -> Type:
    tensor = square(name, arguments)
    return TensorType(tensor.shape, tensor.dimension**-1)


def _transpose(name: str, arguments: Arguments) -> Type:
    tensor = tensor_of(name, arguments)
    if len(tensor.shape) != 2:
        raise Problem("M0407", f"`{name}` needs a matrix, found {describe(tensor)}", 0)
    return TensorType(tensor.shape[::-1], tensor.dimension)


def _dot(name: str, arguments: Arguments) -> Type:
    left, right = tensor_of(name, arguments), tensor_of(name, arguments, 1)
    if left.shape != right.shape:
        raise Problem("M0407", f"`{name}` needs two tensors of one size, found {describe(left)} and {describe(right)}")
    return NumberType(left.dimension * right.dimension)


def _identity(name: str, arguments: Arguments) -> Type:
    size = value_or_none(arguments[0])
    if not isinstance(size, int) or not 1 <= size <= 6:
        raise Problem("M0411", "`identity` needs its size, a whole number from 1 to 6", 0, help="write `identity(3)`")
    return TensorType((size, size))


BUILTINS: dict[str, Builtin] = {
    "+": Builtin(add, 2, 2, "sum"),
    "-": Builtin(add, 2, 2, "difference"),
    "*": Builtin(multiply, 2, 2, "product; of matrices the matrix product"),
    "/": Builtin(divide, 2, 2, "quotient"),
    "^": Builtin(power, 2, 2, "power"),
    "neg": Builtin(negate, 1, 1, "opposite"),
    **{name: Builtin(compare, 2, 2, "comparison", pointwise=False) for name in COMPARISONS},
    "in": Builtin(within, 2, 2, "whether a value lies in a range", pointwise=False),
    "and": Builtin(logic, 2, 2, "both", pointwise=False),
    "or": Builtin(logic, 2, 2, "at least one", pointwise=False),
    "not": Builtin(logic, 1, 1, "the contrary", pointwise=False),
    "if": Builtin(choose, 3, 3, "choice between two values", pointwise=False),
}
"""Operators first; then the functions that a spec may call by name."""

FUNCTIONS: dict[str, Builtin] = {
    "min": Builtin(_extreme, 1, None, "smallest of the arguments, or of a list's, tensor's or curve's values"),
    "max": Builtin(_extreme, 1, None, "largest of the arguments, or of a list's, tensor's or curve's values"),
    "mean": Builtin(_over_all, 1, 1, "mean of a list's, tensor's or curve's values"),
    "sum": Builtin(_over_all, 1, 1, "sum of a list's or tensor's values"),
    "abs": Builtin(_same, 1, 1, "absolute value"),
    "sign": Builtin(_sign, 1, 1, "-1, 0 or 1"),
    "clamp": Builtin(lambda name, arguments: unify(name, numbers(name, arguments)), 3, 3, "value kept between two bounds"),
    "project": Builtin(
        _project,
        2,
        2,
        "values around 1/2 pushed towards 0 and 1, ½ (tanh(γ (2 x − 1)) + 1); the sharpness γ is the second argument",
    ),
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
    "sym": Builtin(lambda name, arguments: square(name, arguments), 1, 1, "symmetric part"),
    "dev": Builtin(lambda name, arguments: square(name, arguments), 1, 1, "deviatoric part"),
    "dot": Builtin(_dot, 2, 2, "sum of the products of components"),
    "norm": Builtin(_over_all, 1, 1, "square root of the sum of squares"),
    "identity": Builtin(_identity, 1, 1, "identity matrix of a size"),
}
BUILTINS.update(FUNCTIONS)
