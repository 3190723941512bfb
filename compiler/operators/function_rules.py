"""Rules of built-in functions: what types and dimensions they take and give; see `rules.py`."""

from __future__ import annotations

from fractions import Fraction

from metac.compiler.operators.rules import (
    Arguments,
    OperandError,
    is_tensor,
    known_value,
    number,
    numbers,
    square,
    tensor_of,
    unify,
)
from metac.compiler.types import dimensions, types
from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.types import NumberType, TensorType, Type
from metac.compiler.types.wording import describe


def dimensionless(name: str, arguments: Arguments) -> Type:
    """Functions of numbers without unit."""
    for index, found in enumerate(numbers(name, arguments)):
        if not found.dimension.dimensionless:
            raise OperandError(
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


def whole(name: str, arguments: Arguments) -> Type:
    """Functions of numbers without unit that give whole numbers."""
    dimensionless(name, arguments)
    return types.INTEGER


def angle(name: str, arguments: Arguments) -> Type:
    """Functions of an angle, or of a number without unit."""
    if number(name, arguments, 0).dimension != dimensions.ANGLE:
        dimensionless(name, arguments)
    return types.SCALAR


def arc(name: str, arguments: Arguments) -> Type:
    """Functions that give an angle."""
    dimensionless(name, arguments)
    return NumberType(dimensions.ANGLE)


def arc_of_two(name: str, arguments: Arguments) -> Type:
    """The angle of a point."""
    unify(name, numbers(name, arguments))
    return NumberType(dimensions.ANGLE)


def root(name: str, arguments: Arguments) -> Type:
    """A square root."""
    return NumberType(number(name, arguments, 0).dimension ** Fraction(1, 2))


def same(name: str, arguments: Arguments) -> Type:
    """Functions that keep the dimension."""
    return number(name, arguments, 0)


def sign(name: str, arguments: Arguments) -> Type:
    """The sign."""
    number(name, arguments, 0)
    return types.INTEGER


def extreme(name: str, arguments: Arguments) -> Type:
    """The extreme of numbers of one dimension, or of one list or tensor."""
    if len(arguments) == 1 and (is_tensor(arguments[0]) or isinstance(arguments[0].type, types.ListType)):
        return NumberType(tensor_of(name, arguments).dimension)
    return unify(name, numbers(name, arguments))


def over_all(name: str, arguments: Arguments) -> Type:
    """A number made from all components of a list or tensor."""
    return NumberType(tensor_of(name, arguments).dimension)


def trace(name: str, arguments: Arguments) -> Type:
    """A trace."""
    return NumberType(square(name, arguments).dimension)


def determinant(name: str, arguments: Arguments) -> Type:
    """A determinant."""
    tensor = square(name, arguments)
    return NumberType(tensor.dimension ** tensor.shape[0])


def second_invariant(name: str, arguments: Arguments) -> Type:
    """The sum of the principal minors of two rows."""
    return NumberType(square(name, arguments).dimension ** 2)


def dyad(name: str, arguments: Arguments) -> Type:
    """The matrix of all products of the components of two vectors."""
    vectors = [tensor_of(name, arguments, index) for index in range(2)]
    for index, found in enumerate(vectors):
        if len(found.shape) != 1:
            raise OperandError("M0407", f"`{name}` needs two vectors, found {describe(found)}", index)
    return TensorType((vectors[0].shape[0], vectors[1].shape[0]), vectors[0].dimension * vectors[1].dimension)


def inverse(name: str, arguments: Arguments) -> Type:
    """An inverse."""
    tensor = square(name, arguments)
    return TensorType(tensor.shape, tensor.dimension**-1)


def transpose(name: str, arguments: Arguments) -> Type:
    """A transpose."""
    tensor = tensor_of(name, arguments)
    if len(tensor.shape) != 2:
        raise OperandError("M0407", f"`{name}` needs a matrix, found {describe(tensor)}", 0)
    return TensorType(tensor.shape[::-1], tensor.dimension)


def dot(name: str, arguments: Arguments) -> Type:
    """A sum of products of components."""
    left, right = tensor_of(name, arguments), tensor_of(name, arguments, 1)
    if left.shape != right.shape:
        raise OperandError("M0407", f"`{name}` needs two tensors of one size, found {describe(left)} and {describe(right)}")
    return NumberType(left.dimension * right.dimension)


def identity(name: str, arguments: Arguments) -> Type:
    """An identity matrix, whose size must be known."""
    size = known_value(arguments[0])
    if not isinstance(size, int) or not 1 <= size <= 6:
        raise OperandError("M0411", "`identity` needs its size, a whole number from 1 to 6", 0, help="write `identity(3)`")
    return TensorType((size, size))


def alike(name: str, arguments: Arguments) -> Type:
    """Functions of numbers of one dimension, which they keep."""
    return unify(name, numbers(name, arguments))


def square_matrix(name: str, arguments: Arguments) -> Type:
    """Functions of a square matrix that keep its size and dimension."""
    return square(name, arguments)
