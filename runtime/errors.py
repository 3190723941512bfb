"""What can go wrong while a design runs, with the place and a way out."""

from __future__ import annotations


class RuntimeFailure(Exception):
    """A run that cannot go on; `remedy` says what may help, `subject` names the load or body that it is about, if known."""

    subject: str | None = None

    def __init__(self, message: str, *, remedy: str) -> None:
        self.message, self.remedy = message, remedy
        super().__init__(message)


class NotConverged(RuntimeFailure):
    """Newton's method found no equilibrium, or a linear solve was not accurate enough."""

    def __init__(self, message: str, *, increment: int, residual: float) -> None:
        self.increment, self.residual = increment, residual
        super().__init__(message, remedy="take more, smaller load increments, a finer mesh, or a less extreme design")


class InvertedElement(RuntimeFailure):
    """An element is turned inside out.

    `where` is "reference" (the geometry itself, before any load) or "deformed" (under load); `step` is the load increment,
    counted from 1, and 0 for the reference.
    """

    def __init__(self, message: str, *, where: str, element: int, step: int) -> None:
        self.where, self.element, self.step = where, element, step
        remedy = (
            "let the generator move the nodes less, or mesh the body anew and finer"
            if where == "reference"
            else "take more, smaller load increments, or a finer mesh where the element collapses"
        )
        super().__init__(message, remedy=remedy)


class NotFinite(RuntimeFailure):
    """A value is infinite or not a number."""

    def __init__(self, message: str, *, increment: int) -> None:
        self.increment = increment
        super().__init__(message, remedy="look for material parameters or coordinates outside their meaningful range")


class SolverUnavailable(RuntimeFailure):
    """The sparse solver that was asked for does not exist, is not installed, or finds no device."""

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(f"the solver {name} cannot be used: {problem}", remedy=remedy)
