"""Load factors that grow, or turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.field_error import FieldError

if TYPE_CHECKING:
    from metac.compiler.interfaces.path import Incremental
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Increments:
    """Equal increments of the load factor from 0 to 1. Raises `FieldError` on `count`."""

    count: int

    def __post_init__(self) -> None:
        require_increments(self.count)

    @property
    def total(self) -> int:
        """Increments of the whole path."""
        return self.count

    @property
    def factors(self) -> Any:
        """`[increment]`: load factors, the last one 1."""
        return np.linspace(0, 1, self.count + 1)[1:]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cycle:
    """The load factor goes from one of `turns` to the next, from 0 on, in `count` equal increments each.

    Raises `FieldError` on `turns` and `count`.
    """

    turns: Sequence[Any]
    count: int

    def __post_init__(self) -> None:
        require_increments(self.count)
        known = [float(turn) for turn in self.turns if isinstance(turn, int | float)]
        if not len(self.turns) or not np.isfinite(known).all():
            raise FieldError("turns", "a cycle needs load factors to go to", help="write `turns = [1, 0]`")

    @property
    def total(self) -> int:
        """Increments of the whole path."""
        return self.count * len(self.turns)

    @property
    def factors(self) -> Any:
        """`[increment]`: load factors, the last one the last of `turns`."""
        import jax.numpy as jnp

        turns = jnp.stack([jnp.asarray(turn, float) for turn in self.turns])
        legs = jnp.diff(turns, prepend=0.0)
        inside = np.linspace(0, 1, self.count + 1)[1:]
        return (jnp.concatenate([jnp.zeros(1), turns[:-1]])[:, None] + legs[:, None] * inside).reshape(-1)


def require_increments(count: int) -> None:
    """`FieldError` on `count`."""
    if count < 1:
        raise FieldError("count", f"a load needs one increment at least, not {count}")


if TYPE_CHECKING:
    Satisfies[Incremental](Increments, Cycle)
