"""Meshed sheets with pores: of a shape's outlines, or moved by a generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.body import SolidPart
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import Movement
from metac.compiler.interfaces.shape import Shape, TiledShape
from metac.compiler.interfaces.symmetry import Symmetry
from metac.runtime.fem.constitutive_law import initial_internal_variables
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.fem.third_medium.filled_law import FilledMaterial
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import DisconnectedSheet
from metac.runtime.mesh.filled_meshing import solid_mesh
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.meshing import mesh_region
from metac.stdlib.loads.applied import applied_loads
from metac.stdlib.loads.continuum import Continuum

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable, Remeshable
    from metac.compiler.interfaces.contact import Contact
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.report.sheet_export import DrawnSheet

ELEMENTS_PER_PORE = 5
"""Element edges over the spacing of the pores where no mesh size is given."""


@dataclass(frozen=True)
class Region:
    """What is meshed: pores cut from a rectangle, and how finely."""

    domain: Rectangle
    outlines: tuple[Outline, ...]
    size: float
    """Element edge, mm."""
    across: float
    """Elements over the width of a ligament."""
    order: int
    outer: Outline | None = None
    """The edge of a sheet that is not a rectangle; the domain is then the rectangle around it."""

    def mesh(self, refinement: float = 1.0) -> Mesh:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_region`."""
        return mesh_region(
            self.domain,
            self.outlines,
            self.size,
            self.order,
            across=self.across,
            refinement=refinement,
            outer=self.outer,
        )

    def moved(self, by: Movement) -> Region:
        """The region between the moved outlines (host, concrete values)."""
        outer = () if self.outer is None else (self.outer,)
        moved = moved_outlines((*self.outlines, *outer), partial(by.move, domain=self.domain))
        count = len(self.outlines)
        return replace(self, outlines=moved[:count], outer=moved[count] if outer else None)

    def body(self, refinement: float, material: Any, thickness: Any) -> Sheet:
        """Remeshed, nothing moved."""
        return Sheet(region=self, mesh=self.mesh(refinement), material=material, thickness=thickness)


def moved_outlines(outlines: Sequence[Outline], move: Callable[[Array], Array]) -> tuple[Outline, ...]:
    """Outlines with their points moved (host, concrete values)."""
    if not outlines:
        return ()
    # All at once: one compilation, and one pass of the flow.
    together = jnp.asarray(np.concatenate([outline.points for outline in outlines]))
    moved = np.asarray(jax.jit(move)(together))
    parts = np.split(moved, np.cumsum([len(outline.points) for outline in outlines])[:-1])
    return tuple(Outline(part, outline.corners) for part, outline in zip(parts, outlines, strict=True))


@dataclass(frozen=True)
class Built:
    """What a specimen makes once."""

    region: Any
    mesh: Mesh
    first: int | None = None
    """First element of what fills the pores; None where nothing does."""


