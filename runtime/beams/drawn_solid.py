"""The drawing of a frame as a solid between two grips: linear elastic, second-order triangles, the strain of one test.

What beams leave out, that joints have a size and that crossings are joined, is in it. The drawing ends where the nodes in
the grips are, and is held there as beams are: no displacement across, none along but the grip's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.sparse
import shapely
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure
from metac.runtime.fem.numbering import element_degrees
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.linear_solvers.interface import SymmetricSparsity
from metac.runtime.linear_solvers.verified import ACCURATE, VerifiedAnalysis
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.meshing import Division, mesh_divided

SIZE = 0.7
"""Element edge over the width of the thinnest beam."""
ROUNDNESS = 0.02
"""How far the meshed outline may lie from the drawn one, in widths of the thinnest beam."""
MOST_ELEMENTS = 30_000
"""Of one drawing; more would take longer than a look at the result is worth."""
ON_LINE = 1e-9
"""Distance from a grip, over the extent of the frame, below which a point lies in it."""
GRIPS = (("left", "right"), ("bottom", "top"))
"""By axis: the parts of the boundary that rest and move."""


class NotSolved(RuntimeFailure):
    """The drawing was not solved as a solid."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the drawing was not solved as a solid: {reason}", remedy="")
        self.reason = reason


class SolidTest(NamedTuple):
    """Of a drawing that is pulled along one axis; both over the extents between the outer nodes, as for beams."""

    modulus: float
    """Mean stress over strain, MPa."""
    displacement: NDArray[np.float64]
    """`[point, 2]`, at the asked points for a strain of 1, mm; zero where nothing is drawn or nothing is held."""


def pull(
    outline: shapely.MultiPolygon,
    domain: Rectangle,
    axis: int,
    width: float,
    tangent: NDArray[np.float64],
    points: NDArray[np.float64],
) -> SolidTest:
    """Stretch a drawing between the two sides of `domain` that lie opposite each other along `axis` (host only).

    Args:
        outline: what is drawn, mm; it may reach beyond the domain, whose sides are those of the nodes.
        domain: from the first to the last nodes.
        axis: 0 for x, 1 for y.
        width: of the thinnest beam, mm: it sets the size of the elements.
        tangent: `[2, 2, 2, 2]`, of the material at rest, MPa.
        points: `[point, 2]`, where displacements are asked for.

    Raises:
        NotSolved: where it would take more than `MOST_ELEMENTS`, or the equations have no accurate solution.
        MeshingFailed: as `mesh_divided`.
    """
    size = SIZE * width
    region = shapely.intersection(shapely.simplify(outline, ROUNDNESS * width), _between(domain, axis, outline.bounds))
    elements = region.area / (np.sqrt(3) / 4 * size**2)
    if elements > MOST_ELEMENTS:
        raise NotSolved(f"it would take about {elements:,.0f} elements")
    stiffness, displacement = 0.0, np.zeros_like(points)
    for part in getattr(region, "geoms", [region]):
        if not isinstance(part, shapely.Polygon):
            continue
        rings = list(_divided(part, domain, axis, size))
        held = {division.part for ring in rings for division in ring}
        if held.issuperset(GRIPS[axis]):  # others follow one grip or none, and store nothing
            mesh = mesh_divided(domain, rings, size, 2)
            energy, nodal = _stretched(mesh, axis, domain.extents[axis], tangent)
            stiffness += energy
            displacement += _at(mesh, nodal, points)
    return SolidTest(stiffness / domain.area, displacement)


def _between(domain: Rectangle, axis: int, bounds: Sequence[float]) -> shapely.Polygon:
    """Between the grips along the axis, all that is drawn across it."""
    low, high = [bounds[0] - 1, bounds[1] - 1], [bounds[2] + 1, bounds[3] + 1]
    low[axis], high[axis] = domain.lower[axis], domain.lower[axis] + domain.extents[axis]
    return shapely.box(low[0], low[1], high[0], high[1])


