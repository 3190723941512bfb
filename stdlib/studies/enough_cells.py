"""Whether a data set has as many cells as a study takes candidates: judged by `metac check`, and when the data is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError


def enough_cells(study: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0537 on `candidates` of a study, where there are more than its data set is asked for cells, and on
    `pool` where it has fewer than `candidates` that differ."""
    del made
    field, candidates = study.fields.get("vary"), study.fields.get("candidates")
    pool = study.fields.get("pool")
    if isinstance(study.fields.get("diverse"), Facts) and candidates is not None and pool is not None and pool < candidates:
        message = f"{int(candidates)} candidates that differ cannot be taken from {int(pool)} cells"
        raise FieldError("pool", message, code="M0537", help=f"write `pool = {10 * int(candidates)}`, say")
    data = field.fields.get("data") if isinstance(field, Facts) else None
    count = data.fields.get("count") if isinstance(data, Facts) else None
    if candidates is not None and count is not None:
        require_enough(int(candidates), int(count))


def require_enough(candidates: int, count: int) -> None:
    """Raises FieldError M0537 on `candidates` where there are more than cells to choose from."""
    if count < candidates:
        message = f"{candidates} candidates for each cell, and the data has {count} cells to choose from"
        raise FieldError("candidates", message, code="M0537", help=f"write `candidates = {count}`, or take more data")
