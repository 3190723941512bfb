"""Small tensors of anything that adds and multiplies: component axes first, any trailing axes.

The same functions serve numpy and JAX arrays and numpy arrays of SymPy expressions (`dtype=object`), so a law means the same
wherever it is evaluated. `rank` counts component axes; trailing axes are points.
"""

from __future__ import annotations

from metac.compiler.operators.entry import Value


def product(left: Value, right: Value) -> Value:
    """Matrix product, matrix times vector, or inner product of two vectors: `sum_k left[..., k] right[k, ...]`."""
    rows = [left[:, k] if left.ndim > 1 else left[k] for k in range(left.shape[-1])]
    columns = [right[k] for k in range(right.shape[0])]
    total: Value = 0
    for row, column in zip(rows, columns, strict=True):
        outer = left.ndim > 1 and right.ndim > 1
        total = total + (row[:, None] * column[None, :] if outer else row * column)
    return total


def trace(tensor: Value) -> Value:
    """Sum of the diagonal."""
    total = tensor[0, 0]
    for k in range(1, tensor.shape[0]):
        total = total + tensor[k, k]
    return total


def determinant(tensor: Value) -> Value:
    """Determinant by cofactors of the first row (sizes 1 to 3 in practice: exact and cheap to differentiate)."""
    size = tensor.shape[0]
    if size == 1:
        return tensor[0, 0]
    if size == 2:
        return tensor[0, 0] * tensor[1, 1] - tensor[0, 1] * tensor[1, 0]
    total: Value = 0
    for column in range(size):
        term = tensor[0, column] * determinant(minor(tensor, 0, column))
        total = total + term if column % 2 == 0 else total - term
    return total


def minor(tensor: Value, row: int, column: int) -> Value:
    """The tensor without one row and one column."""
    import numpy as np  # not before there is a tensor: a spec is checked without

    rows = np.delete(np.arange(tensor.shape[0]), row)
    columns = np.delete(np.arange(tensor.shape[1]), column)
    return tensor[rows][:, columns]


def cofactor(tensor: Value, row: int, column: int) -> Value:
    """The signed minor, the derivative of the determinant by `tensor[row, column]`."""
    if tensor.shape[0] == 1:
        return 1
    value = determinant(minor(tensor, row, column))
    return value if (row + column) % 2 == 0 else -value
