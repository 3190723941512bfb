"""What can go wrong while a design runs, with its code, the place and a way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RuntimeFailure(Exception):
    """A run that cannot continue: the one carrier of what ends a run, or a part of it.

    `remedy` says what may help, and is empty where nothing is known.
    """

    code = "M0610"
    """What `metac explain` says more about."""
    subject: str | None = None
    """The name of the load or body that it is about, if known."""
    of_geometry = False
    """Whether it lies in the geometry of what is loaded, and not in the load."""

    def __init__(self, message: str, *, remedy: str) -> None:
        self.message, self.remedy = message, remedy
        super().__init__(message)


class NotConverged(RuntimeFailure):
    """Newton's method found no equilibrium, or a linear solve was not accurate enough."""

    code = "M0611"

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
        self.of_geometry = where == "reference"
        self.code = "M0612" if self.of_geometry else "M0613"
        remedy = (
            "let the generator move the nodes less, or mesh the body again and finer"
            if self.of_geometry
            else "take more, smaller load increments, or a finer mesh where the element collapses"
        )
        super().__init__(message, remedy=remedy)


class NotFinite(RuntimeFailure):
    """A value is infinite or not a number."""

    code = "M0614"

    def __init__(self, message: str, *, increment: int) -> None:
        self.increment = increment
        super().__init__(message, remedy="look for material parameters or coordinates outside their meaningful range")


class SolverUnavailable(RuntimeFailure):
    """The sparse solver that was asked for does not exist, is not installed, or finds no device."""

    code = "M0616"

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(f"the solver {name} cannot be used: {problem}", remedy=remedy)


class OutOfMemory(RuntimeFailure):
    """The memory is used up, that of the host or that of a device."""

    code = "M0630"

    def __init__(self) -> None:
        super().__init__("the memory is used up", remedy="a coarser mesh, fewer cells or fewer load increments need less")


class FileUnusable(RuntimeFailure):
    """The system refuses a file: a full disk, a folder without permission."""

    code = "M0621"

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error), remedy="")


def as_failure(error: BaseException) -> RuntimeFailure | None:
    """The failure of a run that an exception stands for; None for one that nobody foresaw."""
    if isinstance(error, RuntimeFailure):
        return error
    if isinstance(error, MemoryError) or (from_compiled_code(error) and "RESOURCE_EXHAUSTED" in str(error)):
        return OutOfMemory()
    if isinstance(error, OSError):
        return FileUnusable(error) if error.errno is not None else RuntimeFailure(str(error), remedy="")
    return None


def from_compiled_code(error: BaseException) -> bool:
    """Whether XLA raised an exception; one that a host callback raised looks like this as well."""
    return type(error).__name__ in ("XlaRuntimeError", "JaxRuntimeError")


def first_failure(statuses: Mapping[str, Any]) -> RuntimeFailure | None:
    """The first failure in the statuses of loads (by name), with that load as its subject; None where there is none."""
    for name, status in statuses.items():
        problem = status.failure(name)
        if problem is not None and not isinstance(problem, RuntimeFailure):
            problem = RuntimeFailure(f"{name}: {problem}", remedy="")  # a status from outside may give words alone
        if problem is not None:
            problem.subject = name
            return problem
    return None


def instabilities(statuses: Mapping[str, Any]) -> dict[str, str]:
    """Of loads whose paths end on an unstable branch, by name: what to say of it."""
    found = {name: status.instability(name) for name, status in statuses.items()}
    return {name: str(message) for name, message in found.items() if message is not None}
