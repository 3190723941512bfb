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

from metac.runtime.mesh.mesh import Mesh
from metac.runtime.report.frame_input import AppliedLoad
from metac.runtime.report.outline_export import clean_outline, outline_files

ELEMENT_TYPES = {3: "CPE3", 6: "CPE6"}
"""By number of nodes: plane strain; a law in plane stress is given by the constants that have the same effect."""
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
    tangent: NDArray[np.float64]
    """`[2, 2, 2, 2]`, MPa: ∂P/∂F at rest."""

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

    def elastic_constants(self) -> tuple[float, float] | None:
        """E (MPa) and ν that in plane strain have the tangent at rest; None where it is not isotropic."""
        a = self.tangent
        mu, lame = float(a[0, 1, 0, 1]), float(a[0, 0, 1, 1])
        delta = np.eye(2)
        same = lame * np.einsum("ij,kl->ijkl", delta, delta)
        same += mu * (np.einsum("ik,jl->ijkl", delta, delta) + np.einsum("il,jk->ijkl", delta, delta))
        if np.abs(a - same).max() > ISOTROPIC * np.abs(a).max():
            return None
        return mu * (3 * lame + 2 * mu) / (lame + mu), lame / (2 * (lame + mu))

    def input_file(self, loads: Sequence[AppliedLoad], notes: Sequence[str] = ()) -> bytes:
        """Nodes, elements, material, and one linear step a load; `notes` are added to the comments at its head."""
        constants = self.elastic_constants()
        lines = ["*HEADING", "made by metac; mm, N, MPa", *(f"** {line}" for line in (*_CONVENTIONS, *notes)), "*NODE"]
        lines += [f"{n}, {x:.12g}, {y:.12g}, 0." for n, (x, y) in enumerate(self.coordinates, start=1)]
        cells = self.mesh.cells
        lines.append(f"*ELEMENT, TYPE={ELEMENT_TYPES[cells.shape[1]]}, ELSET=SHEET")
        lines += [f"{n}, {', '.join(map(str, cell))}" for n, cell in enumerate(cells + 1, start=1)]
        if constants is None:
            lines.append("** the material is not isotropic at rest and is not in this file: give BULK its constants here")
        else:
            lines += ["*MATERIAL, NAME=BULK", "*ELASTIC", f"{constants[0]:.15g}, {constants[1]:.15g}"]
        lines += ["*SOLID SECTION, ELSET=SHEET, MATERIAL=BULK", f"{self.depth:.12g}"]
        for number, load in enumerate(loads, start=1):
            lines += _step(number, load)
        return "".join(f"{line}\n" for line in lines).encode()


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
