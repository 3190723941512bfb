"""A periodic cell beside finite specimens of the same pattern: Poisson's ratio, nominal stress, degrees of freedom, time.

    .venv/bin/python benchmarks/cell_against_specimen.py [--strain 2] [--sizes 2 4 6]

Plain circles of radius 4 mm under p4, four to a cell of 20 mm; `n × n` counts pores, so that 2 × 2 is one cell. Times are of
one solution after compilation.
"""

from __future__ import annotations

import argparse
import time

import jax
from rich.console import Console
from rich.table import Table

import metac

SPEC = """
symmetry  g      = p4 {{ cell = 20 mm }}
material  rubber = neo_hookean {{ E = 50 MPa, nu = 0.46 }}
shape     pores  = tiled {{ motif = circle {{ radius = 4 mm, at = [0.25, 0.25] }}, symmetry = g }}
body      sheet  = {body}
load      pull   = {load} {{ body = sheet, along = y, strain = {strain} %, steps = 1 }}
match poisson_ratio(pull) to 0
"""
CELL = "cell { shape = pores, material = rubber }"


def measured(body: str, load: str, strain: float) -> tuple[int, float, float, float]:
    """Degrees of freedom, Poisson's ratio, nominal stress (MPa) and seconds of the second solution."""
    program = metac.compile(SPEC.format(body=body, load=load, strain=strain)).program()

    def solve():
        objects = program.objects({})
        return objects["pull"].lateral_strain, objects["pull"].nominal_stress[-1]

    solve = jax.jit(solve)
    jax.block_until_ready(solve())
    start = time.perf_counter()
    lateral, stress = jax.block_until_ready(solve())
    seconds = time.perf_counter() - start
    return program.objects({})["sheet"].mesh.nodes.size, -float(lateral) / (strain / 100), float(stress), seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strain", type=float, default=2.0, help="per cent")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2, 4, 6], help="pores along each edge of the specimens")
    arguments = parser.parse_args()
    table = Table("body", "degrees of freedom", "Poisson's ratio", "stress, MPa", "seconds")
    rows = {"periodic cell": (CELL, "periodic_tension")}
    for size in arguments.sizes:
        cells = f"[{size / 2:g}, {size / 2:g}]"
        rows[f"specimen, {size} × {size} pores"] = (
            f"specimen {{ shape = pores, cells = {cells}, material = rubber }}",
            "tension",
        )
    for name, (body, load) in rows.items():
        count, ratio, stress, seconds = measured(body, load, arguments.strain)
        table.add_row(name, f"{count:,}", f"{ratio:.4f}", f"{stress:.4f}", f"{seconds:.3f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
