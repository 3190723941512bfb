"""Cook's membrane of nearly incompressible rubber at finite strain: plain elements of both orders, and mixed ones.

    python -m benchmarks.cooks_membrane TABLE             # solve, and write the corner's displacements (mm)
    python -m benchmarks.cooks_membrane TABLE FIGURE      # draw them

Newton's method on the whole load in steps, with SciPy's solver: elements alone are compared here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import spsolve

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.boundary import traction_force
from metac.runtime.fem.assembly.mesh_fields import element_tables, gather, scatter
from metac.runtime.fem.elements.tables import stiffness_pairs
from metac.runtime.fem.mixed.mixed_law import mixed_functions
from metac.runtime.mesh.mesh import Mesh
from tests.verification.test_nearly_incompressible import BULK, HEIGHT, SHEAR, panel

CELLS, STEPS, TOLERANCE, MOST = (2, 4, 8, 16), 5, 1e-6, 30
KINDS = {"mixed": 2, "second order": 2, "first order": 1}
PUBLISHED = {4: 6.141, 10: 6.746, 15: 6.824, 20: 6.859, 25: 6.873, 30: 6.891}
"""OpenGeoSys, quadrilaterals with F-bar: its benchmark "Cook's membrane example …", 2024; mm by elements along an edge."""


class Rubber:
    """W = G/2 (J^(−2/3) tr C − 3) + K/2 (J − 1)², plane strain; derivatives by JAX."""

    def energy2(self, F: Any, parameters: Any) -> Any:
        """MPa."""
        J = F[0, 0] * F[1, 1] - F[0, 1] * F[1, 0]
        first = jnp.sum(F * F, axis=(0, 1)) + 1
        return parameters[0] / 2 * (J ** (-2 / 3) * first - 3) + parameters[1] / 2 * (J - 1) ** 2

    def stress2(self, F: Any, parameters: Any) -> Any:
        """MPa."""
        return jax.grad(lambda F: jnp.sum(self.energy2(F, parameters)))(F)

    def tangent2(self, F: Any, parameters: Any) -> Any:
        """MPa."""
        units = [jnp.zeros_like(F).at[k, m].set(1.0) for k in range(2) for m in range(2)]
        columns = [jax.jvp(lambda F: self.stress2(F, parameters), (F,), (unit,))[1] for unit in units]
        return jnp.stack(columns, axis=2).reshape(2, 2, 2, 2, *F.shape[2:])


def corner(mesh: Mesh, functions: Any) -> float:
    """Displacement of the upper corner, mm; RuntimeError where Newton's method does not arrive."""
    table, parameters = element_tables(mesh), (SHEAR, BULK)
    shape = kernels.geometry(table, gather(mesh, mesh.nodes))
    traction = jnp.array([0.0, 100 / HEIGHT])[:, None, None]
    total = traction_force(mesh, jnp.asarray(mesh.nodes), "right", lambda x: jnp.broadcast_to(traction, x.shape))
    count = mesh.cells.shape[1]
    rows, columns = (2 * mesh.cells[:, at % count].T + (at // count)[:, None] for at in stiffness_pairs(count, 2))
    held = mesh.nodes_on("left")
    free = np.setdiff1d(np.arange(2 * len(mesh.nodes)), np.concatenate([2 * held, 2 * held + 1]))
    off = rows != columns
    places = np.concatenate([rows.ravel(), columns[off]]), np.concatenate([columns.ravel(), rows[off]])

    @jax.jit
    def residual(moved: Any, part: Any) -> Any:
        forces = kernels.internal_force(table, functions, parameters, shape, gather(mesh, moved))
        return (scatter(mesh, forces) - part * total).reshape(-1)[free]

    stiffness = jax.jit(lambda moved: kernels.stiffness(table, functions, parameters, shape, gather(mesh, moved)))
    moved = np.zeros_like(mesh.nodes)
    for part in np.linspace(0, 1, STEPS + 1)[1:]:
        for _ in range(MOST):
            left = np.asarray(residual(moved, part))
            if np.linalg.norm(left) < TOLERANCE * part * float(jnp.linalg.norm(total)):
                break
            values = np.asarray(stiffness(moved))
            matrix = sparse.coo_matrix((np.concatenate([values.ravel(), values[off]]), places)).tocsc()[free][:, free]
            step = np.zeros(mesh.nodes.size)
            step[free] = np.asarray(spsolve(matrix, -left))
            share = 1.0
            while not _shorter(residual(moved + share * step.reshape(-1, 2), part), left) and share > 1e-3:
                share /= 2
            moved = moved + share * step.reshape(-1, 2)
        else:
            raise RuntimeError(f"no equilibrium at {part:g} of the load")
    return float(moved[np.all(np.isclose(mesh.nodes, [48, 60]), axis=1), 1][0])


def _shorter(after: Any, before: np.ndarray) -> bool:
    """Whether a step may be taken: volumes that nearly stay make the residual grow at first."""
    size = float(jnp.linalg.norm(after))
    return bool(np.isfinite(size) and size < max(2 * float(np.linalg.norm(before)), 1.0))


def solve(path: Path) -> None:
    """Write `cells kind displacement` lines."""
    law = Rubber()
    with path.open("w", encoding="utf-8") as file:
        for cells in CELLS:
            for kind, order in KINDS.items():
                functions = mixed_functions(law, False) if kind == "mixed" else law
                line = f"{cells},{kind},{corner(panel(cells, order, kind == 'mixed'), functions):.6f}"
                print(line, file=file, flush=True)
                print(line)


def draw(table: Path, figure: Path) -> None:
    """The corner's displacement over the number of elements along an edge."""
    from matplotlib.figure import Figure

    found = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()]
    drawn = Figure(figsize=(5.2, 3.3), layout="constrained")
    axes = drawn.subplots()
    for kind, mark in zip(KINDS, "osD", strict=True):
        own = [(int(cells), float(value)) for cells, name, value in found if name == kind]
        axes.plot(*zip(*own, strict=True), mark + "-", label=kind)
    axes.plot(list(PUBLISHED), list(PUBLISHED.values()), "k+", label="OpenGeoSys, F-bar")
    axes.set(xscale="log", xlabel="elements along an edge", ylabel="displacement of the corner, mm", ylim=(0, 7.5))
    axes.minorticks_off()
    axes.set_xticks(list(CELLS), labels=[str(each) for each in CELLS])
    axes.legend(frameon=False, fontsize=8)
    drawn.savefig(figure, dpi=120)


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    table, *rest = (Path(each) for each in sys.argv[1:])
    draw(table, rest[0]) if rest else solve(table)