def _divided(part: shapely.Polygon, domain: Rectangle, axis: int, size: float) -> Iterator[list[Division]]:
    """The boundary in straight pieces of `size` or less, the solid on the left; those in a grip bear its name."""
    part = shapely.geometry.polygon.orient(part)
    first = domain.lower[axis]
    grips = zip(GRIPS[axis], (first, first + domain.extents[axis]), strict=True)
    lines = [(name, place, ON_LINE * domain.diagonal) for name, place in grips]
    for ring in (part.exterior, *part.interiors):
        corners = shapely.get_coordinates(ring)
        pieces = []
        for start, end in pairwise(corners):
            within = [name for name, place, near in lines if max(abs(start[axis] - place), abs(end[axis] - place)) < near]
            count = max(1, int(np.ceil(np.linalg.norm(end - start) / size)))
            vertices = start + np.linspace(0, 1, count + 1)[:, None] * (end - start)
            pieces.append(Division(within[0] if within else "pores", vertices, (vertices[:-1] + vertices[1:]) / 2))
        yield pieces


def _stretched(mesh: Mesh, axis: int, length: float, tangent: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """uᵀ K u per thickness, N, and the displacements `[node, 2]`, mm, for a strain of 1."""
    stiffness = _stiffness(mesh, tangent)
    resting, moving = (mesh.nodes_on(part) for part in GRIPS[axis])
    field = np.zeros_like(mesh.nodes)
    field[moving, axis] = length
    is_free = np.ones(len(mesh.nodes), bool)
    is_free[resting] = is_free[moving] = False
    free = np.flatnonzero(np.repeat(is_free, 2))
    upper = scipy.sparse.csc_matrix(scipy.sparse.triu(stiffness[free][:, free]))
    upper.sort_indices()
    places = (np.asarray(upper.indptr, np.int32), np.asarray(upper.indices, np.int32))
    analysis = VerifiedAnalysis(SymmetricSparsity(len(free), *places))
    found = analysis.solve(np.asarray(upper.data, float), -(stiffness @ field.ravel())[free])
    if not found.residual < ACCURATE:
        raise NotSolved(f"the residual of its equations is {found.residual:.2g}")
    field.reshape(-1)[free] = found.x
    return float(field.ravel() @ (stiffness @ field.ravel())), field


def _stiffness(mesh: Mesh, tangent: NDArray[np.float64]) -> scipy.sparse.csc_matrix:
    """K per thickness `[2 · node + component, 2 · node + component]`, N/mm²; with NumPy, as each mesh is solved once."""
    rule = mesh.element.default_rule
    slopes = mesh.element.gradient(rule.points)
    jacobian = np.einsum("cni,njq->cqij", mesh.nodes[mesh.cells], slopes)
    gradients = np.einsum("njq,cqji->cqni", slopes, np.linalg.inv(jacobian))
    weights = rule.weights * np.linalg.det(jacobian)
    stresses = np.einsum("ijkl,cqnl->cqnkij", tangent, gradients)
    entries = np.einsum("cqmj,cqnkij,cq->cmink", gradients, stresses, weights, optimize=True)
    degrees = element_degrees(mesh.cells, mesh.dimension)
    rows, columns = np.broadcast_arrays(degrees[:, :, None], degrees[:, None, :])
    size = mesh.nodes.size
    return scipy.sparse.csc_matrix((entries.ravel(), (rows.ravel(), columns.ravel())), shape=(size, size))


def _at(mesh: Mesh, nodal: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displacements `[point, 2]` at points, by the elements that hold them; zero outside."""
    corners = mesh.nodes[mesh.cells[:, :3]]
    inverse = np.linalg.inv(np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2))
    found = np.zeros_like(points)
    for index, point in enumerate(points):
        local = np.einsum("cij,cj->ci", inverse, point - corners[:, 0])
        inside = np.minimum(local.min(axis=1), 1 - local.sum(axis=1))
        cell = int(np.argmax(inside))
        if inside[cell] > -ON_LINE:
            found[index] = mesh.element.shape(local[[cell]])[:, 0] @ nodal[mesh.cells[cell]]
    return found
