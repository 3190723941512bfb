"""What classes promise to type checkers: one that lost a method of a protocol is at run time only one that cannot do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Promised = TypeVar("Promised")


class Satisfies(Generic[Promised]):
    """`Satisfies[Composable](Flow)`: objects of `Flow` have all that `Composable` asks for, or type checking fails.

    It stands at the end of the class's file, below `if TYPE_CHECKING:`, so that it costs nothing when a spec is run.
    """

    def __init__(self, *classes: Callable[..., Promised]) -> None: ...
