"""What a system needs of its cells: judged when its field is made, and by `metac check` without JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError


def square_cells(generator: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0537 on `data` whose cells are not square, where that is known."""
    del made
    _judge(generator.fields.get("data"), "data")


def square_family(generator: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0537 on `family` whose cells are not square, where that is known."""
    del made
    family = generator.fields.get("family")
    if not isinstance(family, Facts):
        return
    model = family.fields.get("model")
    _judge(family.fields.get("data") or (model.fields.get("data") if isinstance(model, Facts) else None), "family")


def _judge(data: Any, field: str) -> None:
    if isinstance(data, Facts) and (cell := data.fields.get("cell")) is not None:
        require_square(cell, field)


def require_square(cell: Sequence[float], field: str = "data") -> None:
    """Raises FieldError M0537 on `field` unless `cell`, rows and columns, is square."""
    rows, columns = (int(count) for count in cell)
    if rows != columns:
        message = f"its cells have {rows} rows and {columns} columns, and those of a system are square"
        raise FieldError(field, message, code="M0537", help="write `cell = [50, 50]` in the data set")


def require_mirrored(mirrored: bool, field: str = "data") -> None:
    """Raises FieldError M0537 on `field` unless both mid-lines mirror its cells."""
    if not mirrored:
        raise FieldError(field, "cells of a system are mirrored by both mid-lines, and these are not", code="M0537")
