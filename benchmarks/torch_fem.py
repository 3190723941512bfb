"""One hyperelastic step with gradient beside torch-fem: same mesh, same law, same increments, in one run.

    pip install "metac-design[bench]"        # or: pip install torch torch-fem
    .venv/bin/python benchmarks/torch_fem.py [--size "3.2 mm"] [--repeats 3] [--methods cg direct]

A sheet of round pores on quadratic triangles (plane strain, nearly incompressible neo-Hookean) is pulled by 10 % in equal
increments; the loss is the mean squared nominal stress, and its gradient goes to the positions of all nodes. Both compute in
float64 on the CPU. torch-fem solves by conjugate gradients with algebraic multigrid, its default at this size, or directly
with SuperLU; both are shown. The loss of both and how far their gradients differ stand
beside the times, so that the same thing is measured. Times are medians of alternating steps
after a first one, which holds metac's compilation and is reported as well. On a busy machine set OMP_NUM_THREADS=1: torch's
threads wait for one another at every operation, and what a core cannot give to one of them, all lose.
The ratio is given for wall time and, in brackets, for processor time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table

import metac
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.bodies.sheet import Sheet
from metac.stdlib.loads.uniaxial import Tension
from metac.stdlib.measures.stress import NominalStress

INSTALL = 'torch-fem is not installed: pip install "metac-design[bench]", or: pip install torch torch-fem'
SPEC = Path(__file__).parent.parent / "specs" / "flows" / "tension_poisson_square.meta"
STRAIN = 0.1
YOUNG, POISSON = 50.0, 0.46
MU, LAM = YOUNG / (2 * (1 + POISSON)), YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))


class MovedSheet(Sheet):
    """A sheet whose nodes are where they are put."""

    def __init__(self, sheet: Sheet, coordinates: jax.Array) -> None:
        super().__init__(region=sheet.region, mesh=sheet.mesh, material=sheet.material, thickness=sheet.thickness)
        self._coordinates = coordinates

    @property
    def coordinates(self) -> jax.Array:
        """`[node, 2]`, mm."""
        return self._coordinates


def metac_step(sheet: Sheet, increments: int):
    """Loss and gradient as a function of the nodes' positions."""

    def loss(coordinates: jax.Array) -> jax.Array:
        load = Tension(body=MovedSheet(sheet, coordinates), strain=STRAIN, along="y", increments=increments, clamp="both")
        return jnp.mean(NominalStress(of=load, component=None).value.ordinate ** 2)

    step = jax.jit(jax.value_and_grad(loss))

    def run(nodes: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = jax.block_until_ready(step(jnp.asarray(nodes)))
        return float(value), np.asarray(gradient)

    return run


def torch_step(mesh: Mesh, increments: int, method: str):
    """The same with torch-fem."""
    import torch  # pyright: ignore[reportMissingImports]
    from torchfem import Planar  # pyright: ignore[reportMissingImports]
    from torchfem.materials import HyperelasticPlaneStrain  # pyright: ignore[reportMissingImports]

    torch.set_default_dtype(torch.float64)

    def energy(F, parameters):
        C = F.transpose(-1, -2) @ F
        log = 0.5 * torch.logdet(C)
        return parameters[0] / 2 * (torch.trace(C) - 3 - 2 * log) + parameters[1] / 2 * log**2

    elements = torch.tensor(mesh.cells, dtype=torch.int64)
    bottom, top = (torch.tensor(mesh.nodes_on(part), dtype=torch.int64) for part in ("bottom", "top"))

    def run(positions: np.ndarray) -> tuple[float, np.ndarray]:
        nodes = torch.tensor(positions, requires_grad=True)
        model = Planar(nodes, elements, HyperelasticPlaneStrain(energy, [MU, LAM]))
        constraints = torch.zeros(len(positions), 2, dtype=torch.bool)
        constraints[torch.cat([bottom, top])] = True
        displacements = torch.zeros(len(positions), 2)
        displacements[top, 1] = STRAIN * mesh.domain.height
        model.constraints, model.displacements = constraints, displacements
        forces = model.solve(
            increments=torch.linspace(0, 1, increments + 1),
            method=method,
            rtol=1e-8,
            return_intermediate=True,
            differentiable_parameters=nodes,
        )[1]
        stress = -forces[1:, bottom, 1].sum(dim=1) / mesh.domain.width
        loss = torch.mean(stress**2)
        loss.backward()
        return float(loss.detach()), nodes.grad.numpy()

    return run


def timed(run, nodes: np.ndarray) -> tuple[tuple[float, float], float, np.ndarray]:
    """Seconds of wall and of processor time, loss and gradient of one step."""
    wall, processor = time.perf_counter(), time.process_time()
    loss, gradient = run(nodes)
    return (time.perf_counter() - wall, time.process_time() - processor), loss, gradient


def measure(runs: dict, nodes: np.ndarray, repeats: int) -> dict:
    """Of each: the first step, and the seconds of further ones, at slightly other positions; or why it failed.

    Steps alternate, so that other work on the machine disturbs all alike.
    """
    found = {}
    for name, run in runs.items():
        try:
            found[name] = (timed(run, nodes), [])
        except RuntimeError as error:
            found[name] = " ".join(str(error).split())[:100]
    rng = np.random.default_rng(0)
    for _ in range(repeats):
        moved = nodes * (1 + 1e-6 * rng.uniform())
        for name, run in runs.items():
            if not isinstance(found[name], str):
                found[name][1].append(timed(run, moved)[0])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="3.2 mm", help="edge of the elements (default: 3.2 mm, about 25 000 DOF)")
    parser.add_argument("--across", default="0.5", help="least number of elements over a ligament")
    parser.add_argument("--cells", default="[14, 14]", help="pores along x and y")
    parser.add_argument("--increments", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3, help="timed steps of each after the first; at least 1")
    parser.add_argument("--methods", nargs="*", default=["cg", "direct"], choices=["cg", "direct"])
    arguments = parser.parse_args()
    try:
        import torchfem  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as missing:
        print(f"{INSTALL} ({missing})", file=sys.stderr)
        return 2
    design = metac.load(SPEC).set(
        {"sheet.size": arguments.size, "sheet.across": arguments.across, "sheet.cells": arguments.cells}
    )
    program = design.program()
    sheet = program.objects(program.init(jax.random.key(0)))["sheet"]
    nodes = np.array(sheet.mesh.nodes)
    title = (
        f"Loss and gradient, {nodes.size:,} DOF, {arguments.increments} increments, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    )
    table = Table(title=title)
    for heading in ("", "first step, s", "step, s", "processor, s", "ratio", "loss", "gradient off by"):
        table.add_column(heading, justify="right")
    runs = {"metac": metac_step(sheet, arguments.increments)}
    runs |= {f"torch-fem, {method}": torch_step(sheet.mesh, arguments.increments, method) for method in arguments.methods}
    found = measure(runs, nodes, arguments.repeats)
    (first, loss, gradient), steps = found.pop("metac")
    ours = np.median(steps, axis=0)
    table.add_row("metac", f"{first[0]:.1f}", *(f"{seconds:.2f}" for seconds in ours), "1× (1×)", f"{loss:.8g}", "–")
    for name, result in found.items():
        if isinstance(result, str):
            table.add_row(name, "failed", "", "", "", result, "")
            continue
        (first, value, other), steps = result
        theirs, off = np.median(steps, axis=0), np.linalg.norm(other - gradient) / np.linalg.norm(gradient)
        wall, processor = theirs / ours
        times = (f"{first[0]:.1f}", *(f"{seconds:.2f}" for seconds in theirs))
        table.add_row(name, *times, f"{wall:.1f}× ({processor:.1f}×)", f"{value:.8g}", f"{off:.1e}")
    Console(width=110).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
