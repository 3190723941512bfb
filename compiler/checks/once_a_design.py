"""What every check asks of a design, worked out once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from metac.compiler import graph

T = TypeVar("T")
MOST = 4
"""Designs whose results are cached, the last ones."""


def once_a_design(function: Callable[[graph.DesignGraph], T]) -> Callable[[graph.DesignGraph], T]:
    """The function, its results cached for the last designs; these are compared by identity, as a comparison costs more."""
    asked: deque[tuple[graph.DesignGraph, T]] = deque(maxlen=MOST)

    @wraps(function)
    def known(design: graph.DesignGraph) -> T:
        for each, found in asked:
            if each is design:
                return found
        made = function(design)
        asked.append((design, made))
        return made

    return known
