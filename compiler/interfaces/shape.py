"""Shapes: regions of the plane. Made at `metac check` already, so without JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from metac.compiler.interfaces.geometry import Domain
from metac.compiler.interfaces.symmetry import Symmetry


@runtime_checkable
class Shape(Protocol):
    """What bodies cut out, or what other shapes are made of: a `Pore` or a `TiledShape`, which share no member.

    Bodies and shapes that need one of the two say so with a `FieldError` on their field.
    """


@runtime_checkable
class Pore(Shape, Protocol):
    """A closed outline, or several that stay together."""

    @property
    def at(self) -> Sequence[float]:
        """Its centre, in fractions of the cell's edges."""
        ...

    @property
    def parts(self) -> Sequence[Any]:
        """Edges around the origin, apart from each other, mm (`runtime/geometry/outline.py`)."""
        ...

    @property
    def reach(self) -> float:
        """Radius, mm, of a circle around the origin that holds it."""
        ...


@runtime_checkable
class TiledShape(Shape, Protocol):
    """A shape that repeats on a lattice."""

    @property
    def symmetry(self) -> Symmetry:
        """Its group."""
        ...

    @property
    def pores(self) -> Sequence[Any]:
        """The pores of one cell, whole: outlines, mm (`runtime/geometry/outline.py`)."""
        ...

    def outlines(self, domain: Domain) -> Sequence[Any]:
        """Outlines of all pores that meet a rectangle, mm."""
        ...


@runtime_checkable
class Encircled(Shape, Protocol):
    """A `TiledShape` that says in plain numbers where its pores are: importing numpy takes longer than a check."""

    @property
    def vectors(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lattice vectors, mm."""
        ...

    @property
    def circles(self) -> Sequence[tuple[float, float, float]]:
        """`(x, y, radius)`, mm: the pores of one cell lie in them."""
        ...
