"""What a system needs of its cells: judged when its field is made, and by `metac check` without JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError


def square_cells(generator: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0537 on `data` whose cells are not square, where that is known."""
    del made
    data = generator.fields.get("data")
    if isinstance(data, Facts) and (cell := data.fields.get("cell")) is not None:
        require_square(cell)


def require_square(cell: Sequence[float]) -> None:
    """Raises FieldError M0537 on `data` unless `cell`, rows and columns, is square."""
    rows, columns = (int(count) for count in cell)
    if rows != columns:
        message = f"its cells have {rows} rows and {columns} columns, and those of a system are square"
        raise FieldError("data", message, code="M0537", help="write `cell = [50, 50]` in the data set")
