"""Plane meshes as files: the outline to be cut or printed, and an input file for Abaqus and CalculiX; mm, N, MPa.

The input file is of the mesh that was simulated, with elements and nodes numbered from 1 in its order. Its material is the
tangent at rest, its steps are linear: for a linear law it is what was simulated, for others what holds for small strains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.report.frame_input import AppliedLoad
from metac.runtime.report.outline_export import clean_outline, outline_files

ELEMENT_TYPES = {3: "CPE3", 6: "CPE6", 7: "CPE6"}
"""By number of nodes, of which a seventh at the centre is left out: plane strain; a law in plane stress is given by the
constants that have the same effect."""
RIM = 6
"""Most nodes of an element in the file: those of corners and edges."""
ISOTROPIC = 1e-8
"""How far a tangent may be from an isotropic one, over its largest component."""
A_LINE = 16
"""Numbers of a set in one line."""


@dataclass(frozen=True, eq=False)
class DrawnSheet:
    """A plane mesh of triangles as it lies before loading."""

    mesh: Mesh
    coordinates: NDArray[np.float64]
    """`[node, 2]`, mm."""
    depth: float
    """Normal to the plane, mm."""
    tangents: NDArray[np.float64]
    """`[material, 2, 2, 2, 2]`, MPa: ∂P/∂F at rest."""
    phases: NDArray[np.int32]
    """`[cell]`: index of its material."""

    def outline(self) -> shapely.MultiPolygon:
        """The boundary of the mesh, pores cut out; of curved edges a polygon through the nodes in their middles.

        Raises:
            NoOutline: where it touches itself whatever is tried.
        """
        order = [0, 2, 1] if self.mesh.order > 1 else [0, 1]
        facets = np.concatenate([self.mesh.cells[:, edge] for edge in self.mesh.element.facets])
        _, first, counts = np.unique(np.sort(facets[:, :2], axis=1), axis=0, return_index=True, return_counts=True)
        edges = [shapely.LineString(points) for points in self.coordinates[facets[first[counts == 1]][:, order]]]
        return clean_outline(shapely.build_area(shapely.MultiLineString(edges)))

    def files(self) -> dict[str, bytes]:
        """Drawings and a solid, by the end of the name."""
        return outline_files(self.outline(), self.depth)

    def input_file(self, loads: Sequence[AppliedLoad], notes: Sequence[str] = ()) -> bytes:
        """Nodes, elements, materials, and one linear step a load; `notes` are added to the comments at its head."""
        lines = ["*HEADING", "made by metac; mm, N, MPa", *(f"** {line}" for line in (*_CONVENTIONS, *notes)), "*NODE"]
        lines += [f"{n}, {x:.12g}, {y:.12g}, 0." for n, (x, y) in enumerate(self.coordinates, start=1)]
        for number, tangent in enumerate(self.tangents):
            lines += self._part(number, tangent)
        for number, load in enumerate(loads, start=1):
            lines += _step(number, load)
        return "".join(f"{line}\n" for line in lines).encode()

    def _part(self, number: int, tangent: NDArray[np.float64]) -> list[str]:
        """The elements of a material, its constants and its section; of the only one without a number."""
        suffix = "" if len(self.tangents) == 1 else str(number + 1)
        cells, own = self.mesh.cells[:, :RIM] + 1, np.flatnonzero(self.phases == number)
        if not len(own):
            return [f"** no element is of material {number + 1}"]
        lines = [f"*ELEMENT, TYPE={ELEMENT_TYPES[self.mesh.cells.shape[1]]}, ELSET=SHEET{suffix}"]
        lines += [f"{n + 1}, {', '.join(map(str, cells[n]))}" for n in own]
        constants = elastic_constants(tangent)
        if constants is None:
            lines.append(
                f"** the material is not isotropic at rest and is not in this file: give BULK{suffix} its constants here"
            )
        else:
            lines += [f"*MATERIAL, NAME=BULK{suffix}", "*ELASTIC", f"{constants[0]:.15g}, {constants[1]:.15g}"]
        return [*lines, f"*SOLID SECTION, ELSET=SHEET{suffix}, MATERIAL=BULK{suffix}", f"{self.depth:.12g}"]


def elastic_constants(tangent: NDArray[np.float64]) -> tuple[float, float] | None:
    """E (MPa) and ν that in plane strain have the `tangent[2, 2, 2, 2]` (MPa) at rest; None where there are none."""
    mu, lame = float(tangent[0, 1, 0, 1]), float(tangent[0, 0, 1, 1])
    delta = np.eye(PLANE)
    same = lame * np.einsum("ij,kl->ijkl", delta, delta)
    same += mu * (np.einsum("ik,jl->ijkl", delta, delta) + np.einsum("il,jk->ijkl", delta, delta))
    if np.abs(tangent - same).max() > ISOTROPIC * np.abs(tangent).max() or lame + mu == 0:
        return None
    return mu * (3 * lame + 2 * mu) / (lame + mu), lame / (2 * (lame + mu))


_CONVENTIONS = (
    "nodes and elements are numbered from 1, in the order of the mesh (the VTU files count the same ones from 0)",
    "material: the tangent at rest as constants of plane strain; steps are linear, each load at its full strain or force",
    "a law for large strains agrees with this file for small strains only",
)


def _step(number: int, load: AppliedLoad) -> list[str]:
    held = np.flatnonzero(~np.isnan(load.prescribed).all(axis=1)) + 1
    lines = [f"** {load.name}", f"*NSET, NSET=PRESCRIBED{number}"]
    lines += [", ".join(map(str, held[start : start + A_LINE])) for start in range(0, len(held), A_LINE)]
    lines += ["*STEP, NLGEOM=NO", "*STATIC", "*BOUNDARY, OP=NEW"]
    for node, degree in np.argwhere(~np.isnan(load.prescribed)):
        lines.append(f"{node + 1}, {degree + 1}, {degree + 1}, {load.prescribed[node, degree]:.12g}")
    lines.append("*CLOAD, OP=NEW")
    lines += [f"{node + 1}, {degree + 1}, {load.forces[node, degree]:.12g}" for node, degree in np.argwhere(load.forces)]
    lines += [f"*NODE PRINT, NSET=PRESCRIBED{number}, TOTALS=YES", "U, RF"]
    return [*lines, "*NODE FILE", "U, RF", "*EL FILE", "S, E", "*END STEP"]
