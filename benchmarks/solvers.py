"""The installed sparse solvers on one stiffness matrix: time of ordering, factorisation and solution.

    .venv/bin/python benchmarks/solvers.py [--size "3.2 mm"] [--repeats 9]

The matrix is that of a sheet of round pores, pulled by one per cent: quadratic triangles, plane strain. "First factor" is
the symbolic phase and a first factorisation in new memory; "factor" is a further one of the same sparsity pattern, in
recycled memory, as along a load path. Times are medians of processor time, which other work disturbs least, and of wall
time, which alone counts for a GPU; repeats of all solvers alternate.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table

import metac
from metac.runtime.errors import SolverUnavailable
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.linear_solvers.backend import NAMES, make_solver
from metac.runtime.linear_solvers.interface import Solver, SymmetricSparsity, Vector
from metac.runtime.linear_solvers.lu import Lu

SPEC = Path(__file__).parent.parent / "specs" / "flows" / "tension_poisson_square.meta"
STRAIN = 0.01


def stiffness(size: str, cells: str) -> tuple[SymmetricSparsity, Vector]:
    """Pattern and values of the tangent of a sheet between grips."""
    program = metac.load(SPEC).set({"sheet.size": size, "sheet.across": "0.5", "sheet.cells": cells}).program()
    sheet = program.objects(program.init(jax.random.key(0)))["sheet"]
    held = np.concatenate([sheet.mesh.nodes_on(part) for part in ("bottom", "top")])
    problem = make_problem(sheet.mesh, np.concatenate([2 * held, 2 * held + 1]), sheet.material.functions)
    nodes = jnp.asarray(sheet.mesh.nodes)
    parameters = tuple(jnp.asarray(value, dtype=float) for value in sheet.material.parameters)
    displacement = STRAIN * jnp.stack([jnp.zeros(len(nodes)), nodes[:, 1]], axis=1)
    return problem.assembly.matrix, np.asarray(problem.stiffness(parameters, problem.geometry(nodes), displacement))


def installed() -> tuple[list[Solver], list[str]]:
    """The solvers that can be used here, and why the others cannot."""
    found: list[Solver] = []
    missing = []
    for name in NAMES:
        try:
            found.append(make_solver(name))
        except SolverUnavailable as reason:
            missing.append(f"{reason.message}; {reason.remedy}")
    return [*found, Lu()], missing


Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, tuple[float, float]]:
    """The result, and milliseconds of processor and wall time."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, (1e3 * (time.process_time() - processor), 1e3 * (time.perf_counter() - wall))


def once(solver: Solver, sparsity: SymmetricSparsity, values: Vector, right_side: Vector) -> dict[str, object]:
    """One round: first factor, factor again, solve."""
    analysis = solver.analyse(sparsity)
    first, first_time = timed(lambda: analysis.factor(values))
    factor, factor_time = timed(lambda: analysis.factor(1.01 * values, recycle=first))
    x, solve_time = timed(lambda: factor.solve(right_side))
    residual = np.linalg.norm(sparsity.multiply(1.01 * values, x) - right_side) / np.linalg.norm(right_side)
    return {
        "times": (first_time, factor_time, solve_time),
        "residual": residual,
        "inertia": factor.inertia(),
        "bytes": factor.bytes,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="3.2 mm", help="edge of the elements (default: 3.2 mm, about 25 000 DOF)")
    parser.add_argument("--cells", default="[14, 14]", help="pores along x and y")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    sparsity, values = stiffness(arguments.size, arguments.cells)
    right_side = np.random.default_rng(0).normal(size=sparsity.size)
    solvers, missing = installed()
    rounds = {solver.name: [] for solver in solvers}
    for _ in range(arguments.repeats):
        for solver in solvers:
            rounds[solver.name].append(once(solver, sparsity, values, right_side))
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    table = Table(title=f"{sparsity.size:,} free DOF, {len(values):,} entries; ms of processor time (wall time); {load}")
    for heading in ("", "first factor", "factor", "solve", "residual", "inertia", "MB a factor"):
        table.add_column(heading, justify="right")
    for name, found in rounds.items():
        medians = np.median([one["times"] for one in found], axis=0)
        inertia = found[0]["inertia"]
        table.add_row(
            name,
            *(f"{processor:.1f} ({wall:.1f})" for processor, wall in medians),
            f"{max(one['residual'] for one in found):.0e}",
            "–" if inertia is None else f"{inertia.positive:,} / {inertia.negative:,}",
            f"{found[0]['bytes'] / 1e6:.0f}",
        )
    console = Console(width=120)
    console.print(table)
    for line in missing:
        console.print(f"left out: {line}", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
