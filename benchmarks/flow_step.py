"""Seconds per optimisation step (flow, mechanics, gradient) beside the published times.

    .venv/bin/python benchmarks/flow_step.py [--repeats 3] [--spec specs/auxetic_p4.meta]

Published: Mirramezani et al. (ICLR 2025), Table 2, on one RTX 2080 Ti. One row per mesh of the same design, as near as the
mesher comes to the paper's numbers of degrees of freedom: first the time of the first step (compilation and all), then the
median of further ones, each from slightly different free parameters, cold: no step knows of the one before; and the time
that all processors together spent on it, which other work on the machine changes less. The sheet has 7 × 7 pores, as theirs.
The load of this machine is printed with the table.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import jax
from rich.console import Console
from rich.table import Table

import metac

PUBLISHED = {9_000: 15, 14_000: 34, 20_000: 49, 25_000: 61, 29_000: 95}
SPEC = Path(__file__).parent.parent / "specs" / "auxetic_p4.meta"
SHEET = {"sheet.cells": "[3.5, 3.5]", "sheet.across": "0.7"}


def degrees_of_freedom(program) -> int:
    objects = program.objects(program.init(jax.random.key(0)))
    return 2 * objects["sheet"].mesh.nodes.shape[0]


def design_with(spec: Path, target: int):
    """The design whose mesh comes nearest to `target` degrees of freedom: nodes grow with the inverse square of the size."""
    design = metac.load(spec)
    size, best = 1.0, None
    for _ in range(6):
        candidate = design.set({**SHEET, "sheet.size": f"{size:.5f} mm"})
        program = candidate.program()
        found = degrees_of_freedom(program)
        if best is None or abs(found - target) < abs(best[0] - target):
            best = (found, program)
        if abs(found - target) < 0.03 * target:
            break
        size *= (found / target) ** 0.5
    return best


class Measured(NamedTuple):
    """Seconds of the first step, compilation included, and medians of further ones: wall time and that of all processors."""

    first: float
    wall: float
    processor: float


def measure(program, repeats: int) -> Measured:
    """One step and `repeats` further ones."""
    step = jax.jit(jax.value_and_grad(program.loss))
    theta = program.init(jax.random.key(0))
    walls, processors = [], []
    for _ in range(repeats + 1):
        start, used = time.perf_counter(), time.process_time()
        loss, gradient = jax.block_until_ready(step(theta))
        walls.append(time.perf_counter() - start)
        processors.append(time.process_time() - used)
        theta = jax.tree.map(lambda value, slope: value - 1e-3 * slope, theta, gradient)
    assert jax.numpy.isfinite(loss)
    return Measured(walls[0], statistics.median(walls[1:]), statistics.median(processors[1:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--spec", type=Path, default=SPEC)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    title = f"Seconds per optimisation step: {arguments.spec.stem}, {os.cpu_count()} cores, load {load:.1f} at the start"
    table = Table(title=title)
    for heading in ("published DOF", "DOF here", "published, s", "first step, s", "step, s", "processor, s", "ratio"):
        table.add_column(heading, justify="right")
    for target, published in PUBLISHED.items():
        found, program = design_with(arguments.spec, target)
        took = measure(program, arguments.repeats)
        times = (f"{took.first:.1f}", f"{took.wall:.2f}", f"{took.processor:.2f}")
        table.add_row(f"{target:,}", f"{found:,}", f"{published}", *times, f"{published / took.wall:.0f}×")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
