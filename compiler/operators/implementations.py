"""Values of operators over any array namespace `xp`; see `entry.Operator`."""

from __future__ import annotations

from collections.abc import Callable

from metac.compiler.operators import tensors
from metac.compiler.operators.entry import Namespace, NoValue, Value

LARGEST_EXACT = 2**53
"""Whole numbers beyond are taken in floating point, as everything that is calculated with is a double."""


def rank(value: Value) -> int:
    """The number of axes; 0 for a number."""
    return getattr(value, "ndim", 0)


def multiply(xp: Namespace, left: Value, right: Value) -> Value:
    """Products of numbers and tensors; of matrices the matrix product, of vectors entry by entry."""
    if rank(left) and rank(right) and max(rank(left), rank(right)) > 1:
        return tensors.product(left, right)
    return left * right


def power(xp: Namespace, base: Value, exponent: Value) -> Value:
    """Powers; of whole numbers exact where a double holds them. Raises OverflowError beyond."""
    if type(base) is int and type(exponent) is int:
        near = float(base) ** exponent
        return base**exponent if abs(near) < LARGEST_EXACT and exponent >= 0 else near
    return base**exponent


def logical_and(xp: Namespace, left: Value, right: Value) -> Value:
    """Both."""
    return bool(left and right) if _known(left, right) else xp.logical_and(left, right)


def logical_or(xp: Namespace, left: Value, right: Value) -> Value:
    """At least one."""
    return bool(left or right) if _known(left, right) else xp.logical_or(left, right)


def logical_not(xp: Namespace, value: Value) -> Value:
    """The contrary."""
    return not value if _known(value) else xp.logical_not(value)


def within(xp: Namespace, value: Value, interval: Value) -> Value:
    """Whether a value lies in a range, ends included."""
    return logical_and(xp, value >= interval.start, value <= interval.stop)


def choose(xp: Namespace, condition: Value, then: Value, otherwise: Value) -> Value:
    """One of two values."""
    if _known(condition):
        return then if condition else otherwise
    return xp.where(condition, then, otherwise)


def index(xp: Namespace, value: Value, *indices: Value) -> Value:
    """A component of a list or tensor; indices count from 1. Raises NoComponent outside."""
    for position in indices:
        try:
            number = int(position)
        except TypeError:
            raise NoValue("an index must be a known whole number") from None
        if not hasattr(value, "__len__"):
            raise NoValue("a law takes numbers and tensors, no lists: make a field of each constant")
        if not 1 <= number <= len(value):
            raise NoComponent(number, len(value))
        value = value[number - 1]
    return value


class NoComponent(NoValue, IndexError):
    """An index outside a list or tensor; both numbers count from 1."""

    def __init__(self, position: int, extent: int) -> None:
        self.position, self.extent = position, extent
        self.message = f"there is no component {position}"
        super().__init__(f"the index lies outside: {self.message}, indices count from 1")


def inverse(xp: Namespace, tensor: Value) -> Value:
    """The inverse of a small matrix by cofactors."""
    size, determinant = tensor.shape[0], tensors.determinant(tensor)
    rows = [[tensors.cofactor(tensor, j, i) / determinant for j in range(size)] for i in range(size)]
    return xp.asarray(rows)


def deviator(xp: Namespace, tensor: Value) -> Value:
    """A matrix without its mean diagonal."""
    return tensor - tensors.trace(tensor) / tensor.shape[0] * xp.eye(tensor.shape[0])


def extreme(reduction: str, pair: str) -> Callable[..., Value]:
    """The extreme of one array, or of several values."""

    def extreme_of(xp: Namespace, value: Value, *more: Value) -> Value:
        if not more:
            return getattr(xp, reduction)(value)
        for other in more:
            value = getattr(xp, pair)(value, other)
        return value

    return extreme_of


def _known(*values: Value) -> bool:
    return all(isinstance(value, bool) for value in values)
