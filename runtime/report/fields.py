"""Fields of a deformed body: strain, energy density and stress at its nodes."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Law
from metac.runtime.mesh.mesh import Mesh

Field = NDArray[np.float64]
LARGEST_STRAIN, ENERGY_DENSITY, STRESS_NORM = "largest_principal_strain", "energy_density", "nominal_stress_norm"
FORMULAS = {
    "displacement": "u, mm: where a node is less where it was before loading",
    LARGEST_STRAIN: "lambda_1 - 1, no unit: nominal strain; lambda_1 is the largest singular value of F = I + du/dX",
    ENERGY_DENSITY: "W(F), MPa = mJ/mm^3: stored energy over undeformed volume",
    STRESS_NORM: "sqrt(sum P_ij P_ij), MPa: Frobenius norm of the first Piola-Kirchhoff stress P = dW/dF, i, j = 1, 2; "
    "not the measure `stress`, which is the mean of one component of P over the body",
    "density": "share of the last phase in a pixel, 0 .. 1",
    "material": "number of the cell's material, from 1: that between the inclusions, or of the first group, is 1",
    "phase": "the phase that is nearest to the density, numbered from 1 in the order of `materials`",
}
"""What the fields of a VTU file are."""
TITLES = {
    LARGEST_STRAIN: "largest principal nominal strain, λ₁ − 1 (no unit)",
    ENERGY_DENSITY: "energy density W (MPa)",
    STRESS_NORM: "norm of the nominal stress P (MPa)",
    "density": "density (no unit)",
    "phase": "phase",
}
"""The fields with their units, for readers of a figure."""


@runtime_checkable
class WithMaterial(Protocol):
    """A body whose material may have a law."""

    material: Any


def deformation_gradient(mesh: Mesh, coordinates: Field, displacement: Field) -> Field:
    """F at every node of every cell, `[2, 2, cell, local node]`, dimensionless.

    Args:
        mesh: topology.
        coordinates: `[node, 2]`, where the nodes stand unloaded, mm.
        displacement: `[node, 2]`, mm.
    """
    element = mesh.element
    slopes = element.gradient(element.nodes)
    jacobian = np.einsum("cai,ajp->cpij", coordinates[mesh.cells], slopes)
    local = np.einsum("cai,ajp->cpij", displacement[mesh.cells], slopes)
    with np.errstate(all="ignore"):
        gradient = local @ np.linalg.pinv(jacobian) if _singular(jacobian) else local @ np.linalg.inv(jacobian)
    return np.moveaxis(gradient + np.eye(PLANE), (2, 3), (0, 1))


def largest_strain(gradient: Field) -> Field:
    """Largest principal nominal strain λ₁ − 1, dimensionless, in the shape of the points."""
    matrices = np.moveaxis(gradient, (0, 1), (-2, -1))
    stretches = np.asarray(np.linalg.svd(matrices, compute_uv=False), dtype=np.float64)
    return stretches[..., 0] - 1


def material_fields(body: Any, gradient: Field) -> dict[str, Field]:
    """Energy density and the norm of the nominal stress (see `FORMULAS`) of a body whose material has a law."""
    law = body.material if isinstance(body, WithMaterial) else None
    if not isinstance(law, Law) or isinstance(law.functions, HistoryDependentLaw):
        # What a history-dependent material does is no function of its deformation alone.
        return {}
    functions: Any = law.functions  # in numpy as well as in JAX
    # Laws take the element as the last axis of points: parameters may be those of each element.
    by_cell = np.swapaxes(gradient, 2, 3)
    parameters = tuple(map(np.asarray, law.parameters))
    energy = np.asarray(functions.energy2(by_cell, parameters))
    size = np.sqrt(np.sum(np.asarray(functions.stress2(by_cell, parameters)) ** 2, axis=(0, 1)))
    found = {ENERGY_DENSITY: energy, STRESS_NORM: size}
    return {name: np.broadcast_to(values, by_cell.shape[2:]).T for name, values in found.items()}


def at_nodes(mesh: Mesh, values: Field) -> Field:
    """The mean over the cells at each node: `[cell, local node]` becomes `[node]`."""
    total, count = np.zeros(len(mesh.nodes)), np.zeros(len(mesh.nodes))
    np.add.at(total, mesh.cells, values)
    np.add.at(count, mesh.cells, 1.0)
    return total / np.maximum(count, 1)


def state_fields(body: Any, displacement: Field) -> dict[str, Field]:
    """All fields of one deformed state at the nodes: the largest strain, and what the material gives."""
    coordinates = np.asarray(body.coordinates)
    gradient = deformation_gradient(body.mesh, coordinates, np.asarray(displacement))
    fields = {LARGEST_STRAIN: largest_strain(gradient), **material_fields(body, gradient)}
    return {name: at_nodes(body.mesh, values) for name, values in fields.items()}


def _singular(jacobian: Field) -> bool:
    return bool((np.abs(np.linalg.det(jacobian)) < 1e-300).any())
