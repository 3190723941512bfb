"""Bodies from files of meshes, with a material for each named group of elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, log2
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import Movement
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.mesh.bubbles import periodic_with_bubbles, with_bubbles
from metac.runtime.mesh.file_mesh import NoMesh
from metac.runtime.mesh.imported_mesh import imported
from metac.runtime.mesh.matched_period import matched_period
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.mesh_files import read_mesh_file
from metac.runtime.mesh.triangle_edges import second_order, subdivided
from metac.stdlib.bodies.cell import PeriodicSheet
from metac.stdlib.bodies.composition import require_materials
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.bodies.elements import element_material, is_mixed
from metac.stdlib.bodies.phases import phased
from metac.stdlib.bodies.sheet import Sheet

if TYPE_CHECKING:
    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, MeshBody, Refinable
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.geometry.rectangle import Rectangle


@dataclass(frozen=True, eq=False)
class MeshRegion:
    """A mesh as read, and what has moved its nodes. It is made finer by cutting its elements, never remeshed."""

    source: Mesh
    phases: NDArray[np.int32]
    """`[cell]`: index of the material."""
    order: int
    """Of the elements that a body is made of; 2 also where those of the file are linear."""
    mixed: bool
    """Whether the elements of a body have a pressure of their own, and a bubble, which those of `source` have not."""
    constraints: MultiPointConstraints | None = None
    """Where it is a period: which nodes of the file are images of each other."""
    movements: tuple[Movement, ...] = ()

    @property
    def domain(self) -> Rectangle:
        """The rectangle around the mesh, mm."""
        return self.source.domain

    @property
    def period(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The translations that a periodic body repeats by, mm."""
        return (self.domain.width, 0.0), (0.0, self.domain.height)

    def moved(self, by: Movement) -> MeshRegion:
        """The region with its nodes moved."""
        return replace(self, movements=(*self.movements, by))

    def body(self, refinement: float, material: Any, thickness: Any) -> Sheet:
        """Elements cut into four until they are `refinement` times as fine, and then moved like the first."""
        mesh, times = self.source, max(0, ceil(log2(refinement)))
        for _ in range(times):
            mesh = subdivided(mesh)
        if self.order > mesh.order:
            mesh = second_order(mesh)
        phases = np.repeat(self.phases, 4**times)
        region = MeshRegion(mesh, phases, self.order, self.mixed, _matched(mesh, self.constraints))
        body = region.on(material, thickness)
        for by in self.movements:
            body = Deformed(body=body, by=by)
        return body

    def on(self, material: Any, thickness: Any) -> Sheet:
        """The body of a law that may be laid out on other elements."""
        law = material.laid_out(self.phases) if isinstance(material, PhasedMaterial) else material
        if self.constraints is None:
            return Sheet(region=self, mesh=self.meshed, material=law, thickness=thickness)
        return PeriodicSheet(self, self.periodic(self.constraints), law, thickness)

    @property
    def meshed(self) -> Mesh:
        """The elements of a body with free edges."""
        return with_bubbles(self.source) if self.mixed else self.source

    def periodic(self, constraints: MultiPointConstraints) -> tuple[Mesh, MultiPointConstraints]:
        """Those of a period, and which nodes follow others."""
        return periodic_with_bubbles(self.source, constraints) if self.mixed else (self.source, constraints)


class MeshFile(Sheet):
    """Fields as in `mesh.meta`, lengths in mm.

    Raises `FieldError`: M0558 where the file gives no mesh, M0559 where its groups and the materials do not match, M0565
    where the materials do not go together, M0643 where there are no mixed elements.
    """

    def __init__(
        self,
        *,
        file: str,
        unit: float,
        groups: Sequence[str],
        materials: Sequence[Any],
        thickness: Any,
        order: int | None,
        element: str,
        built: MeshRegion | None = None,
    ) -> None:
        region = built or self.build(file, unit, groups, order, element)
        law = law_of_groups(groups, materials, region)
        super().__init__(region=region, mesh=region.meshed, material=law, thickness=thickness)

    @staticmethod
    def build(file: str, unit: float, groups: Sequence[str], order: int | None, element: str) -> MeshRegion:
        """Read the file (host, concrete values)."""
        return _region(file, unit, groups, order, element)


class PeriodicMeshFile(PeriodicSheet):
    """Fields as in `periodic_mesh.meta`, lengths in mm; raises as `MeshFile`, M0566 where opposite edges do not match."""

    def __init__(
        self,
        *,
        file: str,
        unit: float,
        groups: Sequence[str],
        materials: Sequence[Any],
        thickness: Any,
        order: int | None,
        element: str,
        built: MeshRegion | None = None,
    ) -> None:
        region = built or self.build(file, unit, groups, order, element)
        assert region.constraints is not None
        law = law_of_groups(groups, materials, region)
        super().__init__(region, region.periodic(region.constraints), law, thickness)

    @staticmethod
    def build(file: str, unit: float, groups: Sequence[str], order: int | None, element: str) -> MeshRegion:
        """Read the file and pair its edges (host, concrete values)."""
        region = _region(file, unit, groups, order, element)
        try:
            mesh, constraints = matched_period(region.source)
        except NoMesh as problem:
            raise FieldError("file", f"{file}: {problem.message}", code="M0566", help=problem.remedy) from problem
        return replace(region, source=mesh, constraints=constraints)


def law_of_groups(groups: Sequence[str], materials: Sequence[Any], region: MeshRegion) -> Any:
    """The law of the whole; `FieldError` M0559 where there are not as many materials as groups."""
    require_materials(materials, groups)
    return element_material(phased(materials, region.phases), region.mixed, "materials")


def _region(file: str, unit: float, groups: Sequence[str], order: int | None, element: str) -> MeshRegion:
    try:
        found = imported(read_mesh_file(file_named(file)), unit, groups)
    except OSError as problem:
        message = f"{file} cannot be read: {problem.strerror or problem}"
        raise FieldError("file", message, code="M0558", help="names start from the spec's folder") from problem
    except NoMesh as problem:
        code = "M0559" if problem.field == "groups" else "M0558"
        raise FieldError(problem.field, f"{file}: {problem.message}", code=code, help=problem.remedy or None) from problem
    mesh = found.mesh
    if order is not None and order < mesh.order:
        message = f"{file}: its elements are of second order, and nodes are not left out"
        raise FieldError("order", message, code="M0558", help="leave `order` out")
    if order is not None and order > mesh.order:
        mesh = second_order(mesh)
    return MeshRegion(mesh, found.phases, mesh.order, is_mixed(element, mesh.order))


def _matched(mesh: Mesh, before: MultiPointConstraints | None) -> MultiPointConstraints | None:
    """The constraints of a finer mesh; none where the coarse one had none."""
    return None if before is None else matched_period(mesh)[1]


if TYPE_CHECKING:
    Satisfies[MeshBody](MeshFile, PeriodicMeshFile)
    Satisfies[LoadableBody](MeshFile, PeriodicMeshFile)
    Satisfies[Refinable](MeshFile, PeriodicMeshFile)
    Satisfies[Enrichable](MeshFile, PeriodicMeshFile)
    Satisfies[Filled](MeshFile, PeriodicMeshFile)
    Satisfies[Exported](MeshFile, PeriodicMeshFile)
    Satisfies[ExportedUnderLoads](MeshFile, PeriodicMeshFile)
