"""Meshed sheets: what bodies of the forms `mesh` and `periodic` have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.body import SolidPart
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import Movement
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import initial_internal_variables
from metac.runtime.fem.dimension import identity
from metac.runtime.fem.phased_law import PhasedMaterial
from metac.runtime.fem.third_medium.filled_law import FilledMaterial
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.filled_meshing import solid_mesh
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.loads.applied import applied_loads
from metac.stdlib.loads.continuum import Continuum

if TYPE_CHECKING:
    from jax import Array

    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.report.sheet_export import DrawnSheet


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
        return carried(points, by, self.domain)


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


def carried(points: Array, by: Movement, domain: Rectangle | None) -> Array:
    """Where a movement carries `points[node, 2]`, mm; `FieldError` M0579 on `by` where it gives no such array."""
    places = by.move(points, domain)
    if not isinstance(places, jax.Array | np.ndarray):
        given = f"a `{type(places).__name__}`"
    elif places.shape != points.shape or not jnp.issubdtype(places.dtype, jnp.floating):
        given = f"one of shape {places.shape} and type {places.dtype}"
    else:
        return places
    message = f"`move` must give an array of shape {points.shape} and type {points.dtype}, found {given}"
    raise FieldError("by", message, code="M0579", help="give the place of every point, in their order")


def tangent_at_rest(law: Any) -> np.ndarray:
    """`[2, 2, 2, 2]`, MPa: ∂P/∂F of one material (concrete values)."""
    parameters = tuple(jnp.asarray(value, float) for value in law.parameters)
    virgin = initial_internal_variables(law.functions, 1)
    return np.asarray(law.functions.tangent2(identity(PLANE, 1), (*parameters, *virgin))[..., 0])
