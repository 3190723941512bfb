"""Sheets and periods of layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.geometry import Movement
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.bubbles import periodic_with_bubbles, with_bubbles
from metac.runtime.mesh.cell_meshing import constrained
from metac.runtime.mesh.laminate_meshing import Stack, mesh_laminate
from metac.stdlib.bodies.cell import PeriodicSheet
from metac.stdlib.bodies.composition import require_layers, require_period
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.bodies.elements import element_material, is_mixed
from metac.stdlib.bodies.phases import phased
from metac.stdlib.bodies.sheet import Sheet

if TYPE_CHECKING:
    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, MeshBody, Refinable
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.mesh.mesh import Mesh

PER_SIDE = 8
"""Elements along the shorter side where no size is given."""


@dataclass(frozen=True, eq=False)
class LayeredRegion:
    """What is meshed, and what has moved its nodes. Interfaces are not remeshed where they were moved."""

    domain: Rectangle
    stack: Stack
    size: float
    """Element edge, mm."""
    across: float
    """Elements over the thickness of a layer."""
    order: int
    mixed: bool
    """Whether its elements have a pressure of their own, and a bubble."""
    repeats: bool
    """Whether the rectangle is a period."""
    movements: tuple[Movement, ...] = ()

    @property
    def period(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The translations that a periodic body repeats by, mm."""
        return (self.domain.width, 0.0), (0.0, self.domain.height)

    def built(self, refinement: float = 1.0) -> BuiltLaminate:
        """Nothing moved, with sizes divided by `refinement` (host only); raises as `mesh_laminate`."""
        made = mesh_laminate(self.domain, self.stack, self.size / refinement, self.order, across=self.across * refinement)
        if not self.repeats:
            return BuiltLaminate(self, with_bubbles(made.mesh) if self.mixed else made.mesh, made.phases)
        mesh, constraints = constrained(made.mesh, np.array(self.period))
        if self.mixed:
            mesh, constraints = periodic_with_bubbles(mesh, constraints)
        return BuiltLaminate(self, mesh, made.phases, constraints)

    def moved(self, by: Movement) -> LayeredRegion:
        """The region with its nodes moved."""
        return replace(self, movements=(*self.movements, by))

    def body(self, refinement: float, material: Any, thickness: Any) -> Sheet:
        """Meshed again, and moved like the first."""
        built = replace(self, movements=()).built(refinement)
        law = material.laid_out(built.phases) if isinstance(material, PhasedMaterial) else material
        body = built.on(law, thickness)
        for by in self.movements:
            body = Deformed(body=body, by=by)
        return body


@dataclass(frozen=True, eq=False)
class BuiltLaminate:
    """What a laminate makes once."""

    region: LayeredRegion
    mesh: Mesh
    phases: NDArray[np.int32]
    """`[cell]`: index of the layer."""
    constraints: MultiPointConstraints | None = None

    def on(self, law: Any, thickness: Any) -> Sheet:
        """The body of a law that is laid out on these elements."""
        if self.constraints is None:
            return Sheet(region=self.region, mesh=self.mesh, material=law, thickness=thickness)
        return PeriodicSheet(self.region, (self.mesh, self.constraints), law, thickness)

    def law(self, materials: Sequence[Any]) -> Any:
        """Of these materials; `FieldError` M0565, M0643 or M0658 where they do not go together."""
        require_layers(len(self.region.stack.layers), len(materials))
        return element_material(phased(materials, self.phases), self.region.mixed, "materials")


class Laminate(Sheet):
    """Fields as in `laminate.meta`, lengths in mm, `angle` in radian.

    Raises `FieldError`: M0565 where the materials do not go together, M0658 where there are not as many as layers, M0643
    where there are no mixed elements.
    """

    def __init__(
        self,
        *,
        layers: Sequence[float],
        materials: Sequence[Any],
        angle: float,
        width: float,
        height: float,
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        element: str,
        built: BuiltLaminate | None = None,
    ) -> None:
        made = built or self.build(layers, angle, width, height, order, size, across, element)
        super().__init__(region=made.region, mesh=made.mesh, material=made.law(materials), thickness=thickness)

    @staticmethod
    def build(
        layers: Sequence[float],
        angle: float,
        width: float,
        height: float,
        order: int,
        size: float | None,
        across: float,
        element: str,
    ) -> BuiltLaminate:
        """Divide and mesh the sheet (host, concrete values)."""
        domain, stack = Rectangle(0.0, 0.0, float(width), float(height)), _stack(layers, angle)
        return LayeredRegion(domain, stack, _size(domain, size), across, order, is_mixed(element, order), False).built()


class LaminateCell(PeriodicSheet):
    """Fields as in `laminate_cell.meta`, lengths in mm, `angle` in radian; raises as `Laminate`, M0658 for a long period."""

    def __init__(
        self,
        *,
        layers: Sequence[float],
        materials: Sequence[Any],
        angle: float,
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        element: str,
        built: BuiltLaminate | None = None,
    ) -> None:
        made = built or self.build(layers, angle, order, size, across, element)
        assert made.constraints is not None
        super().__init__(made.region, (made.mesh, made.constraints), made.law(materials), thickness)

    @staticmethod
    def build(
        layers: Sequence[float], angle: float, order: int, size: float | None, across: float, element: str
    ) -> BuiltLaminate:
        """Divide and mesh the period (host, concrete values)."""
        stack = _stack(layers, angle)
        x, y = (abs(component) for component in stack.normal)
        total = stack.thickness
        require_period(min(x, y))
        width, height = (total / each if each else total for each in (x, y))
        # A slanted stack begins half a layer lower, so that no interface goes through a corner.
        stack = replace(stack, start=-stack.layers[0] / 2) if x and y else stack
        domain = Rectangle(0.0, 0.0, width, height)
        return LayeredRegion(domain, stack, _size(domain, size), across, order, is_mixed(element, order), True).built()


def _stack(layers: Sequence[float], angle: float) -> Stack:
    require_layers(len(layers))
    return Stack(tuple(float(each) for each in layers), math.remainder(float(angle), 2 * math.pi))


def _size(domain: Rectangle, size: float | None) -> float:
    return min(domain.width, domain.height) / PER_SIDE if size is None else float(size)


if TYPE_CHECKING:
    Satisfies[MeshBody](Laminate, LaminateCell)
    Satisfies[LoadableBody](Laminate, LaminateCell)
    Satisfies[Refinable](Laminate, LaminateCell)
    Satisfies[Enrichable](Laminate, LaminateCell)
    Satisfies[Filled](Laminate, LaminateCell)
    Satisfies[Exported](Laminate, LaminateCell)
    Satisfies[ExportedUnderLoads](Laminate, LaminateCell)