class Sheet(Continuum):
    """A body as meshed, nothing moved: see `compiler/interfaces/body.py: MeshBody`."""

    constraints: MultiPointConstraints | None = None
    """Which nodes follow others; none in a sheet with free edges."""

    def __init__(self, *, region: Any, mesh: Mesh, material: Any, thickness: Any) -> None:
        self.region, self.mesh, self.material, self.thickness = region, mesh, material, thickness

    @property
    def domain(self) -> Rectangle:
        """The rectangle that the sheet fills, pores included, mm."""
        return self.region.domain

    @cached_property
    def coordinates(self) -> Array:
        """`[node, 2]`: reference positions, mm."""
        # The barrier keeps XLA from folding all that follows from a constant mesh, which takes it longer than running it.
        return jax.lax.optimization_barrier(jnp.asarray(self.mesh.nodes))

    def fresh(self, refinement: float) -> Sheet:
        """The same region remeshed with all sizes divided by `refinement` (host only); raises as `mesh_region`."""
        return self.region.body(refinement, self.material, self.thickness)

    def second_order(self) -> Sheet | None:
        """The same region of second-order elements, None where it is of those (host only); raises as `mesh_region`."""
        region = self.region
        return None if region.order > 1 else replace(region, order=2).body(1.0, self.material, self.thickness)

    def files(self) -> dict[str, bytes]:
        """Drawings and a solid, by the end of the name (concrete values); raises NoOutline."""
        return self.solid_part().body._drawn.files()

    def files_under(self, loads: Mapping[str, Any]) -> dict[str, bytes]:
        """An input file for Abaqus and CalculiX with every load that has displacements and forces at nodes."""
        solid = self.solid_part()
        applied, left_out = applied_loads(loads)
        return {".inp": solid.body._drawn.input_file([each.at(solid.nodes) for each in applied], left_out)}

    def solid_part(self) -> SolidPart:
        """The body without a medium that fills its pores: what is drawn and measured."""
        law = self.material
        if not isinstance(law, FilledMaterial):
            return SolidPart(self, np.arange(len(self.mesh.nodes)), len(self.mesh.cells))
        mesh, nodes = solid_mesh(self.mesh, law.first)
        return SolidPart(SolidOfFilled(self, mesh, nodes, law.solid), nodes, law.first)

    @property
    def _drawn(self) -> DrawnSheet:
        from metac.runtime.report.sheet_export import DrawnSheet

        law = self.material
        materials, phases = (law.materials, law.phases) if isinstance(law, PhasedMaterial) else ((law,), 0)
        phases = np.broadcast_to(phases, len(self.mesh.cells))
        tangents = np.stack([tangent_at_rest(each) for each in materials])
        return DrawnSheet(self.mesh, np.asarray(self.coordinates), float(self.thickness), tangents, phases)

    def cell_fields(self) -> dict[str, np.ndarray]:
        """`[cell]`: numbers of the materials, from 1, where there are several (concrete values)."""
        law = self.material
        return {"material": law.phases + 1.0} if isinstance(law, PhasedMaterial) else {}

    def require_movable(self, by: Movement) -> None:
        """`FieldError` on `by` where the body cannot be moved that way."""

    def place(self, points: Array, by: Movement) -> Array:
        """Where the nodes at `points[node, 2]` are carried, mm."""
        return by.move(points, self.domain)


class SolidOfFilled(Sheet):
    """A filled body without its medium, as meshed or moved."""

    def __init__(self, whole: Sheet, mesh: Mesh, nodes: np.ndarray, material: Any) -> None:
        super().__init__(region=whole.region, mesh=mesh, material=material, thickness=whole.thickness)
        self._whole, self._nodes = whole, nodes
        self.constraints = None if whole.constraints is None else whole.constraints.at(nodes)

    @cached_property
    def coordinates(self) -> Array:
        """`[node, 2]`: as those of the whole body, mm."""
        return self._whole.coordinates[self._nodes]


class Specimen(Sheet):
    """A rectangular sheet of whole cells of a tiled shape.

    `cells = [nx, ny]`: the sheet is `nx |b1|` wide and `ny` lattice rows high, a row being the height of the cell over b1:
    `a` by `a` for square cells, `a` by `a √3/2` for hexagonal ones, `a` by `b sin(angle)` for oblique ones. For whole
    numbers it thus holds the area and the pores of `nx ny` cells; fractions of cells are allowed. The origin of the group is
    its lower left corner; pores that reach over the edge are cut. `size`: element edge (mm), a fifth of the pores' spacing
    by default, smaller at ligaments that have less than `across` elements over their width. `thickness` in mm.

    Raises `FieldError`: M0533 where a sheet cannot be made of these cells, M0534 where it would fall apart, and what
    `contact` refuses.
    """

    def __init__(
        self,
        *,
        shape: TiledShape,
        cells: Sequence[float],
        material: Any,
        order: int,
        size: float | None,
        across: float,
        thickness: Any,
        contact: Contact | None,
        built: Built | None = None,
    ) -> None:
        built = built or self.build(shape, cells, order, size, across, contact)
        if contact is not None and built.first is not None:
            material = contact.law(material, built.region, built.first)
        super().__init__(region=built.region, mesh=built.mesh, material=material, thickness=thickness)

    @staticmethod
    def build(
        shape: TiledShape,
        cells: Sequence[float],
        order: int,
        size: float | None,
        across: float,
        contact: Contact | None,
    ) -> Built:
        """Cut and mesh the sheet (host, concrete values)."""
        domain = whole_cells(shape, cells)
        size = element_size(shape, size)
        region = Region(domain, tuple(shape.outlines(domain)), size, across, order)
        try:
            return Specimen.meshed(region if contact is None else contact.filled(region))
        except DisconnectedSheet as problem:
            raise FieldError("shape", problem.message, code="M0534", help=problem.remedy) from problem

    @staticmethod
    def meshed(region: Any) -> Built:
        """What `build` would give for another region (host only); raises as `mesh_region`."""
        made = region.mesh()
        return Built(region, made) if isinstance(made, Mesh) else Built(region, *made)


