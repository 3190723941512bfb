"""What every control by a strain asks of it."""

from __future__ import annotations

from typing import Any

from metac.compiler.interfaces.field_error import FieldError


def require_strain(strain: Any) -> None:
    """`FieldError` on `strain` where it is known to be zero: nothing happens to the body, and every goal on it is empty.

    A strain that varies is no number yet.
    """
    if isinstance(strain, int | float) and strain == 0:
        raise FieldError("strain", "a strain of 0 moves nothing", help="write `strain = 1 %`, or one below 0 to compress")
