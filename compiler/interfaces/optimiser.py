"""Optimisers: how a step is made."""

from __future__ import annotations

from typing import Protocol, TypeVar, runtime_checkable

Method_co = TypeVar("Method_co", covariant=True)
"""`runtime/optimise/methods/method.py: Method`."""


@runtime_checkable
class Optimiser(Protocol[Method_co]):
    """A rule for steps that lower a loss."""

    def method(self, bounds: tuple[float, float] | None) -> Method_co:
        """How a step is made, for parameters between bounds, or without."""
        ...


@runtime_checkable
class SelectiveOptimiser(Protocol):
    """An optimiser that not every generator can be varied by."""

    def refusal(self, bounds: tuple[float, float] | None) -> tuple[str, str] | None:
        """Why parameters with these bounds cannot be varied, and what could vary them; None where they can."""
        ...


@runtime_checkable
class Constrained(Protocol):
    """An optimiser that holds only certain numbers of bounds."""

    def refusal_of(self, constraints: int) -> tuple[str, str] | None:
        """Why so many bounds cannot be held, and what could hold them; None where they can."""
        ...