class Deformed(Sheet):
    """A body whose nodes a generator has moved; `body` may be moved itself."""

    def __init__(self, *, body: Sheet, by: Movement) -> None:
        body.require_movable(by)
        self.body, self.by, self.constraints = body, by, body.constraints
        self.mesh, self.material, self.thickness = body.mesh, body.material, body.thickness

    @cached_property
    def region(self) -> Any:
        """The region between the moved outlines; for concrete values only, so not within a trace."""
        return self.body.region.moved(self.by)

    @property
    def domain(self) -> Rectangle:
        """The rectangle that the sheet fills: generators leave its edges in place, or its area where it is periodic."""
        return self.body.domain

    @cached_property
    def coordinates(self) -> Array:
        """`[node, 2]`: positions after the movement, mm."""
        return self.place(self.body.coordinates, self.by)

    def meshed(self, region: Any) -> Any:
        """What the `build` of the body that is moved would give for another region (host only); raises as `mesh_region`."""
        moved: Any = self.body
        return moved.meshed(region)

    def remeshed(self) -> Any:
        """The same for the region between the moved outlines: the ground for movements to come (concrete values)."""
        return self.meshed(self.region)

    def require_movable(self, by: Movement) -> None:
        """`FieldError` on `by` where the body cannot be moved that way."""
        self.body.require_movable(by)

    def place(self, points: Array, by: Movement) -> Array:
        """Where the nodes at `points[node, 2]` are carried, mm."""
        return self.body.place(points, by)


def tangent_at_rest(law: Any) -> np.ndarray:
    """`[2, 2, 2, 2]`, MPa: ∂P/∂F of one material (concrete values)."""
    parameters = tuple(jnp.asarray(value, float) for value in law.parameters)
    virgin = initial_internal_variables(law.functions, 1)
    return np.asarray(law.functions.tangent2(jnp.eye(2)[:, :, None], (*parameters, *virgin))[..., 0])


def element_size(shape: TiledShape, size: float | None) -> float:
    """The given edge of the elements, or else a fifth of the pores' spacing, mm; `FieldError` M0533."""
    if size is None:
        return math.sqrt(shape.symmetry.area / len(shape.pores)) / ELEMENTS_PER_PORE
    if not (np.isfinite(size) and size > 0):
        raise FieldError("size", f"the mesh size must be positive, found {size:g} mm", code="M0533")
    return size


def lattice_of(shape: Shape, field: str = "shape") -> Symmetry:
    """The group of a tiled shape, whose first lattice vector lies along x; `FieldError` M0533 on the shape's `field`."""
    if not isinstance(shape, TiledShape):
        raise FieldError(
            field,
            "this body is made of whole cells, and this shape has none",
            code="M0533",
            help="repeat it: `tiled { motif = …, symmetry = p1 { … } }`",
        )
    group = shape.symmetry
    first = group.basis[0]
    if abs(first[1]) > 1e-9 * abs(first[0]) or first[0] <= 0:
        raise FieldError(
            field,
            f"the cells' lower edge is the first lattice vector: ({first[0]:.4g}, {first[1]:.4g}) mm is not along x",
            code="M0533",
        )
    return group


def whole_cells(shape: TiledShape, cells: Sequence[float]) -> Rectangle:
    """The rectangle of that many cells along x and rows along y, mm; `FieldError` M0533."""
    group = lattice_of(shape)
    if len(cells) != 2 or not all(np.isfinite(count) and count > 0 for count in cells):
        raise FieldError("cells", "a specimen needs two positive numbers of cells, along x and y", code="M0533")
    return Rectangle(0.0, 0.0, float(cells[0]) * float(group.basis[0][0]), float(cells[1]) * float(group.basis[1][1]))


if TYPE_CHECKING:
    Satisfies[LoadableBody](Specimen, Deformed)
    Satisfies[Refinable](Specimen, Deformed)
    Satisfies[Enrichable](Specimen, Deformed)
    Satisfies[Filled](Specimen, Deformed)
    Satisfies[Meshable](Specimen, Deformed)
    Satisfies[Remeshable](Deformed)
    Satisfies[Exported](Specimen, Deformed)
    Satisfies[ExportedUnderLoads](Specimen, Deformed)
    Satisfies[MeshBody](Specimen, Deformed)
