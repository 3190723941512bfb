"""Fields of a deformed body: strain, energy density and stresses at its nodes."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.fem import stress_field
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, Law, Parameters, UnknownAcrossPlane
from metac.runtime.fem.phased_law import PhasedMaterial, WithStrainLimit
from metac.runtime.fem.plane_state import plane_state
from metac.runtime.mesh.mesh import Mesh

Field = NDArray[np.float64]
LARGEST_STRAIN, ENERGY_DENSITY, STRESS_NORM = "largest_principal_strain", "energy_density", "nominal_stress_norm"
VON_MISES, LARGEST_STRESS, SMALLEST_STRESS = "von_mises", "largest_principal_stress", "smallest_principal_stress"
FORMULAS = {
    "displacement": "u, mm: where a node is less where it was before loading",
    LARGEST_STRAIN: "lambda_1 - 1, no unit: nominal strain; lambda_1 is the largest singular value of F = I + du/dX",
    ENERGY_DENSITY: "W(F), MPa = mJ/mm^3: stored energy over undeformed volume",
    STRESS_NORM: "sqrt(sum P_ij P_ij), MPa: Frobenius norm of the first Piola-Kirchhoff stress P = dW/dF, i, j = 1, 2; "
    "not the measure `stress`, which is the mean of one component of P over the body",
    VON_MISES: "sqrt(3/2 s : s), MPa: s the deviator of Cauchy's stress, with what acts across the plane",
    LARGEST_STRESS: "MPa: largest principal value of Cauchy's stress, that across the plane included",
    SMALLEST_STRESS: "MPa: smallest principal value of Cauchy's stress, that across the plane included",
    "density": "share of the last phase in a pixel, 0 .. 1",
    "material": "number of the cell's material, from 1: that between the inclusions, or of the first group, is 1",
    "phase": "the phase that is nearest to the density, numbered from 1 in the order of `materials`",
}
"""What the fields of a VTU file are."""
TITLES = {
    LARGEST_STRAIN: "largest principal nominal strain, λ₁ − 1 (no unit)",
    ENERGY_DENSITY: "energy density W (MPa)",
    STRESS_NORM: "norm of the nominal stress P (MPa)",
    VON_MISES: "von Mises's stress (MPa)",
    LARGEST_STRESS: "largest principal stress (MPa)",
    SMALLEST_STRESS: "smallest principal stress (MPa)",
    "density": "density (no unit)",
    "phase": "phase",
}
"""The fields with their units, for readers of a figure."""


@runtime_checkable
class WithMaterial(Protocol):
    """A meshed body whose material may have a law."""

    mesh: Mesh
    coordinates: Any
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


def stress_fields(body: Any, displacement: Field, *, linear: bool) -> dict[str, Field]:
    """Von Mises's and principal stresses at the nodes (see `FORMULAS`), `[node]`, of a body whose material has a law.

    As the measures of stress take them: from the points of an element where they are most exact, here continued to its
    nodes. Nothing of laws that do not know what acts across the plane. `linear`: by the stiffness at rest.
    """
    if not isinstance(body, WithMaterial):
        return {}
    material: object = body.material
    if not isinstance(material, Law) or isinstance(material.functions, HistoryDependentLaw):
        return {}
    last = material.materials[-1] if isinstance(material, PhasedMaterial) else material
    small = isinstance(material, WithStrainLimit) and material.strain == "small"
    try:
        found = _nodal_stresses(
            body.mesh,
            material.functions,
            plane_state(last),
            linear or small,
            np.asarray(body.coordinates),
            tuple(np.asarray(each, dtype=float) for each in material.parameters),
            displacement,
        )
    except UnknownAcrossPlane:
        return {}
    names = (VON_MISES, LARGEST_STRESS, SMALLEST_STRESS)
    return {name: at_nodes(body.mesh, np.asarray(values).T) for name, values in zip(names, found, strict=True)}


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _nodal_stresses(
    mesh: Mesh, functions: Any, plane: str, linear: bool, coordinates: Array, parameters: Parameters, displacement: Array
) -> tuple[Array, Array, Array]:
    """Von Mises's, the largest and the smallest principal stress, `[local node, cell]` each, MPa."""
    gradient = stress_field.deformation(mesh, coordinates, displacement, functions)
    sampled = stress_field.cauchy_stress(functions, gradient, parameters, plane=plane, linear=linear)
    onward = jnp.asarray(stress_field.extrapolation(mesh, mesh.element.nodes))
    shape = gradient.shape[2:]
    nodal = stress_field.Stress(*(onward @ jnp.broadcast_to(each, shape) for each in sampled))
    values = stress_field.principal(nodal)
    return stress_field.von_mises(nodal), values[0], values[2]


def state_fields(body: Any, displacement: Field, *, linear: bool = False) -> dict[str, Field]:
    """All fields of one deformed state at the nodes: the largest strain, and what the material gives."""
    coordinates = np.asarray(body.coordinates)
    gradient = deformation_gradient(body.mesh, coordinates, np.asarray(displacement))
    fields = {LARGEST_STRAIN: largest_strain(gradient), **material_fields(body, gradient)}
    nodal = {name: at_nodes(body.mesh, values) for name, values in fields.items()}
    return {**nodal, **stress_fields(body, np.asarray(displacement), linear=linear)}


def _singular(jacobian: Field) -> bool:
    return bool((np.abs(np.linalg.det(jacobian)) < 1e-300).any())
