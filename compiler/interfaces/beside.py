"""Objects that look at those beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class Selective(Protocol):
    """An object whose values go only with some values of the objects beside it; which forms do, its definition states.

    Asked by `metac check` where its kind is `early`, and when the object that all of them are given to is made.
    """

    def require_beside(self, others: Mapping[str, object]) -> None:
        """`FieldError` on one of its own fields, or of another object (`of`), where they do not go together.

        `others` are the objects beside it by the field that they are given to, as far as they are known.
        """
        ...


def require_beside(objects: Mapping[str, object]) -> None:
    """`FieldError` where objects, by field, do not go together."""
    for field, each in objects.items():
        if isinstance(each, Selective):
            each.require_beside({name: other for name, other in objects.items() if name != field})
